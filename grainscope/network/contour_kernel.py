"""Contours of the zones and the facets along them (compiled).

A *crack* is the edge between two pixels of different zones. A contour is walked
along its cracks with the zone on the left hand, so an outer contour runs
counterclockwise on the screen and one around a hole clockwise. Positions are
corners of the pixel grid: corner (r, c) is the upper left one of pixel (r, c).
Directions: 0 right, 1 down, 2 left, 3 up.

Where a zone meets itself across a corner it is connected there. In the
checkerboard ``ab/ba`` only one of the two can be: the one with a grain pixel on
both sides, otherwise the smaller label. Every corner is thus resolved without a
crossing, and the contact graph is planar whatever the zones look like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Columns of a run: corner where it starts, direction, number of cracks, the
#: zone on the left, the zone on the right (0 = frame), contour, around a hole.
ROW, COLUMN, DIRECTION, CRACKS, OWN, OTHER, CONTOUR, HOLE = range(8)


@njit(cache=True, nogil=True, inline="always")
def left_pixel(r: int, c: int, d: int) -> tuple[int, int]:
    """Pixel on the left hand of one who stands at corner (r, c) and looks in direction d."""
    return r - (d == 0 or d == 3), c - (d >= 2)  # noqa: PLR1714 (numba)


@njit(cache=True, nogil=True, inline="always")
def _right_pixel(r: int, c: int, d: int) -> tuple[int, int]:
    return r - (d >= 2), c - (d == 1 or d == 2)  # noqa: PLR1714 (numba)


@njit(cache=True, nogil=True)
def trace_runs(
    zones: NDArray[np.int32],
    labels: NDArray[np.int32],
    box: tuple[int, int, int, int],
    chosen: NDArray[np.bool_],
    walked: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Cut the contours of some zones into runs of cracks with one neighbour each.

    Parameters
    ----------
    zones, labels : ndarray of int32, shape (H, W)
        The partition of the frame and its grains.
    box : tuple of int
        First row, first column, row and column after the last of a box that holds
        the chosen zones.
    chosen : ndarray of bool
        By label, which zones.
    walked : ndarray of bool, of the box's shape
        Working memory.

    Returns
    -------
    runs : ndarray of int32, shape (R, 8)
        One row a run, in the order of the walk, contour by contour.
    keys : ndarray of int64, shape (R,)
        Equal for the two runs of one facet and for no others.
    """
    height, width = zones.shape
    top, left, bottom, right = box
    runs = np.empty((256, 8), np.int32)
    keys = np.empty(256, np.int64)
    walked[:] = False  # the crack below this pixel
    count = contours = 0
    for row in range(top, bottom):
        for column in range(left, right):
            below = zones[row + 1, column] if row + 1 < height else 0
            if below == zones[row, column] or walked[row - top, column - left]:
                continue
            if not chosen[zones[row, column]]:
                continue
            begin = _junction_on_contour(zones, labels, row + 1, column)
            first, area = count, 0
            r, c, d = begin
            own, other = _beside(zones, r, c, d)
            new_run = True
            while True:
                if new_run:
                    if count == len(runs):
                        runs = np.concatenate((runs, np.empty_like(runs)))
                        keys = np.concatenate((keys, np.empty_like(keys)))
                    runs[count, ROW], runs[count, COLUMN], runs[count, DIRECTION] = r, c, d
                    runs[count, OWN], runs[count, OTHER] = own, other
                    runs[count, CRACKS], runs[count, CONTOUR] = 0, contours
                    keys[count] = _crack_id(r, c, d, width)
                    count += 1
                runs[count - 1, CRACKS] += 1
                last_crack = _crack_id(r, c, d, width)
                if d == 0:
                    walked[r - 1 - top, c - left] = True
                    area += r
                elif d == 2:
                    area -= r
                before = other
                r, c, d, other = step(zones, labels, r, c, d, own, other)
                closed = (r, c, d) == begin
                new_run = other != before
                if closed or new_run:
                    keys[count - 1] = min(keys[count - 1], last_crack)
                if closed:
                    break
            runs[first:count, HOLE] = area < 0
            contours += 1
    return runs[:count].copy(), keys[:count].copy()


@njit(cache=True, nogil=True)
def measure_facets(
    zones: NDArray[np.int32],
    labels: NDArray[np.int32],
    nearest: NDArray[np.int32],
    runs: NDArray[np.int32],
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]:
    """Find the shortest way through each facet, and the facet's length.

    Of equally short ways those count whose crack lies most nearly on them; of
    these the mean is taken, the middle of a long touch. Grains that touch (also
    across a corner) are at distance 0.

    Parameters
    ----------
    zones, labels, nearest : ndarray of int32, shape (H, W)
        The partition, its grains and the nearest grain pixels.
    runs : ndarray of int32, shape (E, 8)
        One run of each facet.

    Returns
    -------
    distance_px : ndarray of float64, shape (E,)
        Between the centres of the two nearest grain pixels; 0 if they touch.
    y_px, x_px : ndarray of float64, shape (E,)
        The middle between them.
    length_px : ndarray of float64, shape (E,)
        0.948 × the polyline through the middles of the cracks, unbiased over
        orientations (Kulpa 1977), within 5.2 % at each.
    cut : ndarray of float64, shape (E,)
        Position of the shortest way among the cracks of the run, from 0.
    """
    count, width = len(runs), zones.shape[1]
    distance_px = np.empty(count)
    y_px, x_px, length_px, cut = np.empty((4, count))
    for i in range(count):
        r, c, d = runs[i, ROW], runs[i, COLUMN], runs[i, DIRECTION]
        cracks = runs[i, CRACKS]
        own, other = runs[i, OWN], runs[i, OTHER]
        best = detour = np.int64(2**62)
        ties = 0
        length = 1.0
        for k in range(cracks):
            y, x = left_pixel(r, c, d)
            v, u = _right_pixel(r, c, d)
            p, q = nearest[y, x], nearest[v, u]
            py, px, qy, qx = p // width, p % width, q // width, q % width
            square = np.int64(py - qy) ** 2 + np.int64(px - qx) ** 2
            if square <= 2:
                square = np.int64(0)
            way = np.int64(py - y) ** 2 + np.int64(px - x) ** 2
            way += np.int64(qy - v) ** 2 + np.int64(qx - u) ** 2
            if square < best or (square == best and way < detour):
                best, detour, ties = square, way, 0
                y_px[i] = x_px[i] = cut[i] = 0.0
            if square == best and way == detour:
                ties += 1
                y_px[i] += (py + qy) / 2
                x_px[i] += (px + qx) / 2
                cut[i] += k
            before = d
            r, c, d, other = step(zones, labels, r, c, d, own, other)
            if k + 1 < cracks:
                length += 1.0 if d == before else np.sqrt(0.5)
        y_px[i] /= ties
        x_px[i] /= ties
        cut[i] /= ties
        distance_px[i] = np.sqrt(best)
        length_px[i] = 0.948 * length
    return distance_px, y_px, x_px, length_px, cut


@njit(cache=True, nogil=True)
def _junction_on_contour(
    zones: NDArray[np.int32], labels: NDArray[np.int32], row: int, column: int
) -> tuple[int, int, int]:
    """Where the neighbour changes; on a contour with one neighbour, its first crack."""
    width = zones.shape[1]
    start = (row, column, 0)
    r, c, d = start
    own, neighbour = _beside(zones, r, c, d)
    smallest, begin = _crack_id(r, c, d, width), start
    while True:
        r, c, d, other = step(zones, labels, r, c, d, own, neighbour)
        if (r, c, d) == start:
            return begin
        if other != neighbour:
            return r, c, d
        crack = _crack_id(r, c, d, width)
        if crack < smallest:
            smallest, begin = crack, (r, c, d)


@njit(cache=True, nogil=True, inline="always")
def step(
    zones: NDArray[np.int32],
    labels: NDArray[np.int32],
    row: int,
    column: int,
    direction: int,
    own: np.int32,
    other: np.int32,
) -> tuple[int, int, int, np.int32]:
    """Walk one crack and turn to the next one of the same contour.

    ``own`` and ``other`` are the zones left and right of this crack; the zone right of
    the next one is returned with it, and the one on the left is the same.
    """
    r = row + (direction == 1) - (direction == 3)
    c = column + (direction == 0) - (direction == 2)
    ahead_left, ahead_right = _beside(zones, r, c, direction)
    if ahead_right == own and (
        ahead_left != other or _joined(labels, row, column, r, c, direction, own < other)
    ):
        return r, c, (direction + 1) & 3, other
    if ahead_right != own and ahead_left == own:
        return r, c, direction, ahead_right
    return r, c, (direction + 3) & 3, ahead_left


@njit(cache=True, nogil=True)
def _joined(
    labels: NDArray[np.int32], row: int, column: int, r: int, c: int, d: int, smaller: bool
) -> bool:
    """Whether the zone on the left, not the other, is connected across a checkerboard."""
    own = labels[left_pixel(row, column, d)] > 0 and labels[_right_pixel(r, c, d)] > 0
    other = labels[_right_pixel(row, column, d)] > 0 and labels[left_pixel(r, c, d)] > 0
    return smaller if own == other else own


@njit(cache=True, nogil=True, inline="always")
def _beside(
    zones: NDArray[np.int32], row: int, column: int, direction: int
) -> tuple[np.int32, np.int32]:
    """Zones left and right of the crack that starts here; 0 outside the frame."""
    y, x = left_pixel(row, column, direction)
    v, u = _right_pixel(row, column, direction)
    return _zone_at(zones, y, x), _zone_at(zones, v, u)


@njit(cache=True, nogil=True, inline="always")
def _zone_at(zones: NDArray[np.int32], row: int, column: int) -> np.int32:
    height, width = zones.shape
    inside = 0 <= row < height and 0 <= column < width
    return zones[row, column] if inside else np.int32(0)


@njit(cache=True, nogil=True)
def _crack_id(row: int, column: int, direction: int, width: int) -> np.int64:
    if direction == 0:
        return 2 * (np.int64(row) * (width + 1) + column)
    if direction == 2:
        return 2 * (np.int64(row) * (width + 1) + column - 1)
    if direction == 1:
        return 2 * (np.int64(row) * (width + 1) + column) + 1
    return 2 * (np.int64(row - 1) * (width + 1) + column) + 1
