"""Which grain is nearest: exact feature transform and the zones it gives (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.strips import Empty


def nearest_grain_pixels(labels: NDArray[np.int32], empty: Empty = np.empty) -> NDArray[np.int32]:
    """Return the flat index of the grain pixel nearest to each pixel, exact in integers.

    Separable: the nearest row within each column first, then the lower envelope
    of the parabolas (x − i)² + g(i)² along each row (Meijster, Roerdink &
    Hesselink 2000; Felzenszwalb & Huttenlocher 2012). A pixel's nearest grain
    pixel never lies behind another grain pixel of its row, so each run of
    background is a problem of its own. Of equally near pixels the one in the
    smaller column, then in the smaller row, wins.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        0 is background.
    empty : callable
        Makes the result.

    Returns
    -------
    ndarray of int32, shape (H, W)
        ``row * W + column``; −1 everywhere in an image without grains.
    """
    nearest = empty(labels.shape, np.int32)
    _nearest_row_in_column(labels, nearest)
    _nearest_in_rows(labels, nearest)
    return nearest


@njit(cache=True, nogil=True)
def _nearest_in_rows(labels: NDArray[np.int32], nearest: NDArray[np.int32]) -> None:
    """Turn the nearest row within the column into the nearest pixel, in place."""
    height, width = labels.shape
    rows = np.empty(width, np.int32)
    sites = np.empty(width, np.int32)
    starts = np.empty(width, np.int32)
    for row in range(height):
        rows[:] = nearest[row]
        column = 0
        while column < width:
            if labels[row, column] > 0:
                nearest[row, column] = row * width + column
                column += 1
                continue
            stop = column
            while stop < width and labels[row, stop] == 0:
                stop += 1
            low, high = max(column - 1, 0), min(stop, width - 1)
            last = lower_envelope(rows, row, low, high, sites, starts)
            if last >= 0:
                for x in range(high, low - 1, -1):
                    site = sites[last]
                    if labels[row, x] == 0:
                        nearest[row, x] = rows[site] * width + site
                    if x == starts[last]:
                        last -= 1
            column = stop


@njit(cache=True, nogil=True)
def _nearest_row_in_column(labels: NDArray[np.int32], nearest: NDArray[np.int32]) -> None:
    height, width = labels.shape
    last = np.full(width, -1, np.int32)
    for row in range(height):
        for column in range(width):
            if labels[row, column] > 0:
                last[column] = row
            nearest[row, column] = last[column]
    last[:] = -1
    for row in range(height - 1, -1, -1):
        for column in range(width):
            if labels[row, column] > 0:
                last[column] = row
            elif last[column] >= 0:
                above = nearest[row, column]
                if above < 0 or last[column] - row < row - above:
                    nearest[row, column] = last[column]


@njit(cache=True, nogil=True)
def lower_envelope(
    rows: NDArray[np.int32],
    row: int,
    low: int,
    high: int,
    sites: NDArray[np.int32],
    starts: NDArray[np.int32],
) -> int:
    """Fill ``sites`` and where each begins to be nearest; return the last one's position."""
    last = -1
    for column in range(low, high + 1):
        if rows[column] < 0:
            continue
        rise = np.int64(rows[column] - row) ** 2
        while last >= 0:
            site, start = sites[last], starts[last]
            old = np.int64(start - site) ** 2 + np.int64(rows[site] - row) ** 2
            if old <= np.int64(start - column) ** 2 + rise:
                break
            last -= 1
        if last < 0:
            last = 0
            sites[0] = column
            starts[0] = low
            continue
        site = np.int64(sites[last])
        square = np.int64(column) ** 2 - site**2 + rise - np.int64(rows[site] - row) ** 2
        twice = 2 * (column - site)
        if square < twice * high:
            last += 1
            sites[last] = column
            starts[last] = 1 + square // twice
    return last


def zones_of(
    labels: NDArray[np.int32], nearest: NDArray[np.int32], empty: Empty = np.empty
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the label of each pixel's nearest grain; ``nearest`` is mended in place.

    In the plane a Voronoi zone is star-shaped about its grain; on the grid the
    thin tip of a zone may come off. Every pixel needs a 4-neighbour of its own
    zone that lies nearer to the grain; a pixel without one joins the zone of its
    nearest neighbour, and its neighbours are looked at again. Each zone is then
    4-connected to its grain.

    Parameters
    ----------
    labels, nearest : ndarray of int32, shape (H, W)
        Labels with at least one grain, and ``nearest_grain_pixels`` of them.
    empty : callable
        Makes the result.

    Returns
    -------
    zones : ndarray of int32, shape (H, W)
        Labels from 1.
    mended : ndarray of bool, shape (H, W)
        Pixels that were in another zone at some time.
    """
    zones, mended = empty(labels.shape, np.int32), empty(labels.shape, np.bool_)
    _fill_zones(labels, nearest, zones, mended)
    return zones, mended


@njit(cache=True, nogil=True)
def _fill_zones(
    labels: NDArray[np.int32],
    nearest: NDArray[np.int32],
    zones: NDArray[np.int32],
    mended: NDArray[np.bool_],
) -> None:
    height, width = labels.shape
    mended[:] = False
    flat_labels = labels.ravel()
    for row in range(height):
        for column in range(width):
            zones[row, column] = flat_labels[nearest[row, column]]
    pending = np.empty(64, np.int32)
    for row in range(height):
        for column in range(width):
            if labels[row, column] > 0:
                continue
            zone = zones[row, column]
            inside = 0 < row < height - 1 and 0 < column < width - 1
            if inside and (
                (zones[row, column - 1] == zone)
                & (zones[row, column + 1] == zone)
                & (zones[row - 1, column] == zone)
                & (zones[row + 1, column] == zone)
            ):
                continue  # the neighbour towards the grain is among the four
            if not _has_neighbour_towards(zones, nearest, mended, row, column) and _comes_off(
                zones, nearest, row, column
            ):
                pending[0] = row * width + column
                pending = _mend(zones, nearest, labels, mended, pending)


@njit(cache=True, nogil=True)
def _mend(
    zones: NDArray[np.int32],
    nearest: NDArray[np.int32],
    labels: NDArray[np.int32],
    mended: NDArray[np.bool_],
    pending: NDArray[np.int32],
) -> NDArray[np.int32]:
    height, width = labels.shape
    count = 1
    while count > 0:
        count -= 1
        y, x = pending[count] // width, pending[count] % width
        if labels[y, x] > 0 or not _comes_off(zones, nearest, y, x):
            continue
        parent = _nearest_neighbour(nearest, y, x)
        if parent < 0:
            continue
        zones[y, x] = zones[parent // width, parent % width]
        nearest[y, x] = nearest[parent // width, parent % width]
        mended[y, x] = True
        if count + 4 > len(pending):
            pending = np.append(pending, np.empty(len(pending), np.int32))
        for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            if 0 <= y + dy < height and 0 <= x + dx < width:
                pending[count] = (y + dy) * width + x + dx
                count += 1
    return pending


@njit(cache=True, nogil=True)
def _squared_distance(nearest: NDArray[np.int32], row: int, column: int) -> np.int64:
    width = nearest.shape[1]
    index = nearest[row, column]
    return np.int64(index // width - row) ** 2 + np.int64(index % width - column) ** 2


@njit(cache=True, nogil=True)
def _has_neighbour_towards(
    zones: NDArray[np.int32],
    nearest: NDArray[np.int32],
    mended: NDArray[np.bool_],
    row: int,
    column: int,
) -> bool:
    """Whether the next pixel towards the nearest one is of the same zone, so does not come off.

    It is nearer to that one, so to its own, unless that was mended.
    """
    zone = zones[row, column]
    y, x = divmod(nearest[row, column], zones.shape[1])
    v, u = row + np.sign(y - row), column + np.sign(x - column)
    if v != row and zones[v, column] == zone and not mended[v, column]:
        return True
    return u != column and zones[row, u] == zone and not mended[row, u]


@njit(cache=True, nogil=True)
def _comes_off(zones: NDArray[np.int32], nearest: NDArray[np.int32], row: int, column: int) -> bool:
    height, width = zones.shape
    zone = zones[row, column]
    distance = _squared_distance(nearest, row, column)
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        y, x = row + dy, column + dx
        if (
            0 <= y < height
            and 0 <= x < width
            and zones[y, x] == zone
            and _squared_distance(nearest, y, x) < distance
        ):
            return False
    return True


@njit(cache=True, nogil=True)
def _nearest_neighbour(nearest: NDArray[np.int32], row: int, column: int) -> int:
    height, width = nearest.shape
    best, parent = _squared_distance(nearest, row, column), -1
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        y, x = row + dy, column + dx
        if 0 <= y < height and 0 <= x < width:
            distance = _squared_distance(nearest, y, x)
            if distance < best:
                best, parent = distance, y * width + x
    return parent
