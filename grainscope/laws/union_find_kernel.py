"""Union–find (compiled): which items hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def root_of(parent: NDArray[np.int32], item: int) -> int:
    """Return the item that stands for the set of ``item``, halving the path to it."""
    while parent[item] != item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item


@njit(cache=True, nogil=True)
def root_and_shift(
    parent: NDArray[np.int32], shift: NDArray[np.int32], item: int
) -> tuple[int, int, int]:
    """Return the root of ``item`` and by how many cells its picture there is displaced.

    ``shift[i]`` is the displacement from ``parent[i]`` to item i, (0, 0) of a
    root (Newman & Ziff, Phys. Rev. E 64, 016706, 2001, appendix). The path is
    halved, its displacements added up.

    Examples
    --------
    >>> parent, shift = np.array([0, 0, 1], np.int32), np.array([[0, 0], [0, 1], [1, 0]], np.int32)
    >>> root_and_shift(parent, shift, 2)
    (0, 1, 1)
    """
    down = right = 0
    while parent[item] != item:
        above = parent[item]
        shift[item, 0] += shift[above, 0]
        shift[item, 1] += shift[above, 1]
        parent[item] = parent[above]
        down += shift[item, 0]
        right += shift[item, 1]
        item = parent[item]
    return item, down, right


@njit(cache=True, nogil=True)
def connected(count: int, first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the smallest item of the set of each of ``count`` items joined by pairs.

    Parameters
    ----------
    count : int
        Number of items.
    first, second : ndarray of int32, shape (P,)
        Pairs to join.

    Returns
    -------
    ndarray of int32, shape (count,)
        Smallest item of each item's set.
    """
    parent = np.arange(count).astype(np.int32)
    for i in range(len(first)):
        a, b = root_of(parent, first[i]), root_of(parent, second[i])
        if a != b:
            parent[max(a, b)] = min(a, b)
    for item in range(count):
        parent[item] = root_of(parent, item)
    return parent
