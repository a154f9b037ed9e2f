"""What radiation does to resistance, and where resistance appears."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.figures.fits.rf_response import draw_rf_response
from grainscope.fitting.critical_field import critical_field
from grainscope.fitting.paired_curves import share_of_change
from grainscope.fitting.rf_power import rf_power
from grainscope.fitting.rf_response import rf_response
from grainscope.settings import FittingSettings

SETTINGS = FittingSettings()
T = np.geomspace(0.05, 1.0, 40)
QUARTER_LESS = np.full(40, 200.0)
METAL = 200 + 1e4 * np.exp(-2.0 / T)
RF = {"rf_frequency_hz": 2e9, "rf_power_dbm": 0.0, "condition": "Pin 19"}
HELD = {"stage": "S2G", "field_t": 0.03}


@pytest.fixture
def response(measured, rng):
    """Compare a disturbed R(T) with one that is not."""

    def build(plain: np.ndarray, disturbed: np.ndarray):
        curves = [
            measured("temperature_k", T, plain, **HELD),
            measured("temperature_k", T, disturbed, **HELD, **RF),
        ]
        (fit,) = rf_response(curves, SETTINGS, rng)
        return fit

    return build


def test_a_quarter_less_is_found_with_its_interval(response):
    pulls = []
    for _ in range(40):
        change = response(METAL, 0.75 * METAL).parameters["relative_change"]
        pulls.append((change.value + 0.25) / ((change.high - change.low) / 2))
    assert 0.5 <= np.mean(np.abs(pulls) < 1) <= 0.85
    assert abs(np.mean(pulls)) < 0.7


def test_less_resistance_in_a_metal_cannot_be_heating(response):
    assert response(METAL, 0.75 * METAL).labels["heating"] == "excluded"


def test_more_resistance_in_a_metal_can_be_heating(response):
    warmer = 200 + 1e4 * np.exp(-2.0 / np.hypot(T, 0.6))
    fit = response(METAL, warmer)
    assert fit.labels["heating"] == "possible"
    assert fit.parameters["equivalent_temperature_k"].value == pytest.approx(0.6, rel=0.15)


def test_less_resistance_in_an_insulator_can_be_heating(response):
    insulator = 1e4 * (1 - 0.3 * np.log(T))
    warmer = 1e4 * (1 - 0.3 * np.log(np.hypot(T, 0.1)))
    assert response(insulator, warmer).labels["heating"] == "possible"


def test_zero_resistance_that_is_restored_is_said(response):
    gone = np.where(T < 0.4, 0.0, METAL)
    fit = response(METAL / 20, gone / 20)
    assert fit.labels["zero_resistance"] == "restored"
    change = fit.parameters["relative_change"]
    assert change.value == -1
    assert -1 < change.high < -0.9


def test_curves_of_another_shape_are_warned_of(response):
    fit = response(METAL, METAL * T**0.5)
    assert "not of one shape" in fit.warnings[0]


def test_equal_films_do_not_differ(measured):
    a, b = (measured("temperature_k", T, METAL, **HELD) for _ in range(2))
    found = share_of_change(a, b, 0.05, 0.3)
    assert abs(found.change) < 4 * found.error
    assert found.error < 0.005


def test_without_a_partner_it_is_skipped(measured, rng):
    lone = [
        measured("temperature_k", T, METAL, **HELD),
        measured("temperature_k", T, METAL, **HELD | {"field_t": 0.05}, **RF),
    ]
    (fit,) = rf_response(lone, SETTINGS, rng)
    assert "1 without a partner" in fit.reason
    assert rf_response([], SETTINGS, rng)[0].status == "skipped"


class TestPowers:
    """200 Ω/□ in a bar of 200 × 100 µm: 400 Ω; 0.3 nA and 0.4 nA are 0.5 nA."""

    BAR = FittingSettings(probe_spacing_um=200, bar_width_um=100)

    def fit(self, measured, rng, settings=BAR, truth=QUARTER_LESS, beside=None, **held):
        held = HELD | RF | held
        curves = [
            measured("temperature_k", T, np.full(40, 250.0), **HELD),
            measured("temperature_k", T, truth, noise=1e-6, beside=beside, **held),
        ]
        (fit,) = rf_response(curves, settings, rng)
        return fit

    def test_direct_and_alternating_currents_heat_together(self, measured, rng):
        fit = self.fit(measured, rng, beside={"excitation_a": 0.4e-9}, current_a=0.3e-9)
        total, per_area = (fit.parameters[n] for n in ("joule_power_w", "joule_power_w_per_m2"))
        assert total.value == pytest.approx(0.25e-18 * 400, rel=2e-3)
        assert per_area.value == pytest.approx(total.value / (200e-6 * 100e-6), rel=1e-9)
        assert total.low < total.value < total.high < 1.01 * total.value
        assert (total.unit, per_area.unit) == ("W", "W/m²")

    def test_at_the_floor_the_power_is_a_limit(self, measured, rng):
        fit = self.fit(measured, rng, truth=np.zeros(40), beside={"excitation_a": 1e-9})
        power = fit.parameters["joule_power_w"]
        assert fit.labels["zero_resistance"] == "restored"
        assert np.isnan(power.value)
        assert (power.low, power.high) == (0.0, pytest.approx(1e-18 * 0.6 * 2))

    def test_what_reaches_the_film_stands_beside_what_was_fed_in(self, measured, rng):
        fit = self.fit(measured, rng, beside={"rf_transmitted_dbm": -70.0}, rf_power_dbm=-10.0)
        value = {name: p.value for name, p in fit.parameters.items()}
        assert value["rf_power_w"] == pytest.approx(1e-4)
        assert value["rf_transmitted_w"] == pytest.approx(1e-10)
        assert value["rf_transmission_db"] == pytest.approx(-60)
        assert "rf_transmitted" not in fit.labels

    def test_all_that_is_fed_in_is_the_limit_where_nobody_measured(self, measured, rng):
        fit = self.fit(measured, rng, rf_power_dbm=-10.0)
        limit = fit.parameters["rf_transmitted_w"]
        assert np.isnan(limit.value)
        assert (limit.low, limit.high) == (0.0, pytest.approx(1e-4))
        assert fit.labels["rf_transmitted"].startswith("needs rf_transmitted_dbm: got rf_power_dbm")
        assert len(draw_rf_response([fit]).axes) >= 2

    @pytest.mark.parametrize(
        ("beside", "settings", "words"),
        [
            ({}, BAR, "needs excitation_a or current_a: got neither"),
            ({"excitation_a": 0.0}, BAR, "got excitation_a of 0"),
            ({"excitation_a": 1e-9}, SETTINGS, "needs fitting.probe_spacing_um"),
        ],
    )
    def test_what_is_missing_is_said(self, measured, rng, beside, settings, words):
        fit = self.fit(measured, rng, settings, beside=beside)
        assert words in fit.labels["joule_power"]
        assert "joule_power_w" not in fit.parameters

    def test_a_filter_that_is_bypassed_has_no_signal(self):
        found, missing = rf_power({"condition": "bypass RT filter"}, np.array([np.nan]))
        assert (found, missing) == (
            {},
            "needs rf_transmitted_dbm: got a condition without a signal",
        )
        assert "got neither" in rf_power({"rf_frequency_hz": 2e9}, np.array([np.nan]))[1]

    def test_a_line_that_amplifies_is_warned_of(self, measured, rng):
        fit = self.fit(measured, rng, beside={"rf_transmitted_dbm": 3.0})
        assert "no line amplifies" in fit.warnings[0]


class TestCriticalField:
    FIELD = np.linspace(-2e-3, 2e-3, 161)

    def isotherm(self, measured, onset_t: float, **held):
        above = np.maximum(np.abs(self.FIELD) - onset_t, 0)
        return measured(
            "field_t", self.FIELD, 0.6 * np.expm1(above / 1e-4) * (above > 0),
            **{"stage": "S2G", "temperature_k": 0.06} | held,
        )  # fmt: skip

    def test_the_floor_is_crossed_where_the_truth_crosses_it(self, measured, rng):
        # 0.6 (e^{h/0.1 mT} − 1) passes the floor of 0.6 at h = 0.0693 mT
        truth, pulls = 5e-4 + 1e-4 * np.log(2), []
        for _ in range(12):
            (fit,) = critical_field([self.isotherm(measured, 5e-4)], SETTINGS, rng)
            field = fit.parameters["field_t"]
            pulls.append((field.value - truth) / ((field.high - field.low) / 2))
        assert abs(np.median(pulls)) < 2
        assert np.abs(pulls).max() < 6

    def test_radiation_raises_it(self, measured, rng):
        curves = [self.isotherm(measured, 2e-4), self.isotherm(measured, 6e-4, **RF)]
        plain, disturbed = critical_field(curves, SETTINGS, rng)
        ratio = disturbed.parameters["field_ratio"]
        assert ratio.low < ratio.value < ratio.high
        assert ratio.value == pytest.approx(6.69 / 2.69, rel=0.1)
        assert "field_ratio" not in plain.parameters
        relative = [
            (found.high - found.value) / found.value
            for found in (ratio, disturbed.parameters["field_t"])
        ]
        of_plain = plain.parameters["field_t"]
        expected = np.hypot(relative[1], 1 - of_plain.low / of_plain.value)
        assert relative[0] == pytest.approx(expected, rel=1e-9)

    def test_a_film_that_is_resistive_at_once_has_an_upper_limit(self, measured, rng):
        curve = measured(
            "field_t", self.FIELD[self.FIELD > 0], np.full(80, 5.0),
            stage="S2", temperature_k=0.06,
        )  # fmt: skip
        field = critical_field([curve], SETTINGS, rng)[0].parameters["field_t"]
        assert np.isnan(field.value)
        assert (field.low, field.high) == (0.0, pytest.approx(2.5e-5))

    def test_zero_resistance_everywhere_is_said(self, measured, rng):
        curve = measured("field_t", self.FIELD, np.zeros(161), stage="S2", temperature_k=0.06)
        assert "zero up to the largest field" in critical_field([curve], SETTINGS, rng)[0].reason

    def test_far_from_zero_it_is_skipped(self, measured, rng):
        curve = measured("field_t", self.FIELD, np.full(161, 500.0), temperature_k=4.0)
        assert critical_field([curve], SETTINGS, rng)[0].status == "skipped"
