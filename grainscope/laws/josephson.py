"""Josephson coupling of two grains of one superconductor through a tunnel junction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C, PLANCK_J_S

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Weak-coupling BCS: Δ(0) / k_B Tc = π / exp(γ).
GAP_PER_TC = float(np.pi * np.exp(-np.euler_gamma))
#: R_Q = h / 4e² in Ω, the resistance quantum of pairs.
PAIR_RESISTANCE_OHM = PLANCK_J_S / (4 * ELEMENTARY_CHARGE_C**2)


def superconducting_gap_k(
    temperature_k: ArrayLike, critical_temperature_k: ArrayLike
) -> NDArray[np.float64]:
    """Return the gap Δ of a weak-coupling superconductor over k_B.

    Δ(T) = 1.764 Tc tanh[1.74 √(Tc/T − 1)], and 0 from Tc on. Exact at T = 0; the
    interpolation is within 2 % of BCS elsewhere.

    Parameters
    ----------
    temperature_k, critical_temperature_k : array_like
        T ≥ 0 and Tc ≥ 0 in K, broadcast.

    Returns
    -------
    ndarray of float64
        Δ/k_B in K.

    References
    ----------
    M. Tinkham, Introduction to Superconductivity, 2nd ed. (1996), section 3.6.

    Examples
    --------
    >>> superconducting_gap_k([0.0, 1.7, 3.4], 3.4).round(3)
    array([5.997, 5.639, 0.   ])
    """
    temperature, critical = np.broadcast_arrays(
        np.asarray(temperature_k, np.float64), np.asarray(critical_temperature_k, np.float64)
    )
    below = temperature < critical
    ratio = np.divide(
        critical, temperature, out=np.full(critical.shape, np.inf), where=temperature > 0
    )
    rise = np.tanh(1.74 * np.sqrt(np.where(below, ratio, 1.0) - 1))
    return np.asarray(GAP_PER_TC * critical * rise)


def josephson_energy_k(
    resistance_ohm: ArrayLike, gap_k: ArrayLike, temperature_k: ArrayLike
) -> NDArray[np.float64]:
    """Return the Josephson energy of a tunnel junction between two equal superconductors.

    E_J = (h Δ / 8 e² R_n) tanh(Δ / 2 k_B T) = (Δ/2) (R_Q/R_n) tanh(Δ / 2 k_B T),
    with R_Q = h/4e² = 6.453 kΩ. Charging wins where 4 E_C exceeds it.

    Parameters
    ----------
    resistance_ohm : array_like
        Normal resistance R_n in Ω, above 0; infinity gives 0.
    gap_k : array_like
        Δ(T)/k_B in K, of `superconducting_gap_k`.
    temperature_k : array_like
        T in K, at least 0.

    Returns
    -------
    ndarray of float64
        E_J/k_B in K.

    References
    ----------
    V. Ambegaokar & A. Baratoff, Phys. Rev. Lett. 10, 486 (1963), erratum 11,
    104 (1963).

    Examples
    --------
    >>> josephson_energy_k([PAIR_RESISTANCE_OHM, 1e6], 6.0, 0.0).round(4)
    array([3.    , 0.0194])
    """
    resistance = np.asarray(resistance_ohm, np.float64)
    energy_k = _gap_factor_k(gap_k, temperature_k) / 2
    return np.asarray(energy_k * PAIR_RESISTANCE_OHM / resistance)


def critical_current_a(
    resistance_ohm: ArrayLike, gap_k: ArrayLike, temperature_k: ArrayLike
) -> NDArray[np.float64]:
    """Return the critical current of a tunnel junction between two equal superconductors.

    I_c R_n = (π Δ / 2e) tanh(Δ / 2 k_B T); E_J = ħ I_c / 2e.

    Parameters
    ----------
    resistance_ohm, gap_k, temperature_k : array_like
        As `josephson_energy_k`.

    Returns
    -------
    ndarray of float64
        I_c in A.

    References
    ----------
    As `josephson_energy_k`.

    Examples
    --------
    >>> print(f"{critical_current_a(1000.0, 6.0, 0.0):.3e}")
    8.122e-07
    """
    volts = _gap_factor_k(gap_k, temperature_k) * BOLTZMANN_J_PER_K / ELEMENTARY_CHARGE_C
    return np.asarray(np.pi / 2 * volts / np.asarray(resistance_ohm, np.float64))


def _gap_factor_k(gap_k: ArrayLike, temperature_k: ArrayLike) -> NDArray[np.float64]:
    """Return Δ tanh(Δ/2T), which at T = 0 is Δ."""
    gap, temperature = np.broadcast_arrays(
        np.asarray(gap_k, np.float64), np.asarray(temperature_k, np.float64)
    )
    half = np.divide(gap, 2 * temperature, out=np.full(gap.shape, np.inf), where=temperature > 0)
    return np.asarray(gap * np.tanh(half))
