"""Isotherms as rows of ln ρ: from curves of one state, pooled where they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.collapse.series import ScalingRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records import TransportCurve

    Column = NDArray[np.float64]

#: Below so many standard deviations above 0, ln ρ is no longer normal.
_LEAST_SIGNIFICANCE = 3.0
#: Isotherms of more rows near the crossing are pooled into so many.
_MOST_ROWS = 200
#: For the first guess rows are pooled over so much of ln H.
_LN_FIELD_STEP = 0.02


def isotherm_rows(curves: Sequence[TransportCurve], tolerance: float) -> ScalingRows:
    """Return ln ρ against |H| of the rows that are neither limits nor lost in noise.

    Parameters
    ----------
    curves : sequence of TransportCurve
        Resistivity against field, of one state.
    tolerance : float
        Temperatures within this share of each other are one.

    Returns
    -------
    ScalingRows
    """
    columns: list[tuple[Column, ...]] = []
    for curve in sorted(curves, key=isotherm_temperature):
        value, error = curve.value, curve.error
        good = ~curve.censored & (value > _LEAST_SIGNIFICANCE * error) & np.isfinite(curve.x)
        temperature = np.full(int(good.sum()), isotherm_temperature(curve))
        ln_error = error[good] / value[good]
        columns.append((np.abs(curve.x[good]), temperature, np.log(value[good]), ln_error))
    control, temperature, value, error = (np.concatenate(c) for c in zip(*columns, strict=True))
    return ScalingRows(control, _merged(temperature, tolerance), value, error)


def isotherm_temperature(curve: TransportCurve) -> float:
    """Return the median of the temperatures of a curve; that of its selection if unknown."""
    known = curve.temperature_k[np.isfinite(curve.temperature_k)]
    return float(np.median(known)) if len(known) else curve.at("temperature_k")


def _merged(temperature: Column, tolerance: float) -> Column:
    """Give temperatures that are nearly equal their common mean."""
    distinct = np.unique(temperature)
    if len(distinct) == 0:
        return temperature
    starts = np.append(True, distinct[1:] > distinct[:-1] * (1 + tolerance))
    group = np.cumsum(starts)[np.searchsorted(distinct, temperature)] - 1
    lowest = distinct[starts][group]  # what is equal stays so to the last bit
    above = np.bincount(group, temperature - lowest) / np.bincount(group)
    return np.asarray(lowest + above[group])


def pooled(rows: ScalingRows, cell: NDArray[np.int64]) -> ScalingRows:
    """Return weighted means of the rows of each temperature that share a cell.

    Examples
    --------
    >>> rows = ScalingRows(np.array([1.0, 3.0]), np.ones(2), np.array([5.0, 7.0]), np.ones(2))
    >>> one = pooled(rows, np.array([4, 4]))
    >>> one.control.tolist(), one.value.tolist(), one.error.round(3).tolist()
    ([2.0], [6.0], [0.707])
    """
    keys = np.stack((np.searchsorted(rows.temperatures, rows.temperature), cell))
    group = np.unique(keys, axis=1, return_inverse=True)[1].ravel()
    weight = rows.error**-2
    total = np.bincount(group, weight)
    columns = (rows.control, rows.temperature, rows.value)
    control, temperature, value = (np.bincount(group, weight * c) / total for c in columns)
    # The mean of equal temperatures is to be that temperature to the last bit.
    own = rows.temperatures[np.abs(temperature[:, None] - rows.temperatures).argmin(axis=1)]
    return ScalingRows(control, own, value, np.asarray(total**-0.5, np.float64))


def pooled_along(rows: ScalingRows, most: int = _MOST_ROWS) -> ScalingRows:
    """Return at most so many rows for each temperature, neighbours in x pooled."""
    cell = np.zeros(len(rows), np.int64)
    for temperature in rows.temperatures:
        own = np.flatnonzero(rows.temperature == temperature)
        order = own[np.argsort(rows.control[own], kind="stable")]
        cell[order] = np.arange(len(own)) * min(most, len(own)) // len(own)
    return pooled(rows, cell)


def pooled_logarithmically(rows: ScalingRows) -> ScalingRows:
    """Return rows pooled over small steps of ln x; those at x = 0 are dropped."""
    above = rows.where(rows.control > 0)
    return pooled(above, np.floor(np.log(above.control) / _LN_FIELD_STEP).astype(np.int64))
