"""Quantiles of values that count more or less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float64]


def weighted_quantiles(values: Column, weights: Column, shares: Sequence[float]) -> list[float]:
    """Return the smallest values at which given shares of the weight are reached.

    Parameters
    ----------
    values, weights : ndarray of float64, shape (N,)
        Weights at least 0.
    shares : sequence of float
        From 0 to 1.

    Returns
    -------
    list of float
        Each one of the values; NaN where no weight is above 0.

    Examples
    --------
    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.array([5.0, 1.0, 4.0]), (0.1, 0.5, 0.9))
    [1.0, 2.0, 3.0]
    """
    if not weights.sum() > 0:
        return [float("nan")] * len(shares)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    # A share that falls on a step belongs to it, whatever the rounding of the sum.
    wanted = np.asarray(shares) * reached[-1] * (1 - 1e-12)
    return [float(value) for value in values[order][np.searchsorted(reached, wanted)]]


def weighted_median(values: Column, weights: Column) -> float:
    """Return the smallest value at which half of the weight is reached; NaN for none.

    Examples
    --------
    >>> weighted_median(np.array([3.0, 1.0, 2.0]), np.array([5.0, 1.0, 1.0]))
    3.0
    """
    return weighted_quantiles(values, weights, (0.5,))[0]
