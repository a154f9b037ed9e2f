"""The maximum of the magnetoresistance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.field_rows import FieldRows, field_rows, held, isotherms, too_short
from grainscope.fitting.smoothing.maximum import Maximum, find_maximum
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records.transport_data import TransportCurve
    from grainscope.settings.fitting import FittingSettings

    Column = NDArray[np.float64]

_LEAST_ROWS = 8
_CHOSEN = (
    "of most weight by Akaike's criterion among tops of six depths and polynomials of ln ρ in "
    "ln H of six degrees; the peak is their weighted mean"
)


def mr_peak(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Find field and height of the maximum of ρ(H) of each isotherm.

    A polynomial of ln ρ in ln H is fitted over the top of the curve.

    Parameters
    ----------
    curves : sequence of TransportCurve
        All of one sample.
    settings : FittingSettings
        Not read.
    rng : numpy.random.Generator
        Not used: errors are propagated.

    Returns
    -------
    tuple of TransportFit
        One per isotherm; skipped, with a limit, where ρ still rises at the highest field.

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> mr_peak([], FittingSettings(), np.random.default_rng(0))[0].status
    'skipped'
    """
    usable = [curve for curve in isotherms(curves) if len(field_rows(curve)) >= _LEAST_ROWS]
    if not usable:
        return (too_short("mr_peak", curves, _LEAST_ROWS),)
    return tuple(_one_isotherm(curve) for curve in usable)


def _one_isotherm(curve: TransportCurve) -> TransportFit:
    rows = field_rows(curve).clear()
    if len(rows) < _LEAST_ROWS:
        reason = f"{len(rows)} rows clearly above the noise floor: {_LEAST_ROWS} are needed"
        return skipped("mr_peak", curve.sample, reason, **held(curve))
    level = np.log(rows.resistivity_ohm_sq)
    try:
        top = find_maximum(np.log(rows.size_t), level, rows.error_ohm_sq / rows.resistivity_ohm_sq)
    except ValueError:
        return skipped("mr_peak", curve.sample, _limit(rows), **held(curve))
    chosen = top.tops[top.chosen]
    window = rows.size_t[chosen.rows][[0, -1]]
    return TransportFit(
        "mr_peak",
        curve.sample,
        held(curve),
        "done",
        parameters=_parameters(top, rows),
        window={"field_t": (float(window[0]), float(window[1])), "chosen": _CHOSEN},
        warnings=top.warnings,
        table=_table(rows, top),
        windows=_windows(rows, top),
        extra=_dense(window, top),
    )


def _limit(rows: FieldRows) -> str:
    last = slice(-max(len(rows) // 20, 1), None)
    rises = rows.resistivity_ohm_sq[last].mean() >= np.median(rows.resistivity_ohm_sq)
    where = "above" if rises else "below"
    end_t = float(rows.size_t[-1 if rises else 0])
    inside = f"{rows.size_t[0]:.3g}–{rows.size_t[-1]:.3g} T"
    return f"no maximum inside {inside}: it is {where} {end_t:.3g} T"


def _parameters(top: Maximum, rows: FieldRows) -> dict[str, FitParameter]:
    field, height = float(np.exp(top.x)), float(np.exp(top.y))
    error_t = float(np.hypot(field * top.x_error, rows.offset_error_t))
    chosen = top.tops[top.chosen]
    polynomial = chosen.polynomial
    curvature = -float(polynomial.value(chosen.x, 2))
    width = float(np.sqrt(1 / curvature))
    power = polynomial.powers(chosen.x, 2)
    error = float(np.sqrt(power @ polynomial.covariance @ power)) / (2 * curvature) * width
    return {
        "field_t": FitParameter(field, field - error_t, field + error_t, "T"),
        "resistivity_ohm_sq": FitParameter(
            height, height * float(np.exp(-top.y_error)), height * float(np.exp(top.y_error)), "Ω/□"
        ),
        "width_ln_field": FitParameter(width, width - error, width + error, ""),
    }


def _table(rows: FieldRows, top: Maximum) -> dict[str, Column]:
    chosen = top.tops[top.chosen]
    inside = np.zeros(len(rows), bool)
    inside[chosen.rows] = True
    model, residual = np.full((2, len(rows)), np.nan)
    model[inside] = np.exp(chosen.polynomial.value(np.log(rows.size_t[inside])))
    residual[inside] = chosen.polynomial.residual
    return {
        "field_t": rows.field_t,
        "resistivity_ohm_sq": rows.resistivity_ohm_sq,
        "error_ohm_sq": rows.error_ohm_sq,
        "fitted_ohm_sq": model,
        "residual": residual,
        "in_window": inside.astype(np.float64),
    }


def _windows(rows: FieldRows, top: Maximum) -> dict[str, Column]:
    columns = {
        "field_low_t": [rows.size_t[t.rows][0] for t in top.tops],
        "field_high_t": [rows.size_t[t.rows][-1] for t in top.tops],
        "degree": [t.polynomial.degree for t in top.tops],
        "rows": [t.polynomial.n for t in top.tops],
        "peak_field_t": np.exp([t.x for t in top.tops]),
        "peak_field_error_t": [np.exp(t.x) * t.x_error for t in top.tops],
        "peak_resistivity_ohm_sq": np.exp([t.y for t in top.tops]),
        "p": [t.p for t in top.tops],
        "weight": top.weight,
    }
    return {name: np.asarray(column, np.float64) for name, column in columns.items()}


def _dense(window: Column, top: Maximum) -> dict[str, Column]:
    field = np.geomspace(window[0], window[1], 200)
    model = np.exp(top.tops[top.chosen].polynomial.value(np.log(field)))
    return {"model_field_t": field, "model_resistivity_ohm_sq": model}
