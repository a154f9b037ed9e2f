"""At low field: the anomalous metal, a power of the field that does not freeze out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import record
from grainscope.synthetic.transport.smooth_steps import levelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


@record
class LowField:
    """Activation over U(H) = U0 ln(H0/H), tunnelling where it is cold.

    Attributes
    ----------
    exponent : float
        p of ρ ∝ H^p as T → 0: U0/k_B T_eff.
    prefactor_ohm_sq : float
        c of ρ = c (H/1 T)^p.
    attempt_resistivity_ohm_sq : float
        ρ0 of ρ = ρ0 exp(−U/k_B T).
    flat_below_k : float
        Below, resistivity does not change with temperature.
    activated_above_k : float
        Above, it is activated.
    upturn_t : float
        Above this field the law no longer holds.
    """

    exponent: float = 0.66
    prefactor_ohm_sq: float = 2700.0
    attempt_resistivity_ohm_sq: float = 2160.0
    flat_below_k: float = 0.30
    activated_above_k: float = 0.42
    upturn_t: float = 0.04

    @property
    def effective_temperature_k(self) -> float:
        """T_eff of the saturated resistivity: where the two regimes meet."""
        return (self.flat_below_k + self.activated_above_k) / 2

    @property
    def energy_per_ln_field_k(self) -> float:
        """U0/k_B = p T_eff."""
        return self.exponent * self.effective_temperature_k

    @property
    def zero_barrier_field_t(self) -> float:
        """H0, where U vanishes and c (H0/1 T)^p = ρ0."""
        ratio = self.attempt_resistivity_ohm_sq / self.prefactor_ohm_sq
        return math.pow(ratio, 1 / self.exponent)

    def energy_k(self, field_t: float) -> float:
        """Return U(H)/k_B."""
        return self.energy_per_ln_field_k * math.log(self.zero_barrier_field_t / field_t)


def low_field_resistivity(temperature_k: Column, field_t: Column, film: LowField) -> Column:
    """Return ρ = ρ0 (H/H0)^(U0/k_B T*), T* = T levelled off at T_eff.

    Examples
    --------
    >>> film = LowField()
    >>> low_field_resistivity(np.array([0.05, 0.3]), np.array([0.01, 0.01]), film).round(2)
    array([129.23, 129.23])
    >>> round(2700 * 0.01**0.66, 2)
    129.23
    """
    effective_k = levelled(temperature_k, film.flat_below_k, film.activated_above_k)
    reduced = np.abs(field_t) / film.zero_barrier_field_t
    power = film.energy_per_ln_field_k / effective_k
    return np.asarray(film.attempt_resistivity_ohm_sq * reduced**power)
