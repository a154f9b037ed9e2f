"""Connected regions of a mask by runs: far fewer than pixels, and both colours at once.

The runs of a row alternate between mask and background and tile it without gaps.
Regions of the mask are 8-connected, those of the background 4-connected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from grainscope.laws.union_find_kernel import root_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int32]


@njit(cache=True, nogil=True)
def find_runs(mask: NDArray[np.uint8]) -> tuple[Whole, Whole]:
    """Cut the rows of a mask into runs.

    Parameters
    ----------
    mask : ndarray of uint8, shape (H, W)
        0 or 1; W at least 1.

    Returns
    -------
    first : ndarray of int32, shape (H + 1,)
        Row y has the runs ``first[y]:first[y + 1]``.
    start : ndarray of int32, shape (R,)
        Column where each run begins; it ends where the next one in its row begins.
    """
    height, width = mask.shape
    first = np.zeros(height + 1, np.int32)
    for y in range(height):
        changes = np.int32(1)
        for x in range(1, width):
            changes += mask[y, x] != mask[y, x - 1]
        first[y + 1] = first[y] + changes
    start = np.empty(first[height], np.int32)
    for y in range(height):
        run = first[y]
        start[run] = 0
        for x in range(1, width):
            if mask[y, x] != mask[y, x - 1]:
                run += 1
                start[run] = x
    return first, start


@njit(cache=True, nogil=True)
def _join(parent: Whole, a: int, b: int) -> None:
    """Join two trees under the run that comes first."""
    a = root_of(parent, a)
    b = root_of(parent, b)
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


@njit(cache=True, nogil=True)
def regions_of_runs(
    mask: NDArray[np.uint8], first: Whole, start: Whole
) -> tuple[Whole, NDArray[np.uint8], NDArray[np.int32]]:
    """Find the regions of mask and background, in the order of their first pixel.

    Parameters
    ----------
    mask : ndarray of uint8, shape (H, W)
    first, start : ndarray of int32
        From :func:`find_runs`.

    Returns
    -------
    region : ndarray of int32, shape (R,)
        Region of each run, 0…N − 1.
    is_on : ndarray of uint8, shape (N,)
        Whether the region belongs to the mask.
    box_area : ndarray of int32, shape (N, 5)
        First row, row after the last, first column, column after the last, pixels.
    """
    height, width = mask.shape
    parent = np.arange(start.size).astype(np.int32)
    for y in range(1, height):
        a = first[y - 1]
        b = first[y]
        while a < first[y] and b < first[y + 1]:
            end_a = start[a + 1] if a + 1 < first[y] else width
            end_b = start[b + 1] if b + 1 < first[y + 1] else width
            on_a = mask[y - 1, start[a]]
            on_b = mask[y, start[b]]
            if on_a == on_b:
                _join(parent, a, b)
            elif end_a == end_b and end_a < width:
                # Four pixels meet in a corner: those of the mask hang together.
                if on_a:
                    _join(parent, a, b + 1)
                else:
                    _join(parent, a + 1, b)
            a += end_a <= end_b
            b += end_b <= end_a
    region = np.empty(start.size, np.int32)
    n_regions = 0
    for run in range(start.size):
        root = root_of(parent, run)
        if root == run:
            region[run] = n_regions
            n_regions += 1
        else:
            region[run] = region[root]
    is_on = np.empty(n_regions, np.uint8)
    box_area = np.zeros((n_regions, 5), np.int32)
    for y in range(height):
        for run in range(first[y], first[y + 1]):
            end = start[run + 1] if run + 1 < first[y + 1] else width
            box = box_area[region[run]]
            if box[4] == 0:
                is_on[region[run]] = mask[y, start[run]]
                box[0] = y
                box[2] = start[run]
                box[3] = end
            box[1] = y + 1
            box[2] = min(box[2], start[run])
            box[3] = max(box[3], end)
            box[4] += end - start[run]
    return region, is_on, box_area


@njit(cache=True, nogil=True)
def runs_at(first: Whole, start: Whole, pixels: NDArray[np.int64], width: int) -> Whole:
    """Return the run that holds each of some pixels.

    Parameters
    ----------
    first, start : ndarray of int32
        From :func:`find_runs`.
    pixels : ndarray of int64, shape (P,)
        Places in raster order, ascending.
    width : int
        Of the image.
    """
    runs = np.empty(pixels.size, np.int32)
    y = run = 0
    for k in range(pixels.size):
        row, x = divmod(pixels[k], width)
        if row > y:
            y = row
            run = first[y]
        while run + 1 < first[y + 1] and start[run + 1] <= x:
            run += 1
        runs[k] = run
    return runs


@njit(cache=True, nogil=True)
def paint_runs(
    first: Whole, start: Whole, value: NDArray[Any], image: NDArray[Any], left: int = 0
) -> None:
    """Give the pixels of every run its value.

    Parameters
    ----------
    first, start : ndarray of int32
        From :func:`find_runs`, of all rows of the image.
    value : ndarray, shape (R,)
        Value of each run.
    image : ndarray, shape (H, w)
        Filled here.
    left : int
        Column where the image begins; it may be narrower than the runs.
    """
    height, width = image.shape
    for y in range(height):
        for run in range(first[y], first[y + 1]):
            begin = max(start[run] - left, 0)
            end = start[run + 1] - left if run + 1 < first[y + 1] else width
            if begin < end:
                image[y, begin : min(end, width)] = value[run]
