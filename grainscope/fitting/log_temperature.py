"""Resistance that grows as ln(1/T): its slope, and whether fields share it (Fig. 3a)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.model_choice.one_curve import intrinsic_spread
from grainscope.fitting.temperature.log_line import LogLine, fit_log_line
from grainscope.fitting.temperature.temperature_rows import temperature_curves, temperature_rows
from grainscope.laws.conduction import LOCALISATION_S, LogSlope
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records.transport_data import TransportCurve
    from grainscope.settings.fitting import FittingSettings

    Column = NDArray[np.float64]

_ANALYSIS = "log_temperature"
_LEAST_ROWS = 8
#: A curve is insulating where R falls with T by so many standard deviations.
_SURELY = 3.0
#: Slopes differ where so large a χ² about their mean has less than this chance.
_DIFFERENT = 0.05


def log_temperature(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Fit ΔR/R(1 K) = A R(1 K) ln(1 K/T) to insulating curves, and compare their slopes.

    A (``slope_per_ohm``, and in units of e²/2π²ħ ``slope_coefficient``) is fitted jointly
    with R(1 K), in the widest window in ln T where R is straight. Where the window ends
    short of the data the interval includes what A moves by when rows next to that end are
    left out. A result without ``field_t`` joins all fields of one state, and one without
    any selection all curves of the sample: weighted mean slope, the chance ``p_equal`` of
    slopes so different if they were one, and ``slope_spread_per_ohm``, their scatter
    beyond their errors, by which the interval of the mean grows where they differ.

    Parameters
    ----------
    curves : sequence of TransportCurve
    settings : FittingSettings
        Not used.
    rng : Generator
        Not used.

    Returns
    -------
    tuple of TransportFit
        One an insulating curve, then the joint ones; or one that says what is missing.

    References
    ----------
    The paper, Fig. 3a, b: A = (8.44 ± 0.12)e-5 /Ω = 6.84 e²/2π²ħ for S2 at 4 T.

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> [fit.status for fit in log_temperature((), FittingSettings(), np.random.default_rng(0))]
    ['skipped']
    """
    sample = curves[0].sample if curves else ""
    along = temperature_curves(curves)
    found = [_one(curve) for curve in along if _insulating(curve)]
    if not found:
        why = "needs resistivity_ohm_sq along temperature_k that falls with T: got none of"
        return (skipped(_ANALYSIS, sample, f"{why} {len(along)} curves"),)
    return (*found, *_joint([fit for fit in found if fit.status == "done"]))


def _insulating(curve: TransportCurve) -> bool:
    rows = temperature_rows(curve)
    return len(rows) >= _LEAST_ROWS and rows.trend > _SURELY


def _one(curve: TransportCurve) -> TransportFit:
    rows = temperature_rows(curve)
    line = fit_log_line(LogSlope(), rows, 1.0)
    if line is None:
        reason = "R is nowhere straight in ln T over a third of its change"
        return TransportFit(_ANALYSIS, curve.sample, rows.selection, "skipped", reason)
    slope = line.parameter(0)
    return TransportFit(
        _ANALYSIS,
        curve.sample,
        rows.selection,
        "done",
        parameters={
            "slope_per_ohm": slope,
            "resistivity_1k_ohm_sq": line.parameter(1),
            "slope_coefficient": in_localisation_units(slope),
            "relative_slope": _relative(line),
        },
        window={"temperature_k": line.span_k, "chosen": line.chosen},
        warnings=line.warnings,
        table=line.table(),
        windows=line.windows(),
        extra=line.dense(),
    )


def in_localisation_units(slope: FitParameter) -> FitParameter:
    """Return a slope in S, or 1/Ω, in units of e²/2π²ħ = 1.2331e-5 S.

    Examples
    --------
    >>> round(in_localisation_units(FitParameter(8.44e-5, 8.32e-5, 8.56e-5, "1/Ω")).value, 2)
    6.84
    """
    value, low, high = (float(v) / LOCALISATION_S for v in (slope.value, slope.low, slope.high))  # type: ignore[arg-type]
    return FitParameter(value, low, high, "")


def _relative(line: LogLine) -> FitParameter:
    """Return A R(1 K), with the error of the product from the covariance."""
    slope, at_1k = (float(v) for v in line.fit.theta)
    gradient = np.array([at_1k, slope])
    spread = float(
        np.sqrt(gradient @ line.fit.covariance @ gradient) + np.abs(gradient) @ line.shift
    )
    return FitParameter(slope * at_1k, slope * at_1k - spread, slope * at_1k + spread, "")


def _joint(found: list[TransportFit]) -> list[TransportFit]:
    """Return the joint results of each state of several fields, and of all states."""
    states: dict[tuple[tuple[str, float | str], ...], list[TransportFit]] = {}
    for fit in found:
        state = {k: v for k, v in fit.selection.items() if k != "field_t"}
        states.setdefault(tuple(sorted(state.items())), []).append(fit)
    groups = [(dict(state), fits) for state, fits in states.items() if len(fits) > 1]
    if len(states) > 1:
        groups.append(({}, found))
    return [_common_slope(selection, fits) for selection, fits in groups]


def _common_slope(selection: dict[str, float | str], fits: list[TransportFit]) -> TransportFit:
    slopes = [fit.parameters["slope_per_ohm"] for fit in fits]
    value = np.array([s.value for s in slopes], np.float64)
    error = np.array([(s.high - s.low) / 2 for s in slopes], np.float64)  # type: ignore[operator]
    mean, own, p = weighted_mean(value, error)
    spread, spread_low, spread_high = intrinsic_spread(value, error)
    sigma = own
    if p < _DIFFERENT:  # then each slope counts as a draw from a spread of slopes
        mean, sigma, _ = weighted_mean(value, np.hypot(error, spread))
    slope = FitParameter(mean, mean - sigma, mean + sigma, "1/Ω")
    warnings: tuple[str, ...] = ()
    if p < _DIFFERENT:
        warnings = (
            f"slopes differ (p = {p:.2g}): no common one; the mean's interval has their scatter",
        )
    nan = float("nan")
    return TransportFit(
        _ANALYSIS,
        fits[0].sample,
        selection,
        "done",
        parameters={
            "slope_per_ohm": slope,
            "slope_coefficient": in_localisation_units(slope),
            "p_equal": FitParameter(p, nan, nan, ""),
            "slope_spread_per_ohm": FitParameter(spread, spread_low, spread_high, "1/Ω"),
        },
        window={"chosen": f"the windows of {len(fits)} curves"},
        warnings=warnings,
        table={
            "field_t": np.array([_number(fit.selection.get("field_t")) for fit in fits]),
            "slope_per_ohm": value,
            "error_per_ohm": error,
            "residual": (value - mean) / error,
        },
    )


def _number(value: float | str | None) -> float:
    return value if isinstance(value, float) else float("nan")


def weighted_mean(value: Column, error: Column) -> tuple[float, float, float]:
    """Return the weighted mean, its error, and the chance of values so different.

    Examples
    --------
    >>> mean, error, p = weighted_mean(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    >>> round(mean, 3), round(error, 3), round(p, 3)
    (2.0, 0.707, 0.157)
    """
    from scipy.stats import chi2

    weight = error**-2.0
    mean = float(np.sum(weight * value) / np.sum(weight))
    square = float(np.sum(weight * (value - mean) ** 2))
    return mean, float(np.sum(weight) ** -0.5), float(chi2.sf(square, len(value) - 1))
