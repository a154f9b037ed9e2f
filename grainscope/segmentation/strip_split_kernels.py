"""Exact distances to the background in a strip that knows what lies above and below (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def squared_distances(
    mask: NDArray[np.uint8], above: NDArray[np.int64], below: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the squared distance of each pixel of a strip to the background of the image.

    The distance within the column first, then the lower envelope of the parabolas
    (x − i)² + g(i)² along each run of grain in a row (Felzenszwalb & Huttenlocher 2012):
    the background at its ends is nearer than anything beyond. What the rest of the
    image has to say is the nearest background above and below in each column.

    Parameters
    ----------
    mask : ndarray of uint8, shape (h, W)
        1 for grain.
    above, below : ndarray of int64, shape (W,)
        Row of the nearest background above and below the strip, counted from the
        strip's first row; some 2³² away where there is none.

    Returns
    -------
    ndarray of float32, shape (h, W)
        0 on the background.
    """
    height, width = mask.shape
    far = np.int64(1) << 31
    gap = np.empty((height, width), np.int64)
    last = above.copy()
    for row in range(height):
        for column in range(width):
            if mask[row, column] == 0:
                last[column] = row
            gap[row, column] = row - last[column]
    last[:] = below
    for row in range(height - 1, -1, -1):
        for column in range(width):
            if mask[row, column] == 0:
                last[column] = row
            gap[row, column] = min(gap[row, column], last[column] - row)
    squared = np.zeros((height, width), np.float32)
    sites = np.empty(width, np.int64)
    starts = np.empty(width, np.int64)
    for row in range(height):
        column = 0
        while column < width:
            if mask[row, column] == 0:
                column += 1
                continue
            stop = column
            while stop < width and mask[row, stop] != 0:
                stop += 1
            low = max(column - 1, 0)
            high = min(stop, width - 1)
            top = -1
            for x in range(low, high + 1):
                if gap[row, x] >= far:
                    continue
                rise = gap[row, x] ** 2
                while top >= 0:
                    site, start = sites[top], starts[top]
                    if (start - site) ** 2 + gap[row, site] ** 2 <= (start - x) ** 2 + rise:
                        break
                    top -= 1
                if top < 0:
                    top = 0
                    sites[0] = x
                    starts[0] = low
                    continue
                site = sites[top]
                square = np.int64(x) ** 2 - site**2 + rise - gap[row, site] ** 2
                start = 1 + square // (2 * (x - site))
                if start <= high:
                    top += 1
                    sites[top] = x
                    starts[top] = start
            for x in range(high, low - 1, -1):
                site = sites[top]
                if mask[row, x] != 0:
                    squared[row, x] = (x - site) ** 2 + gap[row, site] ** 2
                if x == starts[top]:
                    top -= 1
            column = stop
    return squared


@njit(cache=True, nogil=True)
def end_at_seams(uphill: NDArray[np.int32], first: int, stop: int) -> None:
    """Let every path of ascent end where it leaves pixels ``first`` to ``stop``, in place."""
    for pixel in range(uphill.size):
        if uphill[pixel] >= 0 and not first <= pixel < stop:
            uphill[pixel] = pixel


@njit(cache=True, nogil=True)
def last_nodes(leads_to: NDArray[np.int32]) -> NDArray[np.int32]:
    """Follow each node to the one that leads to itself.

    Examples
    --------
    >>> last_nodes(np.array([1, 2, 2, 0], np.int32)).tolist()
    [2, 2, 2, 2]
    """
    found = leads_to.copy()
    for node in range(found.size):
        end = node
        while found[end] != end:
            end = found[end]
        walk = node
        while found[walk] != end:
            after = found[walk]
            found[walk] = end
            walk = after
    return found
