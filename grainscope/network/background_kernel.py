"""Which part of its zone's contour each background pixel belongs to (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from grainscope.network.contour_kernel import COLUMN, CRACKS, DIRECTION, ROW, left_pixel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EMPTY, _SPLIT = -1, -2
_SIDE, _DIAGONAL, _FAR = 3, 4, 65535  # chamfer distance of Borgefors, 1986


@njit(cache=True, nogil=True)
def share_background(
    zones: NDArray[np.int32],
    labels: NDArray[np.int32],
    runs: NDArray[np.int32],
    cut: NDArray[np.float64],
    nearest: NDArray[np.int32],
    chosen: NDArray[np.bool_],
    far: NDArray[np.uint16],
) -> NDArray[np.int64]:
    """Give the background of some zones to the parts of their contours.

    Each run is cut in two by the shortest way through it. The ray from a grain
    pixel through the background that is nearest to it ends on one part of the
    contour, and that part has it. Where a grain pixel sees two parts, or none
    (in a bay of a concave grain), a background pixel goes with the nearest one
    that is settled. Holes inside a grain belong to none. What one zone gets does
    not depend on the others.

    Parameters
    ----------
    zones, labels : ndarray of int32, shape (H, W)
        The partition and its grains.
    runs : ndarray of int32, shape (R, 8)
        All runs of the chosen zones, by ``trace_runs``.
    cut : ndarray of float64, shape (R,)
        Position of the cut among the cracks of each run.
    nearest : ndarray of int32, shape (H, W)
        Nearest grain pixels; overwritten, as working memory. Only the background of
        the chosen zones is looked at.
    chosen : ndarray of bool
        By label, which zones.
    far : ndarray of uint16, shape (H, W)
        Working memory.

    Returns
    -------
    ndarray of int64, shape (R, 2)
        Background pixels of the part before and after the cut.
    """
    height, width = zones.shape
    part_of = nearest  # of a grain pixel: what it sees; of background: what it belongs to
    flat = nearest.ravel()
    for row in range(height):
        for column in range(width):
            if labels[row, column] > 0:
                part_of[row, column] = _EMPTY
    for run in range(len(runs)):
        r, c, d = runs[run, ROW], runs[run, COLUMN], runs[run, DIRECTION]
        for k in range(runs[run, CRACKS]):
            y, x = left_pixel(r, c, d)
            grain = y * width + x if labels[y, x] > 0 else nearest[y, x]
            part = 2 * run + (k > cut[run])
            flat[grain] = part if flat[grain] in (_EMPTY, part) else _SPLIT
            r, c, d = step(zones, labels, r, c, d)
    for row in range(height):
        for column in range(width):
            if labels[row, column] == 0 and chosen[zones[row, column]]:
                part = flat[nearest[row, column]]
                far[row, column] = 0 if part >= 0 else _FAR
                nearest[row, column] = part if part >= 0 else _EMPTY
            else:
                far[row, column] = _FAR
    for run in range(len(runs)):
        r, c, d = runs[run, ROW], runs[run, COLUMN], runs[run, DIRECTION]
        for k in range(runs[run, CRACKS]):
            y, x = left_pixel(r, c, d)
            if labels[y, x] == 0 and part_of[y, x] == _EMPTY:
                part_of[y, x] = 2 * run + (k > cut[run])
                far[y, x] = 0
            r, c, d = step(zones, labels, r, c, d)
    _settle(zones, labels, part_of, far)
    pixels = np.zeros((len(runs), 2), np.int64)
    for row in range(height):
        for column in range(width):
            part = part_of[row, column]
            if labels[row, column] == 0 and part >= 0 and chosen[zones[row, column]]:
                pixels[part >> 1, part & 1] += 1
    return pixels


@njit(cache=True, nogil=True)
def _settle(
    zones: NDArray[np.int32],
    labels: NDArray[np.int32],
    part_of: NDArray[np.int32],
    far: NDArray[np.uint16],
) -> None:
    """Sweep there and back until nothing changes: once each but for winding gaps.

    Only then does what one zone gets not depend on how winding the others are. The
    same sweep done twice changes nothing the second time, so from the second on one
    without changes is the last.
    """
    height, width = zones.shape
    changed = 1
    sweeps = 0
    while changed > 0 or sweeps < 2:
        changed = 0
        if sweeps % 2 == 0:
            for row in range(height):
                for column in range(width):
                    if labels[row, column] == 0 and far[row, column] > _SIDE:
                        changed += _sweep(zones, part_of, far, row, column, -1)
        else:
            for row in range(height - 1, -1, -1):
                for column in range(width - 1, -1, -1):
                    if labels[row, column] == 0 and far[row, column] > _SIDE:
                        changed += _sweep(zones, part_of, far, row, column, 1)
        sweeps += 1


@njit(cache=True, nogil=True, inline="always")
def _sweep(
    zones: NDArray[np.int32],
    part_of: NDArray[np.int32],
    far: NDArray[np.uint16],
    row: int,
    column: int,
    side: int,
) -> bool:
    """Take over the part of a neighbour already swept if it is nearer; return whether one was."""
    height, width = zones.shape
    zone = zones[row, column]
    nearest, part = np.int64(far[row, column]), part_of[row, column]
    u = column + side
    if 0 <= u < width and zones[row, u] == zone and far[row, u] + _SIDE < nearest:
        nearest, part = far[row, u] + _SIDE, part_of[row, u]
    v = row + side
    if 0 <= v < height:
        if zones[v, column] == zone and far[v, column] + _SIDE < nearest:
            nearest, part = far[v, column] + _SIDE, part_of[v, column]
        for u in (column - 1, column + 1):
            if 0 <= u < width and zones[v, u] == zone and far[v, u] + _DIAGONAL < nearest:
                nearest, part = far[v, u] + _DIAGONAL, part_of[v, u]
    if nearest == far[row, column]:
        return False
    far[row, column] = nearest
    part_of[row, column] = part
    return True
