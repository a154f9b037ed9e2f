"""In zero field: grains lock their phases on cooling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import record
from grainscope.synthetic.transport.smooth_steps import smooth_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Coherence grows as this power of 1/T.
_POWER = 1.5
#: Between these, in K, coherence fades into the normal state.
FADE_K = (0.8, 2.5)


@record
class ZeroField:
    """How resistivity falls below the transition of the grains.

    Attributes
    ----------
    anchor_temperature_k, anchor_resistivity_ohm_sq : float
        A point on the curve, at most 0.8 K.
    base_resistivity_ohm_sq : float
        What is left as T → 0; 1e-12 stands for a superconductor.
    """

    anchor_temperature_k: float
    anchor_resistivity_ohm_sq: float
    base_resistivity_ohm_sq: float


def zero_field_resistivity(
    temperature_k: Column, normal_ohm_sq: Column, anchor_normal_ohm_sq: float, film: ZeroField
) -> Column:
    """Return ρ = ρ_N exp(−X), X = X∞ / [1 + (T/T_a)^1.5 (X∞/X_a − 1)].

    X_a is what brings the curve through its anchor, X∞ to its base. X fades
    between 0.8 and 2.5 K.

    Parameters
    ----------
    temperature_k : ndarray of float64
    normal_ohm_sq : ndarray of float64
        ρ_N at those temperatures.
    anchor_normal_ohm_sq : float
        ρ_N at the anchor.
    film : ZeroField

    Examples
    --------
    >>> film = ZeroField(0.5, 0.25, 1e-12)
    >>> zero_field_resistivity(np.array([0.5, 3.0]), np.full(2, 2000.0), 2000.0, film)
    array([2.5e-01, 2.0e+03])
    """
    at_anchor = np.log(anchor_normal_ohm_sq / film.anchor_resistivity_ohm_sq)
    at_base = np.log(anchor_normal_ohm_sq / film.base_resistivity_ohm_sq)
    warmth = (temperature_k / film.anchor_temperature_k) ** _POWER
    coherence = at_base / (1 + warmth * (at_base / at_anchor - 1))
    kept = 1 - smooth_step(np.log(temperature_k), *np.log(FADE_K))
    return np.asarray(normal_ohm_sq * np.exp(-coherence * kept))
