"""Without global superconductivity: film and grains at high temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import record
from grainscope.synthetic.transport.smooth_steps import smooth_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: The drop of the grains' transition is over within so much on either side of Tc.
_HALF_WIDTH_K = 0.1
#: Fields between which the grains lose their transition.
_GRAIN_FIELDS_T = (0.02, 0.5)


@record
class NormalState:
    """How a film conducts above the temperatures at which its grains lock.

    Attributes
    ----------
    resistivity_4k_ohm_sq : float
        At 4 K, above the transition of the grains.
    log_slope : float
        k of ρ = ρ(4 K) [1 − k ln(T/4 K)], which rises on cooling.
    critical_temperature_k : float
        Middle of the drop, where half of it is done.
    drop_fraction : float
        By how much resistivity falls when the grains become superconducting.
    """

    resistivity_4k_ohm_sq: float
    log_slope: float = 0.08
    critical_temperature_k: float = 3.4
    drop_fraction: float = 0.10


def normal_resistivity(temperature_k: Column, field_t: Column, normal: NormalState) -> Column:
    """Return the sheet resistivity with grains that are not coupled.

    ρ = ρ(4 K) [1 − k ln(T/4 K)] (1 − d s), s a smooth step down from Tc + 0.1 K to
    Tc − 0.1 K. Fields of 0.02 to 0.5 T take the drop d away.

    Examples
    --------
    >>> film = NormalState(2000.0)
    >>> normal_resistivity(np.array([4.0]), np.array([0.0]), film)
    array([2000.])
    """
    film = normal.resistivity_4k_ohm_sq * (1 - normal.log_slope * np.log(temperature_k / 4.0))
    tc = normal.critical_temperature_k
    superconducting = 1 - smooth_step(temperature_k, tc - _HALF_WIDTH_K, tc + _HALF_WIDTH_K)
    low, high = np.log(_GRAIN_FIELDS_T)
    left = 1 - smooth_step(np.log(np.maximum(np.abs(field_t), 1e-9)), low, high)
    return np.asarray(film * (1 - normal.drop_fraction * superconducting * left))
