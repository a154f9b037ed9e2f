"""Where an edit changes something, if that is in several places far apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Runs are taken together when their squares of so many pixels touch.
_SQUARE_PX = 64


def boxes_of_runs(runs: NDArray[np.int32]) -> list[tuple[slice, slice]]:
    """Box in the runs of an edit that lie near one another.

    Parameters
    ----------
    runs : ndarray of int32, shape (R, 4)
        Row, first column, column after the last, label.

    Returns
    -------
    list of (slice, slice)
        Rows and columns; every run lies in one box.

    Examples
    --------
    >>> runs = np.array([[4, 10, 90, 1], [5, 80, 95, 1], [400, 2, 3, 0]], np.int32)
    >>> boxes_of_runs(runs)
    [(slice(4, 6, None), slice(10, 95, None)), (slice(400, 401, None), slice(2, 3, None))]
    """
    from scipy.ndimage import label

    if len(runs) == 0:
        return []
    row, first, stop, _ = runs.T.astype(np.int64)
    down, left, right = row // _SQUARE_PX, first // _SQUARE_PX, (stop - 1) // _SQUARE_PX
    squares = np.zeros((down.max() + 1, right.max() + 1), np.bool_)
    for step in range(int((right - left).max()) + 1):
        squares[down, np.minimum(left + step, right)] = True
    group, n_groups = label(squares, np.ones((3, 3)))
    of = group[down, left] - 1
    low, high = np.full((2, n_groups), np.iinfo(np.int64).max), np.zeros((2, n_groups), np.int64)
    for axis, (begin, end) in enumerate(((row, row + 1), (first, stop))):
        np.minimum.at(low[axis], of, begin)
        np.maximum.at(high[axis], of, end)
    rows, columns = (
        [slice(int(a), int(b)) for a, b in zip(low[axis], high[axis], strict=True)]
        for axis in (0, 1)
    )
    return list(zip(rows, columns, strict=True))
