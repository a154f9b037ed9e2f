"""Carrier densities against Hall curves whose truth is known."""

import numpy as np
import pytest

from grainscope.constants import ELEMENTARY_CHARGE_C
from grainscope.fitting.field.hall_slope import (
    carrier_density,
    fit_hall_slope,
    odd_part,
)
from grainscope.fitting.hall import hall
from grainscope.records import TransportCurve
from grainscope.settings import FittingSettings

B = np.linspace(-8, 8, 81)


def curve(b, value, error, quantity="hall_resistance_ohm", direction=None, **selection):
    order = np.argsort(b, kind="stable")
    n = len(b)
    where = {"stage": "S2", "temperature_k": 4.0, **selection}
    way = np.zeros(n, int) if direction is None else direction
    return TransportCurve(
        "film", "field_t", quantity, where, np.full(n, 4.0), b[order], np.full(n, np.nan),
        np.asarray(value)[order], np.full(n, error), np.zeros(n, bool), way[order],
    )  # fmt: skip


def run(*curves):
    return hall(curves, FittingSettings(), np.random.default_rng(0))


def noise(n, seed=0, size=0.02):
    return size * np.random.default_rng(seed).normal(size=n)


def test_the_density_is_one_over_charge_and_slope():
    assert carrier_density(1e-4 / (4e15 * ELEMENTARY_CHARGE_C)) == pytest.approx(4e15)
    assert carrier_density(-0.5) == carrier_density(0.5)
    assert carrier_density(0.0) == np.inf


def test_the_odd_part_of_an_uneven_sweep_is_free_of_what_is_even():
    b = np.concatenate((np.linspace(0.5, 8, 31), -np.linspace(0.3, 7, 12), [0.0]))
    found = odd_part(b, 0.156 * b + 7 + 0.2 * np.abs(b), np.full(len(b), 0.1))
    assert found.field_t.max() <= 7
    np.testing.assert_allclose(found.odd_ohm, 0.156 * found.field_t, atol=1e-9)
    np.testing.assert_allclose(found.even_ohm, 7 + 0.2 * found.field_t, atol=1e-9)


def test_a_density_and_its_sign_come_out_of_noise_and_admixture():
    rho = 2500 * (1 + 0.05 * B**2 / (1 + B**2))
    for sign in (1, -1):
        (fit,) = run(
            curve(B, sign * 0.156 * B + 0.003 * rho + noise(81), 0.02),
            curve(B, rho, 5.0, "resistivity_ohm_sq"),
        )
        density = fit.parameters["carrier_density_per_cm2"]
        assert abs(density.value - carrier_density(0.156)) < 1.5 * (density.high - density.low)
        assert (density.high - density.low) / density.value < 0.05
        assert fit.parameters["carrier_sign"].value == sign
        ratio = 8 * 0.156 / (2500 * (1 + 0.05 * 64 / 65))
        assert fit.parameters["hall_ratio"].value == pytest.approx(ratio, rel=0.05)
        assert fit.parameters["longitudinal_share"].value == pytest.approx(0.003, rel=0.02)
        assert "negligible" in fit.window["conductivity"]


def test_a_hall_part_that_counts_is_said():
    (fit,) = run(curve(B, 40 * B, 0.5), curve(B, 0 * B + 500, 1.0, "resistivity_ohm_sq"))
    change = (320 / 500) ** 2 / (1 + (320 / 500) ** 2)
    assert any(f"{change:.1g}" in warning and "counts" in warning for warning in fit.warnings)


def test_a_bend_leaves_the_slope_at_zero_field():
    bent = 0.156 * B * (1 - B**2 / 300)
    (fit,) = run(curve(B, bent + noise(81, 2, 0.01), 0.01))
    slope = fit.parameters["hall_slope_ohm_per_t"]
    assert abs(slope.value - 0.156) < 1.5 * (slope.high - slope.low)
    assert any("bends" in warning for warning in fit.warnings)


def test_a_slope_not_seen_gives_a_lower_limit_and_the_field_that_is_needed():
    b = B / 16
    (fit,) = run(curve(b, 0.156 * b + noise(81, 5, 1.0), 1.0))
    density = fit.parameters["carrier_density_per_cm2"]
    assert density.low < carrier_density(0.156)
    assert np.isnan(fit.parameters["carrier_sign"].value)
    assert fit.parameters["field_needed_t"].value > 2
    assert any("no Hall slope" in warning for warning in fit.warnings)


def test_the_field_needed_is_where_the_slope_has_a_tenth_of_its_error():
    slope = fit_hall_slope(B[41:], 0.156 * B[41:], np.full(40, 0.5), offset=False)
    (fit,) = run(curve(B, 0.156 * B, 0.5 * np.sqrt(2)))
    expected = 8 * slope.error_ohm_per_t / 0.0156
    assert fit.parameters["field_needed_t"].value == pytest.approx(expected, rel=1e-3)


def test_sweeps_that_drift_apart_widen_the_interval():
    b, way = np.tile(B, 2), np.repeat([1, -1], 81)
    (fit,) = run(curve(b, 0.156 * b + 0.05 * b * way + noise(162), 0.02, direction=way))
    slope = fit.parameters["hall_slope_ohm_per_t"]
    assert (slope.high - slope.low) / 2 > 0.045
    assert any("drifts" in warning for warning in fit.warnings)


def test_the_hall_ratio_is_no_surer_than_the_slope():
    b, way = np.tile(B, 2), np.repeat([1, -1], 81)
    (fit,) = run(
        curve(b, 0.156 * b + 0.05 * b * way + noise(162), 0.02, direction=way),
        curve(B, 0 * B + 500, 1.0, "resistivity_ohm_sq"),
    )
    slope, ratio = (fit.parameters[name] for name in ("hall_slope_ohm_per_t", "hall_ratio"))
    assert ratio.value == pytest.approx(8 * slope.value / 500)
    assert (ratio.high - ratio.low) / ratio.value == pytest.approx(
        (slope.high - slope.low) / slope.value
    )


def test_one_sign_of_the_field_fits_an_offset_and_warns():
    b = B[B > 0]
    (fit,) = run(curve(b, 0.156 * b + 3, 0.01))
    slope = fit.parameters["hall_slope_ohm_per_t"]
    assert abs(slope.value - 0.156) < 0.005
    assert any("one sign" in warning for warning in fit.warnings)


def test_the_interval_of_one_side_holds_what_the_admixture_can_do():
    b = np.linspace(0.1, 8, 80)
    rho = 2500 * (1 + 0.05 * b**2 / (1 + b**2))
    mixed = curve(b, 0.156 * b + 0.003 * rho + noise(80), 0.02)
    good = curve(b, 0.156 * b + 3e-5 * rho + noise(80), 0.02)
    flat = curve(b, np.full(80, 2500.0), 5.0, "resistivity_ohm_sq")
    (alone,), (clean,) = run(mixed), run(good)
    beside = run(mixed, curve(b, rho, 5.0, "resistivity_ohm_sq"))[0]
    constant = run(curve(b, 0.156 * b + 7.5 + noise(80), 0.02), flat)[0]
    for fit in (alone, clean, beside):
        density = fit.parameters["carrier_density_per_cm2"]
        assert density.low <= carrier_density(0.156) <= density.high
        assert any("mixed into R_xy" in text for text in fit.warnings)
    widths = [
        fit.parameters["hall_slope_ohm_per_t"].high - fit.parameters["hall_slope_ohm_per_t"].low
        for fit in (constant, clean, alone)
    ]
    assert widths == sorted(widths)
    assert not np.isfinite(alone.parameters["carrier_density_per_cm2"].high)


def test_a_film_of_known_density_tells_what_its_composite_should_have():
    settings = FittingSettings(film_resistivity_ohm_sq=5000.0, film_carrier_density_per_cm2=1e15)
    rho = curve(B, 2500 + noise(81, 3, 5.0), 5.0, "resistivity_ohm_sq")
    both = curve(B, 0.156 * B + noise(81), 0.02), rho
    (fit,) = hall(both, settings, np.random.default_rng(0))
    expected = fit.parameters["composite_density_per_cm2"]
    # half the resistivity: four times the density, however the grains lie
    assert expected.low < expected.value < expected.high
    assert expected.value == pytest.approx(4e15, rel=0.01)
    (fit,) = hall(both, FittingSettings(), np.random.default_rng(0))
    assert "composite_density_per_cm2" not in fit.parameters


def test_without_hall_resistance_it_says_so():
    (fit,) = run(curve(B, 0 * B + 500, 1.0, "resistivity_ohm_sq"))
    assert fit.status == "skipped"
    assert "got resistivity_ohm_sq along field_t" in fit.reason
    (once,) = run(curve(np.repeat([1.0, -1.0], 20), np.repeat([0.1, -0.1], 20), 0.01))
    assert "got 1" in once.reason
    (few,) = run(curve(B[:3], B[:3], 1.0))
    assert few.status == "skipped"
    assert "got 3" in few.reason
