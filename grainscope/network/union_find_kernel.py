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
