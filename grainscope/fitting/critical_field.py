"""TransportCurves → the field at which resistance appears, and what RF makes of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import censored_residual, minimise, profile_interval
from grainscope.fitting.paired_curves import pairs
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

#: Rows on either side of the floor that tell where it is crossed, and the fewest above.
_MOST_ABOVE, _FEWEST_ABOVE = 16, 6
#: An isotherm that begins at more than so many floors is far from zero resistance.
_NEAR_ZERO = 30.0


def critical_field(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Find the field up to which resistance is zero, for each isotherm that shows one.

    The field at which ρ passes the noise floor, on a parabola of ln ρ in |H| through the
    rows about it, by the likelihood of values and of limits at the floor; its interval is
    the profile, with the error of the field's offset added. An isotherm that is resistive
    at its smallest field gives an upper limit. "Zero" means below the floor, which is stated.

    Parameters
    ----------
    curves : sequence of TransportCurve
        Resistivity along the field.
    settings : FittingSettings
        Not used.
    rng : numpy Generator
        Not used.

    Returns
    -------
    tuple of TransportFit
        One an isotherm: ``field_t``, ``floor_ohm_sq``; under RF also ``field_ratio``
        to that without.
    """
    sample = curves[0].sample if curves else ""
    isotherms = [c for c in curves if c.along == "field_t" and c.quantity == "resistivity_ohm_sq"]
    floored = [c for c in isotherms if _near_zero(c)]
    if not floored:
        got = f"{len(isotherms)} isotherms, none of them so" if isotherms else "none"
        reason = (
            f"needs resistivity against field_t that begins within {_NEAR_ZERO:g} times a known "
            f"noise floor (fitting.resistance_floor_ohm): got {got}"
        )
        return (skipped("critical_field", sample, reason),)
    partner = {id(disturbed): plain for disturbed, plain in pairs(floored)}
    found = {id(curve): _one(curve) for curve in floored}
    return tuple(
        _with_ratio(found[id(c)], found[id(partner[id(c)])]) if id(c) in partner else found[id(c)]
        for c in floored
    )


def _near_zero(curve: TransportCurve) -> bool:
    return bool(curve.value[int(np.argmin(np.abs(curve.x)))] <= _NEAR_ZERO * curve.floor > 0)


def _one(curve: TransportCurve) -> TransportFit:
    order = np.argsort(np.abs(curve.x), kind="stable")
    field, value, error = (c[order] for c in (np.abs(curve.x), curve.value, curve.error))
    zero = curve.censored[order]
    floor = FitParameter(curve.floor, curve.floor, curve.floor, "Ω/□")
    first = _first_resistive(zero)
    if first is None:
        reason = f"resistance is zero up to the largest field, {field[-1]:.3g} T"
        return skipped("critical_field", curve.sample, reason, **curve.selection)
    table = {"field_t": field, "resistivity_ohm_sq": value, "error_ohm_sq": error}
    if first == 0:
        limit = FitParameter(math.nan, 0.0, float(field[0]), "T")
        return TransportFit(
            "critical_field", curve.sample, curve.selection, "done",
            parameters={"field_t": limit, "floor_ohm_sq": floor},
            window={"chosen": "the smallest field"},
            warnings=(
                f"resistance is above the floor at the smallest field, {field[0]:.3g} T: "
                "only an upper limit",
            ),
            table=table,
        )  # fmt: skip
    above = np.flatnonzero(~zero)
    above = above[above >= first][:_MOST_ABOVE]
    if len(above) < _FEWEST_ABOVE:
        reason = f"needs {_FEWEST_ABOVE} rows above the noise floor: got {len(above)}"
        return skipped("critical_field", curve.sample, reason, **curve.selection)
    rows = slice(max(first - _MOST_ABOVE, 0), int(above[-1]) + 1)
    onset = _crossing(field[rows], value[rows], error[rows], zero[rows], curve.floor)
    widened = _with_offset(onset, curve.field_offset_error_t)
    return TransportFit(
        "critical_field",
        curve.sample,
        curve.selection,
        "done",
        parameters={"field_t": widened, "floor_ohm_sq": floor},
        window={
            "field_t": (float(field[rows][0]), float(field[rows][-1])),
            "chosen": f"up to {_MOST_ABOVE} rows on either side of the floor",
        },
        table=table,
    )


def _first_resistive(zero: NDArray[np.bool_]) -> int | None:
    """Return the first row from which on more rows are above the floor than at it."""
    balance = np.cumsum(np.where(zero, -1, 1)[::-1])[::-1]
    above = np.flatnonzero(~zero)
    if not len(above):
        return None
    # Where what follows is mostly resistive, and what goes before mostly is not.
    return int(np.argmax(balance)) if balance.max() > 0 else None


def _crossing(
    field: Column, value: Column, error: Column, zero: NDArray[np.bool_], floor: float
) -> tuple[float, float, float]:
    """Return where ln ρ, a parabola in the field, passes the floor, and its profile interval."""
    seen = np.flatnonzero(~zero)
    reach = float(field[-1] - field[0])
    start = np.array([float(field[seen[0]]), math.log(max(value[-1] / floor, 1.1)), 0.0])
    low, high = np.array([0.0, 1e-3, -50.0]), np.array([float(field[-1]), 200.0, 50.0])

    def residual(theta: Column) -> Column:
        from_crossing = (field - theta[0]) / reach
        rise = theta[1] * from_crossing + theta[2] * from_crossing**2
        return censored_residual(floor * np.exp(np.clip(rise, -60, 60)), value, error, zero)

    best = minimise(residual, start, low, high)
    scale = max(best.chi2 / max(len(seen) - 3, 1), 1.0)
    ends = profile_interval(residual, best, low, high, 0, scale)
    # At no field the crossing lies below the smallest one: only its upper end is known.
    crossing_t = float(best.theta[0]) if best.theta[0] > 0 else math.nan
    return crossing_t, *ends


def _with_offset(onset: tuple[float, float, float], error_t: float) -> FitParameter:
    value, low, high = onset
    if not math.isfinite(value):
        return FitParameter(value, 0.0, high + error_t, "T")
    return FitParameter(
        value,
        max(value - math.hypot(value - low, error_t), 0.0),
        value + math.hypot(high - value, error_t),
        "T",
    )


def _with_ratio(disturbed: TransportFit, plain: TransportFit) -> TransportFit:
    """Add the ratio of the field under RF to that without, relative errors in quadrature."""
    if "field_t" not in disturbed.parameters or "field_t" not in plain.parameters:
        return disturbed
    a, b = (
        [float(np.real(end)) for end in (found.value, found.low, found.high)]
        for found in (disturbed.parameters["field_t"], plain.parameters["field_t"])
    )
    # Where the film without RF has only an upper limit, the ratio has only a lower one.
    value, low, high = math.nan, a[1] / b[2], a[2] / b[1] if b[1] > 0 else math.inf
    if a[0] > 0 and b[0] > 0:
        value = a[0] / b[0]
        low = value * max(1 - math.hypot(1 - a[1] / a[0], b[2] / b[0] - 1), 0.0)
        high = value * (1 + math.hypot(a[2] / a[0] - 1, 1 - b[1] / b[0]))
    ratio = FitParameter(value, low, high, "")
    return replace(disturbed, parameters={**disturbed.parameters, "field_ratio": ratio})
