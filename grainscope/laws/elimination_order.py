"""In which order to eliminate the nodes of a network so that few links appear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Pivots stay on the diagonal: the matrix is symmetric and positive definite.
ON_THE_DIAGONAL: dict[str, Any] = {"diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}


def elimination_rank(
    n_nodes: int, tail: NDArray[np.int64], head: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return when each node is eliminated: minimum degree, found once for all numbers.

    On planar networks of 10³ to 10⁵ nodes this filled in half of what nested
    dissection by coordinates did, at the same speed.

    Parameters
    ----------
    n_nodes : int
        Number of nodes N.
    tail, head : ndarray of int64, shape (E,)
        Nodes 0…N − 1 that each link joins.

    Returns
    -------
    ndarray of int64, shape (N,)
        Place of each node in the order, from 0.

    References
    ----------
    J. W. H. Liu, ACM Trans. Math. Softw. 11, 141 (1985).

    Examples
    --------
    The hub of a star waits until one of its four leaves is left.

    >>> int(elimination_rank(5, np.zeros(4, np.int64), np.arange(1, 5))[0]) >= 3
    True
    """
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import splu

    if n_nodes == 0:
        return np.empty(0, np.int64)
    ends = np.concatenate((tail, head))
    node = np.arange(n_nodes)
    row, column = np.concatenate((ends, node)), np.concatenate((head, tail, node))
    degree = np.bincount(ends, minlength=n_nodes)
    number = np.concatenate((-np.ones(len(ends)), 1.0 + degree))
    places = coo_array((number, (row, column)), shape=(n_nodes, n_nodes)).tocsc()
    factors = splu(places, permc_spec="MMD_AT_PLUS_A", **ON_THE_DIAGONAL)
    return np.asarray(factors.perm_c, np.int64)
