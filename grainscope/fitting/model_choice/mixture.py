"""Several estimates of one number, each with its error and weight, as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


def mixed_quantiles(mean: Column, error: Column, weight: Column) -> tuple[float, float, float]:
    """Return 50, 16 and 84 % of a weighted mixture of Gaussians.

    Parameters
    ----------
    mean, error, weight : ndarray of float64, shape (M,)
        Weights need not sum to 1; errors that are no numbers count as 0.

    Examples
    --------
    >>> np.round(mixed_quantiles(np.array([3.0]), np.array([0.1]), np.ones(1)), 3)
    array([3. , 2.9, 3.1])
    """
    from scipy.special import ndtr

    heavy = weight > 1e-4 * weight.max()
    mean, weight = mean[heavy], weight[heavy] / weight[heavy].sum()
    error = np.maximum(np.nan_to_num(error[heavy], nan=0.0, posinf=0.0), 1e-12)

    def quantile(share: float) -> float:
        low, high = float((mean - 8 * error).min()), float((mean + 8 * error).max())
        for _ in range(60):
            middle = 0.5 * (low + high)
            below = float(ndtr((middle - mean) / error) @ weight) < share
            low, high = (middle, high) if below else (low, middle)
        return 0.5 * (low + high)

    return quantile(0.5), quantile(0.1587), quantile(0.8413)


def reaching(interval: tuple[float, float, float], value: float) -> tuple[float, float, float]:
    """Return value, low and high with the ends moved out to what a rival has, if they must.

    Examples
    --------
    >>> reaching((2.0, 1.9, 2.1), 2.4)
    (2.0, 1.9, 2.4)
    """
    return interval[0], min(interval[1], value), max(interval[2], value)


def nested_quantiles(mean: Column, error: Column, weight: Column) -> tuple[float, float, float]:
    """Return 50, 16 and 84 % of fits of the same rows: windows within windows, powers added.

    Where the law of the fit of the most weight holds, another one that spends more of the rows
    on less differs from it by noise of variance error² − best error², so that a plain mixture
    would count that noise twice, in its error and in its distance. No fit counts with a larger
    error than that of the most weight; distances are kept as they are.

    Parameters
    ----------
    mean, error, weight
        Of `mixed_quantiles`.

    References
    ----------
    J. A. Hausman, Econometrica 46, 1251 (1978), on the variance of such differences.

    Examples
    --------
    >>> one = np.array([1.0, 1.0]), np.array([0.1, 0.3]), np.array([0.6, 0.4])
    >>> np.round(nested_quantiles(*one), 3), np.round(mixed_quantiles(*one), 3)
    (array([1. , 0.9, 1.1]), array([1.   , 0.846, 1.154]))
    """
    return mixed_quantiles(mean, np.minimum(error, error[int(np.argmax(weight))]), weight)
