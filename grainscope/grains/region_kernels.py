"""One compiled pass over the labels: everything about a grain that is a sum over its pixels.

The pass walks along rows in runs of equal label. Coordinate sums are whole numbers, taken
relative to the grain's first pixel: exact, independent of the order, and without the
cancellation that coordinates of a 32,768-pixel image would bring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


@njit(cache=True, nogil=True)
def sum_regions(
    labels: NDArray[np.int32],
    intensity: NDArray[Any],
    frame: tuple[int, int, int, int],
    n_grains: int,
) -> tuple[Whole, Whole, Whole, Whole, NDArray[np.float64]]:
    """Sum what is additive over the pixels of each label inside the frame.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Values up to ``n_grains``; from 1 on they are grains, below background.
    intensity : ndarray, shape (H, W)
        Grey levels.
    frame : tuple of int
        First row, row after the last, first column, column after the last.
    n_grains : int
        N.

    Returns
    -------
    box : ndarray of int64, shape (N, 4)
        First row, last row, first column, last column, all inclusive.
    origin : ndarray of int64, shape (N, 2)
        Row and column of the grain's first pixel.
    moments : ndarray of int64, shape (N, 6)
        n, Σy, Σx, Σy², Σxy, Σx² with coordinates relative to ``origin``.
    entries : ndarray of int64, shape (N, 4)
        How often lines of pixels along x, y, the main and the other diagonal
        enter the grain; what lies outside the frame is not grain.
    grey : ndarray of float64, shape (N,)
        Sum of the grey levels.
    """
    row_start, row_stop, column_start, column_stop = frame
    box = np.zeros((n_grains, 4), np.int64)
    origin = np.zeros((n_grains, 2), np.int64)
    moments = np.zeros((n_grains, 6), np.int64)
    entries = np.zeros((n_grains, 4), np.int64)
    grey = np.zeros(n_grains, np.float64)
    for row in range(row_start, row_stop):
        has_above = row > row_start
        column = column_start
        while column < column_stop:
            label = labels[row, column]
            if label <= 0:
                column += 1
                continue
            start = column
            grain = label - 1
            vertical = 0
            main_diagonal = 0
            other_diagonal = 0
            total = 0.0
            # The three neighbours above slide along with the pixel: one load each.
            left = has_above and start > column_start and labels[row - 1, start - 1] == label
            above = has_above and labels[row - 1, start] == label
            while column < column_stop and labels[row, column] == label:
                inside = has_above and column + 1 < column_stop
                right = inside and labels[row - 1, column + 1] == label
                vertical += not above
                main_diagonal += not left
                other_diagonal += not right
                total += intensity[row, column]
                left = above
                above = right
                column += 1
            last = column - 1
            if moments[grain, 0] == 0:
                origin[grain, 0] = row
                origin[grain, 1] = start
                box[grain, 0] = row
                box[grain, 2] = start
                box[grain, 3] = last
            box[grain, 1] = row
            box[grain, 2] = min(box[grain, 2], start)
            box[grain, 3] = max(box[grain, 3], last)
            y = row - origin[grain, 0]
            a = start - origin[grain, 1]
            b = last - origin[grain, 1]
            n = b - a + 1
            sum_x = (a + b) * n // 2
            sum_xx = (b * (b + 1) * (2 * b + 1) - (a - 1) * a * (2 * a - 1)) // 6
            moments[grain, 0] += n
            moments[grain, 1] += n * y
            moments[grain, 2] += sum_x
            moments[grain, 3] += n * y * y
            moments[grain, 4] += sum_x * y
            moments[grain, 5] += sum_xx
            entries[grain, 0] += 1
            entries[grain, 1] += vertical
            entries[grain, 2] += main_diagonal
            entries[grain, 3] += other_diagonal
            grey[grain] += total
    return box, origin, moments, entries, grey


@njit(cache=True, nogil=True)
def find_row_extremes(
    labels: NDArray[np.int32],
    frame: tuple[int, int, int, int],
    box: Whole,
    first: Whole,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Leftmost and rightmost pixel of each grain in each row of its box.

    Parameters
    ----------
    labels, frame
        As for `sum_regions`.
    box : ndarray of int64, shape (N, 4)
        Boxes found by `sum_regions`.
    first : ndarray of int64, shape (N + 1,)
        Grain i owns entries ``first[i]:first[i + 1]``, one a row of its box.

    Returns
    -------
    left, right : ndarray of int32, shape (first[N],)
        Columns; ``left > right`` in a row without pixels of the grain.
    """
    row_start, row_stop, column_start, column_stop = frame
    left = np.full(first[-1], np.iinfo(np.int32).max, np.int32)
    right = np.full(first[-1], -1, np.int32)
    for row in range(row_start, row_stop):
        column = column_start
        while column < column_stop:
            label = labels[row, column]
            start = column
            while column < column_stop and labels[row, column] == label:
                column += 1
            if label > 0:
                at = first[label - 1] + row - box[label - 1, 0]
                left[at] = min(left[at], start)
                right[at] = max(right[at], column - 1)
    return left, right
