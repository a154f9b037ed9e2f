"""A and its equality between fields; S on the metallic side; what bends and drops do."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import least_squares

from grainscope.fitting.log_conductance import log_conductance
from grainscope.fitting.log_temperature import log_temperature, weighted_mean
from grainscope.fitting.temperature.log_line import SLOPE_PER_OHM, _moved
from grainscope.fitting.temperature.log_windows import fit_line
from grainscope.fitting.temperature.neighbour_noise import neighbour_noise
from grainscope.fitting.temperature.temperature_rows import TemperatureRows, temperature_rows
from grainscope.settings.fitting import FittingSettings

A, R1 = 8.44e-5, 5000.0


def slopes(*curves):
    return log_temperature(curves, FittingSettings(), np.random.default_rng(0))


def conductances(*curves):
    return log_conductance(curves, FittingSettings(), np.random.default_rng(0))


def logarithm(t, at_1k=R1, a=A):
    return at_1k * (1 + a * at_1k * np.log(1 / t))


def test_without_noise_the_truth_comes_back(temperature_k, curve_of):
    (fit,) = slopes(curve_of(temperature_k, logarithm(temperature_k), noise=0.0))
    assert fit.parameters["slope_per_ohm"].value == pytest.approx(A, rel=1e-6)
    assert fit.parameters["resistivity_1k_ohm_sq"].value == pytest.approx(R1, rel=1e-6)
    assert fit.parameters["slope_coefficient"].value == pytest.approx(6.844, abs=1e-3)
    assert fit.parameters["relative_slope"].value == pytest.approx(A * R1, rel=1e-6)
    assert fit.window["temperature_k"] == (temperature_k[0], temperature_k[-1])


def test_twice_the_film_is_half_the_slope(temperature_k, curve_of):
    """ΔR/R does not know the number of squares: A R(1 K) stays."""
    one, two = (
        slopes(curve_of(temperature_k, factor * logarithm(temperature_k)))[0] for factor in (1, 2)
    )
    a, b = one.parameters, two.parameters
    assert b["slope_per_ohm"].value == pytest.approx(a["slope_per_ohm"].value / 2, rel=1e-6)
    assert b["relative_slope"].value == pytest.approx(a["relative_slope"].value, rel=1e-6)


def test_intervals_are_as_wide_as_the_scatter(temperature_k, curve_of):
    value, half, inside = [], [], 0
    for seed in range(30):
        found = slopes(curve_of(temperature_k, logarithm(temperature_k), seed))[0]
        slope = found.parameters["slope_per_ohm"]
        value.append(slope.value)
        half.append((slope.high - slope.low) / 2)
        inside += slope.low <= A <= slope.high
    assert np.std(value) < 8e-7
    assert np.median(half) < 1.5 * np.std(value)
    assert inside >= 13


def test_saturation_ends_the_window_and_widens_the_interval(temperature_k, curve_of):
    bent = logarithm(np.hypot(temperature_k, 0.2))
    (fit,) = slopes(curve_of(temperature_k, bent))
    (straight,) = slopes(curve_of(temperature_k, logarithm(temperature_k)))
    slope, free = fit.parameters["slope_per_ohm"], straight.parameters["slope_per_ohm"]
    assert fit.window["temperature_k"][0] > 0.2
    assert slope.high - slope.low > 1.2 * (free.high - free.low)
    assert abs(slope.value - A) < 0.05 * A


def test_a_plateau_is_no_logarithm(temperature_k, curve_of):
    r = np.where(temperature_k < 0.5, 5000.0, 5000 * (temperature_k / 0.5) ** -2)
    (fit, *_) = slopes(curve_of(temperature_k, r))
    if fit.status == "done":
        assert fit.window["temperature_k"][1] > 0.6


def test_equal_slopes_are_joined(temperature_k, curve_of):
    curves = [
        curve_of(temperature_k, logarithm(temperature_k, at_1k), seed, field_t=field, stage=stage)
        for seed, (field, at_1k, stage) in enumerate(
            [(1.0, 6000, "S2"), (4.0, 5000, "S2"), (8.0, 4500, "S2"), (4.0, 7000, "S2G")]
        )
    ]
    *single, state, film = slopes(*curves)
    assert len(single) == 4
    assert dict(state.selection) == {"stage": "S2"}
    assert dict(film.selection) == {}
    assert film.parameters["p_equal"].value > 0.01
    mean = film.parameters["slope_per_ohm"]
    assert abs(mean.value - A) < 4 * (mean.high - mean.low) / 2
    assert mean.high - mean.low < min(
        f.parameters["slope_per_ohm"].high - f.parameters["slope_per_ohm"].low for f in single
    )


def test_unequal_slopes_are_said_to_be(temperature_k, curve_of):
    curves = [
        curve_of(temperature_k, logarithm(temperature_k, R1, a), k, field_t=float(k + 1))
        for k, a in enumerate((7e-5, 8e-5, 9e-5))
    ]
    joint = slopes(*curves)[-1]
    assert joint.parameters["p_equal"].value < 1e-6
    assert any("slopes differ" in said for said in joint.warnings)
    mean = joint.parameters["slope_per_ohm"]
    assert mean.low < 8e-5 < mean.high
    assert mean.high - mean.low > 5e-6
    assert joint.parameters["slope_spread_per_ohm"].value == pytest.approx(8.2e-6, rel=0.3)


def test_metallic_curves_are_not_asked(temperature_k, curve_of):
    rising = curve_of(temperature_k, 5000 * temperature_k**0.3)
    (fit,) = slopes(rising)
    assert fit.status == "skipped"
    assert "falls with T" in fit.reason
    assert conductances(rising)[0].status == "done"


def test_conductance_above_its_saturation(temperature_k, curve_of):
    sigma = 1e-3 - 3e-4 * np.log(np.hypot(temperature_k, 0.12))
    (fit,) = conductances(curve_of(temperature_k, 1 / sigma, field_t=0.03))
    slope = fit.parameters["slope_s"]
    assert fit.window["temperature_k"][0] > 0.12
    assert slope.low < slope.value < slope.high
    assert slope.value == pytest.approx(3e-4, rel=0.06)
    assert fit.parameters["conductance_1k_s"].value == pytest.approx(1e-3, rel=0.03)


def test_insulating_curves_have_no_rising_conductance(temperature_k, curve_of):
    (fit,) = conductances(curve_of(temperature_k, logarithm(temperature_k)))
    assert fit.status == "skipped"


def test_a_power_law_fails_or_is_warned_of(temperature_k, curve_of):
    (fit,) = slopes(curve_of(temperature_k, 5000 * temperature_k**-1.0))
    assert fit.status == "skipped" or fit.warnings


def test_nothing_to_fit():
    assert slopes()[0].status == conductances()[0].status == "skipped"


def test_scatter_beyond_the_errors_is_taken_for_noise(temperature_k, curve_of):
    rows = temperature_rows(curve_of(temperature_k, logarithm(temperature_k), noise=0.03))
    assert np.median(rows.error_ohm_sq / (0.01 * logarithm(rows.temperature_k))) > 2
    assert any("scatter" in said for said in rows.warnings)


def test_repeated_temperatures_give_the_noise_alone():
    t = np.repeat(np.geomspace(0.1, 1, 40), 2)
    noise = np.random.default_rng(0).standard_normal(80)
    assert neighbour_noise(np.log(t), 1e3 * t + 4 * noise, np.ones(80)) == pytest.approx(4, rel=0.4)


def test_mean_of_equals():
    mean, error, p = weighted_mean(np.array([2.0, 2.0]), np.array([1.0, 2.0]))
    assert (mean, error, p) == (2.0, pytest.approx(1 / np.sqrt(1.25)), 1.0)


def test_each_takes_the_curves_of_its_side_only(temperature_k, curve_of):
    metal = curve_of(temperature_k, 1 / (1e-3 - 5e-5 * np.log(temperature_k)), stage="S0")
    insulator = curve_of(temperature_k, logarithm(temperature_k), stage="S2")
    few = curve_of(temperature_k[:4], logarithm(temperature_k[:4]), stage="S3")
    (found,) = conductances(metal, insulator, few)
    assert found.selection["stage"] == "S0"
    (skipped,) = conductances(insulator, few)
    assert "that grows with T: got none of 2 curves" in skipped.reason
    assert {fit.selection.get("stage") for fit in slopes(metal, insulator, few)} <= {"S2", None}
    (skipped,) = slopes(metal, few)
    assert "that falls with T: got none of 2 curves" in skipped.reason


def test_values_lie_inside_their_intervals(temperature_k, curve_of):
    curves = [
        curve_of(temperature_k, logarithm(temperature_k), k, field_t=float(k)) for k in (1, 2)
    ]
    metal = curve_of(temperature_k, 1 / (1e-3 - 5e-5 * np.log(temperature_k)))
    fits = slopes(*curves)
    for fit in (*fits, *conductances(metal)):
        for name, one in fit.parameters.items():
            assert not np.any(np.array(one.low) > one.value), name
            assert not np.any(np.array(one.value) > one.high), name
    relative = fits[0].parameters["relative_slope"]
    assert relative.value - relative.low == pytest.approx(relative.high - relative.value)


@pytest.mark.parametrize("unit", [1e-6, 1e3])
def test_noise_of_neighbours_has_no_unit_of_the_abscissa(rng, unit):
    x = np.repeat(np.linspace(1.0, 2.0, 40), 2)  # each measured twice
    y = 5 * x**2 + 3 * rng.standard_normal(80)
    once = neighbour_noise(x, y, np.ones(80))
    assert once == pytest.approx(3, rel=0.4)
    assert neighbour_noise(unit * x, y, np.ones(80)) == pytest.approx(once, rel=1e-3)


def test_a_bend_that_hides_in_the_ratio_of_slope_and_height_counts_half():
    """R1 moves by 0.1 %, b by 0.2 %, so that A = b/R1² stays: alone each moves A by 0.2 %."""
    law = SimpleNamespace(parameters=[SimpleNamespace(name=SLOPE_PER_OHM)])
    hidden = _moved(law, np.array([0.1, 1e3]), np.array([0.1, 1001.0]))
    assert hidden == pytest.approx([0.5 * np.sqrt(2) * 0.002 * 0.1, 1.0], rel=1e-3)
    seen = _moved(law, np.array([0.1, 1e3]), np.array([0.15, 1e3]))
    assert seen == pytest.approx([0.05, 0.0])


@pytest.mark.parametrize("inverse", [1, -1])
def test_the_line_in_closed_form_is_the_least_squares_of_the_resistivity(inverse, rng):
    """By noise of a tenth the line through 1/R is another than that of R itself."""
    t = np.geomspace(0.06, 4, 80)
    r = 1 / (2e-4 + 2e-5 * np.log(t))
    y, error = r * (1 + 0.1 * rng.standard_normal(80)), 0.1 * r
    found = fit_line(TemperatureRows(t, y, error, {}, "", ()), inverse)
    scale = 1e3**inverse  # numbers near one

    def residual(theta):
        return (y - (scale * (theta[0] - theta[1] * np.log(t))) ** inverse) / error

    start = np.polyfit(-np.log(t), y**inverse / scale, 1)[::-1]
    best = least_squares(residual, start, xtol=1e-14, ftol=1e-14)
    assert found.theta / scale == pytest.approx(best.x, rel=1e-3)
    assert found.chi2 == pytest.approx(2 * best.cost, rel=1e-6)
