"""Activation energies and their line in ln H against curves whose truth is known."""

import numpy as np
import pytest

from grainscope.fitting.activation import activation
from grainscope.fitting.smoothing.averaged_rows import Rows
from grainscope.fitting.temperature.activation_line import EnergyProfile, fit_activation_line
from grainscope.fitting.temperature.arrhenius_line import straight_part
from grainscope.records import TransportCurve
from grainscope.settings import FittingSettings

FIELDS_T = np.geomspace(5e-4, 0.04, 5)
T = np.geomspace(0.05, 2.0, 70)
AWAY = np.array([-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0])


def curve(field, r, seed=0, offset_error=0.0, stage="S2", t=T):
    error = np.hypot(0.01 * r, 0.1)
    value = r + error * np.random.default_rng(seed).normal(size=len(t))
    low = value < 0.5
    return TransportCurve(
        "film", "temperature_k", "resistivity_ohm_sq", {"stage": stage, "field_t": field}, t,
        np.full(len(t), field), np.full(len(t), np.nan), np.where(low, 0.5, value), error, low,
        np.zeros(len(t), int), offset_error, 0.5,
    )  # fmt: skip


def resistivity(field, scale=1.2, zero=0.15):
    return 5e3 * field**0.66 + 5e3 * np.exp(-scale * np.log(zero / field) / T)


def run(*curves):
    return activation(curves, FittingSettings(), np.random.default_rng(0))


@pytest.fixture(scope="module")
def found():
    return run(*(curve(h, resistivity(h), seed) for seed, h in enumerate(FIELDS_T)))


def profiles(energies, error):
    return [EnergyProfile(u + error * AWAY, AWAY) for u in energies]


def test_each_energy_comes_out(found):
    assert len(found) == len(FIELDS_T) + 1
    for fit, field in zip(found[:-1], FIELDS_T, strict=True):
        one = fit.parameters["energy_k"]
        assert abs(one.value - 1.2 * np.log(0.15 / field)) < 1.5 * (one.high - one.low)
        prefactor = fit.parameters["prefactor_ohm_sq"]
        assert abs(prefactor.value - 5e3) < 1.5 * (prefactor.high - prefactor.low)


@pytest.mark.parametrize(
    ("name", "true"),
    [
        ("energy_scale_k", 1.2),
        ("zero_energy_field_t", 0.15),
        ("exponent", 0.66),
        ("effective_temperature_k", 1.2 / 0.66),
    ],
)
def test_the_line_comes_out(found, name, true):
    one = found[-1].parameters[name]
    assert one.low < one.value < one.high
    assert abs(one.value - true) < 1.5 * (one.high - one.low)
    assert (one.high - one.low) / true < 0.1


def test_the_error_of_the_ratio_is_that_of_both_in_quadrature(found):
    one = found[-1].parameters
    scale, exponent, ratio = (
        (one[name].high - one[name].low) / 2 / one[name].value
        for name in ("energy_scale_k", "exponent", "effective_temperature_k")
    )
    assert ratio == pytest.approx(np.hypot(scale, exponent))


def test_shared_energies_beat_free_ones_where_they_are_true(found):
    assert found[-1].weights["logarithmic in H"] > 0.05
    assert found[-1].selection == {"stage": "S2"}


def test_energies_linear_in_the_field_are_on_no_line():
    fits = run(
        *(
            curve(h, 100 + 5e3 * np.exp(-(1 + 60 * h) / T), seed)
            for seed, h in enumerate(np.geomspace(1e-3, 0.04, 6))
        )
    )
    joint = fits[-1]
    assert joint.weights["separate"] > 0.9 or joint.window["field_t"][0] > 2e-3
    assert any("grows with the field" in w or "left out" in w for w in joint.warnings)


def test_a_line_through_exact_energies_has_textbook_errors():
    h = np.geomspace(1e-3, 1e-1, 9)
    line = fit_activation_line(h, profiles(2 * np.log(0.5 / h), 0.05))
    assert line.scale_k[0] == pytest.approx(2.0, abs=1e-6)
    expected = 0.05 / np.sqrt(np.sum((np.log(h) - np.log(h).mean()) ** 2))
    assert (line.scale_k[2] - line.scale_k[1]) / 2 == pytest.approx(expected, rel=2e-2)
    assert (line.start, line.stop) == (0, 9)


def test_an_offset_of_the_field_widens_the_line():
    h = np.geomspace(2e-4, 1e-2, 7)
    exact = profiles(2 * np.log(0.5 / h), 0.02)
    sure, unsure = (fit_activation_line(h, exact, error) for error in (0.0, 5e-5))
    assert np.ptp(unsure.scale_k[1:]) > 1.5 * np.ptp(sure.scale_k[1:])


def test_a_field_off_the_line_is_left_out():
    h = np.geomspace(1e-3, 1e-1, 8)
    energies = 2 * np.log(0.5 / h)
    energies[-1] += 1.0
    line = fit_activation_line(h, profiles(energies, 0.02))
    assert (line.start, line.stop) == (0, 7)
    assert line.scale_k[0] == pytest.approx(2.0, abs=1e-3)


def test_too_few_fields_are_said():
    with pytest.raises(ValueError, match="got 2 fields"):
        fit_activation_line(FIELDS_T[:2], profiles([1, 2], 0.1))
    fits = run(curve(0.01, resistivity(0.01)), curve(0.08, 1e4 * T**-0.3))
    assert [fit.status for fit in fits] == ["done", "skipped", "skipped"]
    assert "rises on cooling" in fits[1].reason
    assert "needs energies at 3 fields above 0: got 1" in fits[2].reason
    (nothing,) = run()
    assert "got no curves" in nothing.reason


def sharp(energy=1.9, flat=10.0, kink=0.3):
    """Flat to a kink, then activated: the larger of two, not their sum."""
    return np.maximum(flat, flat * np.exp(energy * (1 / kink - 1 / T)))


@pytest.mark.parametrize(
    "r",
    [
        np.minimum(sharp(), 800.0),
        2000 / (1 + (2000 / sharp()) ** 4) ** 0.25,
        (10.0**4 + (sharp(flat=1e-9) * 1e10) ** 4) ** 0.25,
    ],
    ids=["kink and stop", "kink and roll-over", "sharper sum"],
)
def test_the_straight_part_gives_the_energy_of_a_knee_sharper_than_the_law(r):
    fit = run(curve(2e-4, r))[0]
    energy = fit.parameters["energy_k"]
    assert energy.value == pytest.approx(1.9, rel=0.05)
    assert abs(energy.value - 1.9) < 1.5 * (energy.high - energy.low)
    assert fit.parameters["prefactor_ohm_sq"].value == pytest.approx(
        10 * np.exp(1.9 / 0.3), rel=0.15
    )
    assert any("straight part" in text for text in fit.warnings)
    assert "straight part" in fit.window["chosen"]
    assert fit.window["temperature_k"][0] > 0.29
    assert np.isfinite(fit.table["residual"]).sum() < len(T)
    assert fit.windows["weight"].sum() == pytest.approx(1)


def test_the_law_is_kept_where_it_fits(found):
    straight = [fit for fit in found[:-1] if "straight part" in fit.window["chosen"]]
    assert len(straight) <= 1
    table = found[-1].table
    assert table["straight_part"].sum() == len(straight)


def test_the_line_uses_the_energies_of_straight_parts():
    fields = np.geomspace(2e-4, 0.01, 5)
    knees = [np.maximum(5e3 * h**0.66, 5e3 * np.exp(-1.2 * np.log(0.15 / h) / T)) for h in fields]
    joint = run(*(curve(h, r, seed) for seed, (h, r) in enumerate(zip(fields, knees, strict=True))))
    scale = joint[-1].parameters["energy_scale_k"]
    assert abs(scale.value - 1.2) < 1.5 * (scale.high - scale.low)
    assert joint[-1].table["straight_part"].all()


def test_too_short_a_straight_part_is_none():
    t = np.geomspace(0.05, 2.0, 12)
    rows = Rows(t, np.where(t < 1.5, 10.0, 20.0), np.full(12, 0.1), np.zeros(12, bool))
    assert straight_part(rows, 10.0) is None


def test_the_energy_of_a_straight_part_scales_with_temperature():
    r = sharp()
    one, ten = (
        straight_part(Rows(k * T, r, 0.01 * r, np.zeros(len(T), bool)), 10.0) for k in (1, 10)
    )
    assert ten.energy_k == pytest.approx([10 * end for end in one.energy_k], rel=1e-9)
    assert ten.log_prefactor == pytest.approx(one.log_prefactor, rel=1e-9)


def test_a_shift_that_all_fields_share_is_found():
    h, shift_t = np.geomspace(2e-4, 1e-2, 9), 3e-5
    line = fit_activation_line(h, profiles(2 * np.log(0.5 / (h + shift_t)), 1e-4), 5e-5)
    assert line.shift_t == pytest.approx(shift_t, rel=1e-3)
    assert line.zero_field_t[0] == pytest.approx(0.5, rel=1e-3)
