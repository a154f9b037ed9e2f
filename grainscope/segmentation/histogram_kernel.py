"""Pixels into the cells of a grid over their features, and back (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def add_axis(
    feature: NDArray[np.float32],
    scale: tuple[np.float32, np.float32],
    grid: tuple[np.float32, np.float32, int],
    cell: NDArray[Any],
) -> None:
    """Refine the cells of pixels by one more feature.

    Parameters
    ----------
    feature : ndarray of float32, shape (H, W)
        Not scaled.
    scale : (float32, float32)
        Value that is scaled to 0, and what one unit of the feature is scaled to.
    grid : (float32, float32, int)
        Scaled value where the axis begins, cells a unit, cells along the axis.
    cell : ndarray of int32 or uint16, shape (H, W)
        Cells by the features before, updated here.
    """
    zero, factor = scale
    low, per_unit, n_cells = grid
    last = np.float32(n_cells - 1)
    for y in range(cell.shape[0]):
        for x in range(cell.shape[1]):
            place = ((feature[y, x] - zero) * factor - low) * per_unit
            # What is not a number lies in the first cell, not outside the table.
            place = min(place, last) if place > 0 else np.float32(0)
            cell[y, x] = cell[y, x] * np.int32(n_cells) + np.int32(place)


@njit(cache=True, nogil=True)
def count_cells(cell: NDArray[Any], n_cells: int) -> NDArray[np.int64]:
    """Return the number of pixels in each cell, shape (n_cells,)."""
    count = np.zeros(n_cells, np.int64)
    for y in range(cell.shape[0]):
        for x in range(cell.shape[1]):
            count[cell[y, x]] += 1
    return count


@njit(cache=True, nogil=True)
def look_up(cell: NDArray[Any], value: NDArray[Any], image: NDArray[Any]) -> None:
    """Give each pixel the value of its cell; ``image`` is overwritten, shape (H, W)."""
    for y in range(cell.shape[0]):
        for x in range(cell.shape[1]):
            image[y, x] = value[cell[y, x]]
