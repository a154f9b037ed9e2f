"""The 2-core of a network (compiled): what is left when leaves are taken off again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def in_two_core(
    n_nodes: int, tail: NDArray[np.int64], head: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which links are left when nodes of a single link are taken off until none is left.

    Parameters
    ----------
    n_nodes : int
        Number of nodes N.
    tail, head : ndarray of int64, shape (E,)
        Nodes 0…N − 1 that each link joins; a link from a node to itself counts twice there.

    Returns
    -------
    ndarray of bool, shape (E,)
        Whether each link is in the 2-core.
    """
    left = np.zeros(n_nodes, np.int64)
    # The exclusive or of the links of a node is, once one is left, that link: no lists needed.
    mixed = np.zeros(n_nodes, np.int64)
    for link in range(len(tail)):
        for node in (tail[link], head[link]):
            left[node] += 1
            mixed[node] ^= link
    kept = np.ones(len(tail), np.bool_)
    for start in range(n_nodes):
        node = start
        while left[node] == 1:
            link = mixed[node]
            kept[link] = False
            other = head[link] if tail[link] == node else tail[link]
            left[node] = 0
            left[other] -= 1
            mixed[other] ^= link
            node = other
    return kept
