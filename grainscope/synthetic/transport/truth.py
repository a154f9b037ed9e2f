"""The nouns: a stage of a film, and everything that is true of a set of measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import record
from grainscope.synthetic.transport.crossing import Crossing
from grainscope.synthetic.transport.disturbance import Disturbance
from grainscope.synthetic.transport.fluctuations import Loops, draw_loops
from grainscope.synthetic.transport.insulator import Insulator
from grainscope.synthetic.transport.low_field import LowField
from grainscope.synthetic.transport.normal_state import NormalState
from grainscope.synthetic.transport.zero_field import ZeroField

if TYPE_CHECKING:
    from collections.abc import Mapping


@record
class Stage:
    """One anneal stage, or gate voltage, of a film.

    Attributes
    ----------
    name : str
        S0 as grown, S1 and S2 annealed, S2G with a back gate.
    gate_v : float
    normal : NormalState
    zero_field : ZeroField
    low_field : LowField
    crossing : Crossing
    insulator : Insulator
    fluctuates : bool
        Whether its magnetoresistance has the wiggles of the loops.
    """

    name: str
    normal: NormalState
    zero_field: ZeroField
    low_field: LowField
    crossing: Crossing
    insulator: Insulator
    gate_v: float = 0.0
    fluctuates: bool = False


#: Resistance of the bar, in Ω, below which it counts as zero: three times the white noise.
FLOOR_OHM = 1.5
#: The bar: 200 µm between the probes, 100 µm wide.
PROBE_SPACING_UM, BAR_WIDTH_UM = 200.0, 100.0
SQUARES = PROBE_SPACING_UM / BAR_WIDTH_UM
_FLOOR_OHM_SQ = FLOOR_OHM / SQUARES

#: The published film, as near as the text gives it; what it does not give is marked so.
STAGES = {
    "S0": Stage(
        name="S0",  # published: no global superconductivity, up to 0.5 MΩ/□; the rest is not
        normal=NormalState(9000.0),
        zero_field=ZeroField(0.8, 5000.0, 3500.0),
        low_field=LowField(0.15, 13000.0, 8000.0, upturn_t=0.02),
        crossing=Crossing(0.03, 12000.0, 0.0235, 0.0365, 0.2, 0.008),
        insulator=Insulator(1.25e-5, 12000.0, 10000.0, 0.08, 500e3, 0.08),
    ),
    "S1": Stage(
        name="S1",  # published: nearly zero resistance at base; the rest is not
        normal=NormalState(4000.0),
        zero_field=ZeroField(0.4, 300.0, 12.0),
        low_field=LowField(0.5, 4200.0, 3600.0, upturn_t=0.03),
        crossing=Crossing(0.04, 4500.0, 0.0335, 0.0465, 0.6, 0.008),
        insulator=Insulator(3.0e-5, 5500.0, 4500.0, 0.08, 200e3, 0.08),
    ),
    "S2": Stage(
        # Published: Tc, drop, 0.5 K, exponent, 300 mK, 0.04 T, Hc, zν, A, 40 kΩ/□ at 0.08 T.
        name="S2",
        normal=NormalState(2400.0),
        zero_field=ZeroField(0.5, _FLOOR_OHM_SQ, 1e-12),
        low_field=LowField(),
        crossing=Crossing(0.052, 2600.0, 0.0435, 0.0605, 0.95, 0.008),
        insulator=Insulator(8.44e-5, 3000.0, 2300.0, 0.08, 40e3, 0.08),
    ),
    "S2G": Stage(
        name="S2G",  # published: 0.35 K, the low-field curve of S2, Hc, a similar A
        normal=NormalState(2600.0),
        zero_field=ZeroField(0.35, _FLOOR_OHM_SQ, 1e-12),
        low_field=LowField(upturn_t=0.038),
        crossing=Crossing(0.043, 2200.0, 0.041, 0.0485, 0.55, 0.004),
        insulator=Insulator(8.0e-5, 3200.0, 2500.0, 0.076, 36e3, 0.076),
        gate_v=-50.0,
        fluctuates=True,
    ),
}

#: The published disturbances, at 0 dBm: −25 % by 2 GHz or without the filter, zero
#: resistance at 2 G under 2 GHz. How 0.2 GHz and the insulator respond is not published, nor
#: what the lines transmit: their filters take 50 dB each at 2 GHz, a choice at 0.2 GHz.
DISTURBANCES = {
    "none": Disturbance(),
    "0.2 GHz": Disturbance("Pin 19", 0.2e9, 0.85, 0.95, 1e-4, 4e-4, 0.08, 1.04, -90.0),
    "2 GHz": Disturbance("Pin 19", 2e9, 0.75, 0.9, 4e-4, 8e-4, 0.03, 1.08, -100.0),
    "bypass": Disturbance("bypass RT filter", metal_factor=0.75, insulator_factor=0.92),
}


@record
class Bias:
    """Response to a direct current.

    Attributes
    ----------
    critical_current_a : float
        In zero field, without radiation.
    rounding : float
        Standard deviation of the current's noise over the critical current.
    halving_field_t : float
        Field that halves the critical current.
    insulator_current_a : float
        Where the peak at zero bias has fallen to half.
    """

    critical_current_a: float = 1.0e-6
    rounding: float = 0.10
    halving_field_t: float = 0.02
    insulator_current_a: float = 2e-7


@record
class Hall:
    """Transverse resistance.

    Attributes
    ----------
    carrier_density_per_cm2 : float
        n of R_xy = B/en.
    longitudinal_share : float
        Of R_xx, seen between Hall probes that do not face each other.
    """

    carrier_density_per_cm2: float = 4e15
    longitudinal_share: float = 5e-4


@record
class Instrument:
    """What a measurement adds.

    Attributes
    ----------
    field_offset_t : float
        Trapped flux: the field read where there is none at the film.
    relative_noise : float
        One standard deviation of each reading over its value.
    noise_ohm : float
        Standard deviation of white noise of the bar's resistance.
    hall_noise_ohm : float
        The same of R_xy, which is averaged for longer.
    temperature_jitter : float
        Relative standard deviation of a temperature around its set point; the
        thermometer reads it rightly.
    drift : float
        Relative change of all readings over one sweep.
    excitation_a : float
        Of the lock-in, rms; noted in the tables with radiation.
    """

    field_offset_t: float = 3.2e-4
    relative_noise: float = 0.01
    noise_ohm: float = 0.5
    hall_noise_ohm: float = 0.02
    temperature_jitter: float = 0.002
    drift: float = 0.0
    excitation_a: float = 1e-9


@record
class TransportTruth:
    """All that is true of a set of synthetic transport data.

    Attributes
    ----------
    sample : str
    stages : mapping of str to Stage
    disturbances : mapping of str to Disturbance
    loops : Loops
        What the low-field wiggles come from.
    bias : Bias
    hall : Hall
    instrument : Instrument
    """

    sample: str
    stages: Mapping[str, Stage]
    disturbances: Mapping[str, Disturbance]
    loops: Loops
    bias: Bias
    hall: Hall
    instrument: Instrument


def published_film(instrument: Instrument, loops: Loops | None = None) -> TransportTruth:
    """Return the published film, with a given instrument.

    Parameters
    ----------
    instrument : Instrument
    loops : Loops, optional
        Of a micrograph that the low-field wiggles should belong to; by default a
        broad distribution with a few loops of 1.38 µm², always the same.

    Examples
    --------
    >>> published_film(Instrument()).stages["S2"].crossing.critical_field_t
    0.052
    """
    own = draw_loops(np.random.default_rng(15)) if loops is None else loops
    return TransportTruth("film", STAGES, DISTURBANCES, own, Bias(), Hall(), instrument)
