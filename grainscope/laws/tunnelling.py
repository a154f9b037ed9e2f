"""Tunnelling between two grains over the gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import ELECTRON_MASS_KG, ELEMENTARY_CHARGE_C, REDUCED_PLANCK_J_S

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def decay_per_nm(barrier_ev: ArrayLike, effective_mass: ArrayLike = 1.0) -> NDArray[np.float64]:
    """Return the decay constant of an electron's amplitude in a square barrier.

    κ = √(2 m φ) / ħ, 5.123 nm⁻¹ for a free electron below 1 eV. The conductance
    falls as exp(−2κ gap): a decade in 0.22 nm there, and the coupling length of
    J ∝ exp(−gap/ξ) is ξ = 1/2κ.

    Parameters
    ----------
    barrier_ev : array_like
        Height φ of the barrier above the Fermi level in eV, at least 0.
    effective_mass : array_like
        Mass m in the barrier, in electron masses, above 0.

    Returns
    -------
    ndarray of float64
        κ in nm⁻¹.

    Raises
    ------
    ValueError
        A barrier is below 0, or a mass not above 0.

    References
    ----------
    J. G. Simmons, J. Appl. Phys. 34, 1793 (1963).

    Examples
    --------
    >>> decay_per_nm([1.0, 4.0]).round(3)
    array([ 5.123, 10.246])
    """
    height = np.asarray(barrier_ev, np.float64)
    mass = np.asarray(effective_mass, np.float64)
    if not (np.all(height >= 0) and np.all(mass > 0)):
        raise ValueError("barrier_ev must be at least 0 and effective_mass above 0")
    per_m = np.sqrt(2 * mass * ELECTRON_MASS_KG * height * ELEMENTARY_CHARGE_C) / REDUCED_PLANCK_J_S
    return np.asarray(per_m * 1e-9)


def tunnel_conductance_s(
    gap_nm: ArrayLike,
    facet_um: ArrayLike,
    decay_per_nm: ArrayLike,
    contact_conductance_s: float,
    contact_facet_um: float,
) -> NDArray[np.float64]:
    """Return the tunnel conductance of contacts.

    g = g0 exp(−2κ gap) facet / facet0. The whole facet counts as if it were as
    near as its nearest point; of round
    grains only √(π r/κ) of it does, 1/r = 1/r1 + 1/r2.

    Parameters
    ----------
    gap_nm, facet_um : array_like
        Gap in nm and length of the facet in µm, at least 0; broadcast.
    decay_per_nm : array_like
        κ in nm⁻¹.
    contact_conductance_s, contact_facet_um : float
        g0 in S of a facet of length facet0 in µm at gap 0.

    Returns
    -------
    ndarray of float64
        Conductance in S.

    Examples
    --------
    >>> print(f"{tunnel_conductance_s(1.0, 0.2, 5.0, 1e-3, 0.1):.3e}")
    9.080e-08
    """
    share = np.asarray(facet_um, np.float64) / contact_facet_um
    kappa = np.asarray(decay_per_nm, np.float64)
    fall = np.exp(-2 * kappa * np.asarray(gap_nm, np.float64))
    return np.asarray(contact_conductance_s * share * fall)
