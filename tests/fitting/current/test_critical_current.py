"""Critical currents, the limit of linear response, and dips that become peaks."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.fitting.critical_current import critical_current
from grainscope.fitting.zero_bias import zero_bias
from grainscope.laws.conduction.current_step import CurrentStep
from grainscope.laws.conduction.noisy_junction import NoisyJunction
from grainscope.laws.conduction.spread_junctions import SpreadJunctions
from grainscope.settings import FittingSettings

SETTINGS = FittingSettings()
BIAS = np.linspace(-3e-6, 3e-6, 61)
HELD = {"stage": "S2G", "temperature_k": 0.06, "field_t": 0.0}


def found(curve, rng):
    return critical_current([curve], SETTINGS, rng)[0]


@pytest.mark.parametrize("law", [CurrentStep(), SpreadJunctions(), NoisyJunction()])
def test_the_critical_current_is_found_whichever_law_made_it(law, measured, rng):
    pulls, half = [], []
    for _ in range(4):
        curve = measured("current_a", BIAS, law.value(BIAS, (0.0, 2000.0, 1e-6, 0.15)), **HELD)
        parameter = found(curve, rng).parameters["critical_current_a"]
        half.append((parameter.high - parameter.low) / 2)
        pulls.append((parameter.value - 1e-6) / half[-1])
    assert np.abs(pulls).max() < 4
    assert np.median(half) < 0.006e-6


def test_the_steepest_point_is_biased_low(measured, rng):
    bias = np.linspace(-3e-6, 3e-6, 241)
    truth = CurrentStep().value(bias, (0.0, 2000.0, 1e-6, 0.25))
    fit = found(measured("current_a", bias, truth, noise=0.002, **HELD), rng)
    assert fit.parameters["steepest_current_a"].value < 0.97e-6
    assert fit.parameters["critical_current_a"].value == pytest.approx(1e-6, rel=0.01)


def test_ten_times_the_current_is_ten_times_the_answer(measured):
    truth = CurrentStep().value(BIAS, (20.0, 2000.0, 1e-6, 0.2))
    curve = measured("current_a", BIAS, truth, **HELD)
    scaled = type(curve)(
        **{
            name: getattr(curve, name) * (10 if name == "current_a" else 1)
            if name in ("current_a",)
            else getattr(curve, name)
            for name in curve.__dataclass_fields__
        }
    )
    one, ten = (found(c, np.random.default_rng(1)) for c in (curve, scaled))
    for name in ("critical_current_a", "linear_limit_a"):
        assert ten.parameters[name].value == pytest.approx(
            10 * one.parameters[name].value, rel=1e-3
        )


def test_a_curve_that_no_law_fits_is_warned_of(measured, rng):
    steps = CurrentStep().value(BIAS, (0.0, 1000.0, 0.6e-6, 0.05))
    steps = steps + CurrentStep().value(BIAS, (0.0, 1000.0, 1.6e-6, 0.05))
    fit = found(measured("current_a", BIAS, steps, **HELD), rng)
    assert "no law of the step fits" in fit.warnings[0]
    parameter = fit.parameters["critical_current_a"]
    assert parameter.high - parameter.low > 0.02e-6


def test_a_metal_is_linear_up_to_where_it_leaves_its_zero_bias_value(measured, rng):
    truth = 300 * (1 + (BIAS / 1e-6) ** 2)  # 5 % more at 0.2236 µA
    fit = found(measured("current_a", BIAS, truth, noise=0.001, **HELD), rng)
    limit = fit.parameters["linear_limit_a"]
    assert limit.low - 0.1e-6 < 0.2236e-6 < limit.high + 0.1e-6


def test_an_ohmic_curve_is_linear_to_its_end(measured, rng):
    fit = found(measured("current_a", BIAS, np.full(61, 300.0), **HELD), rng)
    assert fit.parameters["linear_limit_a"].value == 3e-6
    assert np.isinf(fit.parameters["linear_limit_a"].high)
    assert "critical_current_a" not in fit.parameters


def test_what_is_missing_is_said(measured, rng):
    assert "dvdi_ohm against current_a" in critical_current([], SETTINGS, rng)[0].reason
    few = measured("current_a", BIAS[:6], np.full(6, 300.0), **HELD)
    assert "needs 15 rows" in found(few, rng).reason
    assert zero_bias([], SETTINGS, rng)[0].status == "skipped"


def test_a_dip_becomes_a_peak_between_two_fields(measured, rng):
    curves = []
    for field, zero in ((0.01, 100.0), (0.03, 1000.0), (0.05, 4000.0), (0.06, 16000.0)):
        truth = 2000 + (zero - 2000) / (1 + (BIAS / 3e-7) ** 4)
        held = HELD | {"field_t": field, "temperature_k": 0.06 * (1 + 0.001 * len(curves))}
        curves.append(measured("current_a", BIAS, truth, **held))
    fits = zero_bias(curves, SETTINGS, rng)
    assert [fit.labels["shape"] for fit in fits] == ["dip", "dip", "peak", "peak", "dip to peak"]
    field = fits[-1].parameters["field_t"]
    # ln(1000/2000) and ln(4000/2000) are equal but for the sign: half way in ln H
    assert field.value == pytest.approx(np.sqrt(0.03 * 0.05), rel=0.01)
    assert field.low < field.value < field.high


def test_without_a_temperature_dips_and_peaks_are_told_all_the_same(rng, measured):
    unknown = {"stage": "S2G", "field_t": 0.0}
    (fit,) = zero_bias([measured("current_a", BIAS, np.full(61, 300.0), **unknown)], SETTINGS, rng)
    assert fit.labels["shape"] == "flat"


def test_the_limit_of_the_law_is_drawn_with_the_chance_given(measured):
    truth = CurrentStep().value(BIAS, (0.0, 2000.0, 1e-6, 0.2))
    curve = measured("current_a", BIAS, truth, **HELD)
    one, same, other = (
        found(curve, np.random.default_rng(seed)).parameters["linear_limit_a"] for seed in (1, 1, 2)
    )
    assert (one.low, one.high) == (same.low, same.high)
    assert one.value == other.value
    assert one.low != other.low
