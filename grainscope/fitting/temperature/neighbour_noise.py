"""Noise from what neighbouring rows differ by, whatever the law."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Σρ² of third differences of white noise at lags −3…3, ρ = −¾, 3/10, −1/20.
_CORRELATED = 1 + 2 * (0.75**2 + 0.3**2 + 0.05**2)


def neighbour_noise(x: Column, y: Column, error: Column) -> float:
    """Return by what factor rows scatter more than their errors; 1 where not surely more.

    Third divided differences of four neighbours vanish for any parabola, so that a smooth
    curve adds nothing. Their mean square in units of the stated errors is 1 ± √(4.6/n).

    Parameters
    ----------
    x, y, error : ndarray of float64, shape (K,)
        x ascending; equal ones are allowed.

    Returns
    -------
    float
        1, or the root of the mean square where that lies two standard deviations above 1.

    References
    ----------
    J. von Neumann, Ann. Math. Stat. 12, 367 (1941); P. Hall, J. W. Kay, D. M. Titterington,
    Biometrika 77, 521 (1990).

    Examples
    --------
    >>> x = np.arange(300.0)
    >>> noise = np.random.default_rng(0).normal(size=300)
    >>> round(neighbour_noise(x, x**2 + 2 * noise, np.ones(300)), 1)
    2.0
    >>> neighbour_noise(x, x**2 + noise, np.ones(300))
    1.0
    """
    if len(x) < 12:
        return 1.0
    spread = max(float(x[-1] - x[0]), 1e-300)
    apart = x + np.arange(len(x)) * (1e-7 * spread)  # no two are equal
    at = np.lib.stride_tricks.sliding_window_view(apart, 4)
    gaps = at[:, :, None] - at[:, None, :] + np.eye(4)
    weight = 1 / gaps.prod(axis=2)
    value = np.lib.stride_tricks.sliding_window_view(y, 4)
    sigma = np.lib.stride_tricks.sliding_window_view(error, 4)
    pull = (weight * value).sum(axis=1) / np.sqrt(((weight * sigma) ** 2).sum(axis=1))
    square = float(np.mean(pull**2))
    doubt = float(np.sqrt(2 * _CORRELATED / len(pull)))
    return float(np.sqrt(square)) if square > 1 + 2 * doubt else 1.0
