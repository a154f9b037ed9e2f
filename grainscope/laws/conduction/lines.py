"""Straight lines through data of relative errors, for first guesses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.laws.conduction.law import Column, Theta


def relative_line(x: Column, y: Column) -> tuple[float, float]:
    """Return a and b of y = a + b x by least squares of relative deviations.

    Examples
    --------
    >>> a, b = relative_line(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))
    >>> round(a, 9), round(b, 9)
    (1.0, 2.0)
    """
    weight = 1 / np.maximum(np.abs(y), 1e-300)
    design = np.stack((weight, x * weight), axis=1)
    found = np.linalg.lstsq(design, y * weight, rcond=None)[0]
    return float(found[0]), float(found[1])


def plain_line(x: Column, y: Column) -> tuple[float, float]:
    """Return a and b of y = a + b x by least squares; b is 0 where all x are one.

    Examples
    --------
    >>> plain_line(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))
    (1.0, 2.0)
    >>> plain_line(np.array([1.0, 1.0]), np.array([1.0, 3.0]))
    (2.0, 0.0)
    """
    off, middle = x - x.mean(), float(y.mean())
    spread = float(off @ off)
    if spread <= 1e-20 * float(x @ x):
        return middle, 0.0
    slope = float(off @ y) / spread
    return middle - slope * float(x.mean()), slope


def two_parts(y: Column, shape: Callable[[float], Column], scales: NDArray[np.float64]) -> Theta:
    """Return a, b ≥ 0 and c of y = a + b·shape(c), c one of some scales.

    Relative deviations count, as for errors in per cent. What a non-negative sum cannot
    follow still gives an answer inside the bounds.

    Parameters
    ----------
    y : ndarray of float64, shape (K,)
        Above 0.
    shape : callable
        A scale to a column of shape (K,), not negative.
    scales : ndarray of float64, shape (C,)

    Returns
    -------
    a, b, c : float

    Examples
    --------
    >>> t = np.geomspace(0.1, 4, 20)
    >>> y = 2 + 3 * np.exp(-0.5 / t)
    >>> parts = two_parts(y, lambda u: np.exp(-u / t), np.array([0.1, 0.5, 2.0]))
    >>> [round(part, 6) for part in parts]
    [2.0, 3.0, 0.5]
    """
    from scipy.optimize import nnls

    weight = 1 / np.maximum(np.abs(y), 1e-300)
    best, found = np.inf, (float(np.mean(np.abs(y))), 0.0, float(scales[0]))
    for scale in scales:
        part = shape(float(scale))
        amplitudes, left = nnls(np.stack((weight, part * weight), axis=1), np.sign(y))
        if left < best:
            best, found = left, (float(amplitudes[0]), float(amplitudes[1]), float(scale))
    return found
