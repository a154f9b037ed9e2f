"""Loops over the pixels of a window whose zones have changed (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    #: First row, first column, row and column after the last.
    Box = tuple[int, int, int, int]


@njit(cache=True, nogil=True)
def is_clear(nearest: NDArray[np.int32], box: Box, around: Box) -> bool:
    """Whether no pixel on the rim of ``around`` can be as near to ``box`` as to a grain.

    A pixel in between and its nearest pixel on the rim are at most half a pixel
    apart, which moves either distance by as much: hence the one.

    Parameters
    ----------
    nearest : ndarray of int32, shape (H, W)
        Flat index of a grain pixel for each pixel, the nearest one or farther.
    box, around : tuple of int
        Two boxes, one around the other. Sides of ``around`` along the edge of the
        image are not looked at: nothing comes from beyond.
    """
    height, width = nearest.shape
    top, left, bottom, right = around
    for row in range(top, bottom):
        at_end = (row == top and top > 0) or (row == bottom - 1 and bottom < height)
        for column in range(left, right):
            at_side = (column == left and left > 0) or (column == right - 1 and right < width)
            if not (at_end or at_side):
                continue
            down = max(box[0] - row, row - box[2] + 1, 0)
            across = max(box[1] - column, column - box[3] + 1, 0)
            index = nearest[row, column]
            y, x = index // width - row, index % width - column
            if np.sqrt(down**2 + across**2) <= np.sqrt(np.int64(y) ** 2 + np.int64(x) ** 2) + 1:
                return False
    return True


@njit(cache=True, nogil=True)
def farthest(nearest: NDArray[np.int32], box: Box) -> float:
    """Return the largest distance of a pixel of the box to its nearest grain pixel."""
    width = nearest.shape[1]
    largest = np.int64(0)
    for row in range(box[0], box[2]):
        for column in range(box[1], box[3]):
            index = nearest[row, column]
            y, x = np.int64(index // width - row), np.int64(index % width - column)
            largest = max(largest, y * y + x * x)
    return float(np.sqrt(largest))


@njit(cache=True, nogil=True)
def paste(
    film: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]],
    part: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]],
    corner: tuple[int, int],
    window: Box,
    inside: NDArray[np.bool_],
    touched: NDArray[np.bool_],
) -> None:
    """Copy a part of a film into it, and mark the zones that gain, lose or change a pixel.

    Parameters
    ----------
    film, part : tuple of ndarray
        Zones, nearest grain pixels and mended pixels of the film (H, W), changed in
        place, and of a part of it, whose flat indices are its own.
    corner : tuple of int
        Row and column of the part's first pixel in the film.
    window : tuple of int
        A box of the film, within the part.
    inside : ndarray of bool, shape of the window
        Which of its pixels are copied.
    touched : ndarray of bool
        By label; changed in place.
    """
    zones, nearest, mended = film
    new_zones, new_nearest, new_mended = part
    width, part_width = zones.shape[1], new_zones.shape[1]
    for row in range(window[0], window[2]):
        for column in range(window[1], window[3]):
            if not inside[row - window[0], column - window[1]]:
                continue
            y, x = row - corner[0], column - corner[1]
            zone, index = new_zones[y, x], new_nearest[y, x]
            index = (index // part_width + corner[0]) * width + index % part_width + corner[1]
            if zone != zones[row, column] or index != nearest[row, column]:
                touched[zone] = touched[zones[row, column]] = True
            zones[row, column], nearest[row, column] = zone, index
            mended[row, column] = new_mended[y, x]


@njit(cache=True, nogil=True)
def box_again(
    zones: NDArray[np.int32], region: Box, touched: NDArray[np.bool_], boxes: NDArray[np.int32]
) -> None:
    """Find the boxes of some zones anew, in a region that holds them; ``boxes`` in place."""
    for zone in range(len(boxes)):
        if touched[zone]:
            boxes[zone, 0], boxes[zone, 1] = zones.shape
            boxes[zone, 2] = boxes[zone, 3] = -1
    for row in range(region[0], region[2]):
        for column in range(region[1], region[3]):
            zone = zones[row, column]
            if touched[zone]:
                boxes[zone, 0] = min(boxes[zone, 0], row)
                boxes[zone, 1] = min(boxes[zone, 1], column)
                boxes[zone, 2] = max(boxes[zone, 2], row)
                boxes[zone, 3] = max(boxes[zone, 3], column)


@njit(cache=True, nogil=True)
def with_neighbours(
    zones: NDArray[np.int32], region: Box, touched: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return the touched zones, all in a region, and those that share a side of a pixel."""
    height, width = zones.shape
    found = touched.copy()
    for row in range(region[0], region[2]):
        for column in range(region[1], region[3]):
            if not touched[zones[row, column]]:
                continue
            for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                y, x = row + dy, column + dx
                if 0 <= y < height and 0 <= x < width:
                    found[zones[y, x]] = True
    return found


@njit(cache=True, nogil=True)
def cut_out(
    zones: NDArray[np.int32],
    nearest: NDArray[np.int32],
    window: Box,
    chosen: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Return the nearest grain pixels in a window that holds the chosen zones, as its own indices.

    Pixels of other zones are their own.
    """
    width = zones.shape[1]
    top, left, bottom, right = window
    found = np.empty((bottom - top, right - left), np.int32)
    for row in range(top, bottom):
        for column in range(left, right):
            y, x = row - top, column - left
            if chosen[zones[row, column]]:
                index = nearest[row, column]
                y, x = index // width - top, index % width - left
            found[row - top, column - left] = y * (right - left) + x
    return found


@njit(cache=True, nogil=True)
def find_keys(
    pairs: NDArray[np.int64],
    keys: NDArray[np.int64],
    wanted_pairs: NDArray[np.int64],
    wanted_keys: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the rows of some facets among all, which are sorted by pair; −1 for none."""
    rows = np.searchsorted(pairs, wanted_pairs)
    for i in range(len(rows)):
        row = rows[i]
        while row < len(pairs) and pairs[row] == wanted_pairs[i] and keys[row] != wanted_keys[i]:
            row += 1
        found = row < len(pairs) and pairs[row] == wanted_pairs[i]
        rows[i] = row if found else -1
    return rows
