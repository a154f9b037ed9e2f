"""Steps between rows without what crosses a grain edge (compiled).

A median of a long row: its values are counted into cells, and only the cell that
holds the middle is sorted. The same to the last bit as a sort of the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CELLS = 1024
#: Cells a unit beyond this tell nothing: all values lie in one.
_MOST_PER_UNIT = np.float32(1e30)


@njit(cache=True, nogil=True, inline="always")
def _cell_of(value, low, per_unit):  # type: ignore[no-untyped-def]
    """Cell that a value is counted in; what is not a number there is in the first."""
    place = (value - low) * per_unit
    return int(place) if place > 0 else 0


@njit(cache=True, nogil=True)
def _median(values, count, inside):  # type: ignore[no-untyped-def]
    """Middle of a row, or the mean of the two in the middle; the others are scratch."""
    low = high = values[0]
    for value in values:
        low = value if value < low else low
        high = value if value > high else high
    per_unit = np.float32(_CELLS - 1) / (high - low) if high > low else np.float32(0)
    per_unit = per_unit if per_unit < _MOST_PER_UNIT else np.float32(0)
    count[:] = 0
    for value in values:
        count[_cell_of(value, low, per_unit)] += 1
    rank = (values.size - 1) // 2
    before = cell = 0
    while before + count[cell] <= rank:
        before += count[cell]
        cell += 1
    n_inside = 0
    following = high
    for value in values:
        at = _cell_of(value, low, per_unit)
        if at == cell:
            inside[n_inside] = value
            n_inside += 1
        elif at > cell and value < following:
            following = value
    ordered = np.sort(inside[:n_inside])
    middle = ordered[rank - before]
    if values.size % 2:
        return middle
    if rank + 1 - before < n_inside:
        following = ordered[rank + 1 - before]
    return (middle + following) / np.float32(2)


@njit(cache=True, nogil=True)
def steps_of_film(
    intensity: NDArray[np.float32], clip: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Differences between neighbouring rows about their median, 0 where it is an edge.

    Parameters
    ----------
    intensity : ndarray of float32, shape (R + 1, W)
        Grey levels.
    clip : float
        Standard deviations, estimated from the median deviation, beyond which a
        step is an edge.

    Returns
    -------
    steps : ndarray of float32, shape (R, W)
        Steps less their median, 0 where they are edges.
    middle : ndarray of float32, shape (R,)
        The medians.
    kept : ndarray of int64, shape (R,)
        How many are no edges.
    """
    n_rows, width = intensity.shape[0] - 1, intensity.shape[1]
    steps = np.empty((n_rows, width), np.float32)
    middle = np.empty(n_rows, np.float32)
    kept = np.zeros(n_rows, np.int64)
    away = np.empty(width, np.float32)
    count = np.empty(_CELLS + 1, np.int64)
    inside = np.empty(width, np.float32)
    for row in range(n_rows):
        for x in range(width):
            steps[row, x] = intensity[row + 1, x] - intensity[row, x]
        middle[row] = _median(steps[row], count, inside)
        for x in range(width):
            steps[row, x] -= middle[row]
            away[x] = abs(steps[row, x])
        most = np.float32(clip) * (np.float32(1.4826) * _median(away, count, inside))
        for x in range(width):
            is_inside = away[x] <= most
            steps[row, x] = steps[row, x] if is_inside else np.float32(0)
            kept[row] += is_inside
    return steps, middle, kept
