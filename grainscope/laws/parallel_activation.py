"""Thermally activated conductors in parallel, their barriers of the log-uniform law.

For p(Δ) ∝ 1/Δ between Δ1 and Δ2 the mean Boltzmann factor is a difference of exponential
integrals. Everything is computed from the scaled function x ↦ eˣE1(x), which neither
overflows nor underflows, so that the low-temperature limit is as exact as the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Above this argument 16 terms of the asymptotic series are exact in double precision.
_ASYMPTOTIC_FROM = 100.0
_ASYMPTOTIC_TERMS = 16


def log_uniform_ln_conductance(
    temperature_k: ArrayLike, lowest_k: float, highest_k: float
) -> NDArray[np.float64]:
    """Return the logarithm of the parallel conductance of log-uniform barriers.

    ln G/G0 with G/G0 = [E1(Δ1/T) − E1(Δ2/T)] / ln(Δ2/Δ1), the mean of exp(−Δ/T)
    over p(Δ) = 1/(Δ ln(Δ2/Δ1)). For Δ1 ≪ T ≪ Δ2, G/G0 tends to
    [ln(T/Δ1) − γ] / ln(Δ2/Δ1): G, not R, is linear in ln T.

    Parameters
    ----------
    temperature_k : array_like
        Temperature in K, above 0.
    lowest_k, highest_k : float
        Δ1 < Δ2 in K, above 0. The relative error of G is about 1e-16 / ln(Δ2/Δ1).

    Returns
    -------
    ndarray of float64
        ln G/G0, at most 0; finite at every temperature.

    Raises
    ------
    ValueError
        Not 0 < Δ1 < Δ2.

    References
    ----------
    M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 5.1.1 and 5.1.51.

    Examples
    --------
    >>> np.exp(log_uniform_ln_conductance([1.0, 10.0, 100.0], 0.1, 1000.0)).round(4)
    array([0.1979, 0.4384, 0.6874])
    """
    lowest, difference = _scaled_difference(temperature_k, lowest_k, highest_k)
    return np.asarray(np.log(difference / np.log(highest_k / lowest_k)) - lowest)


def log_uniform_slope(
    temperature_k: ArrayLike, lowest_k: float, highest_k: float
) -> NDArray[np.float64]:
    """Return the local slope d ln R / d ln(1/T) of log-uniform barriers in parallel.

    (e^(−Δ1/T) − e^(−Δ2/T)) / [E1(Δ1/T) − E1(Δ2/T)]. It tends to Δ1/T + 1 for
    T ≪ Δ1 and to ⟨Δ⟩/T for T ≫ Δ2; the approximation 1/(ln(T/Δ1) − γ) between
    them fails near Δ1 (where it gives 1.0 the slope is 0.68).

    Parameters
    ----------
    temperature_k : array_like
        Temperature in K, above 0.
    lowest_k, highest_k : float
        Δ1 < Δ2 in K, above 0.

    Returns
    -------
    ndarray of float64
        Slope, a pure number above 0.

    Raises
    ------
    ValueError
        Not 0 < Δ1 < Δ2.

    Examples
    --------
    >>> log_uniform_slope([19.263, 7.7509, 4.8415], 1.0, 1e4).round(2)
    array([0.39, 0.55, 0.68])
    """
    _lowest, difference = _scaled_difference(temperature_k, lowest_k, highest_k)
    span = (highest_k - lowest_k) / np.asarray(temperature_k, np.float64)
    return np.asarray(-np.expm1(-span) / difference)


def _scaled_difference(
    temperature_k: ArrayLike, lowest_k: float, highest_k: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a = Δ1/T and eᵃ [E1(a) − E1(Δ2/T)]."""
    if not 0 < lowest_k < highest_k:
        raise ValueError(
            f"barriers: got {lowest_k} to {highest_k} K, expected 0 < lowest < highest"
        )
    inverse = 1 / np.asarray(temperature_k, np.float64)
    lowest, highest = lowest_k * inverse, highest_k * inverse
    upper = np.exp(lowest - highest) * _scaled_exponential_integral(highest)
    return lowest, _scaled_exponential_integral(lowest) - upper


def _scaled_exponential_integral(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return eˣE1(x), for large x by the series Σ (−1)ᵏ k!/xᵏ⁺¹."""
    from scipy.special import exp1

    near = np.minimum(x, _ASYMPTOTIC_FROM)
    far = np.maximum(x, _ASYMPTOTIC_FROM)
    series = np.ones_like(far)
    for k in range(_ASYMPTOTIC_TERMS, 0, -1):
        series = 1 - k * series / far
    return np.where(x < _ASYMPTOTIC_FROM, np.exp(near) * exp1(near), series / far)
