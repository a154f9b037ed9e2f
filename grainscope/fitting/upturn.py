"""The field above which the resistivity leaves its power law upward."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.field_fit import fit_in_field
from grainscope.fitting.field.field_rows import field_rows, held, isotherms, thinned, too_short
from grainscope.fitting.field.knee import LEAST_ROWS, KneeScan, knee_of, scan_knees
from grainscope.fitting.field.power_window import rising
from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.fitting.model_choice.windows import LEAST_P
from grainscope.laws.conduction.field_knee import FieldKnee
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.field.field_rows import FieldRows
    from grainscope.fitting.least_squares import LawFit
    from grainscope.records.transport_data import TransportCurve
    from grainscope.settings.fitting import FittingSettings

    Column = NDArray[np.float64]

_MOST_ROWS = 500
#: Place of the knee's field among the parameters of `FieldKnee`.
_KNEE = 2
#: Where ρ has risen above the power law by so much it has left it for the eye.
_DEPARTURE = 0.1
_CHOSEN = (
    "from the lowest field to that at which ln ρ against ln H has 0.9 of its largest slope; the "
    "knee is where the straight lines before and after it meet"
)


def upturn(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Find the knee of ln ρ against ln H of each isotherm.

    ``field_t`` is where the low-field power law and the steeper line after it meet
    (`FieldKnee`), ``resistivity_ohm_sq`` the curve's value there, and
    ``departure_field_t`` where ρ is a tenth above the low-field power law. How far
    the steeper line is followed moves the knee: that is in the interval.

    Parameters
    ----------
    curves : sequence of TransportCurve
        All of one sample.
    settings : FittingSettings
        Not read.
    rng : numpy.random.Generator
        Not used: intervals are profiled.

    Returns
    -------
    tuple of TransportFit
        One per isotherm.

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> upturn([], FittingSettings(), np.random.default_rng(0))[0].status
    'skipped'
    """
    usable = [curve for curve in isotherms(curves) if len(field_rows(curve)) >= LEAST_ROWS + 3]
    if not usable:
        return (too_short("upturn", curves, LEAST_ROWS + 3),)
    return tuple(_one_isotherm(curve) for curve in usable)


def _one_isotherm(curve: TransportCurve) -> TransportFit:
    rows = field_rows(curve)
    few = thinned(rows, _MOST_ROWS)
    climbing = few.take(slice(0, rising(few)))
    scan = scan_knees(climbing)
    knee = knee_of(scan)
    if scan is None or knee is None:
        top = float(climbing.size_t[-1]) if len(climbing) else float("nan")
        reason = f"no upturn: up to {top:.3g} T the resistivity stays on one power law"
        return skipped("upturn", curve.sample, reason, **held(curve))
    high_t = float(climbing.size_t[scan.end[scan.chosen] - 1])
    inside = rows.size_t <= high_t
    misfit = judge_residuals(knee.residual[~climbing.censored[: len(knee.residual)]], 5)
    fit = fit_in_field(
        FieldKnee(),
        rows.take(inside),
        start=tuple(knee.theta[:5]),
        profiled=(_KNEE,),
        least_scale=misfit.scale,
    )
    return TransportFit(
        "upturn",
        curve.sample,
        held(curve),
        "done",
        parameters=_parameters(fit, scan),
        window={"field_t": (float(rows.size_t[0]), high_t), "chosen": _CHOSEN},
        warnings=misfit.warnings,
        table=_table(rows, fit, inside),
        windows=_windows(scan, climbing),
        extra=_dense(rows, fit, high_t),
    )


def _parameters(fit: LawFit, scan: KneeScan) -> dict[str, FitParameter]:
    law, knee_t = FieldKnee(), float(fit.theta[_KNEE])
    unsure = _spread(scan)
    below, above = knee_t - float(fit.low[_KNEE]), float(fit.high[_KNEE]) - knee_t
    low_t = max(knee_t - float(np.hypot(below, unsure)), 1e-12)
    high_t = knee_t + float(np.hypot(above, unsure))
    field = np.array([knee_t, low_t, high_t])
    level = [float(value) for value in law.value(field, fit.theta[:5])]
    leaves = departure_field(fit.theta)
    error = min(float(np.hypot(_error(fit), _departures_spread(scan))), 700.0)
    errors = np.sqrt(np.diag(fit.covariance))
    found = {
        "field_t": FitParameter(knee_t, low_t, high_t, "T"),
        "resistivity_ohm_sq": FitParameter(level[0], level[1], level[2], "Ω/□"),
        "departure_field_t": FitParameter(
            leaves, leaves * float(np.exp(-error)), leaves * float(np.exp(error)), "T"
        ),
    }
    for index, name in ((1, "exponent_below"), (3, "slope_change"), (4, "width")):
        value, own = float(fit.theta[index]), float(errors[index])
        found[name] = FitParameter(value, value - own, value + own, "")
    return found


def _spread(scan: KneeScan) -> float:
    """Return how the knee moves with the highest field, beyond what noise does, as an rms."""
    knees = np.array([fit.theta[_KNEE] for fit in scan.fits])
    errors = np.array([np.sqrt(max(fit.covariance[_KNEE, _KNEE], 0.0)) for fit in scan.fits])
    return _moved(scan, knees, errors)


def _departures_spread(scan: KneeScan) -> float:
    """Return the same of ln of the field of departure."""
    fields = np.log([departure_field(fit.theta) for fit in scan.fits])
    return _moved(scan, fields, np.array([_error(fit) for fit in scan.fits]))


def _moved(scan: KneeScan, values: Column, errors: Column) -> float:
    """Return the rms by which values of ends that fit differ from the chosen one's."""
    variance = np.minimum(errors, 1e150) ** 2
    good = scan.p >= LEAST_P
    considered = scan.sure & (good if good.any() else np.full(len(good), True))
    considered &= variance < 16 * variance[scan.chosen]
    if not considered.any():
        return 0.0
    moved = (values - values[scan.chosen])[considered] ** 2
    expected = np.abs(variance - variance[scan.chosen])[considered]
    return float(np.sqrt(np.maximum(moved - expected, 0.0).mean()))


def departure_field(theta: Column) -> float:
    """Return the field at which a knee's ρ is a tenth above its low-field power law.

    Examples
    --------
    >>> round(departure_field(np.array([1.0, 0.66, 0.04, 1.0, 1.0])), 4)  # 1 + H/0.04 = 1.1
    0.004
    """
    knee_t, change, width = (float(value) for value in theta[2:5])
    power = max(change * width, 1e-6)
    return float(knee_t * np.expm1(min(np.log1p(_DEPARTURE) / power, 300.0)) ** width)


def _error(fit: LawFit) -> float:
    """Return the error of ln of the field of departure, from the covariance."""
    slope = np.zeros(len(fit.theta))
    for index in (2, 3, 4):
        step, up = 1e-4 * (abs(float(fit.theta[index])) + 1e-9), fit.theta.copy()
        up[index] += step
        slope[index] = np.log(departure_field(up) / departure_field(fit.theta)) / step
    if not np.isfinite(fit.covariance).all():
        return float("inf")
    return float(np.sqrt(max(float(slope @ fit.covariance @ slope), 0.0)))


def _table(rows: FieldRows, fit: LawFit, inside: NDArray[np.bool_]) -> dict[str, Column]:
    offset = float(fit.theta[5]) if len(fit.theta) > 5 else 0.0
    model = FieldKnee().value(rows.field_t - offset, fit.theta[:5])
    return {
        "field_t": rows.field_t,
        "resistivity_ohm_sq": rows.resistivity_ohm_sq,
        "error_ohm_sq": rows.error_ohm_sq,
        "censored": rows.censored.astype(np.float64),
        "fitted_ohm_sq": np.where(inside, model, np.nan),
        "residual": np.where(inside, (rows.resistivity_ohm_sq - model) / rows.error_ohm_sq, np.nan),
        "in_window": inside.astype(np.float64),
    }


def _windows(scan: KneeScan, rows: FieldRows) -> dict[str, Column]:
    return {
        "share_of_largest_slope": scan.share,
        "field_high_t": rows.size_t[np.array(scan.end) - 1],
        "rows": np.array(scan.end, np.float64),
        "knee_field_t": np.array([fit.theta[_KNEE] for fit in scan.fits]),
        "knee_field_error_t": np.array(
            [np.sqrt(max(fit.covariance[_KNEE, _KNEE], 0.0)) for fit in scan.fits]
        ),
        "exponent_below": np.array([fit.theta[1] for fit in scan.fits]),
        "slope_change": np.array([fit.theta[3] for fit in scan.fits]),
        "p": scan.p,
        "chosen": (np.arange(len(scan.p)) == scan.chosen).astype(np.float64),
    }


def _dense(rows: FieldRows, fit: LawFit, high_t: float) -> dict[str, Column]:
    field = np.geomspace(rows.size_t[0], high_t, 200)
    law = FieldKnee()
    return {
        "model_field_t": field,
        "model_resistivity_ohm_sq": law.value(field, fit.theta[:5]),
        "power_resistivity_ohm_sq": fit.theta[0] * field ** fit.theta[1],
    }
