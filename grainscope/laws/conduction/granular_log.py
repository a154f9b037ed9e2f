"""Coulomb correction to the conductance of a metal of well coupled grains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import ELEMENTARY_CHARGE_C, PLANCK_J_S, REDUCED_PLANCK_J_S
from grainscope.laws.conduction.log_conductance import LEAST_CONDUCTANCE_S
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta

_LARGEST_K = 100.0
#: dσ/d ln T of a film of grains, e²/h: 3.874e-5 S, π times e²/2π²ħ.
UNIVERSAL_SLOPE_S = ELEMENTARY_CHARGE_C**2 / PLANCK_J_S


class GranularLog:
    """1/R = σ1 + (e²/h) ln[max(T, T_δ)/max(1 K, T_δ)].

    It is σ = σ0 {1 − ln[g E_C/max(T, gδ)]/2πdg} of a square array in d = 2 dimensions,
    with σ0 = (2e²/ħ) g: g is the conductance of a contact per spin in units of e²/ħ (so a
    contact has G = 2ge²/ħ, both spins). Then dσ/d ln T = σ0/4πg = e²/2πħ whatever g and
    E_C, and of those the data tell only one combination, σ1; `contact_conductance` gives
    g for a charging energy. The same slope follows from a contact in series with the
    array, whose resistance as seen from the contact is R/2: (2e²/h)·½. Below T_δ = gδ, δ
    the level spacing of a grain, the correction stops; electrons move coherently there,
    and if their own logarithm shows, the law of this file does not have it. (The kink of max
    is rounded off, within 9 % in T; theory gives the scale only.) Other lattices and
    strong disorder change the slope by a factor of order one (1.15 on a triangular
    lattice).

    References
    ----------
    K. B. Efetov, A. Tschersich, Europhys. Lett. 59, 114 (2002); Phys. Rev. B 67, 174205
    (2003); I. S. Beloborodov et al., Phys. Rev. Lett. 91, 246801 (2003) (d = 3:
    g_c = ln(E_C/δ)/6π) and Rev. Mod. Phys. 79, 469 (2007); on disorder A. R. Akhmerov,
    A. S. Ioselevich, JETP Lett. 83, 251 (2006).

    Examples
    --------
    >>> law = GranularLog()
    >>> r = law.value(np.array([1.0, math.e]), (1e-3, 0.0))
    >>> round(float(1 / r[1] - 1 / r[0]), 9)
    3.874e-05
    """

    name = "granular_log"
    title = "granular metal"
    equation = "1/R = σ1 + (e²/h) ln[max(T, T_δ)/max(1 K, T_δ)]"
    parameters = (
        Parameter("conductance_1k_s", "S", -math.inf, math.inf, "σ1, at 1 K"),
        Parameter("level_cutoff_k", "K", 0.0, _LARGEST_K, "T_δ = gδ, below it σ is constant"),
    )
    # e²/h = 1/25812.80745 Ω.
    known_values = (
        (1.0, (2e-4, 0.0), 5000.0),
        (0.1, (2e-4, 0.0), 9025.531636213102),
        (0.01, (2e-4, 0.1), 9025.531636213102),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        conductance_s = theta[0] + UNIVERSAL_SLOPE_S * _ln_above_1k(x, float(theta[1]))
        return 1 / np.maximum(conductance_s, LEAST_CONDUCTANCE_S)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the best of σ1 with a cutoff below, at places within, and above the data."""
        good = y > 0
        x, y = x[good], y[good]
        best, found = math.inf, (0.0, 0.0)
        within = np.quantile(x, np.linspace(0.05, 0.9, 18))
        above = float(x.max()) * np.geomspace(0.75, 3.0, 6)
        for cutoff_k in (0.0, *np.minimum([*within, *above], _LARGEST_K), _LARGEST_K):
            shape = UNIVERSAL_SLOPE_S * _ln_above_1k(x, float(cutoff_k))
            at_1k = float(np.sum((1 / y - shape) * y**2) / np.sum(y**2))
            # Deviations of R, not of 1/R: where the law is far off they choose otherwise.
            conductance_s = np.maximum(at_1k + shape, LEAST_CONDUCTANCE_S)
            left = float(np.sum((1 / (conductance_s * y) - 1) ** 2))
            if left < best:
                best, found = left, (at_1k, float(cutoff_k))
        return found


def _ln_above_1k(temperature_k: Column, cutoff_k: float) -> Column:
    return _ln_larger(temperature_k, cutoff_k) - _ln_larger(np.ones(1), cutoff_k)


def _ln_larger(temperature_k: Column, cutoff_k: float) -> Column:
    """Return ln max(T, T_δ), the kink rounded: (T⁸ + T_δ⁸)^⅛ is at most 9 % above."""
    larger = np.maximum(temperature_k, cutoff_k)
    return np.asarray(
        np.log(larger) + np.log1p((np.minimum(temperature_k, cutoff_k) / larger) ** 8) / 8
    )


def contact_conductance(conductance_1k_s: float, charging_energy_k: float) -> float:
    """Return the g of a contact for which σ(1 K) is as seen, given a charging energy.

        (2e²/ħ) g − (e²/h) ln(g E_C/1 K) = σ1

    Parameters
    ----------
    conductance_1k_s : float
        σ1 of `GranularLog`.
    charging_energy_k : float
        E_C/k_B of a grain.

    Returns
    -------
    float
        The larger of the two solutions, of a metal; NaN where there is none. The law
        holds for g well above ln(E_C/T)/4π only, and this below a T_δ of 1 K.

    Examples
    --------
    >>> round(contact_conductance(4.8695e-4, 1.0), 3)
    1.0
    """
    whole = 2 * ELEMENTARY_CHARGE_C**2 / REDUCED_PLANCK_J_S
    g = max(conductance_1k_s / whole, 0.0) + 1.0
    for _ in range(200):  # from above, a contraction where the larger solution exists
        now = (conductance_1k_s + UNIVERSAL_SLOPE_S * math.log(g * charging_energy_k)) / whole
        if not now > 0:
            return math.nan
        if abs(now - g) < 1e-12 * g:
            return now
        g = now
    return math.nan
