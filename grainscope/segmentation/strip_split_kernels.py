"""Paths of ascent that end at the seams between strips (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def end_at_seams(uphill: NDArray[np.int32], first: int, stop: int) -> None:
    """Let every path of ascent end where it leaves pixels ``first`` to ``stop``, in place."""
    for pixel in range(uphill.size):
        if uphill[pixel] >= 0 and not first <= pixel < stop:
            uphill[pixel] = pixel


@njit(cache=True, nogil=True)
def last_nodes(leads_to: NDArray[np.int32]) -> NDArray[np.int32]:
    """Follow each node to the one that leads to itself.

    Examples
    --------
    >>> last_nodes(np.array([1, 2, 2, 0], np.int32)).tolist()
    [2, 2, 2, 2]
    """
    found = leads_to.copy()
    for node in range(found.size):
        end = node
        while found[end] != end:
            end = found[end]
        walk = node
        while found[walk] != end:
            after = found[walk]
            found[walk] = end
            walk = after
    return found
