"""Weighted averages over the loops or grains of a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Numbers in memory at once: small enough to stay in a core's cache.
_BLOCK = 1 << 18


def weighted_response(
    response: Callable[[Column, Column], Column], points: Column, values: Column, weights: Column
) -> Column:
    """Return Σ w f(point, value) / Σ w at every point.

    Summed pairwise in blocks of fixed size, without BLAS: equal input gives
    equal output whatever the number of threads.

    Parameters
    ----------
    response : callable
        f, broadcasting points (P, 1) against values (N,).
    points : ndarray of float64, shape (P,)
        Fields or temperatures.
    values, weights : ndarray of float64, shape (N,)
        One entry a loop or grain; weights at least 0.

    Returns
    -------
    ndarray of float64, shape (P,)
        Weighted means; NaN where no weight is above 0.

    Examples
    --------
    >>> weighted_response(np.multiply, np.array([1.0, 2.0]), np.array([3.0, 5.0]), np.ones(2))
    array([4., 8.])
    """
    counted = weights > 0
    values, weights = values[counted], weights[counted]
    if len(values) == 0:
        return np.full(len(points), np.nan)
    mean = np.empty(len(points))
    rows = max(1, _BLOCK // len(values))
    for start in range(0, len(points), rows):
        here = slice(start, start + rows)
        mean[here] = (response(points[here, None], values) * weights).sum(axis=1)
    mean /= weights.sum()
    return mean


def piecewise_sums(
    response: Callable[[Column, Column], Column],
    points: Column,
    values: Column,
    weights: Column,
    piece: NDArray[np.int64],
    n_pieces: int,
) -> Column:
    """Return Σ w f(point, value) of each piece at every point, shape (n_pieces, P).

    As `weighted_response`, but for the values of each piece by themselves.

    Parameters
    ----------
    response, points, values, weights
        As there.
    piece : ndarray of int, shape (N,)
        Which piece each value belongs to: 0 … n_pieces − 1.
    n_pieces : int
        Number of pieces; empty ones have sums of 0.

    Examples
    --------
    >>> one, two = np.ones(2), np.array([3.0, 5.0])
    >>> piecewise_sums(np.multiply, np.array([1.0, 2.0]), two, one, np.array([2, 0]), 3)
    array([[ 5., 10.],
           [ 0.,  0.],
           [ 3.,  6.]])
    """
    order = np.argsort(piece, kind="stable")
    values, weights = values[order], weights[order]
    filled, begins = np.unique(piece[order], return_index=True)
    sums = np.zeros((n_pieces, len(points)))
    rows = max(1, _BLOCK // max(len(values), 1))
    for start in range(0, len(points), rows):
        here = slice(start, start + rows)
        weighted = response(points[here, None], values) * weights
        sums[filled, here] = np.add.reduceat(weighted, begins, axis=1).T
    return sums
