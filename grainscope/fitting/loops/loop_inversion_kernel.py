"""Draws from the posterior of weights that are not negative (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray


#: Of the gamma law of the rates: the smaller, the more weights may be next to nothing.
SHAPE = 0.5
#: Weights below this part of ln ρ are nothing; without it all rates may run away together.
LEAST = 1e-6


@njit(cache=True, nogil=True)
def above_zero(mean: float, deviation: float, rng: Generator) -> float:
    """Draw from a normal distribution cut off below 0 (C. P. Robert, Stat. Comput. 5, 121, 1995).

    Parameters
    ----------
    mean, deviation : float
        Of the whole normal distribution.
    rng : numpy Generator
    """
    cut = -mean / deviation
    if cut < 0.5:
        while True:
            normal = rng.standard_normal()
            if normal > cut:
                return float(mean + deviation * normal)
    rate = 0.5 * (cut + np.sqrt(cut * cut + 4))
    while True:
        far = cut - np.log(1 - rng.random()) / rate
        if rng.random() <= np.exp(-0.5 * (far - rate) ** 2):
            return float(max(mean + deviation * far, 0.0))


@njit(cache=True, nogil=True)
def draw_weights(
    gram: NDArray[np.float64],
    overlap: NDArray[np.float64],
    square: float,
    rows: int,
    free: int,
    sweeps: int,
    kept: int,
    rng: Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Visit all coefficients in turn, each drawn given the others (Gibbs sampling).

    The first ``free`` have a flat prior; the others are above 0 with density
    r exp(−r w), the rates r of each from a gamma law of shape ½ and scale 1/b. Rates, b
    and the factor s² ≥ 1 of the variances are drawn with them.

    Parameters
    ----------
    gram : ndarray of float64, shape (P, P)
        DᵀD, D the columns in standard deviations.
    overlap : ndarray of float64, shape (P,)
        Dᵀy.
    square : float
        yᵀy.
    rows : int
        Length of y.
    free : int
        Coefficients of either sign, which come first.
    sweeps, kept : int
        Visits to each coefficient, of which the first fifth is forgotten; draws returned.
    rng : numpy Generator

    Returns
    -------
    draws : ndarray of float64, shape (kept, P)
    scale : ndarray of float64, shape (kept,)
        s².
    """
    n = len(gram)
    at = np.zeros(n)
    rest = overlap.copy()
    rate, common, scale = np.full(n, 10.0), 0.1, 1.0
    draws, scales = np.empty((kept, n)), np.empty(kept)
    forgotten = sweeps - (4 * sweeps // 5) // kept * kept
    every = (sweeps - forgotten) // kept
    for sweep in range(sweeps):
        for j in range(n):
            precision = gram[j, j] / scale
            linear = (rest[j] + gram[j, j] * at[j]) / scale
            if j < free:
                new = linear / precision + rng.standard_normal() / np.sqrt(precision)
            else:
                new = above_zero((linear - rate[j]) / precision, 1 / np.sqrt(precision), rng)
            change = new - at[j]
            for i in range(n):
                rest[i] -= gram[i, j] * change
            at[j] = new
        total = 0.0
        for j in range(free, n):
            rate[j] = rng.standard_gamma(SHAPE + 1) / (common + at[j])
            total += rate[j]
        common = max(rng.standard_gamma(SHAPE * (n - free)) / total, LEAST)
        left = square
        for j in range(n):
            left -= at[j] * (overlap[j] + rest[j])
        scale = max(0.5 * left / rng.standard_gamma(0.5 * rows), 1.0)
        if sweep >= forgotten and (sweep - forgotten + 1) % every == 0:
            place = (sweep - forgotten + 1) // every - 1
            draws[place] = at
            scales[place] = scale
    return draws, scales
