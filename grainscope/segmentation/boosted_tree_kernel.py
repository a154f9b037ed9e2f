"""Compiled descent of regression trees."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def add_trees(first, feature, threshold, left, right, value, rows, total):  # type: ignore[no-untyped-def]
    """Add the leaf values of every tree to ``total``, shape (M,), for ``rows``, shape (M, F)."""
    for t in range(first.size):
        root = first[t]
        for m in range(rows.shape[0]):
            node = root
            while feature[node] >= 0:
                node = left[node] if rows[m, feature[node]] <= threshold[node] else right[node]
            total[m] += value[node]
