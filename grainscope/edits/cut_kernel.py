"""A line of no width parts a grain: links between neighbouring pixels that it crosses are cut.

Pixels are not touched, so a grain two pixels wide can be parted like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def cut_links(inside: NDArray[np.bool_], line: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find the links that a line crosses.

    Parameters
    ----------
    inside : ndarray of bool, shape (h, w)
        Pixels of the grain.
    line : ndarray of float64, shape (P, 2)
        Row and column of its vertices; none on a line of pixel centres.

    Returns
    -------
    ndarray of bool, shape (h, w, 4)
        Whether the link of a pixel to its right, lower left, lower and lower
        right neighbour is cut.
    """
    height, width = inside.shape
    cut = np.zeros((height, width, 4), np.bool_)
    for vertex in range(len(line) - 1):
        y_a, x_a = line[vertex]
        y_b, x_b = line[vertex + 1]
        first_row = max(0, int(np.floor(min(y_a, y_b))) - 1)
        last_row = min(height - 1, int(np.ceil(max(y_a, y_b))) + 1)
        first_column = max(0, int(np.floor(min(x_a, x_b))) - 1)
        last_column = min(width - 1, int(np.ceil(max(x_a, x_b))) + 1)
        for row in range(first_row, last_row + 1):
            for column in range(first_column, last_column + 1):
                if not inside[row, column]:
                    continue
                side = (y_b - y_a) * (column - x_a) - (x_b - x_a) * (row - y_a)
                for link in range(4):
                    step_y = 0 if link == 0 else 1
                    step_x = 1 if link == 0 else link - 2
                    y, x = row + step_y, column + step_x
                    if y >= height or x < 0 or x >= width or not inside[y, x]:
                        continue
                    other = (y_b - y_a) * (x - x_a) - (x_b - x_a) * (y - y_a)
                    start = step_y * (x_a - column) - step_x * (y_a - row)
                    end = step_y * (x_b - column) - step_x * (y_b - row)
                    if (side > 0) != (other > 0) and (start > 0) != (end > 0):
                        cut[row, column, link] = True
    return cut


@njit(cache=True, nogil=True)
def linked_pieces(inside: NDArray[np.bool_], cut: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the pieces that links which are not cut hold together, numbered.

    Parameters
    ----------
    inside, cut
        As of `cut_links`.

    Returns
    -------
    ndarray of int32, shape (h, w)
        1… in the order in which rows meet them; 0 outside.
    """
    height, width = inside.shape
    pieces = np.zeros((height, width), np.int32)
    stack = np.empty((inside.sum() + 1, 2), np.int32)
    n_pieces = 0
    for first_row in range(height):
        for first_column in range(width):
            if not inside[first_row, first_column] or pieces[first_row, first_column]:
                continue
            n_pieces += 1
            pieces[first_row, first_column] = n_pieces
            stack[0, 0], stack[0, 1] = first_row, first_column
            n_open = 1
            while n_open:
                n_open -= 1
                row, column = stack[n_open]
                for step_y in range(-1, 2):
                    for step_x in range(-1, 2):
                        y, x = row + step_y, column + step_x
                        if y < 0 or x < 0 or y >= height or x >= width:
                            continue
                        if not inside[y, x] or pieces[y, x]:
                            continue
                        forward = step_y > 0 or (step_y == 0 and step_x > 0)
                        link = 0 if step_y == 0 else 2 + (step_x if forward else -step_x)
                        blocked = cut[row, column, link] if forward else cut[y, x, link]
                        if not blocked:
                            pieces[y, x] = n_pieces
                            stack[n_open, 0], stack[n_open, 1] = y, x
                            n_open += 1
    return pieces
