"""Growth of components as contacts are added in the order of their gaps (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from grainscope.laws.union_find_kernel import root_and_shift

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Bits of the frame edges that a grain touches.
LEFT, RIGHT, TOP, BOTTOM = 1, 2, 4, 8
_ACROSS, _DOWN = LEFT | RIGHT, TOP | BOTTOM


class Growth(NamedTuple):
    """States of the components, each array of shape (G,) in the order of the groups.

    Attributes
    ----------
    largest, n_components, sum_of_squares : ndarray of int64
        Size of the largest component, number of components, Σ s².
    spread : ndarray of float64
        Σ 2 R² s² over all components but one largest; R is the radius of gyration.
    spans_x, spans_y : ndarray of bool
        Whether a component touches left and right, top and bottom.
    wraps_x, wraps_y : ndarray of bool
        Whether a component meets its own copy in the next cell.
    """

    largest: NDArray[np.int64]
    n_components: NDArray[np.int64]
    sum_of_squares: NDArray[np.int64]
    spread: NDArray[np.float64]
    spans_x: NDArray[np.bool_]
    spans_y: NDArray[np.bool_]
    wraps_x: NDArray[np.bool_]
    wraps_y: NDArray[np.bool_]


@njit(cache=True, nogil=True)
def grow_components(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    shift: NDArray[np.int32],
    group: NDArray[np.int64],
    n_groups: int,
    edges: NDArray[np.uint8],
    place: NDArray[np.float64],
    cell: tuple[float, float],
) -> Growth:
    """Add contacts group by group and follow the components (Newman & Ziff 2001).

    Each component keeps its size s, Σr and Σr², so that s² R² = s Σr² − |Σr|²
    is known without looking at its members again.

    Parameters
    ----------
    first, second : ndarray of int32, shape (E,)
        Grains of each contact, 0…N − 1, by ascending gap.
    shift : ndarray of int32, shape (E, 2)
        Cells, down and to the right, from the first grain's to the second's;
        zeros where the film does not continue at the opposite edge.
    group : ndarray of int64, shape (E,)
        Contacts of equal gap have one group, ascending from 0.
    n_groups : int
        Number of groups G; state g is that after all contacts of groups ≤ g.
    edges : ndarray of uint8, shape (N,)
        Frame edges that each grain touches, as bits.
    place : ndarray of float64, shape (N, 2)
        y, x of each grain.
    cell : tuple of float
        Height and width of a cell, in the unit of ``place``.

    Returns
    -------
    Growth
        The G states.
    """
    count = len(edges)
    parent = np.arange(count).astype(np.int32)
    moved = np.zeros((count, 2), np.int32)
    size = np.ones(count, np.int64)
    touched = edges.copy()
    sum_y, sum_x = place[:, 0].copy(), place[:, 1].copy()
    sum_square = sum_y**2 + sum_x**2
    largest, n_components, sum_of_squares = np.empty((3, n_groups), np.int64)
    spread = np.empty(n_groups)
    spans_x, spans_y, wraps_x, wraps_y = np.zeros((4, n_groups), np.bool_)
    top, components, squares, total = 0, count, np.int64(count), 0.0
    across = down = wraps_across = wraps_down = False
    for grain in range(count):
        across |= (edges[grain] & _ACROSS) == _ACROSS
        down |= (edges[grain] & _DOWN) == _DOWN
    contact = 0
    for state in range(n_groups):
        while contact < len(first) and group[contact] <= state:
            a, a_down, a_right = root_and_shift(parent, moved, first[contact])
            b, b_down, b_right = root_and_shift(parent, moved, second[contact])
            off_down = a_down + shift[contact, 0] - b_down
            off_right = a_right + shift[contact, 1] - b_right
            contact += 1
            if a == b:
                wraps_down |= off_down != 0
                wraps_across |= off_right != 0
                continue
            if size[a] < size[b]:
                a, b, off_down, off_right = b, a, -off_down, -off_right
            total -= _spread_of(size, sum_y, sum_x, sum_square, a)
            total -= _spread_of(size, sum_y, sum_x, sum_square, b)
            squares += 2 * size[a] * size[b]
            parent[b] = a
            moved[b, 0], moved[b, 1] = off_down, off_right
            y, x = off_down * cell[0], off_right * cell[1]
            sum_square[a] += sum_square[b] + 2 * (y * sum_y[b] + x * sum_x[b])
            sum_square[a] += size[b] * (y * y + x * x)
            sum_y[a] += sum_y[b] + size[b] * y
            sum_x[a] += sum_x[b] + size[b] * x
            size[a] += size[b]
            touched[a] |= touched[b]
            total += _spread_of(size, sum_y, sum_x, sum_square, a)
            if size[a] > size[top]:
                top = a
            components -= 1
            across |= (touched[a] & _ACROSS) == _ACROSS
            down |= (touched[a] & _DOWN) == _DOWN
        largest[state], n_components[state], sum_of_squares[state] = size[top], components, squares
        spread[state] = total - _spread_of(size, sum_y, sum_x, sum_square, top)
        if components - 1 == count - size[top]:
            spread[state] = 0.0  # the others are lone grains: what is left is rounding
        spans_x[state], spans_y[state] = across, down
        wraps_x[state], wraps_y[state] = wraps_across, wraps_down
    return Growth(largest, n_components, sum_of_squares, spread, spans_x, spans_y, wraps_x, wraps_y)


@njit(cache=True, nogil=True, inline="always")
def _spread_of(
    size: NDArray[np.int64],
    sum_y: NDArray[np.float64],
    sum_x: NDArray[np.float64],
    sum_square: NDArray[np.float64],
    root: int,
) -> float:
    """2 R² s² of one component."""
    return float(2 * (size[root] * sum_square[root] - sum_y[root] ** 2 - sum_x[root] ** 2))
