"""A sum of regression trees, applied to many rows at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from grainscope.segmentation.boosted_tree_kernel import add_trees

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import BoostedTrees

_CHUNK = 4096


def evaluate_trees(
    trees: BoostedTrees, rows: NDArray[np.float32], n_threads: int = 2
) -> NDArray[np.float64]:
    """Sum the leaves that each row falls into.

    Parameters
    ----------
    trees : BoostedTrees
        With F features.
    rows : ndarray of float32, shape (M, F)
        In the order of ``trees.features``.
    n_threads : int
        Does not change the result.

    Returns
    -------
    ndarray of float64, shape (M,)

    Examples
    --------
    >>> from grainscope.records import BoostedTrees
    >>> stump = BoostedTrees(("x",), np.array([0], "i4"), np.array([0, -1, -1], "i4"),
    ...                      np.array([0.5, 0, 0]), np.array([1, 0, 0], "i4"),
    ...                      np.array([2, 0, 0], "i4"), np.array([0, -1.0, 1.0]), 0.25)
    >>> evaluate_trees(stump, np.array([[0.2], [0.7]], np.float32))
    array([-0.75,  1.25])
    """
    total = np.full(len(rows), trees.offset, np.float64)
    table = (trees.root, trees.feature, trees.threshold, trees.left, trees.right, trees.value)

    def one(start: int) -> None:
        chunk = slice(start, start + _CHUNK)
        add_trees(*table, rows[chunk], total[chunk])

    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(one, range(0, len(rows), _CHUNK)))
    return total
