"""Synthetic transport data: published values where they must hold, smooth between, and files."""

import json

import numpy as np
import pytest

from grainscope.cli import run_command_line
from grainscope.constants import ELEMENTARY_CHARGE_C
from grainscope.files.tables import read_table
from grainscope.files.transport_tables import find_transport_files, read_transport
from grainscope.settings import parse_settings
from grainscope.synthetic.transport import (
    STAGES,
    Instrument,
    Loops,
    fluctuating_resistivity,
    low_field_fluctuations,
    published_film,
    sheet_resistivity,
)
from grainscope.synthetic.transport.bias import differential_resistivity, resistive_share
from grainscope.synthetic.transport.crossing import scaling_function
from grainscope.synthetic.transport.expected import expected_results
from grainscope.synthetic.transport.measure import measure, true_value
from grainscope.synthetic.transport.smooth_steps import levelled, smooth_step
from grainscope.synthetic.transport.sweeps import plans
from grainscope.synthetic.transport.truth import DISTURBANCES, FLOOR_OHM, SQUARES, Bias

S2, S2G = STAGES["S2"], STAGES["S2G"]
QUIET = Instrument(relative_noise=0, noise_ohm=0, hall_noise_ohm=0, temperature_jitter=0)


def test_a_step_and_a_level_are_smooth_to_second_order_at_their_ends():
    for law, slopes in ((smooth_step, (0, 0)), (levelled, (0, 1))):
        for end, slope in zip((1.0, 2.0), slopes, strict=True):
            step = 1e-4
            below, at, above = law(end + np.array([-step, 0, step]), 1.0, 2.0)
            assert (above - below) / (2 * step) == pytest.approx(slope, abs=1e-6)
            assert (above - 2 * at + below) / step**2 == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("stage", [S2, S2G])
@pytest.mark.parametrize("temperature_k", [0.03, 0.06, 0.2, 0.3])
def test_below_300_mk_the_metal_is_a_power_of_the_field(stage, temperature_k):
    fields = np.geomspace(2e-4, stage.low_field.upturn_t, 60)
    expected = 2700 * fields**0.66
    assert sheet_resistivity(temperature_k, fields, stage) == pytest.approx(expected, rel=1e-12)
    assert sheet_resistivity(temperature_k, -fields, stage) == pytest.approx(expected, rel=1e-12)


def test_warm_metal_is_activated_over_a_barrier_of_the_fields_logarithm():
    temperatures = np.linspace(0.42, 0.8, 9)
    for field in (2e-4, 0.01, 0.04):
        slope = np.diff(np.log(sheet_resistivity(temperatures, field, S2))) / np.diff(
            1 / temperatures
        )
        assert -slope == pytest.approx(S2.low_field.energy_k(field), rel=1e-9)
    # U = U0 ln(H0/H): a hundredfold field lowers it by U0 ln 100, U0 = 0.66 T_eff.
    drop = S2.low_field.energy_k(2e-4) - S2.low_field.energy_k(2e-2)
    assert drop == pytest.approx(0.66 * 0.36 * np.log(100))


@pytest.mark.parametrize(("stage", "critical_t"), [(S2, 0.052), (S2G, 0.043)])
def test_isotherms_collapse_on_one_curve_and_cross_in_one_point(stage, critical_t):
    half = min(critical_t - stage.crossing.low_t, stage.crossing.high_t - critical_t)
    scaled = np.linspace(-1, 1, 41) * half * 0.5 ** (-1 / 1.5)
    curves = [
        sheet_resistivity(t, critical_t + scaled * t ** (1 / 1.5), stage)
        for t in (0.1, 0.2, 0.35, 0.5)
    ]
    for curve in curves:
        assert curve == pytest.approx(curves[0], rel=1e-12)
        # Dual: ρ above the crossing is σ below it, in units of the crossing.
        assert curve * curve[::-1] == pytest.approx(curve[20] ** 2, rel=1e-12)
        assert np.all(np.diff(curve) > 0)


def test_far_from_the_crossing_both_sides_are_straight_in_the_logarithm():
    """F − 1/F = 2b asinh(u/u0), so equal ratios of T add equal steps of ρ or of σ."""
    far = np.geomspace(100, 1600, 5) * S2.crossing.unit_field_t
    for side in (1, -1):
        steps = np.diff(scaling_function(side * far, S2.crossing) ** side)
        assert steps == pytest.approx(2 * S2.crossing.strength * np.log(2), rel=0.02)


@pytest.mark.parametrize("field_t", [0.2, 0.5, 4.0, 8.0])
def test_above_the_peak_resistance_is_straight_in_the_logarithm(field_t):
    temperatures = np.geomspace(0.05, 1.5, 30)
    at_1k = float(sheet_resistivity(1.0, field_t, S2))
    rise = sheet_resistivity(temperatures, field_t, S2) / at_1k - 1
    assert rise == pytest.approx(-8.44e-5 * at_1k * np.log(temperatures), abs=1e-12)


def test_the_published_peak_slope_and_normal_values():
    fields = np.geomspace(0.06, 8, 4001)
    curve = sheet_resistivity(0.06, fields, S2)
    assert curve.max() == pytest.approx(40e3, rel=1e-6)
    assert fields[curve.argmax()] == pytest.approx(0.08, rel=2e-3)
    assert np.all(np.diff(curve[curve.argmax() :]) < 0)
    assert sheet_resistivity(1.0, 4.0, S2) == pytest.approx(3000)
    assert 8.44e-5 * 3000 >= 0.2
    assert sheet_resistivity(0.06, 0.08, STAGES["S0"]) == pytest.approx(500e3)


@pytest.mark.parametrize(("stage", "zero_k"), [(S2, 0.5), (S2G, 0.35)])
def test_zero_field_resistance_rises_drops_and_vanishes(stage, zero_k):
    warm, base = np.geomspace(3.55, 300, 50), np.linspace(0.02, zero_k, 50)
    assert np.all(np.diff(sheet_resistivity(warm, 0, stage)) < 0)
    above, below = sheet_resistivity([3.5, 3.3], 0, stage)
    assert below / above == pytest.approx(0.90, abs=0.01)
    assert SQUARES * sheet_resistivity(zero_k, 0, stage) == pytest.approx(FLOOR_OHM, rel=1e-9)
    assert np.all(SQUARES * sheet_resistivity(base[:-1], 0, stage) < FLOOR_OHM)
    assert SQUARES * sheet_resistivity(1.1 * zero_k, 0, stage) > 2 * FLOOR_OHM


def test_films_that_are_not_annealed_do_not_superconduct():
    s0, s1 = (sheet_resistivity([0.05, 4.0], 0, STAGES[name]) for name in ("S0", "S1"))
    assert s0[0] / s0[1] > 0.3
    assert FLOOR_OHM / SQUARES < s1[0] < 0.01 * s1[1]


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("effect", DISTURBANCES.values(), ids=DISTURBANCES)
def test_the_surface_is_positive_and_without_jumps(stage, effect):
    temperatures = np.geomspace(0.03, 300, 120)[:, None]
    fields = np.concatenate([[0.0], np.geomspace(1e-6, 9, 1000)])
    surface = sheet_resistivity(temperatures, fields, stage, effect)
    assert np.all(surface > 0)
    assert np.all(np.isfinite(surface))
    measured = np.log(surface + FLOOR_OHM / SQUARES)
    assert np.abs(np.diff(measured, axis=1)).max() < 0.6  # 1.6 % of field a step
    assert np.abs(np.diff(measured, axis=0)).max() < 1.0  # 8 % of temperature a step
    # Twice as fine, half as steep: no step hides between the rows.
    steepest = np.unravel_index(np.abs(np.diff(measured, axis=1)).argmax(), (120, 1000))
    fine = np.linspace(fields[steepest[1]], fields[steepest[1] + 1], 101)
    across = sheet_resistivity(temperatures[steepest[0]], fine, stage, effect)
    assert np.abs(np.diff(np.log(across + FLOOR_OHM / SQUARES))).max() < 0.01


def test_radiation_lowers_the_metal_and_restores_zero_resistance():
    none, radiated = DISTURBANCES["none"], DISTURBANCES["2 GHz"]
    metal = [float(sheet_resistivity(0.06, 0.03, S2G, one)) for one in (none, radiated)]
    assert metal[1] / metal[0] == pytest.approx(0.75)
    bypass = float(sheet_resistivity(0.06, 0.03, S2G, DISTURBANCES["bypass"]))
    assert bypass / metal[0] == pytest.approx(0.75)
    low = [SQUARES * float(sheet_resistivity(0.06, 2e-4, S2G, one)) for one in (none, radiated)]
    assert low[0] > 10 * FLOOR_OHM
    assert low[1] < 1e-3 * FLOOR_OHM
    powers = [float(sheet_resistivity(0.06, 0.03, S2G, radiated, p)) for p in (-60, -20, -10, 0)]
    assert np.all(np.diff(powers) < 0)
    assert powers[0] == pytest.approx(metal[0], rel=1e-4)
    assert float(sheet_resistivity(0.06, 0.1, S2G, radiated)) < float(
        sheet_resistivity(0.06, 0.1, S2G)
    )


@pytest.mark.parametrize(("name", "amplitude"), [("none", 0.3), ("0.2 GHz", 0.08), ("2 GHz", 0.03)])
def test_wiggles_have_their_amplitude_and_are_deepest_at_15_gauss(name, amplitude):
    loops = published_film(QUIET).loops
    fields = np.linspace(5e-4, 50e-4, 901)
    effect = DISTURBANCES[name]
    share = fluctuating_resistivity(0.06, fields, S2G, loops, effect) / sheet_resistivity(
        0.06, fields, S2G, effect
    )
    assert np.abs(share - 1).max() == pytest.approx(amplitude, rel=1e-3)
    assert fields[share.argmin()] * 1e4 == pytest.approx(15, abs=0.5)
    assert fluctuating_resistivity(0.3, fields, S2G, loops) == pytest.approx(
        sheet_resistivity(0.3, fields, S2G), rel=1e-12
    )


def test_wiggles_of_given_loops_are_those_of_the_closed_form():
    """One loop of one quantum at 20 G, no taper there: exp(−g [cos 2πB/20 G − mean])."""
    area = 20.678338 / 20
    fields_g = np.array([20.0, 25.0, 30.0, 40.0])
    made = low_field_fluctuations(fields_g * 1e-4, [area, area], [1.0, 3.0], 0.4)
    assert made / made[1] == pytest.approx(np.exp(-0.4 * np.array([1, 0, -1, 1])), rel=1e-5)
    assert low_field_fluctuations(-fields_g * 1e-4, [area], [2.0], 0.4) == pytest.approx(made)
    film = published_film(QUIET, Loops(np.array([area]), np.array([1.0])))
    assert film.loops.area_um2.tolist() == [area]


def test_a_junctions_step_is_that_of_its_current_noise():
    """Without noise |I|/√(I² − I_c²); a sharp step has no area below I_c."""
    at = np.array([0.5, 1.5, 3.0])
    assert resistive_share(at, 1.0, 0.01) == pytest.approx(
        [0, *at[1:] / np.sqrt(at[1:] ** 2 - 1)], abs=1e-3
    )
    current = np.linspace(0, 4, 4001)
    voltage = np.trapezoid(resistive_share(current, 1.0, 0.1), current)
    assert voltage == pytest.approx(np.sqrt(4**2 - 1), rel=2e-3)


def test_zero_bias_turns_from_a_dip_into_a_peak_and_is_linear_to_20_na():
    currents = np.array([0.0, 20e-9, 5e-6])
    dip = differential_resistivity(currents, 270.0, 2600.0, 4e-7, Bias())
    peak = differential_resistivity(currents, 36e3, 2600.0, 4e-7, Bias())
    assert dip[1] == pytest.approx(dip[0], rel=1e-6)
    assert dip[2] == pytest.approx(2600, rel=0.02)
    assert peak[0] == 36e3
    assert peak[2] == pytest.approx(2600, rel=0.05)


def test_hall_voltage_is_of_the_carriers_and_a_share_of_the_resistance():
    film, plan = published_film(QUIET), plans(12)["hall"]
    sweep = plan.sweeps[0]
    value = true_value(sweep, sweep.temperature_k, plan.unit, film)
    odd, even = (value - value[::-1]) / 2, (value + value[::-1]) / 2
    assert odd == pytest.approx(sweep.field_t / (ELEMENTARY_CHARGE_C * 4e19), rel=1e-9)
    assert even == pytest.approx(5e-4 * SQUARES * 2400, rel=1e-6)


def test_readings_have_the_noise_the_offset_and_the_drift_that_were_asked_for():
    film = published_film(Instrument(noise_ohm=0, temperature_jitter=0, field_offset_t=5e-4))
    table = measure(plans(200)["isotherms"], film, np.random.default_rng(1))
    still = measure(plans(200)["isotherms"], published_film(QUIET), np.random.default_rng(1))
    share = table["resistivity_ohm_sq"] / still["resistivity_ohm_sq"] - 1
    assert share.std() == pytest.approx(0.01, rel=0.05)
    assert table["field_t"] - still["field_t"] == pytest.approx(1.8e-4, abs=2e-8)
    drifting = published_film(Instrument(0.0, 0.0, 0.0, 0.0, 0.0, drift=0.1))
    hall = plans(12)["hall"]
    first, last = (
        measure(hall, film, np.random.default_rng(0))["resistivity_ohm_sq"][[0, 12]]
        for film in (drifting, published_film(QUIET))
    )
    assert first / last == pytest.approx([0.95, 1.05], rel=1e-4)


def test_up_and_down_sweeps_and_both_signs_repeat():
    table = measure(plans(12)["low_field_mr"], published_film(QUIET), np.random.default_rng(0))
    rows = len(plans(12)["low_field_mr"].sweeps[0].field_t)
    value = table["resistivity_ohm_sq"].reshape(-1, rows)
    assert set(table["sweep_direction"]) == {"up", "down"}
    assert value[0] == pytest.approx(value[1][::-1], rel=1e-5)
    assert value[0] == pytest.approx(value[0][::-1], rel=1e-5)
    assert value[0] == pytest.approx(value[2], rel=1e-5)


def test_every_expected_result_can_be_told_apart():
    results = expected_results(published_film(Instrument()))
    keys = [(r["analysis"], *sorted(map(str, r["selection"].items()))) for r in results]
    assert len(keys) == len({(*key,) for key in keys})
    assert {r["analysis"] for r in results} >= {
        *("onset", "hall", "saturation", "activation", "power_law", "upturn", "mr_peak"),
        *("crossings", "scaling", "log_temperature", "critical_current", "rf_response"),
        *("critical_field", "fluctuations", "field_offset"),
    }


def test_the_command_writes_tables_that_are_read_back_with_their_truth(tmp_path, capsys):
    words = ["synth", "--transport", "--points", "12", "--seed", "4", "-o"]
    assert run_command_line([*words, str(tmp_path / "a")]) == 0
    assert run_command_line([*words, str(tmp_path / "b"), "--noise", "0.01"]) == 0
    assert "true values" in capsys.readouterr().out
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    truth = json.loads((tmp_path / "a" / "truth.json").read_text())
    assert truth["film"]["instrument"]["field_offset_t"] == 3.2e-4
    assert truth["film"]["stages"]["S2"]["crossing"]["z_nu"] == 1.5
    settings = parse_settings((tmp_path / "a" / "settings.toml").read_text(), "settings.toml")
    data, failures = read_transport(find_transport_files([tmp_path / "a"]), settings)
    assert (failures, data.unusable, data.warnings) == ({}, (), ())
    assert set(data.sample) == {"film", "witness"}
    assert len(data.files) == len(names) - 2
    # Ω of the bar became Ω/□, Oe became T.
    warm = data.resistivity_ohm_sq[(data.sample == "witness") & (data.temperature_k > 290)]
    assert warm == pytest.approx(2400 * (1 - 0.08 * np.log(75)), rel=0.05)
    assert data.field_t[data.sample == "witness"].max() == pytest.approx(9 + 3.2e-4)


def test_another_seed_gives_other_noise_at_the_same_places(tmp_path):
    for folder, options in (("a", ["--seed", "1"]), ("b", ["--seed", "2"])):
        words = ["synth", "--transport", "--points", "12", "-o", str(tmp_path / folder)]
        assert run_command_line([*words, *options]) == 0
    one, other = (read_table(tmp_path / name / "arrhenius.csv") for name in ("a", "b"))
    assert np.all(one["field_t"] == other["field_t"])
    assert np.mean(one["resistivity_ohm_sq"] == other["resistivity_ohm_sq"]) < 0.05


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run_command_line(["synth", "--transport", "-o", str(tmp_path / "file" / "in")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
