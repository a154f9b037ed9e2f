"""Find overlapping discs, and paint discs, on a periodic box."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def overlapping_pairs(
    centres: NDArray[np.float64], radii: NDArray[np.float64], height: float, width: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every pair of discs that overlap, the larger one first.

    Each disc looks for smaller ones within twice its own radius, so the work is
    proportional to coverage × number however wide the distribution is.

    Parameters
    ----------
    centres : ndarray of float64, shape (n, 2)
        Rows and columns, in [0, height) × [0, width).
    radii : ndarray of float64, shape (n,)
    height, width : float
        Periodic box.

    Returns
    -------
    first, second : ndarray of int64, shape (p,)

    Examples
    --------
    >>> first, second = overlapping_pairs(np.array([[1.0, 0.5], [1.0, 9.5]]), np.ones(2), 10, 10)
    >>> first.tolist(), second.tolist()  # across the periodic edge
    ([0], [1])
    """
    if len(radii) < 2:
        none = np.empty(0, np.int64)
        return none, none
    edge = max(np.sqrt(height * width / len(radii)), 1e-9)
    shape = (max(1, int(height / edge)), max(1, int(width / edge)))
    size = np.array([height, width])
    cell = np.minimum((centres / size * shape).astype(np.int64), np.array(shape) - 1)
    flat = cell[:, 0] * shape[1] + cell[:, 1]
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], np.arange(shape[0] * shape[1] + 1))
    n_pairs = _scan(centres, radii, size, order, starts, shape, np.empty((0, 2), np.int64))
    pairs = np.empty((n_pairs, 2), np.int64)
    _scan(centres, radii, size, order, starts, shape, pairs)
    return pairs[:, 0], pairs[:, 1]


@njit(cache=True, nogil=True)
def _scan(centres, radii, size, order, starts, shape, pairs):  # type: ignore[no-untyped-def]
    """Count the pairs; write them where there is room."""
    n_pairs = 0
    for i in range(len(radii)):
        reach_y = 2 * radii[i] / (size[0] / shape[0])
        reach_x = 2 * radii[i] / (size[1] / shape[1])
        y_cell = centres[i, 0] / size[0] * shape[0]
        x_cell = centres[i, 1] / size[1] * shape[1]
        y0 = int(np.floor(y_cell - reach_y))
        y1 = min(int(np.floor(y_cell + reach_y)), y0 + shape[0] - 1)
        x0 = int(np.floor(x_cell - reach_x))
        x1 = min(int(np.floor(x_cell + reach_x)), x0 + shape[1] - 1)
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                cell = (y % shape[0]) * shape[1] + x % shape[1]
                for k in range(starts[cell], starts[cell + 1]):
                    j = order[k]
                    if radii[j] > radii[i] or (radii[j] == radii[i] and j <= i):
                        continue
                    dy = centres[i, 0] - centres[j, 0]
                    dx = centres[i, 1] - centres[j, 1]
                    dy -= np.round(dy / size[0]) * size[0]
                    dx -= np.round(dx / size[1]) * size[1]
                    reach = radii[i] + radii[j]
                    if dy * dy + dx * dx < reach * reach:
                        if n_pairs < len(pairs):
                            pairs[n_pairs, 0] = i
                            pairs[n_pairs, 1] = j
                        n_pairs += 1
    return n_pairs


@njit(cache=True, nogil=True)
def paint_discs(
    centres_px: NDArray[np.float64], radii_px: NDArray[np.float64], height: int, width: int
) -> NDArray[np.bool_]:
    """Return where a periodic grid is under a disc; pixel centres are whole numbers.

    Examples
    --------
    >>> paint_discs(np.array([[0.0, 0.0]]), np.array([1.0]), 4, 4).astype(int)
    array([[1, 1, 0, 1],
           [1, 0, 0, 0],
           [0, 0, 0, 0],
           [1, 0, 0, 0]])
    """
    covered = np.zeros((height, width), np.bool_)
    for i in range(len(radii_px)):
        r = radii_px[i]
        y0 = int(np.ceil(centres_px[i, 0] - r))
        y1 = int(np.floor(centres_px[i, 0] + r))
        for y in range(y0, y1 + 1):
            dy = y - centres_px[i, 0]
            half = np.sqrt(max(r * r - dy * dy, 0.0))
            x0 = int(np.ceil(centres_px[i, 1] - half))
            x1 = int(np.floor(centres_px[i, 1] + half))
            for x in range(x0, x1 + 1):
                covered[y % height, x % width] = True
    return covered
