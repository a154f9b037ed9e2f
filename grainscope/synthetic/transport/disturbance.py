"""Radiation let into the film: what it does to resistivity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import record
from grainscope.synthetic.transport.smooth_steps import mixed, smooth_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: The effect is whole below the first temperature and gone from the second on.
_WARM_K = (0.3, 1.0)
#: The metal is affected as a whole up to this field, the insulator from the next on.
_METAL_T, _INSULATOR_T = 0.035, 0.08
#: Power at which half of what unlimited power would do is done.
_HALF_POWER_DBM = -10.0


@record
class Disturbance:
    """An RF signal, or a filter taken away.

    Attributes
    ----------
    condition : str
        Port of the signal, or the filter; empty for none.
    rf_frequency_hz : float
        NaN for no signal.
    metal_factor, insulator_factor : float
        Of resistivity at low field, and at 0.08 T and above; at 0 dBm.
    zero_until_t, full_from_t : float
        At low temperature the film superconducts up to the first field, and is
        the metal of the power law from the second on.
    fluctuation_amplitude : float
        Largest relative deviation of the magnetoresistance from its mean, below 50 G.
    critical_current_factor : float
    transmission_db : float
        Of the signal, from its generator to the film; NaN for no signal.
    """

    condition: str = ""
    rf_frequency_hz: float = math.nan
    metal_factor: float = 1.0
    insulator_factor: float = 1.0
    zero_until_t: float = 0.0
    full_from_t: float = 2e-4
    fluctuation_amplitude: float = 0.30
    critical_current_factor: float = 1.0
    transmission_db: float = math.nan


def power_share(power_dbm: float) -> float:
    """Return how much of the effect at 0 dBm is left: P/(P + P½), 1 at 0 dBm.

    Examples
    --------
    >>> [round(power_share(power), 3) for power in (0.0, -10.0, -40.0)]
    [1.0, 0.55, 0.001]
    """
    power, half = 10 ** (power_dbm / 10), 10 ** (_HALF_POWER_DBM / 10)
    return power / (power + half) * (1 + half)


def disturbance_factor(
    temperature_k: Column,
    field_t: Column,
    critical_field_t: float,
    effect: Disturbance,
    power_dbm: float = 0.0,
) -> Column:
    """Return by what resistivity is multiplied.

    ``metal_factor`` up to 0.035 T, 1 at the crossing, ``insulator_factor`` from
    0.08 T on; below 0.3 K, fading to 1 at 1 K. Logarithms are mixed, and scaled
    with the power.

    Examples
    --------
    >>> effect = Disturbance("Pin 19", 2e9, metal_factor=0.75)
    >>> disturbance_factor(np.array([0.1, 1.0]), np.array([0.03, 0.03]), 0.043, effect)
    array([0.75, 1.  ])
    """
    field = np.log(np.maximum(np.abs(field_t), 1e-9))
    crossing = math.log(critical_field_t)
    metal = 1 - smooth_step(field, min(math.log(_METAL_T), crossing - 0.1), crossing)
    insulator = smooth_step(field, crossing, math.log(_INSULATOR_T))
    cold = 1 - smooth_step(np.log(temperature_k), *np.log(_WARM_K))
    change = metal * math.log(effect.metal_factor) + insulator * math.log(effect.insulator_factor)
    return np.exp(change * cold * power_share(power_dbm))


def metallic_share(field_t: Column, effect: Disturbance, power_dbm: float = 0.0) -> Column:
    """Return 0 where the film superconducts, 1 where the power law holds.

    Weaker radiation moves both fields towards those of no radiation.

    Examples
    --------
    >>> effect = Disturbance("Pin 19", 2e9, zero_until_t=4e-4, full_from_t=8e-4)
    >>> metallic_share(np.array([0.0002, 0.0006, 0.0008]), effect).round(3)
    array([0. , 0.5, 1. ])
    """
    none, share = Disturbance(), np.array(power_share(power_dbm))
    ends = [
        float(mixed(np.array(a), np.array(b), share))
        for a, b in (
            (none.zero_until_t, effect.zero_until_t),
            (none.full_from_t, effect.full_from_t),
        )
    ]
    return smooth_step(np.abs(field_t), *ends)
