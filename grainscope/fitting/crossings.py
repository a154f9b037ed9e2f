"""Where isotherms cross: the field between metal and insulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.common_point import may_meet, pair_points
from grainscope.fitting.field.crossing_models import (
    CrossingModel,
    crossing_models,
    mean_point,
    model_weights,
)
from grainscope.fitting.field.field_rows import (
    FieldRows,
    by_state,
    field_rows,
    held_state,
    isotherms,
    joined,
    thinned,
)
from grainscope.fitting.field.same_fields import at_same_fields
from grainscope.fitting.field.sign_map import SignMap, sign_map
from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.fitting.model_choice.windows import LEAST_P
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.field.crossing_models import MeanPoint
    from grainscope.records.transport_data import TransportCurve
    from grainscope.settings.fitting import FittingSettings

    Column = NDArray[np.float64]

_MOST_ROWS, _LEAST_ROWS = 2000, 8
_CHOSEN = (
    "polynomials of ln ρ in ln H of four degrees over six widths about the change of sign of "
    "dρ/dT, weighted by Akaike's criterion; the widest is given of those of most weight"
)


@dataclass(frozen=True)
class _Crossing:
    """What was found in one state; N isotherms, M models."""

    rows: tuple[FieldRows, ...]
    temperature_k: Column
    signs: SignMap
    models: list[CrossingModel]
    weight: Column
    shared: tuple[int, ...]
    point: MeanPoint

    @property
    def best(self) -> CrossingModel:
        return self.models[int(np.argmax(self.weight))]


def crossings(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Find the field that isotherms share, test whether they share one, and map sign dρ/dT.

    Near the change of sign of dρ/dT each isotherm is a polynomial of ln ρ in ln H; the
    field is where they are most equal (`common_point`), averaged over degrees and
    widths. Isotherms at an end of the range of temperature that do not pass through
    the same point are left out, and named in a warning.

    Parameters
    ----------
    curves : sequence of TransportCurve
        All of one sample.
    settings : FittingSettings
        ``temperature_tolerance``: curves so near in temperature are one isotherm.
    rng : numpy.random.Generator
        Not used: intervals are profiled.

    Returns
    -------
    tuple of TransportFit
        One per stage or gate: ``field_t``, ``resistivity_ohm_sq``, ``p_one_point`` and
        ``drift_t_per_decade``; the table lists each pair of isotherms.

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> crossings([], FittingSettings(), np.random.default_rng(0))[0].status
    'skipped'
    """
    sample = curves[0].sample if curves else ""
    known = [c for c in isotherms(curves) if c.at("temperature_k") > 0]
    states = [
        group
        for group in by_state(known).values()
        if len({curve.at("temperature_k") for curve in group}) > 1
    ]
    if not states:
        most = max((len(group) for group in by_state(known).values()), default=0)
        reason = (
            "needs resistivity_ohm_sq against field_t at two temperature_k of one stage or gate: "
            f"got {most}"
        )
        return (skipped("crossings", sample, reason),)
    return tuple(_one_state(group, settings.temperature_tolerance) for group in states)


def _one_state(group: Sequence[TransportCurve], tolerance: float) -> TransportFit:
    sample, selection = group[0].sample, held_state(group[0])
    try:
        rows, temperature_k = _isotherms(group, tolerance)
        wide = at_same_fields([one.size_t for one in rows])
        found = _find(tuple(rows[k] for k in wide), temperature_k[wide])
    except ValueError as error:
        return skipped("crossings", sample, str(error), **selection)
    best, used = found.best, found.temperature_k[list(found.shared)]
    ends = np.exp([best.centre - best.half, best.centre + best.half])
    judged = judge_residuals(np.concatenate([one.residual for one in best.isotherms]), best.terms)
    return TransportFit(
        "crossings",
        sample,
        selection,
        "done",
        parameters=_parameters(found, judged.scale / best.scale),
        window={
            "field_t": (float(ends[0]), float(ends[1])),
            "temperature_k": (float(used[0]), float(used[-1])),
            "chosen": _CHOSEN,
        },
        warnings=(*judged.warnings, *_warnings(found), *_elsewhere(temperature_k, wide)),
        table=_pairs(found),
        windows=_windows(found),
        extra=_extra(found),
    )


def _isotherms(
    group: Sequence[TransportCurve], tolerance: float
) -> tuple[tuple[FieldRows, ...], Column]:
    """Return rows clearly above the floor, by temperature, curves of one temperature joined."""
    ordered = sorted(group, key=lambda curve: curve.at("temperature_k"))
    temperature = np.array([curve.at("temperature_k") for curve in ordered])
    label = np.append(0, np.cumsum(np.diff(temperature) > tolerance * temperature[:-1]))
    rows, kept = [], []
    for one in np.unique(label):
        mine = [field_rows(ordered[k]) for k in np.flatnonzero(label == one)]
        clear = thinned(joined(mine).clear(), _MOST_ROWS)
        if len(clear) >= _LEAST_ROWS:
            rows.append(clear)
            kept.append(float(temperature[label == one].mean()))
    if len(rows) < 2:
        reason = f"{len(rows)} isotherms have {_LEAST_ROWS} rows clearly above the noise floor"
        raise ValueError(f"{reason}: two are needed")
    return tuple(rows), np.array(kept)


def _elsewhere(temperature_k: Column, wide: Sequence[int]) -> list[str]:
    left_out = [f"{at:.3g} K" for k, at in enumerate(temperature_k) if k not in wide]
    if not left_out:
        return []
    return [f"isotherms at {', '.join(left_out)} lie at other fields and were left out"]


def _find(rows: tuple[FieldRows, ...], temperature_k: Column) -> _Crossing:
    signs = sign_map(rows, temperature_k)
    near_t = signs.change()
    if not np.isfinite(near_t):
        raise ValueError(_one_sign(signs))
    models = crossing_models(rows, near_t)
    models = [model for model in models if model.meet(range(len(rows))) is not None]
    if not models:
        raise ValueError(
            f"near {near_t:.3g} T, where dρ/dT changes sign, too few rows for polynomials that "
            "cross once"
        )
    weight = model_weights(models)
    shared = _shared(models[int(np.argmax(weight))])
    point = mean_point(models, weight, shared)
    if point is None:
        raise ValueError(f"the isotherms do not cross near {near_t:.3g} T")
    return _Crossing(rows, temperature_k, signs, models, weight, shared, point)


def _one_sign(signs: SignMap) -> str:
    if not np.isfinite(signs.total).any():
        return "isotherms have no range of field_t in common"
    pull = np.nan_to_num(signs.total / signs.total_error)
    word = "falls on cooling, or does not change," if pull.sum() > 0 else "rises on cooling"
    low_t, high_t = signs.field_t[0], signs.field_t[-1]
    return f"no crossing: ρ {word} in all fields from {low_t:.3g} to {high_t:.3g} T"


def _shared(model: CrossingModel) -> tuple[int, ...]:
    """Return the most neighbouring isotherms, at least three, that pass through one point.

    Of as many, the coldest; all where no three do.
    """
    within = model.centre - model.half, model.centre + model.half
    for which in may_meet(model.isotherms, within, model.scale, LEAST_P):
        point = model.meet(which)
        if point is not None and point.p >= LEAST_P:
            return which
    return tuple(range(len(model.isotherms)))


def _parameters(found: _Crossing, scale: float) -> dict[str, FitParameter]:
    point, nan = found.point, float("nan")
    field, offset_t = float(np.exp(point.x)), max(rows.offset_error_t for rows in found.rows)
    widen, unsure = max(scale, 1.0), float(np.hypot(offset_t, _drifts_by(found)))
    below, above = (
        float(np.hypot(field * abs(np.expm1(widen * (end - point.x))), unsure))
        for end in (point.low, point.high)
    )
    error = widen * point.y_error
    height, least, most = (float(np.exp(point.y + side * error)) for side in (0, -1, 1))
    meeting = found.best.meet(found.shared)
    return {
        "field_t": FitParameter(field, field - below, field + above, "T"),
        "resistivity_ohm_sq": FitParameter(height, least, most, "Ω/□"),
        "p_one_point": FitParameter(meeting.p if meeting else nan, nan, nan, ""),
        "drift_t_per_decade": _drift(found),
    }


def _drift(found: _Crossing) -> FitParameter:
    """Return how far the crossing of the warm half of the isotherms is from the cold half's.

    The halves share no isotherm, so that their errors are independent; per decade of
    temperature between their means.
    """
    nothing, half = (
        FitParameter(float("nan"), float("nan"), float("nan"), "T"),
        len(found.rows) // 2,
    )
    if half < 2:
        return nothing
    cold, warm = range(half), range(len(found.rows) - half, len(found.rows))
    ends = [found.best.meet(which) for which in (cold, warm)]
    if ends[0] is None or ends[1] is None:
        return nothing
    decade = np.log10(found.temperature_k)
    apart = float(decade[list(warm)].mean() - decade[list(cold)].mean())
    fields = [float(np.exp(end.x)) for end in ends if end is not None]
    errors = [float(np.exp(end.x)) * end.error for end in ends if end is not None]
    value, error = (fields[1] - fields[0]) / apart, float(np.hypot(errors[0], errors[1])) / apart
    return FitParameter(value, value - error, value + error, "T")


def _drifts_by(found: _Crossing) -> float:
    """Return half of how far the crossing drifts over the isotherms used, where by 3σ it does."""
    drift = _drift(found)
    value, low, high = (float(np.mean(end)) for end in (drift.value, drift.low, drift.high))
    if not abs(value) > 1.5 * (high - low):
        return 0.0
    used = found.temperature_k[list(found.shared)]
    return 0.5 * abs(value) * float(np.log10(used[-1] / used[0]))


def _warnings(found: _Crossing) -> tuple[str, ...]:
    warned, count = [], len(found.rows)
    meeting = found.best.meet(found.shared)
    if len(found.shared) < count:
        others = [k for k in range(count) if k not in found.shared]
        names = ", ".join(f"{found.temperature_k[k]:.3g} K" for k in others)
        warned.append(f"not through the same point, and left out: {names}")
    elif meeting is not None and meeting.p < LEAST_P:
        warned.append(
            f"no three neighbouring isotherms share a point (p = {meeting.p:.2g}): the interval "
            "is widened by √(χ²/dof)"
        )
    if drift_t := _drifts_by(found):
        warned.append(
            f"the crossing drifts with temperature: ±{drift_t:.2g} T over the isotherms "
            "used is in the interval"
        )
    if count == 2:
        warned.append("two isotherms always share a point: that it is common is not tested")
    return tuple(warned)


def _pairs(found: _Crossing) -> dict[str, Column]:
    """Return a row for each pair of isotherms; NaN where they do not cross near the others."""
    best = found.best
    low, high = best.centre - best.half, best.centre + best.half
    pairs, points = pair_points(best.isotherms, low, high, best.scale)
    x, y, y_error = points[:, :3], np.exp(points[:, 3]), points[:, 4]
    rows = np.column_stack((found.temperature_k[pairs], np.exp(x), y, y * y_error))
    names = ("temperature_low_k", "temperature_high_k", "field_t", "field_low_t", "field_high_t",
             "resistivity_ohm_sq", "resistivity_error_ohm_sq")  # fmt: skip
    return dict(zip(names, rows.T, strict=True))


def _windows(found: _Crossing) -> dict[str, Column]:
    """Return what each degree and width gives for the isotherms used."""
    points = [model.meet(found.shared) for model in found.models]
    nan = float("nan")
    columns = {
        "field_low_t": [np.exp(model.centre - model.half) for model in found.models],
        "field_high_t": [np.exp(model.centre + model.half) for model in found.models],
        "degree": [model.degree for model in found.models],
        "rows": [model.n for model in found.models],
        "chi2_per_dof": [model.chi2 / (model.n - model.terms) for model in found.models],
        "crossing_field_t": [np.exp(p.x) if p else nan for p in points],
        "crossing_field_error_t": [np.exp(p.x) * p.error if p else nan for p in points],
        "p_one_point": [p.p if p else nan for p in points],
        "weight": found.weight,
    }
    return {name: np.asarray(column, np.float64) for name, column in columns.items()}


def _extra(found: _Crossing) -> dict[str, Column]:
    """Return rows, model curves and the map of signs for the figure."""
    best = found.best
    at = np.linspace(best.centre - best.half, best.centre + best.half, 81)
    of_row = [np.full(len(rows), k) for k, rows in enumerate(found.rows)]
    residual = np.full(sum(map(len, found.rows)), np.nan)
    size_t = np.concatenate([rows.size_t for rows in found.rows])
    fitted = np.abs(np.log(size_t) - best.centre) <= best.half
    residual[fitted] = np.concatenate([one.residual for one in best.isotherms])
    return {
        "isotherm_temperature_k": found.temperature_k,
        "rows_isotherm": np.concatenate(of_row).astype(np.float64),
        "rows_field_t": size_t,
        "rows_resistivity_ohm_sq": np.concatenate([r.resistivity_ohm_sq for r in found.rows]),
        "rows_residual": residual,
        "model_field_t": np.exp(at),
        "model_resistivity_ohm_sq": np.exp([one.value(at) for one in best.isotherms]),
        "map_field_t": found.signs.field_t,
        "map_temperature_k": found.signs.temperature_k,
        "map_slope": found.signs.slope,
        "map_sign": found.signs.sign,
    }
