"""Runs of changed pixels: found and painted (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def find_runs(
    before: NDArray[np.int32], after: NDArray[np.int32], row_0: int, column_0: int
) -> NDArray[np.int32]:
    """Return the runs that take one label image to another.

    Parameters
    ----------
    before, after : ndarray of int32, shape (h, w)
        A window of the labels.
    row_0, column_0 : int
        Where its first pixel lies in the whole image.

    Returns
    -------
    ndarray of int32, shape (R, 4)
        Row, first column, column after the last in the whole image, new label;
        by row and column.
    """
    height, width = before.shape
    n_runs = 0
    runs = np.empty((64, 4), np.int32)
    for row in range(height):
        column = 0
        while column < width:
            label = after[row, column]
            if before[row, column] == label:
                column += 1
                continue
            start = column
            while column < width and after[row, column] == label != before[row, column]:
                column += 1
            if n_runs == len(runs):
                grown = np.empty((2 * n_runs, 4), np.int32)
                grown[:n_runs] = runs
                runs = grown
            runs[n_runs, 0] = row_0 + row
            runs[n_runs, 1] = column_0 + start
            runs[n_runs, 2] = column_0 + column
            runs[n_runs, 3] = label
            n_runs += 1
    return runs[:n_runs].copy()


@njit(cache=True, nogil=True)
def paint_runs(labels: NDArray[np.int32], runs: NDArray[np.int32]) -> None:
    """Give the pixels of runs, as of `find_runs`, their new labels, in place."""
    for index in range(len(runs)):
        row, start, stop, label = runs[index]
        for column in range(start, stop):
            labels[row, column] = label
