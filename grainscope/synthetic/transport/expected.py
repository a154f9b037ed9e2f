"""What fits of the data should find: results in the shape of ``fit.json``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.constants import GAUSS_PER_TESLA
from grainscope.laws.flux_quantum import loop_field_g
from grainscope.synthetic.transport.bias import critical_current_a, differential_resistivity
from grainscope.synthetic.transport.fluctuations import STATED_G
from grainscope.synthetic.transport.insulator import resistivity_1k
from grainscope.synthetic.transport.resistivity import fluctuating_resistivity, sheet_resistivity
from grainscope.synthetic.transport.truth import FLOOR_OHM, SQUARES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grainscope.synthetic.transport.truth import Stage, TransportTruth

    Result = dict[str, Any]
    Selection = dict[str, Any]
    Values = dict[str, tuple[Any, str]]

_BASE_K = 0.06
#: Fields, in T, at which the metal's saturation, and the insulator's logarithm, are stated.
_METAL_T = (2e-4, 1e-3, 5e-3, 0.01, 0.02, 0.03, 0.04)
_LOGARITHM_T = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
#: Response is called linear while dV/dI is within so much of its value at zero bias.
_LINEAR_SHARE = 0.01


def expected_results(truth: TransportTruth) -> list[Result]:
    """Return true parameters by analysis, sample and selection.

    Parameters have the names and units of ``fit.json``. Where a law is only a figure
    of speech for the synthetic film, ``note`` says what the number is.

    Examples
    --------
    >>> from grainscope.synthetic.transport import Instrument, published_film
    >>> results = expected_results(published_film(Instrument()))
    >>> [r["parameters"]["z_nu"] for r in results if r["analysis"] == "scaling"][0]
    {'value': 1.5, 'unit': ''}
    """
    offset_t = truth.instrument.field_offset_t
    results = [_result("field_offset", {}, {"offset_t": (offset_t, "T")})]
    for stage in truth.stages.values():
        results.append(_onset(stage))
    for stage in (truth.stages["S2"], truth.stages["S2G"]):
        results += [*_of_metal(stage), *_of_crossing(stage), *_of_insulator(stage)]
    results += [*_of_bias(truth), *_of_radiation(truth), _fluctuations(truth)]
    density = (truth.hall.carrier_density_per_cm2, "1/cm²")
    results.append(_result("hall", {"stage": "S2"}, {"carrier_density_per_cm2": density}))
    return [{**result, "sample": truth.sample} for result in results]


def _result(analysis: str, selection: Selection, values: Values, note: str = "") -> Result:
    parameters = {name: {"value": value, "unit": unit} for name, (value, unit) in values.items()}
    result: Result = {"analysis": analysis, "selection": selection, "parameters": parameters}
    return {**result, "note": note} if note else result


def _onset(stage: Stage) -> Result:
    normal, zero = stage.normal, stage.zero_field
    values: Values = {
        "critical_temperature_k": (normal.critical_temperature_k, "K"),
        "drop_fraction": (normal.drop_fraction, ""),
    }
    if np.isclose(zero.anchor_resistivity_ohm_sq, FLOOR_OHM / SQUARES):
        values["zero_resistance_temperature_k"] = (zero.anchor_temperature_k, "K")
    note = f"zero resistance: below {FLOOR_OHM:g} Ω of the bar"
    return _result("onset", {"stage": stage.name}, values, note)


def _of_metal(stage: Stage) -> Iterator[Result]:
    low, where = stage.low_field, {"stage": stage.name}
    power: Values = {
        "exponent": (low.exponent, ""),
        "prefactor": (low.prefactor_ohm_sq, "Ω/□"),
    }
    yield _result("power_law", where, power, "prefactor: at 1 T")
    for field in _METAL_T:
        at = {**where, "field_t": field}
        flat: Values = {
            "resistivity_ohm_sq": (low.prefactor_ohm_sq * field**low.exponent, "Ω/□"),
            "temperature_k": (low.flat_below_k, "K"),
        }
        yield _result("saturation", at, flat)
        yield _result("activation", at, {"energy_k": (low.energy_k(field), "K")})
    yield _result("upturn", where, {"field_t": (low.upturn_t, "T")}, "where the power law ends")


def _of_crossing(stage: Stage) -> Iterator[Result]:
    crossing, where = stage.crossing, {"stage": stage.name}
    field = (crossing.critical_field_t, "T")
    resistivity = (crossing.critical_resistivity_ohm_sq, "Ω/□")
    yield _result("crossings", where, {"field_t": field, "resistivity_ohm_sq": resistivity})
    scaling: Values = {
        "critical_field_t": field,
        "critical_resistivity_ohm_sq": resistivity,
        "z_nu": (crossing.z_nu, ""),
    }
    window = f"exact from {crossing.low_t:g} to {crossing.high_t:g} T and 0.1 to 0.6 K"
    yield _result("scaling", where, scaling, window)


def _of_insulator(stage: Stage) -> Iterator[Result]:
    insulator, where = stage.insulator, {"stage": stage.name}
    peak: Values = {
        "field_t": (insulator.peak_field_t, "T"),
        "resistivity_ohm_sq": (insulator.peak_resistivity_ohm_sq, "Ω/□"),
    }
    yield _result("mr_peak", {**where, "temperature_k": insulator.peak_temperature_k}, peak)
    for field in _LOGARITHM_T:
        logarithm: Values = {
            "slope_per_ohm": (insulator.slope_per_ohm, "1/Ω"),
            "resistivity_1k_ohm_sq": (float(resistivity_1k(field, insulator)), "Ω/□"),
        }
        yield _result("log_temperature", {**where, "field_t": field}, logarithm)


def _of_bias(truth: TransportTruth) -> Iterator[Result]:
    stage, bias = truth.stages["S2G"], truth.bias
    where = {"stage": stage.name, "temperature_k": _BASE_K}
    for name in ("none", "0.2 GHz", "2 GHz"):
        factor = truth.disturbances[name].critical_current_factor
        at = {**where, "field_t": 0.0, "disturbance": name}
        critical: Values = {"critical_current_a": (critical_current_a(0.0, factor, bias), "A")}
        yield _result("critical_current", at, critical)
    normal = float(sheet_resistivity(4.0, 0.0, stage))
    currents = np.geomspace(1e-9, 5e-6, 2000)
    note = f"where dV/dI leaves its value at zero bias by {_LINEAR_SHARE:.0%}"
    for field in (2e-3, 0.01, 0.03):
        zero_bias = float(fluctuating_resistivity(_BASE_K, field, stage, truth.loops))
        step_a = critical_current_a(field, 1.0, bias)
        dvdi = differential_resistivity(currents, zero_bias, normal, step_a, bias)
        limit_a = float(currents[np.argmin(np.abs(dvdi / zero_bias - 1) < _LINEAR_SHARE)])
        linear: Values = {"critical_current_a": (step_a, "A"), "linear_limit_a": (limit_a, "A")}
        yield _result("critical_current", {**where, "field_t": field}, linear, note)


def _of_radiation(truth: TransportTruth) -> Iterator[Result]:
    stage = truth.stages["S2G"]
    fields = np.geomspace(1e-6, 2e-3, 4000)
    note = f"where the bar's resistance passes {FLOOR_OHM:g} Ω"
    for name, effect in truth.disturbances.items():
        where = {"stage": stage.name, "temperature_k": _BASE_K, "disturbance": name}
        if name != "none":
            change: Values = {"relative_change": (effect.metal_factor - 1, "")}
            if math.isfinite(effect.transmission_db):
                change["rf_transmission_db"] = (effect.transmission_db, "dB")
            yield _result("rf_response", {**where, "field_t": 0.03}, change)
        resistance = SQUARES * sheet_resistivity(_BASE_K, fields, stage, effect)
        critical_t = float(np.interp(FLOOR_OHM, resistance, fields))
        yield _result("critical_field", where, {"field_t": (critical_t, "T")}, note)


def _fluctuations(truth: TransportTruth) -> Result:
    fields_g = np.linspace(*STATED_G, 4501)
    stage, at_t = truth.stages["S2G"], fields_g / GAUSS_PER_TESLA
    smooth = sheet_resistivity(_BASE_K, at_t, stage)
    factor = fluctuating_resistivity(_BASE_K, at_t, stage, truth.loops) / smooth
    deepest_g = float(fields_g[np.argmin(factor)])
    area_um2 = float(loop_field_g(1.0)) / deepest_g  # one quantum
    values: Values = {
        "relative_amplitude": (float(np.abs(factor - 1).max()), ""),
        "minima_field_g": ([round(deepest_g, 2)], "G"),
        "loop_diameter_um": ([round(2 * math.sqrt(area_um2 / math.pi), 4)], "µm"),
    }
    note = "deepest minimum of resistivity over its smooth part, 5 to 50 G"
    return _result("fluctuations", {"stage": stage.name, "temperature_k": _BASE_K}, values, note)
