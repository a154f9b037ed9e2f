"""Weights that undo the frame's preference for small things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def find_touching(box: NDArray[np.int64], frame: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Return which boxes have a pixel in the first or last row or column of the frame.

    Parameters
    ----------
    box : ndarray of int64, shape (N, 4)
        First row, last row, first column, last column, all inclusive.
    frame : tuple of int
        First row, row after the last, first column, column after the last.

    Returns
    -------
    ndarray of bool, shape (N,)
        Whether the box touches the frame.

    Examples
    --------
    >>> find_touching(np.array([[1, 2, 1, 2], [1, 3, 1, 2]]), (0, 4, 0, 4))
    array([False,  True])
    """
    row_start, row_stop, column_start, column_stop = frame
    touches_rows = (box[:, 0] <= row_start) | (box[:, 1] >= row_stop - 1)
    touches_columns = (box[:, 2] <= column_start) | (box[:, 3] >= column_stop - 1)
    return np.asarray(touches_rows | touches_columns)


def weigh_boxes(box: NDArray[np.int64], frame: tuple[int, int, int, int]) -> NDArray[np.float64]:
    """Return Miles–Lantuéjoul weights of grains by their boxes.

    A box of h × w pixels lies in a frame of H × W pixels without touching its
    outermost pixels at (H − h − 1)(W − w − 1) of the H W places where its
    corner may be; w = H W / [(H − h − 1)(W − w − 1)] is the inverse of that
    probability. The weights of a uniform film sum to its density times H W.

    Parameters
    ----------
    box, frame
        As for `find_touching`.

    Returns
    -------
    ndarray of float64, shape (N,)
        Weights above 1; 0 for boxes that touch the frame.

    References
    ----------
    R. E. Miles, On the elimination of edge effects in planar sampling, in Stochastic Geometry,
    eds. E. F. Harding and D. G. Kendall (1974); J. Serra, Image Analysis and Mathematical
    Morphology (1982).

    Examples
    --------
    >>> box = np.array([[1, 1, 2, 2], [1, 4, 2, 2], [0, 0, 2, 2]])
    >>> weigh_boxes(box, (0, 6, 0, 5)).round(3)
    array([ 2.5, 10. ,  0. ])
    """
    height, width = frame[1] - frame[0], frame[3] - frame[2]
    rows = height - (box[:, 1] - box[:, 0] + 1) - 1
    columns = width - (box[:, 3] - box[:, 2] + 1) - 1
    weight = np.zeros(len(box))
    clear = ~find_touching(box, frame)
    return np.divide(float(height * width), rows * columns, out=weight, where=clear)
