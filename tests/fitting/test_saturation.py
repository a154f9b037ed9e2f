"""Saturated values, and where they begin, against curves whose truth is known."""

import numpy as np
import pytest

from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.fitting.model_choice.window_choice import choose_window
from grainscope.fitting.saturation import saturation
from grainscope.fitting.smoothing.averaged_rows import Rows, averaged_rows
from grainscope.fitting.temperature.activated import (
    added,
    fit_activated,
    heated,
    saturation_estimate,
    saturation_temperature,
)
from grainscope.fitting.temperature.flatness import flat_rows
from grainscope.fitting.temperature.saturating_curves import _block_means
from grainscope.records import TransportCurve
from grainscope.settings import FittingSettings

SETTINGS = FittingSettings(bootstrap_draws=40)
T = np.geomspace(0.05, 2.0, 80)


def curve(r, t=T, seed=0, floor=0.5, **selection):
    rng = np.random.default_rng(seed)
    error = np.hypot(0.01 * r, 0.1)
    value = r + error * rng.normal(size=len(t))
    low = value < floor
    where = {"stage": "S2", "field_t": 0.01, **selection}
    field = np.full(len(t), where["field_t"])
    return TransportCurve(
        "film", "temperature_k", "resistivity_ohm_sq", where, t, field, np.full(len(t), np.nan),
        np.where(low, floor, value), error, low, np.zeros(len(t), int), floor=floor,
    )  # fmt: skip


def run(*curves):
    return saturation(curves, SETTINGS, np.random.default_rng(0))


def near(parameter, true, sigmas=3.0):
    half = (parameter.high - parameter.low) / 2
    return abs(parameter.value - true) < sigmas * half


def rows(r, t=T):
    return Rows(t, r, 0.01 * r, np.zeros(len(t), bool))


def test_what_was_put_in_comes_out_of_most_draws():
    good = 0
    for seed in range(5):
        (fit,) = run(curve(200 + 5e3 * np.exp(-3 / T), seed=seed))
        assert len(fit.table["temperature_k"]) == len(T)
        assert fit.parameters["flat_below_k"].value < 3 / np.log(5e3 / 20)
        good += (
            near(fit.parameters["resistivity_ohm_sq"], 200, 2)
            and near(fit.parameters["temperature_k"], 3 / np.log(5e3 / 20), 2)
            and fit.weights["added"] > 0.9
        )
    assert good >= 4


def test_the_saturation_temperature_is_where_the_law_is_a_tenth_above_its_end():
    for reason, law, last in (("added", added, 100.0), ("heated", heated, 100.0)):
        theta = np.array([np.log(4000.0), 2.0, last])
        fit = fit_activated(rows(law(theta, T, 0.5)), reason)
        at = saturation_estimate(fit)
        assert law(theta, np.array([at]), 0.5)[0] == pytest.approx(1.1 * last, rel=1e-3)
        value, low, high = saturation_temperature(fit, 1.0)
        assert low < value < high
        assert value == pytest.approx(at, rel=1e-4)


def test_a_kink_of_the_curve_is_found_though_neither_law_has_it():
    """R stops to fall at 0.3 K at once: the paper's own words."""
    (fit,) = run(curve(5e3 * np.exp(-1.5 / np.maximum(T, 0.3))))
    one = fit.parameters["temperature_k"]
    assert 0.25 < one.value < 0.36
    assert near(fit.parameters["resistivity_ohm_sq"], 5e3 * np.exp(-5), 5)


def test_electrons_that_stay_warm_are_named():
    t_e = (T**5 + 0.4**5) ** 0.2
    fits = run(*(curve(5e3 * np.exp(-u / t_e), seed=k, field_t=u) for k, u in enumerate((1, 1.5))))
    for fit in fits:
        assert fit.weights["heated"] > 0.5
        (said,) = [one for one in fit.warnings if "electrons that stay at" in one]
        assert float(said.split()[4]) == pytest.approx(0.4, abs=0.02)


def test_a_curve_still_activated_has_an_upper_limit():
    t = np.geomspace(0.3, 2, 60)
    (fit,) = run(curve(5e3 * np.exp(-2 / t), t))
    one = fit.parameters["resistivity_ohm_sq"]
    assert np.isnan(one.value)
    assert one.low == 0
    assert 0 < one.high < 1
    assert any("still activated" in warning for warning in fit.warnings)


def test_a_curve_at_the_floor_has_the_floor_as_limit():
    (fit,) = run(curve(0.01 + 0 * T))
    assert fit.parameters["resistivity_ohm_sq"].high == 0.5


def test_a_flat_curve_has_a_lower_limit_of_the_temperature():
    (fit,) = run(curve(300 + 0 * T))
    assert near(fit.parameters["resistivity_ohm_sq"], 300)
    assert fit.parameters["temperature_k"].low > 1
    assert fit.parameters["temperature_k"].high == np.inf


def test_insulating_and_short_curves_are_skipped_with_a_reason():
    insulating, short = run(curve(1e4 * T**-0.3), curve(300 + 0 * T[:5], T[:5], field_t=0.02))
    assert "rises on cooling" in insulating.reason
    assert "needs 8 rows: got 5" in short.reason
    (nothing,) = run()
    assert "got no curves" in nothing.reason


def test_the_normal_state_above_does_not_matter():
    t = np.geomspace(0.05, 300, 240)
    r = 1 / (1 / (200 + 5e3 * np.exp(-3 / t)) + 1 / (6e3 * t**-0.05))
    (fit,) = run(curve(r, t))
    flat = 1 / (1 / 200 + 1 / (6e3 * 0.1**-0.05))
    assert fit.parameters["resistivity_ohm_sq"].value == pytest.approx(flat, rel=0.01)
    assert fit.window["temperature_k"][1] < 10


def test_a_drift_in_time_is_said():
    r = (200 + 5e3 * np.exp(-3 / T)) * (1 + 0.03 * np.sin(np.linspace(0, 9, len(T))))
    (fit,) = run(curve(r))
    assert any("drift" in warning for warning in fit.warnings)


def test_the_scale_of_a_misfit():
    noise = np.random.default_rng(1).normal(size=120)
    assert judge_residuals(noise, 3).warnings == ()
    assert judge_residuals(2 * noise, 3).scale == pytest.approx(2, rel=0.15)
    unequal = judge_residuals(noise * np.where(np.arange(120) < 40, 1, 0.2), 3)
    assert any("unequal" in warning for warning in unequal.warnings)


def test_means_of_rows_keep_lines_and_limits():
    x = np.linspace(1, 2, 999)
    limits = x < 1.2
    few = averaged_rows(Rows(x, 5 * x, np.full(999, 0.3), limits), 20)
    np.testing.assert_allclose(few.value, 5 * few.x)
    assert few.x[few.censored].max() < 1.2
    np.testing.assert_allclose(few.error[few.censored], 0.3)
    assert few.error[~few.censored].max() < 0.1


def test_flat_rows_by_hand():
    x = np.arange(12.0)
    steps = rows(np.where(x < 8, 1.0, 1.5), x)
    assert flat_rows(steps, np.array([steps.value, np.ones(12), 1 + 0.1 * x])).tolist() == [
        8,
        12,
        0,
    ]


def test_a_window_is_cut_where_the_misfit_costs_more_than_the_rows():
    assert choose_window([28, 58, 60 + 57.0], [30, 60, 90], [2, 2, 2], 90)[0] == 2
    assert choose_window([28, 58, 60 + 75.0], [30, 60, 90], [2, 2, 2], 90)[0] == 1


def test_the_error_of_a_block_is_that_of_a_row_over_the_root_of_their_number():
    error = np.tile([3.0, 4.0], 16)
    flat = Rows(np.linspace(1, 2, 32), np.full(32, 5.0), error, np.zeros(32, bool))
    mean, spread = _block_means(flat)
    assert mean == pytest.approx([5.0] * 8)
    assert spread == pytest.approx([np.sqrt(12.5 / 4)] * 8)
