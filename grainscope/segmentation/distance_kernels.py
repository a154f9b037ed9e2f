"""Exact distances to the background in a strip that knows what lies above and below (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: No background this way: farther than anything is.
FAR = np.int64(1) << 32
#: … and as a distance within a column; its square does not overflow.
_NONE = np.int64(1) << 30


@njit(cache=True, nogil=True)
def background_ends(mask: NDArray[np.uint8], first: int) -> NDArray[np.int64]:
    """Return the first and the last row with background in each column of a strip.

    Parameters
    ----------
    mask : ndarray of uint8, shape (h, W)
        1 for grain.
    first : int
        Row of the image where the strip begins.

    Returns
    -------
    ndarray of int64, shape (2, W)
        Rows of the image; ``FAR`` and ``-FAR`` where there is none.
    """
    height, width = mask.shape
    ends = np.empty((2, width), np.int64)
    ends[0] = FAR
    ends[1] = -FAR
    for row in range(height):
        for column in range(width):
            if mask[row, column] == 0:
                ends[1, column] = first + row
                if ends[0, column] == FAR:
                    ends[0, column] = first + row
    return ends


@njit(cache=True, nogil=True)
def _gaps(mask: NDArray[np.uint8], beyond: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the distance of each pixel to the background of its column; ``_NONE`` without."""
    height, width = mask.shape
    gap = np.empty((height, width), np.int32)
    last = beyond[0].copy()
    for row in range(height):
        for column in range(width):
            last[column] = row if mask[row, column] == 0 else last[column]
            gap[row, column] = min(row - last[column], _NONE)
    last[:] = beyond[1]
    for row in range(height - 1, -1, -1):
        for column in range(width):
            last[column] = row if mask[row, column] == 0 else last[column]
            gap[row, column] = min(gap[row, column], last[column] - row)
    return gap


@njit(cache=True, nogil=True, error_model="numpy")
def squared_distances(
    mask: NDArray[np.uint8], beyond: NDArray[np.int64], squared: NDArray[np.float32]
) -> None:
    """Measure the squared distance of each pixel of a strip to the background of the image.

    The distance within the column first, then the lower envelope of the parabolas
    (x − i)² + g(i)² along each run of grain in a row (Felzenszwalb & Huttenlocher 2012):
    the background at its ends is nearer than anything beyond. What the rest of the
    image has to say is the nearest background above and below in each column.

    Parameters
    ----------
    mask : ndarray of uint8, shape (h, W)
        1 for grain.
    beyond : ndarray of int64, shape (2, W)
        Row of the nearest background above and below the strip, counted from the
        strip's first row; about ``FAR`` away where there is none.
    squared : ndarray of float32, shape (h, W)
        Filled here; 0 on the background.
    """
    height, width = mask.shape
    gap = _gaps(mask, beyond)
    sites = np.empty(width, np.int64)
    starts = np.empty(width, np.int64)
    rises = np.empty(width, np.int64)
    for row in range(height):
        column = 0
        while column < width:
            if mask[row, column] == 0:
                squared[row, column] = 0
                column += 1
                continue
            stop = column
            while stop < width and mask[row, stop] != 0:
                stop += 1
            low = max(column - 1, 0)
            high = min(stop, width - 1)
            top = -1
            for x in range(low, high + 1):
                if gap[row, x] == _NONE:
                    continue
                rise = np.int64(gap[row, x]) ** 2
                while top >= 0:
                    start = starts[top]
                    if (start - sites[top]) ** 2 + rises[top] <= (start - x) ** 2 + rise:
                        break
                    top -= 1
                start = low
                if top >= 0:
                    away = x - sites[top]
                    start = 1 + (away * (x + sites[top]) + rise - rises[top]) // (2 * away)
                if start <= high:
                    top += 1
                    sites[top] = x
                    starts[top] = start
                    rises[top] = rise
            for x in range(high, low - 1, -1):
                if mask[row, x] != 0:
                    squared[row, x] = (x - sites[top]) ** 2 + rises[top]
                if x == starts[top]:
                    top -= 1
            column = stop
