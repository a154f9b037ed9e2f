"""Which law of conduction each R(T) follows (Fig. 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import fit_law
from grainscope.fitting.temperature.law_choice import UNDECIDED
from grainscope.fitting.temperature.law_verdicts import Coefficient, verdicts
from grainscope.fitting.temperature.law_windows import (
    LEAST_ROWS,
    LEAST_SHARE,
    LawWindows,
    compare_in_windows,
)
from grainscope.fitting.temperature.temperature_rows import temperature_curves, temperature_rows
from grainscope.laws.conduction import LOCALISATION_S, RESISTANCE_LAWS, LogSlope
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.least_squares import LawFit
    from grainscope.fitting.temperature.law_choice import LawChoice
    from grainscope.fitting.temperature.temperature_rows import TemperatureRows
    from grainscope.records.transport_data import TransportCurve
    from grainscope.settings.fitting import FittingSettings

    Column = NDArray[np.float64]

_ANALYSIS = "law_comparison"
_DENSE = 200


def law_comparison(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Compare eleven laws of R(T) on every undisturbed curve.

    Activation, two kinds of hopping, a power of T, logarithms in R and in σ, weak
    localisation, a granular metal, Kondo, and saturation on either side, by AICc with
    the size of the errors unknown (`law_choice.choose_law` says how nested laws and laws
    of one form are treated). ``labels["best"]`` is the law found, or ``"undecided"``;
    ``labels["closest"]`` the one that comes nearest in either case; labels under
    ``weak_localisation``, ``granular_log`` and ``kondo`` say whether shape, slope or
    field exclude them. ``resistance_coefficient`` and ``conductance_coefficient`` are A
    and −S of the two logarithms in units of e²/2π²ħ, whichever law is best.

    Parameters
    ----------
    curves : sequence of TransportCurve
    settings : FittingSettings
        Not used: the data say up to where a law holds and how large the noise is.
    rng : Generator
        Not used.

    Returns
    -------
    tuple of TransportFit
        One a curve, or one that says what is missing.

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> [fit.reason for fit in law_comparison((), FittingSettings(), np.random.default_rng(0))]
    ['needs resistivity_ohm_sq along temperature_k without RF: got no such curve']
    """
    chosen = temperature_curves(curves)
    sample = curves[0].sample if curves else ""
    if not chosen:
        why = "needs resistivity_ohm_sq along temperature_k without RF: got no such curve"
        return (skipped(_ANALYSIS, sample, why),)
    return tuple(_one(curve) for curve in chosen)


def _one(curve: TransportCurve) -> TransportFit:
    rows = temperature_rows(curve)
    if len(rows) < LEAST_ROWS:
        why = f"needs {LEAST_ROWS} temperatures above the noise floor: got {len(rows)}"
        return skipped(_ANALYSIS, curve.sample, why, **rows.selection)
    found = compare_in_windows(rows)
    choice, part = found.choice, rows.part(found.rows)
    resistance, conductance = _coefficients(part)
    steeper = choice.aicc["log_resistance"] < choice.aicc["log_conductance"]
    slope = resistance if steeper else conductance
    parameters = {
        "resistance_coefficient": FitParameter(*resistance, ""),
        "conductance_coefficient": FitParameter(*conductance, ""),
    }
    closest = _fitted(choice.closest, part)
    if found.best != UNDECIDED:
        parameters |= _law_parameters(found.best, closest)
    return TransportFit(
        _ANALYSIS,
        curve.sample,
        rows.selection,
        "done",
        parameters=parameters,
        window=_window(rows, found),
        weights=choice.weights,
        labels={
            "best": found.best,
            "closest": choice.closest,
            **verdicts(choice, slope, _field_t(curve)),
        },
        warnings=rows.warnings + _warnings(found, rows, closest),
        table=_table(rows, choice, found.rows),
        windows=_windows(found, rows),
        extra=_dense(part, choice),
    )


def _fitted(name: str, rows: TemperatureRows) -> LawFit:
    return fit_law(
        RESISTANCE_LAWS[name], rows.temperature_k, rows.resistivity_ohm_sq, rows.error_ohm_sq
    )


def _coefficients(rows: TemperatureRows) -> tuple[Coefficient, Coefficient]:
    """Return A and −S in units of e²/2π²ħ."""
    data = rows.temperature_k, rows.resistivity_ohm_sq, rows.error_ohm_sq
    in_r = fit_law(LogSlope(), *data)
    in_s = _fitted("log_conductance", rows)
    return (
        Coefficient(
            *(float(v) / LOCALISATION_S for v in (in_r.theta[0], in_r.low[0], in_r.high[0]))
        ),
        Coefficient(
            *(-float(v) / LOCALISATION_S for v in (in_s.theta[1], in_s.high[1], in_s.low[1]))
        ),
    )


def _law_parameters(name: str, fit: LawFit) -> dict[str, FitParameter]:
    return {
        parameter.name: FitParameter(float(value), float(low), float(high), parameter.unit)
        for parameter, value, low, high in zip(
            RESISTANCE_LAWS[name].parameters, fit.theta, fit.low, fit.high, strict=True
        )
    }


def _field_t(curve: TransportCurve) -> float:
    held = curve.at("field_t")
    known = curve.field_t[np.isfinite(curve.field_t)]
    return held if np.isfinite(held) or not len(known) else float(np.median(known))


def _window(rows: TemperatureRows, found: LawWindows) -> dict[str, tuple[float, float] | str]:
    part = rows.part(found.rows).temperature_k
    how = rows.chosen
    if found.chosen:
        how += "; the widest of eight parts in ln T that a law fits: none fits the whole"
    return {"temperature_k": (float(part[0]), float(part[-1])), "chosen": how}


def _warnings(found: LawWindows, rows: TemperatureRows, closest: LawFit) -> tuple[str, ...]:
    said, choice, whole, t = [], found.choice, found.choices[0], rows.temperature_k
    if not whole.fitting:
        said.append(
            f"no law of these fits from {t[0]:.3g} to {t[-1]:.3g} K: neighbouring residuals of "
            f"the closest, {whole.closest}, are alike (p = {whole.p:.1g})"
        )
    if found.elsewhere and choice.best != UNDECIDED:
        others = ", ".join(sorted(found.elsewhere))
        said.append(f"{choice.best} here, but another part of the curve alone gives {others}")
    elif found.share[found.chosen] < LEAST_SHARE and choice.best != UNDECIDED:
        said.append(f"{choice.best} fits a part too short to decide")
    elif choice.best == UNDECIDED and choice.fitting:
        said.append(
            f"undecided: {choice.closest} is closest, with weight {choice.certainty:.2f} "
            "against its rivals"
        )
    if closest.scale > 1.2:
        said.append(f"errors or misfit are {closest.scale:.2g} times what was stated")
    return tuple(said)


def _table(rows: TemperatureRows, choice: LawChoice, inside: slice) -> dict[str, Column]:
    """Return data with the closest law, at rows outside of the window too."""
    law, theta = RESISTANCE_LAWS[choice.closest], choice.fits[choice.closest].theta
    model = law.value(rows.temperature_k, theta)
    used = np.zeros(len(rows))
    used[inside] = 1.0
    return {
        "temperature_k": rows.temperature_k,
        "resistivity_ohm_sq": rows.resistivity_ohm_sq,
        "error_ohm_sq": rows.error_ohm_sq,
        "fitted_ohm_sq": model,
        "residual": (rows.resistivity_ohm_sq - model) / rows.error_ohm_sq,
        "in_window": used,
    }


def _windows(found: LawWindows, rows: TemperatureRows) -> dict[str, Column]:
    t, choices = rows.temperature_k, found.choices
    return {
        "temperature_low_k": t[found.start],
        "temperature_high_k": t[found.stop - 1],
        "rows": (found.stop - found.start).astype(np.float64),
        "p_alike": np.array([choice.p for choice in choices]),
        "certainty": np.array([choice.certainty for choice in choices]),
        **{
            f"weight_{name}": np.array([choice.weights[name] for choice in choices])
            for name in RESISTANCE_LAWS
        },
    }


def _dense(rows: TemperatureRows, choice: LawChoice) -> dict[str, Column]:
    """Return each law as fitted, on a dense axis."""
    t = np.geomspace(rows.temperature_k[0], rows.temperature_k[-1], _DENSE)
    curves = {
        f"{name}_ohm_sq": RESISTANCE_LAWS[name].value(t, fit.theta)
        for name, fit in choice.fits.items()
    }
    return {"temperature_k": t, **curves}
