"""Laying links in order until two electrodes are joined (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from grainscope.laws.union_find_kernel import root_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def joining_link(
    n_nodes: int, tail: NDArray[np.int64], head: NDArray[np.int64], order: NDArray[np.int64]
) -> int:
    """Return the first link in ``order`` with which nodes N and N + 1 are joined, or −1.

    Parameters
    ----------
    n_nodes : int
        N.
    tail, head : ndarray of int64, shape (E,)
        Ends of each link, 0…N + 1.
    order : ndarray of int64, shape (≤ E,)
        Links as they are laid.
    """
    parent = np.arange(n_nodes + 2).astype(np.int32)
    size = np.ones(n_nodes + 2, np.int32)
    for place in range(len(order)):
        link = int(order[place])
        a, b = root_of(parent, tail[link]), root_of(parent, head[link])
        if a == b:
            continue
        if size[a] < size[b]:
            a, b = b, a
        parent[b] = a
        size[a] += size[b]
        if root_of(parent, n_nodes) == root_of(parent, n_nodes + 1):
            return link
    return -1
