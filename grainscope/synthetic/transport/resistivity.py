"""One film: sheet resistivity at any temperature and field, made of laws and joints.

In field, at low temperature (stage S2; others differ in where):

    0 … 2 G              zero field → low field, both in ρ
    2 G … 0.04 T         low field: c H^0.66                exact; S2G has wiggles below 75 G
    0.04 … 0.0435 T      joint, in ln ρ over ln H
    0.0435 … 0.0605 T    crossing: ρ_c F                    exact from 0.1 to 0.6 K
    0.0605 … 0.08 T      joint, up to the maximum
    0.08 … 8 T           insulator: A R(1 K) ln(1/T)        exact below 1.5 K from 0.2 T on

In temperature each piece joins the normal state on its own, in ln ρ over ln T: zero
and low field from 0.8 to 2.5 K, crossing from 0.6 to 2.5 K, insulator from 1.5 to 3 K.
All joints are quintic steps, so value, slope and curvature are continuous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.synthetic.transport.crossing import crossing_resistivity
from grainscope.synthetic.transport.disturbance import (
    Disturbance,
    disturbance_factor,
    metallic_share,
)
from grainscope.synthetic.transport.fluctuations import (
    gain_of_amplitude,
    gain_share,
    low_field_fluctuations,
)
from grainscope.synthetic.transport.insulator import insulator_resistivity
from grainscope.synthetic.transport.low_field import low_field_resistivity
from grainscope.synthetic.transport.normal_state import normal_resistivity
from grainscope.synthetic.transport.smooth_steps import mixed, smooth_step
from grainscope.synthetic.transport.zero_field import FADE_K, zero_field_resistivity

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from grainscope.synthetic.transport.fluctuations import Loops
    from grainscope.synthetic.transport.truth import Stage

    Column = NDArray[np.float64]

#: Where crossing and insulator join the normal state, in K.
_CROSSING_FADE_K, _INSULATOR_FADE_K = (0.6, 2.5), (1.5, 3.0)
#: Laws of the field's logarithm are not asked below.
_LEAST_FIELD_T = 1e-9


def sheet_resistivity(
    temperature_k: ArrayLike,
    field_t: ArrayLike,
    stage: Stage,
    effect: Disturbance | None = None,
    power_dbm: float = 0.0,
) -> Column:
    """Return the sheet resistivity of a film without the wiggles of its loops.

    Parameters
    ----------
    temperature_k, field_t : array_like
        At the film, in K and T, broadcast; either sign of the field gives the same.
    stage : Stage
    effect : Disturbance, optional
    power_dbm : float
        Of the radiation.

    Returns
    -------
    ndarray of float64
        Ω/□, above 0.

    Examples
    --------
    >>> from grainscope.synthetic.transport import STAGES
    >>> sheet_resistivity([0.06, 0.1, 1.0], [0.08, 0.052, 4.0], STAGES["S2"]).round(3)
    array([40000.,  2600.,  3000.])
    """
    effect = Disturbance() if effect is None else effect
    temperature, field = np.broadcast_arrays(
        np.asarray(temperature_k, np.float64), np.abs(np.asarray(field_t, np.float64))
    )
    field = np.maximum(field, _LEAST_FIELD_T)
    normal = normal_resistivity(temperature, field, stage.normal)
    pieces = (
        _metal(temperature, field, stage, normal, metallic_share(field, effect, power_dbm)),
        _joined(
            crossing_resistivity(temperature, field, stage.crossing),
            *(normal, temperature, _CROSSING_FADE_K),
        ),
        _joined(
            insulator_resistivity(temperature, field, stage.insulator),
            *(normal, temperature, _INSULATOR_FADE_K),
        ),
    )
    ln_low, ln_middle, ln_high = (np.log(piece) for piece in pieces)
    ends = np.log([stage.low_field.upturn_t, stage.crossing.low_t])
    lower = mixed(ln_low, ln_middle, smooth_step(np.log(field), *ends))
    ends = np.log([stage.crossing.high_t, stage.insulator.pure_above_t])
    whole = np.exp(mixed(lower, ln_high, smooth_step(np.log(field), *ends)))
    crossing_t = stage.crossing.critical_field_t
    return whole * disturbance_factor(temperature, field, crossing_t, effect, power_dbm)


def fluctuating_resistivity(
    temperature_k: ArrayLike,
    field_t: ArrayLike,
    stage: Stage,
    loops: Loops,
    effect: Disturbance | None = None,
    power_dbm: float = 0.0,
) -> Column:
    """Return the sheet resistivity with the wiggles, where the stage has them.

    Parameters
    ----------
    temperature_k, field_t, stage, effect, power_dbm
        As `sheet_resistivity`.
    loops : Loops

    Examples
    --------
    >>> from grainscope.synthetic.transport import Instrument, STAGES, published_film
    >>> loops = published_film(Instrument()).loops
    >>> smooth = sheet_resistivity(0.06, 15e-4, STAGES["S2G"])
    >>> bool(fluctuating_resistivity(0.06, 15e-4, STAGES["S2G"], loops) < 0.75 * smooth)
    True
    """
    effect = Disturbance() if effect is None else effect
    smooth = sheet_resistivity(temperature_k, field_t, stage, effect, power_dbm)
    if not stage.fluctuates:
        return smooth
    gain = gain_of_amplitude(loops, effect.fluctuation_amplitude)
    factor = low_field_fluctuations(field_t, loops.area_um2, loops.weight, gain)
    return smooth * factor ** gain_share(np.asarray(temperature_k, np.float64))


def _metal(
    temperature: Column, field: Column, stage: Stage, normal: Column, share: Column
) -> Column:
    """Return zero field and power law, mixed as they are: the one may be as good as 0."""
    anchor_k = np.array([stage.zero_field.anchor_temperature_k])
    anchor = float(normal_resistivity(anchor_k, np.zeros(1), stage.normal)[0])
    coherent = zero_field_resistivity(temperature, normal, anchor, stage.zero_field)
    power_law = _joined(
        low_field_resistivity(temperature, field, stage.low_field), normal, temperature, FADE_K
    )
    return mixed(coherent, power_law, share)


def _joined(
    piece: Column, normal: Column, temperature: Column, fade_k: tuple[float, float]
) -> Column:
    share = smooth_step(np.log(temperature), *np.log(fade_k))
    return np.exp(mixed(np.log(piece), np.log(normal), share))
