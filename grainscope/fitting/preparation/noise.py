"""The noise of a measurement: how far values scatter, and below what they are zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.preparation.scatter import Scatter, curve_residuals, scatter_of
from grainscope.records import FitParameter, TransportFit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.preparation.raw_curves import RawCurve
    from grainscope.fitting.preparation.scatter import Residuals
    from grainscope.records import TransportData
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

#: "Zero" is what lies below so many standard deviations of the constant noise.
_FLOOR_DEVIATIONS = 3.0
#: Where resistance is zero some values lie this close to it, at least so many.
_ZERO_DEVIATIONS, _FEWEST_ZEROS = 0.5, 2
#: What is assumed of a curve too short to tell.
_ASSUMED = 0.01
#: A curve of its own so many rows counts as much as what all curves say together.
_ROWS_OF_POOL = 40
#: Sweeps up and down are taken apart where that leaves less than this of the noise.
_LESS, _LEAST_ONE_WAY = 0.9, 14
#: Relative scatter below this is how the numbers were written.
_ROUNDING = 1e-7
_UNIT = {"resistivity_ohm_sq": "Ω/□", "hall_resistance_ohm": "Ω", "dvdi_ohm_sq": "Ω/□"}
_SUFFIX = {"resistivity_ohm_sq": "ohm_sq", "hall_resistance_ohm": "ohm", "dvdi_ohm_sq": "ohm_sq"}


@dataclass(frozen=True)
class Noise:
    """Of one sample.

    Attributes
    ----------
    of_curve : mapping of int to Scatter
        By the curve's number.
    pooled : mapping of str to Scatter
        By quantity.
    floor : mapping of str to float
        By quantity, in its unit; 0 where none is known.
    assumed : tuple of str
        Quantities whose noise could not be told.
    n_rows : mapping of str to int
        Rows that the noise was told from, by quantity.
    given : bool
        Whether the relative noise of resistivities is that of the settings.
    """

    of_curve: Mapping[int, Scatter]
    pooled: Mapping[str, Scatter]
    floor: Mapping[str, float]
    assumed: tuple[str, ...]
    n_rows: Mapping[str, int]
    given: bool = False

    def scattered(self, data: TransportData, curve: RawCurve) -> NDArray[np.bool_]:
        """Return which errors of a curve's rows are what neighbours scatter by."""
        told = self.given or curve.quantity in self.assumed
        if curve.quantity == "hall_resistance_ohm":
            told = curve.quantity in self.assumed
        scattered = np.full(len(curve.rows), not told)
        if curve.quantity == "resistivity_ohm_sq":
            scattered &= ~(data.resistivity_error_ohm_sq[curve.rows] > 0)
        return scattered

    def of(self, data: TransportData, curve: RawCurve) -> tuple[Column, Column, float]:
        """Return value, standard deviation and floor of a curve's rows."""
        value = getattr(data, curve.quantity)[curve.rows]
        floor = self.floor[curve.quantity]
        level = np.maximum(np.abs(value), floor)
        error = self.of_curve[curve.number].at(level)
        if curve.quantity == "resistivity_ohm_sq":
            stated = data.resistivity_error_ohm_sq[curve.rows]
            error = np.where(stated > 0, stated, error)
        return value, np.maximum(error, 1e-12 * np.abs(level).max(initial=1e-300)), floor

    def fits(self, sample: str) -> list[TransportFit]:
        """Return the results of the analysis ``noise``, one a quantity."""
        results = []
        for quantity, scatter in self.pooled.items():
            unit, suffix = _UNIT[quantity], _SUFFIX[quantity]
            share = 1 / np.sqrt(max(self.n_rows[quantity], 1))
            parameters = {
                "relative_error": _about(scatter.relative, share, ""),
                f"absolute_error_{suffix}": _about(scatter.absolute, 2 * share, unit),
            }
            if np.isfinite(self.floor[quantity]):
                parameters[f"floor_{suffix}"] = _about(self.floor[quantity], 0.0, unit)
            warning = (
                f"too few neighbouring rows to tell the noise; {_ASSUMED:.0%} is assumed: "
                "set fitting.relative_error",
            )
            results.append(
                TransportFit(
                    "noise",
                    sample,
                    {"quantity": quantity},
                    "done",
                    parameters=parameters,
                    warnings=warning if quantity in self.assumed else (),
                )
            )
        return results


def _about(value: float, share: float, unit: str) -> FitParameter:
    share = float(share)
    return FitParameter(value, value * (1 - min(share, 1.0)), value * (1 + share), unit)


def measurement_noise(
    data: TransportData,
    axes: Mapping[str, Column],
    curves: Sequence[RawCurve],
    settings: FittingSettings,
) -> Noise:
    """Return the noise of one sample's curves: √(a² + r² y²), by neighbours and repeats.

    a and r come from all curves of a quantity together, r then from each curve as far as
    its rows tell. The floor is three times a, or what the settings say.

    Parameters
    ----------
    data : TransportData
    axes : mapping of str to ndarray
        Temperature, field and current of every row.
    curves : sequence of RawCurve
        Of one sample.
    settings : FittingSettings
        ``relative_error`` and ``resistance_floor_ohm``.
    """
    pooled: dict[str, Scatter] = {}
    floor: dict[str, float] = {}
    n_rows: dict[str, int] = {}
    of_curve: dict[int, Scatter] = {}
    assumed = []
    for quantity in dict.fromkeys(curve.quantity for curve in curves):
        same = [curve for curve in curves if curve.quantity == quantity]
        residuals, found = _least_scatter(data, axes, same)
        if not _is_seen(found, data, same):
            assumed.append(quantity)
            found = Scatter(0.0, _ASSUMED)
        if settings.relative_error is not None and quantity != "hall_resistance_ohm":
            found = Scatter(found.absolute, settings.relative_error)
        pooled[quantity], n_rows[quantity] = found, sum(len(c.rows) for c in same)
        values = np.concatenate([getattr(data, quantity)[curve.rows] for curve in same])
        floor[quantity] = _floor(quantity, found, settings, np.abs(values))
        for curve, own in zip(same, residuals, strict=True):
            of_curve[curve.number] = _own(own, len(curve.rows), found, settings)
    given = settings.relative_error is not None
    return Noise(of_curve, pooled, floor, tuple(assumed), n_rows, given)


def _is_seen(found: Scatter, data: TransportData, curves: Sequence[RawCurve]) -> bool:
    """Whether there is any noise beyond the rounding of numbers."""
    level = max(float(np.median(np.abs(getattr(data, c.quantity)[c.rows]))) for c in curves)
    return bool(found.at(np.array([level]))[0] > _ROUNDING * level)


def _least_scatter(
    data: TransportData, axes: Mapping[str, Column], curves: Sequence[RawCurve]
) -> tuple[list[list[tuple[Residuals, ...]]], Scatter]:
    """Return the residuals of each curve, and the scatter of all together.

    Sweeps up and down are one branch, or two where that leaves less: the hysteresis of a
    magnet, or a drift between them, is no noise.
    """
    best: tuple[list[list[tuple[Residuals, ...]]], Scatter] | None = None
    for apart in (False, True):
        if apart and not any(_both_ways(curve) for curve in curves):
            break
        residuals = [
            [
                curve_residuals(x, y)
                for rows in (_by_way(curve) if apart else [np.arange(len(curve.rows))])
                for x, y in _branches(data, axes, curve, rows)
            ]
            for curve in curves
        ]
        found = scatter_of([branch for own in residuals for branch in own])
        if best is None or _level(found, data, curves) < _LESS * _level(best[1], data, curves):
            best = residuals, found
    assert best is not None
    return best


def _both_ways(curve: RawCurve) -> bool:
    n_up, n_down = np.count_nonzero(curve.direction > 0), np.count_nonzero(curve.direction < 0)
    return bool(min(n_up, n_down) >= _LEAST_ONE_WAY)


def _by_way(curve: RawCurve) -> list[NDArray[np.int64]]:
    if not _both_ways(curve):
        return [np.arange(len(curve.rows))]
    return [np.flatnonzero(curve.direction == way) for way in (-1, 1)]


def _level(found: Scatter, data: TransportData, curves: Sequence[RawCurve]) -> float:
    """Return the typical logarithmic size of the noise, as a factor."""
    values = np.concatenate([getattr(data, c.quantity)[c.rows] for c in curves])
    return float(np.exp(np.mean(np.log(np.maximum(found.at(values), 1e-300)))))


def _branches(
    data: TransportData, axes: Mapping[str, Column], curve: RawCurve, rows: NDArray[np.int64]
) -> list[tuple[Column, Column]]:
    """Return axis and value, either sign of the field apart: there may be a cusp at zero."""
    x, y = axes[curve.along][curve.rows[rows]], getattr(data, curve.quantity)[curve.rows[rows]]
    if curve.along == "temperature_k":
        return [(np.log(x), y)]
    branches = []
    for side in (-1, 1):
        near = np.argsort(side * x, kind="stable")
        near = near[side * x[near] >= 0]
        branches.append((np.sqrt(side * x[near]), y[near]))
    return branches


def _own(
    residuals: list[tuple[Residuals, ...]], n: int, pooled: Scatter, settings: FittingSettings
) -> Scatter:
    """Return a curve's own relative noise, drawn towards what all curves say."""
    if settings.relative_error is not None or pooled.relative == 0:
        return pooled
    own = scatter_of(residuals).relative
    if not own > 0:
        return pooled
    mixed = (n * np.log(own) + _ROWS_OF_POOL * np.log(pooled.relative)) / (n + _ROWS_OF_POOL)
    return Scatter(pooled.absolute, float(np.exp(mixed)))


def _floor(quantity: str, scatter: Scatter, settings: FittingSettings, size: Column) -> float:
    """Return below what a value is zero: no higher than the least value, where none is zero.

    Coarse sweeps look noisier than they are; that must not make zeros of small values.
    """
    if quantity == "hall_resistance_ohm":
        return -np.inf
    if settings.resistance_floor_ohm is not None:
        return settings.resistance_floor_ohm / (settings.squares or 1.0)
    floor = _FLOOR_DEVIATIONS * scatter.absolute
    n_zero = np.count_nonzero(size < _ZERO_DEVIATIONS * scatter.absolute)
    return floor if n_zero >= _FEWEST_ZEROS else min(floor, float(size.min()))
