"""Place discs at random without overlap, the largest first (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def seed_placement(seed: int) -> None:
    """Set the state of the compiled code's own generator."""
    np.random.seed(seed)  # noqa: NPY002 - the generator that compiled code has


@njit(cache=True, nogil=True)
def place_in_turn(
    radius: NDArray[np.float64], size: NDArray[np.float64], edge: float, tries: int, shrink: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place discs one after the other in a periodic box where they overlap none before.

    A disc that found no room in ``tries`` places is made smaller by a factor and
    tried again.

    Parameters
    ----------
    radius : ndarray of float64, shape (N,)
        In the order of placement; largest first is the quickest.
    size : ndarray of float64, shape (2,)
        Height and width of the box.
    edge : float
        Of the cells in which neighbours are looked for.
    tries : int
        Places to try before a disc is made smaller.
    shrink : float
        That factor, below 1.

    Returns
    -------
    centre : ndarray of float64, shape (N, 2)
    radius : ndarray of float64, shape (N,)
        As placed.
    """
    rows, columns = max(int(size[0] / edge), 1), max(int(size[1] / edge), 1)
    cell_y, cell_x = size[0] / rows, size[1] / columns
    head = np.full(rows * columns, -1, np.int64)
    room = 0
    for r in radius:
        room += (int(2 * r / cell_y) + 2) * (int(2 * r / cell_x) + 2)
    item, below = np.empty(room, np.int64), np.empty(room, np.int64)
    used = 0
    centre, placed = np.empty((len(radius), 2)), radius.copy()
    for i in range(len(radius)):
        failed = 0
        while True:
            r = placed[i]
            y, x = np.random.random() * size[0], np.random.random() * size[1]  # noqa: NPY002
            y0, y1 = int(np.floor((y - r) / cell_y)), int(np.floor((y + r) / cell_y))
            x0, x1 = int(np.floor((x - r) / cell_x)), int(np.floor((x + r) / cell_x))
            y1, x1 = min(y1, y0 + rows - 1), min(x1, x0 + columns - 1)
            own = min(int(y / cell_y), rows - 1) * columns + min(int(x / cell_x), columns - 1)
            free = _is_free(own, y, x, r, head, item, below, centre, placed, size)
            row = y0
            while free and row <= y1:
                for column in range(x0, x1 + 1):
                    cell = (row % rows) * columns + column % columns
                    if not _is_free(cell, y, x, r, head, item, below, centre, placed, size):
                        free = False
                        break
                row += 1
            if free:
                break
            failed += 1
            if failed % tries == 0:
                placed[i] *= shrink
        centre[i, 0], centre[i, 1] = y, x
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                cell = (row % rows) * columns + column % columns
                item[used], below[used] = i, head[cell]
                head[cell] = used
                used += 1
    return centre, placed


@njit(cache=True, nogil=True)
def _is_free(cell, y, x, r, head, item, below, centre, radius, size):  # type: ignore[no-untyped-def]
    """Whether a disc overlaps none of those that reach into a cell."""
    entry = head[cell]
    while entry >= 0:
        j = item[entry]
        dy, dx = y - centre[j, 0], x - centre[j, 1]
        dy -= np.round(dy / size[0]) * size[0]
        dx -= np.round(dx / size[1]) * size[1]
        reach = r + radius[j]
        if dy * dy + dx * dx < reach * reach:
            return False
        entry = below[entry]
    return True


@njit(cache=True, nogil=True)
def paint_labels(
    centre_px: NDArray[np.float64], radius_px: NDArray[np.float64], height: int, width: int
) -> NDArray[np.int32]:
    """Paint discs that do not overlap, each with its number from 1; 0 is free.

    Examples
    --------
    >>> paint_labels(np.array([[1.0, 1.0]]), np.array([1.0]), 3, 4)
    array([[0, 1, 0, 0],
           [1, 1, 1, 0],
           [0, 1, 0, 0]], dtype=int32)
    """
    labels = np.zeros((height, width), np.int32)
    for i in range(len(radius_px)):
        r = radius_px[i]
        y0 = max(int(np.ceil(centre_px[i, 0] - r)), 0)
        y1 = min(int(np.floor(centre_px[i, 0] + r)), height - 1)
        for y in range(y0, y1 + 1):
            dy = y - centre_px[i, 0]
            half = np.sqrt(max(r * r - dy * dy, 0.0))
            x0 = max(int(np.ceil(centre_px[i, 1] - half)), 0)
            x1 = min(int(np.floor(centre_px[i, 1] + half)), width - 1)
            for x in range(x0, x1 + 1):
                labels[y, x] = i + 1
    return labels
