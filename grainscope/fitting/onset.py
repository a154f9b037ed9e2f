"""Zero-field R(T) of each stage → where grains superconduct, and where resistance is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.lacking import lacking
from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.fitting.smoothing.averaged_rows import Rows, averaged_rows
from grainscope.fitting.temperature.drop_places import locate_drops
from grainscope.fitting.temperature.floor_crossing import fit_floor_crossing
from grainscope.fitting.temperature.smooth_step import fit_step
from grainscope.fitting.temperature.temperature_rows import temperature_states
from grainscope.fitting.temperature.two_steps import second_step
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.temperature.floor_crossing import FloorCrossing
    from grainscope.fitting.temperature.smooth_step import SmoothStep
    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

_NAME = "onset"
_LEAST_ROWS = 10
_MOST_ROWS = 1500
#: The grains' drop is looked for where R is above this share of its maximum: below it the
#: grains' coupling takes resistance away.
_NORMAL_SHARE = 0.2
#: A field of this many of its errors, and of this size, is no zero field.
_NOT_ZERO_SIGMA, _NOT_ZERO_T = 3.0, 5e-5
#: Errors are believed unless so large a χ² has less than this chance.
_ODD = 0.16
_NAN = float("nan")
_WINDOW_COLUMNS = (
    "temperature_low_k",
    "temperature_high_k",
    "rows",
    "chi2",
    "critical_temperature_k",
    "weight",
)


def onset(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Return T_c and the drop of the grains, and the temperature of zero resistance.

    The drop is a smooth step on a smooth background (`smooth_step`); T_c is at half of it.
    Zero resistance means that R(T) itself, not a row, falls through the noise floor
    (`floor_crossing`); the floor is stated beside it.

    Parameters
    ----------
    curves : sequence of TransportCurve
        Used: resistivity against temperature, undisturbed, at the smallest field of each
        stage; one result a stage.
    settings : FittingSettings
    rng : Generator

    Returns
    -------
    tuple of TransportFit
        ``critical_temperature_k``, ``drop_fraction``, ``width_k`` (10–90 %),
        ``zero_resistance_temperature_k`` and ``floor_ohm_sq``; NaN with a warning where
        there is no drop, or R stays above the floor.
    """
    states = temperature_states(curves)
    if not states:
        return (lacking(_NAME, curves, "resistivity_ohm_sq", "temperature_k"),)
    return tuple(_of_stage(of_state) for of_state in states)


def _of_stage(curves: Sequence[TransportCurve]) -> TransportFit:
    def field_t(curve: TransportCurve) -> float:
        field = curve.at("field_t")
        return abs(field) if np.isfinite(field) else 0.0

    curve = min(curves, key=lambda one: (field_t(one), -len(one)))
    rows = _rows(curve)
    if len(rows) < _LEAST_ROWS:
        why = f"needs {_LEAST_ROWS} rows at the smallest field: got {len(rows)}"
        return skipped(_NAME, curve.sample, why, **curve.selection)
    step, step_warnings = _step(rows)
    crossing, crossing_warnings = _crossing(rows, curve.floor)
    warnings = (*_field_warnings(curve, field_t(curve)), *step_warnings, *crossing_warnings)
    if step is None and crossing is None:
        return skipped(_NAME, curve.sample, "; ".join(warnings), **curve.selection)
    return TransportFit(
        _NAME,
        curve.sample,
        dict(curve.selection),
        "done",
        parameters={**_step_parameters(step), **_crossing_parameters(crossing, curve.floor)},
        window=_window(step, crossing),
        warnings=warnings,
        table=_table(rows, step, crossing),
        windows=_windows(step),
        extra=_extra(step, crossing),
    )


def _rows(curve: TransportCurve) -> Rows:
    order = np.argsort(curve.x, kind="stable")
    good = order[curve.x[order] > 0]
    return Rows(curve.x[good], curve.value[good], curve.error[good], curve.censored[good])


def _field_warnings(curve: TransportCurve, field_t: float) -> tuple[str, ...]:
    if not np.isfinite(curve.at("field_t")):
        return ("the data name no field: taken as zero field",)
    if field_t > max(_NOT_ZERO_SIGMA * curve.field_offset_error_t, _NOT_ZERO_T):
        return (f"the smallest field is {field_t:.2g} T: zero resistance may need a smaller one",)
    return ()


def _step(rows: Rows) -> tuple[SmoothStep | None, tuple[str, ...]]:
    """Return the drop of the grains, and what to know of it."""
    normal = averaged_rows(_normal_state(rows), _MOST_ROWS)
    places = locate_drops(normal)
    if not len(places):
        span = f"{rows.x[0]:.3g} … {rows.x[-1]:.3g} K"
        return None, (f"no drop on a smooth background in {span}",)
    try:
        found = fit_step(normal, float(places[0]))
        misfit = judge_residuals(found.residual, found.model.n_parameters)
        if misfit.p < _ODD or misfit.warnings:
            found = fit_step(normal, float(places[0]), misfit.scale)
    except ValueError as error:
        return None, (f"drop at {places[0]:.3g} K: {error}",)
    warnings = [f"drop: {warning}" for warning in misfit.warnings]
    two = second_step(normal, found)
    if two is not None:
        steps = f"{two[0]:.3g} and {two[1]:.3g} K"
        warnings.append(f"two steps, at {steps}, fit better than one: T_c and the drop mix them")
    if len(places) > 1:
        others = ", ".join(f"{place:.2g}" for place in places[1:])
        warnings.append(
            f"R also bends down at {others} K: the warmest drop is taken as the grains'"
        )
    return found, tuple(warnings)


def _normal_state(rows: Rows) -> Rows:
    """Return the rows above the warmest at which R is below a share of its maximum."""
    seen = rows.at(~rows.censored & (rows.value > 0))
    low = seen.value < _NORMAL_SHARE * float(seen.value.max(initial=0.0))
    # Below the maximum only: R may well be smaller at room temperature.
    low &= seen.x < seen.x[int(np.argmax(seen.value))] if len(seen) else low
    start = len(low) - int(np.argmax(low[::-1])) if low.any() else 0
    return seen.at(slice(start, None))


def _crossing(rows: Rows, floor: float) -> tuple[FloorCrossing | None, tuple[str, ...]]:
    if floor <= 0:
        return None, ("no noise floor is known: no temperature of zero resistance",)
    cold = rows.at(rows.x < _coldest_normal(rows))
    crossing = fit_floor_crossing(cold, floor) if len(cold) else None
    if crossing is None:
        return None, (_why_no_crossing(rows, floor),)
    misfit = judge_residuals(crossing.residual, crossing.order + 1)
    warnings = [f"near the floor: {warning}" for warning in misfit.warnings]
    at = crossing.temperature_k[0]
    back = rows.at((rows.x < 0.8 * at) & ~rows.censored & (rows.value > 4 * floor))
    if len(back) >= 3:
        warnings.append(f"R comes back above the floor below {back.x[-1]:.3g} K")
    return crossing, tuple(warnings)


def _why_no_crossing(rows: Rows, floor: float) -> str:
    if rows.censored.all():
        return f"at the floor in all rows: colder than {rows.x[-1]:.3g} K throughout"
    if rows.censored[0]:
        above = int(np.argmin(rows.censored))
        low, high = rows.x[above - 1 : above + 1]
        return (
            f"zero resistance is reached between {low:.3g} and {high:.3g} K: too few rows at the "
            "floor, or above it on the way down, for a temperature with an error"
        )
    coldest = rows.at(~rows.censored).at(slice(0, 5))
    reached = float(np.average(coldest.value, weights=coldest.error**-2))
    return (
        f"zero resistance not reached: ρ({rows.x[0]:.3g} K) = {reached:.3g} Ω/□, "
        f"{reached / floor:.3g} times the floor"
    )


def _coldest_normal(rows: Rows) -> float:
    """Return the temperature of the maximum of R: the floor is crossed below it."""
    seen = rows.at(~rows.censored)
    return float(seen.x[int(np.argmax(seen.value))]) if len(seen) else float("inf")


def _step_parameters(step: SmoothStep | None) -> dict[str, FitParameter]:
    if step is None:
        nothing = (_NAN, _NAN, _NAN)
        return {
            "critical_temperature_k": FitParameter(*nothing, "K"),
            "drop_fraction": FitParameter(*nothing, ""),
            "width_k": FitParameter(*nothing, "K"),
        }
    return {
        "critical_temperature_k": FitParameter(*step.centre_k, "K"),
        "drop_fraction": FitParameter(*step.depth, ""),
        "width_k": FitParameter(*step.width_k, "K"),
    }


def _crossing_parameters(crossing: FloorCrossing | None, floor: float) -> dict[str, FitParameter]:
    at = (_NAN, _NAN, _NAN) if crossing is None else crossing.temperature_k
    known = floor if floor > 0 else _NAN
    return {
        "zero_resistance_temperature_k": FitParameter(*at, "K"),
        "floor_ohm_sq": FitParameter(known, known, known, "Ω/□"),
    }


def _window(
    step: SmoothStep | None, crossing: FloorCrossing | None
) -> dict[str, tuple[float, float] | str]:
    window: dict[str, tuple[float, float] | str] = {
        "chosen": "averaged over windows and orders by exp(−½ (χ² + 2k + 2 rows left out))"
    }
    if step is not None:
        rows = step.rows
        window["temperature_k"] = (float(rows.x[0]), float(rows.x[-1]))
        window["drop"] = (
            f"{step.model.shape} step, background of order {step.model.above} in ln T, "
            f"{step.model.below} more below; T_c at half the drop"
        )
    if crossing is not None:
        window["floor_temperature_k"] = (float(crossing.rows.x[0]), float(crossing.rows.x[-1]))
        window["zero resistance"] = "where R(T) itself is the floor, rows at it as limits"
    return window


def _table(
    rows: Rows, step: SmoothStep | None, crossing: FloorCrossing | None
) -> dict[str, Column]:
    model = np.full(len(rows), np.nan)
    for part in (crossing, step):
        if part is not None:
            inside = (rows.x >= part.rows.x[0]) & (rows.x <= part.rows.x[-1])
            model[inside] = part.value(rows.x[inside])
    pull = np.where(rows.censored, np.nan, (rows.value - model) / rows.error)
    return {
        "temperature_k": rows.x,
        "resistivity_ohm_sq": rows.value,
        "error_ohm_sq": rows.error,
        "censored": rows.censored.astype(np.float64),
        "fitted_ohm_sq": model,
        "residual": pull,
    }


def _windows(step: SmoothStep | None) -> dict[str, Column]:
    if step is None:
        return {}
    return dict(zip(_WINDOW_COLUMNS, step.windows.T, strict=True))


def _extra(step: SmoothStep | None, crossing: FloorCrossing | None) -> dict[str, Column]:
    extra: dict[str, Column] = {}
    if step is not None:
        at = np.geomspace(step.rows.x[0], step.rows.x[-1], 400)
        extra["drop_temperature_k"] = at
        extra["drop_ohm_sq"] = step.value(at)
    if crossing is not None:
        at = np.geomspace(crossing.rows.x[0], crossing.rows.x[-1], 200)
        extra["floor_temperature_k"], extra["near_floor_ohm_sq"] = at, crossing.value(at)
    return extra
