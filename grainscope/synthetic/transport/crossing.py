"""Around the avoided transition: one curve of a scaled field, and its dual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import record
from grainscope.synthetic.transport.smooth_steps import levelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Scaling holds from the second of these up, in K; below the first nothing changes.
SATURATION_K = (0.04, 0.1)


@record
class Crossing:
    """Isotherms that cross in one point.

    Attributes
    ----------
    critical_field_t, critical_resistivity_ohm_sq : float
        H_c and ρ_c.
    z_nu : float
        zν.
    low_t, high_t : float
        Fields between which the scaling is exact, from 0.1 to 0.6 K.
    strength : float
        b of the scaling function.
    unit_field_t : float
        u0 of the scaling function: a field at 1 K.
    """

    critical_field_t: float
    critical_resistivity_ohm_sq: float
    low_t: float
    high_t: float
    strength: float
    unit_field_t: float
    z_nu: float = 1.5


def scaling_function(scaled_field_t: Column, film: Crossing) -> Column:
    """Return F(u) = exp(asinh(b asinh(u/u0))), u in T K^(−1/zν).

    F(u) F(−u) = 1, so that resistivity above the crossing is the conductivity
    below it, and F − 1/F = 2b asinh(u/u0): far from the crossing resistivity
    above and conductivity below are both straight in ln T.

    Examples
    --------
    >>> film = Crossing(0.05, 3000.0, 0.045, 0.055, 1.0, 0.01)
    >>> scaling_function(np.array([0.0, 0.02, -0.02]), film).round(4)
    array([1.    , 3.1998, 0.3125])
    """
    return np.exp(np.arcsinh(film.strength * np.arcsinh(scaled_field_t / film.unit_field_t)))


def crossing_resistivity(temperature_k: Column, field_t: Column, film: Crossing) -> Column:
    """Return ρ = ρ_c F((|H| − H_c) T^(−1/zν)), T levelled off below 0.1 K.

    Examples
    --------
    >>> film = Crossing(0.05, 3000.0, 0.045, 0.055, 1.0, 0.01)
    >>> crossing_resistivity(np.array([0.1, 0.5]), np.array([0.05, 0.05]), film)
    array([3000., 3000.])
    """
    effective_k = levelled(temperature_k, *SATURATION_K)
    scaled = (np.abs(field_t) - film.critical_field_t) * effective_k ** (-1 / film.z_nu)
    return np.asarray(film.critical_resistivity_ohm_sq * scaling_function(scaled, film))
