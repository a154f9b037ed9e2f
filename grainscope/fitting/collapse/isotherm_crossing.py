"""Roughly where isotherms cross: a first guess that needs no smoothing and no law."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.collapse.series import ScalingRows

    Column = NDArray[np.float64]

#: The sum must rise and fall by so many times what noise alone would make of it.
_LEAST_PROMINENCE = 5.0
_MOST_POINTS = 300


def crossing_guess(rows: ScalingRows) -> float | None:
    """Return where dy/d ln T changes its sign, from + to − if there is such a place.

    t(x), the slope of y against ln T in standard deviations, is summed along x: the
    sum has a maximum where t changes from + to −, however noisy t itself is. Of
    several the one is taken that stands out most; a change from − to +, a minimum,
    where there is no other.

    Parameters
    ----------
    rows : ScalingRows
        Of two temperatures or more, x above 0.

    Returns
    -------
    float or None
        None where no change stands out of the noise.

    Examples
    --------
    >>> from grainscope.fitting.collapse.series import ScalingRows
    >>> x, t = np.tile(np.linspace(1, 3, 41), 2), np.repeat([1.0, 2.0], 41)
    >>> rows = ScalingRows(x, t, (x - 2) / t, np.full(82, 0.01))
    >>> round(crossing_guess(rows), 1)
    2.0
    >>> crossing_guess(ScalingRows(x, t, x / t, np.full(82, 0.01))) is None
    True
    """
    grid, significance = _temperature_slope(rows)
    if len(grid) < 5:
        return None
    sums = np.cumsum(significance)
    least = _LEAST_PROMINENCE * math.sqrt(len(grid))
    for sign in (1, -1):
        prominence = _prominences(sign * sums)
        at = int(np.argmax(prominence))
        if prominence[at] >= least:
            return float(0.5 * (grid[at] + grid[at + 1]))
    return None


def _prominences(y: Column) -> Column:
    """Return by how much each maximum stands out of the ground on its lower side.

    The ground reaches to the next higher place, or to the end; what is no maximum, and
    the ends, have 0.
    """
    found = np.zeros(len(y))
    for k in range(1, len(y) - 1):
        if y[k] < y[k - 1] or y[k] <= y[k + 1]:
            continue
        higher = np.flatnonzero(y > y[k])
        left, right = higher[higher < k], higher[higher > k]
        start = int(left[-1]) + 1 if len(left) else 0
        stop = int(right[0]) if len(right) else len(y)
        found[k] = y[k] - max(y[start : k + 1].min(), y[k:stop].min())
    return found


def _temperature_slope(rows: ScalingRows) -> tuple[Column, Column]:
    """Return places along x that all curves reach, and dy/d ln T over its error there."""
    curves = []
    for temperature in rows.temperatures.tolist():
        own = np.flatnonzero(rows.temperature == temperature)
        curves.append(rows.where(own[np.argsort(rows.control[own], kind="stable")]))
    low = max(float(one.control[0]) for one in curves)
    high = min(float(one.control[-1]) for one in curves)
    inside = [int(((c.control >= low) & (c.control <= high)).sum()) for c in curves]
    points = min(int(np.median(inside)), _MOST_POINTS)
    if not low < high or points < 5:
        return np.zeros(0), np.zeros(0)
    middle = curves[int(np.argsort(inside)[len(inside) // 2])].control
    middle = middle[(middle >= low) & (middle <= high)]
    grid = middle[np.unique(np.linspace(0, len(middle) - 1, points).round().astype(np.int64))]
    y = np.array([np.interp(grid, c.control, c.value) for c in curves])
    weight = np.array([np.interp(grid, c.control, c.error) for c in curves]) ** -2
    ln_t = np.log(rows.temperatures)[:, None] - np.zeros_like(y)
    centred = ln_t - (weight * ln_t).sum(axis=0) / weight.sum(axis=0)
    return grid, (weight * centred * y).sum(axis=0) / np.sqrt((weight * centred**2).sum(axis=0))
