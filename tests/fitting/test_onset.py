"""The grains' drop and zero resistance against curves whose truth is known."""

import numpy as np
import pytest

from grainscope.fitting.onset import _crossing, onset
from grainscope.fitting.smoothing.averaged_rows import Rows
from grainscope.fitting.temperature.drop_places import locate_drops
from grainscope.fitting.temperature.floor_crossing import fit_floor_crossing
from grainscope.fitting.temperature.smooth_step import StepModel, fit_step
from grainscope.records import TransportCurve
from grainscope.settings import FittingSettings

SETTINGS = FittingSettings()


def step(t, centre=3.4, width=0.05, depth=0.1):
    return 1 - depth / (1 + np.exp(np.clip((t - centre) / width, -700, 700)))


def resistivity(t, zero_k=0.5, floor=0.5):
    u = np.log(t / 3.4)
    r = 2500 * np.exp(-0.08 * u - 0.012 * u**2) * step(t)
    slope = np.log(2300 / floor) / (1 / zero_k - 1)
    return r / (1 + np.exp(np.clip(slope * (1 / t - 1), -700, 700)))


def curve(t, r, seed=0, floor=0.5, **selection):
    rng = np.random.default_rng(seed)
    error = np.hypot(0.01 * r, 0.1)
    value = r + error * rng.normal(size=len(t))
    low = value < floor
    where = {"stage": "S2", "field_t": 0.0, **selection}
    field = np.full(len(t), where["field_t"])
    return TransportCurve(
        "film", "temperature_k", "resistivity_ohm_sq", where, t, field, np.full(len(t), np.nan),
        np.where(low, floor, value), error, low, np.zeros(len(t), int), floor=floor,
    )  # fmt: skip


@pytest.fixture(scope="module")
def found():
    t = np.geomspace(0.05, 300, 300)
    return onset([curve(t, resistivity(t))], SETTINGS, np.random.default_rng(0))[0]


@pytest.mark.parametrize(
    ("name", "true"),
    [
        ("critical_temperature_k", 3.4),
        ("drop_fraction", 0.1),
        ("zero_resistance_temperature_k", 0.5),
    ],
)
def test_what_was_put_in_comes_out(found, name, true):
    one = found.parameters[name]
    assert one.low < one.value < one.high
    assert abs(one.value - true) < 3 * (one.high - one.low) / 2
    assert (one.high - one.low) / 2 < 0.2 * true


def test_the_width_is_that_from_ten_to_ninety_percent(found):
    one = found.parameters["width_k"]
    assert one.low < 2 * np.log(9) * 0.05 * 1.3
    assert one.high > 2 * np.log(9) * 0.05 * 0.7


def test_the_table_holds_every_row_and_the_floor_is_stated(found):
    assert len(found.table["temperature_k"]) == 300
    assert found.parameters["floor_ohm_sq"].value == 0.5
    assert found.table["censored"].sum() > 50
    fitted = np.isfinite(found.table["residual"])
    assert np.std(found.table["residual"][fitted]) == pytest.approx(1.0, abs=0.25)


def test_a_step_on_a_line_is_solved_exactly():
    t = np.geomspace(1, 10, 80)
    rows = Rows(t, (100 - 20 * np.log(t)) * step(t, 3, 0.1, 0.2), np.ones(80), np.zeros(80, bool))
    grid = StepModel(rows, "logistic", 1, 1).solved(np.array([3.0, 3.5]), np.array([0.1, 0.1]))
    assert grid.chi2[0] < 2e-3
    assert grid.chi2[1] > 1
    assert grid.depth[0] == pytest.approx(0.2, abs=2e-3)


@pytest.mark.parametrize("spread", [np.geomspace, np.linspace])
@pytest.mark.parametrize("n", [60, 240])
def test_zero_resistance_does_not_depend_on_how_rows_are_spread(spread, n):
    t = spread(0.2, 1.5, n)
    r = 0.5 * np.exp(8 * (2 - 1 / t))
    low = r < 0.5
    rows = Rows(t, np.where(low, 0.5, r), np.hypot(0.01 * r, 0.05), low)
    at, down, up = fit_floor_crossing(rows, 0.5).temperature_k
    assert at == pytest.approx(0.5, abs=0.002)
    assert down <= 0.5 <= up


def test_where_no_law_is_seen_at_the_crossing_the_rows_beside_it_are_the_interval():
    t = np.linspace(0.1, 1.0, 46)
    r = np.where(t > 0.5, 2000.0 * (t - 0.49), 0.0)
    low = r < 0.5
    rows = Rows(t, np.where(low, 0.5, r), np.hypot(0.01 * r, 0.05), low)
    _, down, up = fit_floor_crossing(rows, 0.5).temperature_k
    assert down <= 0.5
    assert up >= 0.52 - 1e-9


def test_an_unreached_floor_is_said_with_what_was_reached():
    t = np.geomspace(0.05, 20, 140)
    (fit,) = onset([curve(t, resistivity(t) + 3.0)], SETTINGS, np.random.default_rng(0))
    assert fit.status == "done"
    assert np.isnan(fit.parameters["zero_resistance_temperature_k"].value)
    assert any("not reached: ρ(0.05 K) = 3" in warning for warning in fit.warnings)
    assert abs(fit.parameters["critical_temperature_k"].value - 3.4) < 0.15


def test_an_unknown_floor_gives_no_temperature():
    t = np.geomspace(1.7, 8, 60)
    (fit,) = onset([curve(t, 2500 * step(t), floor=0.0)], SETTINGS, np.random.default_rng(0))
    assert np.isnan(fit.parameters["zero_resistance_temperature_k"].value)
    assert any("no noise floor" in warning for warning in fit.warnings)


def test_two_steps_are_said():
    t = np.geomspace(1, 30, 500)
    r = 2500 * t**-0.05 * step(t, 3.6, 0.03, 0.08) * step(t, 3.0, 0.03, 0.08)
    (fit,) = onset([curve(t, r, floor=0.0)], SETTINGS, np.random.default_rng(0))
    assert any("two steps" in warning for warning in fit.warnings)


def test_a_smooth_curve_has_no_drop():
    t = np.geomspace(1, 300, 200)
    value = 2500 * t**-0.05 * (1 + 0.01 * np.random.default_rng(1).normal(size=200))
    rows = Rows(t, value, 0.01 * value, np.zeros(200, bool))
    assert len(locate_drops(rows)) == 0


def test_the_smallest_field_of_each_stage_is_taken_and_rf_left_out():
    t = np.geomspace(1.7, 8, 50)
    r = 2500 * step(t)
    curves = [
        curve(t, r, field_t=0.01),
        curve(t, r, field_t=0.0),
        curve(t, r, stage="S1"),
        curve(t, r, rf_frequency_hz=2e9),
    ]
    fits = onset(curves, SETTINGS, np.random.default_rng(0))
    assert [(fit.selection["stage"], fit.selection["field_t"]) for fit in fits] == [
        ("S1", 0.0),
        ("S2", 0.0),
    ]


def test_twice_the_resistivity_moves_nothing_but_the_floor():
    t = np.geomspace(1.7, 8, 50)
    value = 2500 * step(t) * (1 + 0.01 * np.random.default_rng(3).normal(size=50))
    one, two = (
        fit_step(Rows(t, k * value, 0.01 * k * value, np.zeros(50, bool)), 3.4) for k in (1, 2)
    )
    np.testing.assert_allclose(one.centre_k, two.centre_k, rtol=1e-6)
    np.testing.assert_allclose(one.depth, two.depth, rtol=1e-4)


def test_without_curves_it_says_what_it_needs():
    (fit,) = onset([], SETTINGS, np.random.default_rng(0))
    assert fit.status == "skipped"
    assert "resistivity_ohm_sq along temperature_k: got no curves" in fit.reason


def test_two_cold_rows_at_the_floor_are_neither_all_nor_a_crossing():
    t = np.linspace(0.1, 1.0, 10)
    low = t < 0.25
    rows = Rows(t, np.where(low, 0.5, 1e3 * t), np.full(10, 0.1), low)
    crossing, (said,) = _crossing(rows, 0.5)
    assert crossing is None
    assert "reached between 0.2 and 0.3 K" in said


@pytest.mark.parametrize("n_in_the_fall", [0, 1, 2])
def test_an_abrupt_fall_is_told_with_the_rows_on_either_side(n_in_the_fall):
    t = np.linspace(0.3, 2.0, 18)
    value = 3000 * (1 + 0.3 * np.log(20 / t))
    fall = np.flatnonzero(t < 1.05)[::-1][:n_in_the_fall]
    low = (t < 1.05) & ~np.isin(np.arange(18), fall)
    value[fall] = 10.0
    value[low] = 0.5
    crossing, (said,) = _crossing(Rows(t, value, np.full(18, 0.1), low), 0.5)
    assert crossing is None
    reached, above = t[low][-1], t[~low][0]
    assert f"reached between {reached:.3g} and {above:.3g} K: too few rows" in said
