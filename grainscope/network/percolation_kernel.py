"""Growth of components as contacts are added in the order of their gaps (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from grainscope.network.union_find_kernel import root_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Bits of the frame edges that a grain touches.
LEFT, RIGHT, TOP, BOTTOM = 1, 2, 4, 8


@njit(cache=True, nogil=True)
def grow_components(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    group: NDArray[np.int64],
    n_groups: int,
    edges: NDArray[np.uint8],
) -> tuple[
    NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]
]:
    """Add contacts group by group and follow the components (Newman & Ziff 2001).

    Parameters
    ----------
    first, second : ndarray of int32, shape (E,)
        Grains of each contact, 0…N − 1, by ascending gap.
    group : ndarray of int64, shape (E,)
        Contacts of equal gap have one group, ascending from 0.
    n_groups : int
        Number of groups G; state g is that after all contacts of groups ≤ g.
    edges : ndarray of uint8, shape (N,)
        Frame edges that each grain touches, as bits.

    Returns
    -------
    largest, n_components, sum_of_squares : ndarray of int64, shape (G,)
        Size of the largest component, number of components, Σ size².
    spans_x, spans_y : ndarray of bool, shape (G,)
        Whether a component touches left and right, top and bottom.
    """
    count = len(edges)
    parent = np.arange(count).astype(np.int32)
    size = np.ones(count, np.int64)
    touched = edges.copy()
    largest, n_components, sum_of_squares = np.empty((3, n_groups), np.int64)
    spans_x, spans_y = np.empty((2, n_groups), np.bool_)
    biggest, components, squares = np.int64(1), np.int64(count), np.int64(count)
    x = y = False
    for grain in range(count):
        x |= (edges[grain] & (LEFT | RIGHT)) == (LEFT | RIGHT)
        y |= (edges[grain] & (TOP | BOTTOM)) == (TOP | BOTTOM)
    contact = 0
    for state in range(n_groups):
        while contact < len(first) and group[contact] <= state:
            a, b = root_of(parent, first[contact]), root_of(parent, second[contact])
            contact += 1
            if a == b:
                continue
            if size[a] < size[b]:
                a, b = b, a
            squares += 2 * size[a] * size[b]
            parent[b] = a
            size[a] += size[b]
            touched[a] |= touched[b]
            biggest = max(biggest, size[a])
            components -= 1
            x |= (touched[a] & (LEFT | RIGHT)) == (LEFT | RIGHT)
            y |= (touched[a] & (TOP | BOTTOM)) == (TOP | BOTTOM)
        largest[state], n_components[state], sum_of_squares[state] = biggest, components, squares
        spans_x[state], spans_y[state] = x, y
    return largest, n_components, sum_of_squares, spans_x, spans_y
