"""The median of values that count more or less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


def weighted_median(values: Column, weights: Column) -> float:
    """Return the smallest value at which half of the weight is reached.

    Parameters
    ----------
    values, weights : ndarray of float64, shape (N,)
        Weights at least 0.

    Returns
    -------
    float
        One of the values; NaN where no weight is above 0.

    Examples
    --------
    >>> weighted_median(np.array([3.0, 1.0, 2.0]), np.array([5.0, 1.0, 1.0]))
    3.0
    """
    if not weights.sum() > 0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(share, share[-1] / 2)])
