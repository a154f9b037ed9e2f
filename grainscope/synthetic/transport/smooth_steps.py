"""Joints without a kink: laws hold exactly outside of them, and are C2 across."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def smooth_step(x: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Return 0 up to ``low``, 1 from ``high`` on, and 6t⁵ − 15t⁴ + 10t³ between.

    Value, slope and curvature are continuous.

    Parameters
    ----------
    x : array_like
    low, high : float
        In the unit of x, low < high.

    Examples
    --------
    >>> smooth_step([0.0, 1.0, 1.5, 2.0, 9.0], 1.0, 2.0)
    array([0. , 0. , 0.5, 1. , 1. ])
    """
    t = np.clip((np.asarray(x, np.float64) - low) / (high - low), 0.0, 1.0)
    return np.asarray(t**3 * (6 * t**2 - 15 * t + 10))


def levelled(x: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Return x from ``high`` on and (low + high)/2 up to ``low``.

    The slope is `smooth_step`, so the level is where a kink between them would be.

    Parameters
    ----------
    x : array_like
    low, high : float
        In the unit of x, low < high.

    Examples
    --------
    >>> levelled([0.0, 1.0, 2.0, 9.0], 1.0, 2.0)
    array([1.5, 1.5, 2. , 9. ])
    """
    values = np.asarray(x, np.float64)
    t = np.clip((values - low) / (high - low), 0.0, 1.0)
    rise = (high - low) * t**4 * (t**2 - 3 * t + 2.5)
    return np.asarray((low + high) / 2 + rise + np.maximum(values - high, 0.0))


def mixed(
    one: NDArray[np.float64], other: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (1 − share)·one + share·other, exact where the share is 0 or 1.

    Examples
    --------
    >>> mixed(np.array([1.0, 1.0]), np.array([3.0, 3.0]), np.array([0.0, 0.5]))
    array([1., 2.])
    """
    return np.asarray((1 - share) * one + share * other)
