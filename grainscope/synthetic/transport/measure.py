"""Sweeps → columns of a table, with everything that an instrument adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.constants import ELEMENTARY_CHARGE_C
from grainscope.synthetic.transport.bias import critical_current_a, differential_resistivity
from grainscope.synthetic.transport.resistivity import fluctuating_resistivity, sheet_resistivity
from grainscope.synthetic.transport.truth import SQUARES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.synthetic.transport.sweeps import Plan, Sweep, Unit
    from grainscope.synthetic.transport.truth import Instrument, TransportTruth

    Column = NDArray[np.float64]
    Columns = dict[str, NDArray[Any]]

#: Temperature of the normal state that a large current leads to.
_NORMAL_K = 4.0
#: Significant digits that an instrument writes, and the field's resolution in T.
_DIGITS, _FIELD_STEP_T = 6, 1e-8


def measure(plan: Plan, truth: TransportTruth, rng: np.random.Generator) -> Columns:
    """Return the table that a plan gives.

    A reading is x (1 + relative noise) + white noise; the field's reading has the
    trapped flux in it; each temperature is scattered around its set point, and read
    as it is.

    Parameters
    ----------
    plan : Plan
    truth : TransportTruth
    rng : Generator

    Returns
    -------
    dict of str to ndarray, each of shape (N,)
        By header. Columns in which nothing was set are left out.

    Examples
    --------
    >>> from grainscope.synthetic.transport import Instrument, published_film
    >>> from grainscope.synthetic.transport.sweeps import plans
    >>> film = published_film(Instrument())
    >>> table = measure(plans(12)["hall"], film, np.random.default_rng(0))
    >>> list(table)[:4]
    ['sample', 'stage', 'sweep_direction', 'temperature_k']
    """
    parts = [_measured(sweep, plan.unit, truth, rng) for sweep in plan.sweeps]
    if any(sweep.disturbance != "none" for sweep in plan.sweeps):
        for part in parts:
            part["excitation_a"] = np.full(len(part["field_t"]), truth.instrument.excitation_a)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {name: column for name, column in joined.items() if not _is_blank(column)}


def _measured(sweep: Sweep, unit: Unit, truth: TransportTruth, rng: np.random.Generator) -> Columns:
    rows, instrument = len(sweep.temperature_k), truth.instrument
    spread = 1 + instrument.temperature_jitter * rng.standard_normal(rows)
    temperature = sweep.temperature_k * spread
    # Hall voltage and voltage along the bar are read at once.
    units: tuple[Unit, ...] = (unit,)
    if unit == "hall_resistance_ohm":
        units = (unit, "resistivity_ohm_sq")
    readings: Columns = {
        one: _read(true_value(sweep, temperature, one, truth), one, instrument, rng)
        for one in units
    }
    effect = truth.disturbances[sweep.disturbance]
    radiated = np.isfinite(effect.rf_frequency_hz)
    numbers: Columns = {
        "temperature_k": _rounded(temperature),
        "field_t": np.round((sweep.field_t + instrument.field_offset_t) / _FIELD_STEP_T)
        * _FIELD_STEP_T,
        "gate_v": np.full(rows, truth.stages[sweep.stage].gate_v),
        "rf_frequency_hz": np.full(rows, effect.rf_frequency_hz),
        "rf_power_dbm": np.full(rows, sweep.power_dbm if radiated else np.nan),
        "rf_transmitted_dbm": np.full(rows, sweep.power_dbm + effect.transmission_db),
        "current_a": _rounded(sweep.current_a),
        **readings,
    }
    texts: dict[str, str] = {
        "sample": truth.sample,
        "stage": sweep.stage,
        "condition": effect.condition,
        "sweep_direction": sweep.direction,
    }
    return {**{name: np.full(rows, text) for name, text in texts.items()}, **numbers}


def _read(value: Column, unit: Unit, instrument: Instrument, rng: np.random.Generator) -> Column:
    white = {
        "resistivity_ohm_sq": instrument.noise_ohm / SQUARES,
        "hall_resistance_ohm": instrument.hall_noise_ohm,
    }.get(unit, instrument.noise_ohm)
    drift = 1 + instrument.drift * np.linspace(-0.5, 0.5, len(value))
    relative = 1 + instrument.relative_noise * rng.standard_normal(len(value))
    return _rounded(value * drift * relative + white * rng.standard_normal(len(value)))


def true_value(sweep: Sweep, temperature_k: Column, unit: Unit, truth: TransportTruth) -> Column:
    """Return what an ideal instrument would read.

    Parameters
    ----------
    sweep : Sweep
    temperature_k : ndarray of float64, shape (K,)
        At the film.
    unit : str
        Ω/□, or Ω of the bar.
    truth : TransportTruth

    Returns
    -------
    ndarray of float64, shape (K,)
    """
    stage, effect = truth.stages[sweep.stage], truth.disturbances[sweep.disturbance]
    sheet = fluctuating_resistivity(
        temperature_k, sweep.field_t, stage, truth.loops, effect, sweep.power_dbm
    )
    if unit == "resistivity_ohm_sq":
        return sheet
    if unit == "resistance_ohm":
        return SQUARES * sheet
    if unit == "hall_resistance_ohm":
        per_m2 = truth.hall.carrier_density_per_cm2 * 1e4
        transverse = sweep.field_t / (ELEMENTARY_CHARGE_C * per_m2)
        return transverse + truth.hall.longitudinal_share * SQUARES * sheet
    # One temperature and field: the current alone is swept.
    normal = float(sheet_resistivity(_NORMAL_K, 0.0, stage))
    factor = effect.critical_current_factor
    critical = critical_current_a(float(sweep.field_t[0]), factor, truth.bias)
    zero_bias = float(sheet.mean())
    return SQUARES * differential_resistivity(
        sweep.current_a, zero_bias, normal, critical, truth.bias
    )


def _rounded(values: Column) -> Column:
    """Return values to the digits that an instrument writes."""
    texts = [f"{value:.{_DIGITS}g}" for value in values.tolist()]
    return np.array(texts, np.float64)


def _is_blank(column: NDArray[Any]) -> bool:
    return bool(np.all(column == "") if column.dtype.kind == "U" else np.all(np.isnan(column)))
