"""Which of many points are neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def delaunay_links(
    point: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the sides of the Delaunay triangles of some points, each once.

    Parameters
    ----------
    point : ndarray of float64, shape (N, 2)
        At least three, not on one line.

    Returns
    -------
    tail, head : ndarray of int64, shape (E,)
        Numbers of the points at the ends, the smaller first; sorted.

    Examples
    --------
    >>> tail, head = delaunay_links(np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 0.0], [3.0, 3.0]]))
    >>> list(zip(tail.tolist(), head.tolist()))
    [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
    """
    from scipy.spatial import Delaunay

    corner = Delaunay(point).simplices
    sides = np.sort(np.vstack((corner[:, :2], corner[:, 1:], corner[:, ::2])), axis=1)
    tail, head = np.unique(sides, axis=0).T.astype(np.int64)
    return tail, head
