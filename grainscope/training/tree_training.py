"""Fit boosted regression trees and turn them into plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from grainscope.records import BoostedTrees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Below this, threads wait for each other longer than they work: tenfold where cores are shared.
_FEW_ROWS = 50_000


def train_trees(
    rows: NDArray[np.float32],
    target: NDArray[np.float64],
    weight: NDArray[np.float64],
    features: Sequence[str],
    n_trees: int,
) -> BoostedTrees:
    """Regress ``target`` by gradient boosting on binned features.

    Parameters
    ----------
    rows : ndarray of float32, shape (M, F)
    target, weight : ndarray of float64, shape (M,)
    features : sequence of str
        Names of the F columns.
    n_trees : int

    Returns
    -------
    BoostedTrees
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    trees = HistGradientBoostingRegressor(
        max_iter=n_trees, max_leaf_nodes=31, learning_rate=0.1, min_samples_leaf=40,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    with threadpool_limits(1 if len(rows) < _FEW_ROWS else None, "openmp"):
        fitted = trees.fit(rows, target, sample_weight=weight)
    # Public since nothing: the fitted trees have no public form but their predictions, which a
    # test compares with the arrays made here.
    nodes = [tree[0].nodes for tree in fitted._predictors]
    return _as_arrays(nodes, float(np.ravel(fitted._baseline_prediction)[0]), features)


def _as_arrays(nodes: list[Any], offset: float, features: Sequence[str]) -> BoostedTrees:
    root = np.cumsum([0] + [len(tree) for tree in nodes])[:-1].astype(np.int32)
    shift = np.repeat(root, [len(tree) for tree in nodes])
    table = np.concatenate(nodes)
    leaf = table["is_leaf"].astype(bool)
    return BoostedTrees(
        features=tuple(features),
        root=root,
        feature=np.where(leaf, -1, table["feature_idx"]).astype(np.int32),
        threshold=np.where(leaf, 0.0, table["num_threshold"]),
        left=np.where(leaf, 0, table["left"] + shift).astype(np.int32),
        right=np.where(leaf, 0, table["right"] + shift).astype(np.int32),
        value=np.where(leaf, table["value"], 0.0),
        offset=offset,
    )
