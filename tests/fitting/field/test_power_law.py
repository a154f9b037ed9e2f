"""The low-field power law: recovered, its window short of the knee, its errors honest."""

import numpy as np
import pytest

from grainscope.fitting.field.field_fit import fit_in_field, power_line
from grainscope.fitting.field.field_rows import FieldRows, field_rows, isotherms, thinned
from grainscope.fitting.field.power_window import find_power_window, rising
from grainscope.fitting.model_choice.one_curve import common_value, intrinsic_spread
from grainscope.fitting.power_law import power_law
from grainscope.laws.conduction.field_power import FieldPower
from grainscope.settings.fitting import FittingSettings

SETTINGS, RNG = FittingSettings(), np.random.default_rng(0)


def fit(*curves):
    return power_law(curves, SETTINGS, RNG)


def half_width(parameter):
    return (parameter.high - parameter.low) / 2


def test_without_noise_the_law_comes_out_exactly(isotherm):
    h = np.geomspace(1e-3, 0.02, 60)
    found = fit(isotherm(lambda b: 5e3 * b**0.66, field_t=h, relative=1e-9, floor=0))[0].parameters
    assert found["exponent"].value == pytest.approx(0.66, abs=1e-5)
    assert found["prefactor"].value == pytest.approx(5e3, rel=1e-4)
    assert found["u0_over_kb_t_eff"].value == found["exponent"].value


def test_knee_and_maximum_stay_out_of_the_window(isotherm, climb):
    found = fit(isotherm(climb, 1))[0]
    low, high = found.window["field_t"]
    assert low < 1e-3
    assert 0.01 < high < 0.03
    exponent = found.parameters["exponent"]
    assert abs(exponent.value - 0.66) < 3 * half_width(exponent)
    assert half_width(exponent) < 0.0015


def test_mean_exponent_is_not_pulled_up_by_the_knee(isotherm, climb):
    found = [fit(isotherm(climb, seed))[0].parameters["exponent"] for seed in range(8)]
    pulls = [(one.value - 0.66) / half_width(one) for one in found]
    assert abs(np.mean(pulls)) < 1.0  # the widest window that χ² allows has six
    assert np.std(pulls) < 1.8


def test_an_error_of_the_offset_widens_the_interval_and_the_offset_is_found(isotherm, climb):
    sure = fit(isotherm(climb, 2))[0].parameters
    both = np.concatenate([-np.geomspace(5e-4, 0.2, 150), np.geomspace(5e-4, 0.2, 150)])
    off = isotherm(climb, 2, field_t=both, offset_t=4e-5, offset_error_t=5e-5)
    found = fit(off)[0].parameters
    one_sided = fit(isotherm(climb, 2, offset_error_t=5e-5))[0].parameters
    assert half_width(one_sided["exponent"]) > 2 * half_width(sure["exponent"])
    offset = found["field_offset_t"]  # law of |H − H0|: H0 = −4e-5
    assert abs(offset.value + 4e-5) < 3 * half_width(offset)
    assert half_width(offset) < 1e-5


def test_prior_of_the_offset_is_one_residual(isotherm):
    h = np.geomspace(1e-3, 0.02, 30)
    rows = FieldRows(h, 5e3 * (h - 2e-5) ** 0.66, 1e3 * h**0.66, np.zeros(30, bool), 1e-6)
    found = fit_in_field(FieldPower(), rows, profiled=())
    assert found.n == 31
    assert abs(found.theta[2]) < 2e-6  # the prior is much tighter than what the rows say


def test_the_line_is_the_fit_where_rho_is_clear(isotherm, climb):
    rows = field_rows(isotherm(climb, 3, offset_error_t=2e-5))
    rows = rows.take(rows.size_t < 0.015).clear()
    line, full = power_line(rows), fit_in_field(FieldPower(), rows, profiled=())
    error = np.sqrt(full.covariance[1, 1]) / full.scale
    assert abs(line.theta[1] - full.theta[1]) < 0.05 * error
    assert np.sqrt(line.covariance[1, 1]) == pytest.approx(error, rel=0.02)


def test_rows_at_the_floor_count_as_limits(isotherm):
    h = np.geomspace(1e-5, 0.02, 120)
    curve = isotherm(lambda b: 5e3 * b**0.9, 4, field_t=h, floor=2.0)
    assert curve.censored.sum() > 10
    exponent = fit(curve)[0].parameters["exponent"]
    assert abs(exponent.value - 0.9) < 3 * half_width(exponent)


def test_repeatable_fluctuations_widen_the_interval_and_warn(isotherm, climb):
    def wavy(h):
        return climb(h) * (1 + 0.15 * np.sin(30 * np.log(h)) * np.exp(-h / 0.005))

    smooth = fit(isotherm(climb, 5))[0].parameters["exponent"]
    found = fit(isotherm(wavy, 5))[0]
    exponent = found.parameters["exponent"]
    assert half_width(exponent) > 5 * half_width(smooth)
    assert abs(exponent.value - 0.66) < 2 * half_width(exponent)
    assert any("χ²" in warning for warning in found.warnings)


def test_no_upturn_is_said(isotherm):
    found = fit(isotherm(lambda b: 5e3 * b**0.66, 6, field_t=np.geomspace(1e-3, 0.02, 60)))[0]
    assert any("no upturn" in warning for warning in found.warnings)
    assert found.window["field_t"][1] == pytest.approx(0.02)


def test_windows_list_what_others_give(isotherm, climb):
    found = fit(isotherm(climb, 7))[0]
    columns = found.windows
    assert columns["chosen"].sum() == 1
    wide = (columns["field_low_t"] < 1e-3) & (columns["field_high_t"] > 0.035)
    assert (columns["exponent_bias"][wide] > 0.005).all()
    across = (columns["field_low_t"] < 0.01) & (columns["field_high_t"] > 0.06)
    assert (columns["p"][across] < 1e-4).all()


def test_isotherms_of_two_stages_on_one_curve(isotherm, climb):
    curves = [
        isotherm(climb, 10 + k, temperature_k=t, stage=stage)
        for k, (t, stage) in enumerate([(0.06, "S2"), (0.2, "S2"), (0.3, "S2"), (0.06, "S2G")])
    ]
    warm = isotherm(lambda h: 1.06 * climb(h), 20, temperature_k=0.5)
    *single, joint = fit(*curves, warm)
    assert len(single) == 5
    assert joint.selection["isotherms"] == "4 of S2, S2G"
    p, exponent = joint.parameters["p_one_curve"], joint.parameters["exponent"]
    assert p.value > 0.01
    assert abs(exponent.value - 0.66) < 3 * half_width(exponent)
    assert half_width(exponent) < min(half_width(one.parameters["exponent"]) for one in single)
    limit = joint.parameters["temperature_independent_k"]
    assert (limit.value, limit.high) == (0.3, 0.5)
    assert joint.table["used"].tolist() == [1, 1, 1, 1, 0]


def test_stages_that_differ_are_not_called_one_curve(isotherm, climb):
    curves = [
        isotherm(lambda h, f=f: f * climb(h), 30 + k, temperature_k=t, stage=stage)
        for k, (t, stage, f) in enumerate(
            [(0.06, "S2", 1), (0.2, "S2", 1), (0.06, "S2G", 1.05), (0.2, "S2G", 1.05)]
        )
    ]
    joint = fit(*curves)[-1]
    assert joint.parameters["p_one_curve"].value < 1e-6
    spread = joint.parameters["relative_spread"]
    assert spread.low < 0.025 < spread.high
    assert any("S2, S2G, which differ" in warning for warning in joint.warnings)


def test_a_disturbed_or_biased_curve_is_not_an_isotherm(isotherm, climb):
    quiet = isotherm(climb)
    others = [isotherm(climb, rf_frequency_hz=2e9), isotherm(climb, current_a=1e-7)]
    assert isotherms([*others, quiet]) == (quiet,)


@pytest.mark.parametrize("rows", [0, 3])
def test_too_few_rows_are_skipped_with_their_number(isotherm, climb, rows):
    curves = [isotherm(climb, field_t=np.geomspace(0.001, 0.01, rows))] if rows else []
    (found,) = fit(*curves)
    assert found.status == "skipped"
    assert f"got {rows}" in found.reason


def test_nothing_above_the_floor_fails_with_a_reason(isotherm):
    found = fit(isotherm(lambda h: 0 * h + 1e-6, field_t=np.geomspace(0.001, 0.01, 20)))[0]
    assert found.status == "skipped"
    assert "above the floor" in found.reason


def test_field_in_gauss_moves_prefactor_not_exponent(isotherm):
    h = np.geomspace(1e-3, 0.02, 50)
    one = fit(isotherm(lambda b: 5e3 * b**0.66, 8, field_t=h))[0].parameters
    two = fit(isotherm(lambda b: 5e3 * (b / 2) ** 0.66, 8, field_t=2 * h))[0].parameters
    assert two["exponent"].value == pytest.approx(one["exponent"].value, abs=1e-6)
    turned = one["prefactor"].value / 2 ** one["exponent"].value
    assert two["prefactor"].value == pytest.approx(turned, rel=1e-5)


def test_order_and_sign_of_the_rows_change_nothing(isotherm, climb):
    curve = isotherm(climb, 9)
    rows = field_rows(curve)
    turned = FieldRows(-rows.field_t, rows.resistivity_ohm_sq, rows.error_ohm_sq, rows.censored)
    one, two = find_power_window(rows), find_power_window(turned)
    assert (one.rows, one.bias.tolist()) == (two.rows, two.bias.tolist())


def test_thinning_keeps_the_mean_and_the_information():
    rng = np.random.default_rng(1)
    field = np.sort(rng.uniform(-1, 1, 1000))
    rows = field_rows_of(field, rng.standard_normal(1000), rng.uniform(1, 2, 1000))
    few = thinned(rows, 100)
    assert 90 <= len(few) <= 110
    weight, kept = 1 / rows.error_ohm_sq**2, 1 / few.error_ohm_sq**2
    assert kept.sum() == pytest.approx(weight.sum())
    assert kept @ few.resistivity_ohm_sq == pytest.approx(weight @ rows.resistivity_ohm_sq)
    assert (np.diff(few.size_t) >= 0).all()


def field_rows_of(field, value, error):
    order = np.argsort(np.abs(field))
    return FieldRows(field[order], value[order], error[order], np.zeros(len(field), bool))


def test_rows_beyond_the_maximum_are_cut_off():
    h = np.linspace(0.01, 0.2, 120)
    rho = np.exp(-(((h - 0.1) / 0.03) ** 2))
    top = rising(field_rows_of(h, rho, 0.01 * rho))
    assert 0.08 < h[top - 1] < 0.1


def test_common_value_by_hand():
    """Weights 1 and 4: mean 2.6, χ² = 1.6² + 4 · 0.4² = 3.2."""
    found = common_value([[1.0], [3.0]], [[[1.0]], [[0.25]]])
    assert found.theta[0] == pytest.approx(2.6)
    assert found.pulls.sum() == pytest.approx(3.2)
    assert found.scale == pytest.approx(3.2**0.5)


def test_intrinsic_spread_of_exact_values_is_their_rms():
    spread, low, high = intrinsic_spread(np.array([-1.0, 1.0, -1.0, 1.0]), np.full(4, 1e-3))
    assert spread == pytest.approx(1.0, rel=0.02)
    assert low < 1 < high


def test_what_moves_all_estimates_alike_neither_averages_out_nor_parts_them():
    """Two of ±1 about 2 that a shared ±3 moves together: variance ½ + 9; they agree as before."""
    alone = common_value([[1.0], [3.0]], [[[1.0]], [[1.0]]])
    both = common_value([[1.0], [3.0]], [[[1.0]], [[1.0]]], [[3.0], [3.0]])
    assert both.theta[0] == pytest.approx(2.0)
    assert both.covariance[0, 0] == pytest.approx(0.5 + 9.0)
    assert (both.shared, both.p) == pytest.approx((0.0, alone.p))


def test_what_moves_estimates_apart_is_found_by_that():
    """y = 0 ± 0.1 and 2 ± 0.1 of levers −1 and 1: the shared is 1/(1 + 0.005), the mean 1."""
    found = common_value([[0.0], [2.0]], np.full((2, 1, 1), 0.01), [[-1.0], [1.0]])
    assert found.theta[0] == pytest.approx(1.0)
    assert found.shared == pytest.approx(1 / 1.005)
    assert found.chi2 == pytest.approx(2 * (1 - 1 / 1.005) ** 2 / 0.01 + (1 / 1.005) ** 2)


def test_isotherms_of_one_sign_share_the_error_of_the_offset(isotherm):
    """It does not average out over them: p · s/H, whichever their number."""

    def joint(n, offset_error_t):
        curves = [
            isotherm(
                lambda h: 5e3 * h**0.66, 40 + k, field_t=np.geomspace(2e-3, 2e-2, 60),
                temperature_k=0.05 + 0.01 * k, offset_error_t=offset_error_t,
            )
            for k in range(n)
        ]  # fmt: skip
        found = fit(*curves)[-1].parameters
        return found["exponent"], found["p_one_curve"].value

    few, many = joint(2, 3e-5), joint(8, 3e-5)
    assert half_width(few[0]) == pytest.approx(half_width(many[0]), rel=0.1)
    assert half_width(many[0]) > 4 * half_width(joint(8, 0.0)[0])
    assert many[1] > 0.01


@pytest.mark.parametrize("offset_t", [0.0, 2e-4])
def test_the_table_holds_the_law_of_each_row(isotherm, offset_t):
    h = np.geomspace(1e-3, 0.02, 60)
    made = {"field_t": h, "relative": 1e-6, "floor": 0, "offset_t": -offset_t}
    (found,) = fit(isotherm(lambda b: 5e3 * b**0.66, **made, offset_error_t=offset_t))
    assert found.table["fitted_ohm_sq"] == pytest.approx(5e3 * (h - offset_t) ** 0.66, rel=1e-3)
