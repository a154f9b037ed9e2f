"""The scaling of isotherms: what is asked of the data, what comes out, what is warned of."""

import math

import numpy as np
import pytest

from grainscope.figures.fits.scaling import draw_scaling
from grainscope.fitting.collapse.scaling_rows import isotherm_rows, pooled_along
from grainscope.fitting.collapse.series import ScalingRows
from grainscope.fitting.scaling import _with_joint_exponent, scaling
from grainscope.records import FitParameter, TransportCurve, TransportFit
from grainscope.settings import FittingSettings

TEMPERATURES_K = (0.1, 0.2, 0.3, 0.5)
CRITICAL_T, Z_NU, CRITICAL_OHM_SQ = 0.052, 1.5, 6000.0
NAMES = {
    "critical_field_t": CRITICAL_T,
    "z_nu": Z_NU,
    "critical_resistivity_ohm_sq": CRITICAL_OHM_SQ,
}


def ln_rho(field_t, temperature_k, critical_t=CRITICAL_T):
    v = (field_t - critical_t) * temperature_k ** (-1 / Z_NU) / 0.055
    return np.log(CRITICAL_OHM_SQ) + 1.5 * np.tanh(v) + 0.3 * v**2 / (1 + v**2)


def isotherm(rng, temperature_k, *, law=ln_rho, n=41, noise=0.01, offset_error_t=0.0, **held):
    field_t = held.pop("field_t", np.linspace(0.03, 0.075, n))
    value = np.exp(law(np.abs(field_t), temperature_k)) * (
        1 + noise * rng.standard_normal(len(field_t))
    )
    n, unknown = len(field_t), np.full(len(field_t), np.nan)
    return TransportCurve(
        "film", "field_t", "resistivity_ohm_sq",
        {"stage": "S2", "temperature_k": temperature_k, **held},
        np.full(n, temperature_k), field_t, unknown, value, noise * value,
        np.zeros(n, bool), np.ones(n, np.int64), offset_error_t,
    )  # fmt: skip


def isotherms(rng, temperatures_k=TEMPERATURES_K, **keywords):
    return [isotherm(rng, t, **keywords) for t in temperatures_k]


def fitted(curves, rng, **settings):
    return scaling(curves, FittingSettings(**settings), rng)


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(20260)
    (only,) = fitted(isotherms(rng), rng)
    return only


def test_what_was_put_in_comes_out(fit):
    assert fit.status == "done"
    assert fit.selection == {"stage": "S2"}
    for name, true in NAMES.items():
        parameter = fit.parameters[name]
        assert parameter.low < parameter.value < parameter.high
        assert abs(parameter.value - true) < 3 * (parameter.high - parameter.low) / 2
    assert fit.parameters["critical_field_t"].high - CRITICAL_T < 2e-4
    assert fit.warnings == ()


def test_the_paths_agree(fit):
    own = fit.parameters["z_nu"]
    for name in ("z_nu_gaussian_process", "z_nu_slope", "z_nu_without_coldest", "z_nu_corrected"):
        other = fit.parameters[name]
        both = math.hypot(other.high - other.low, own.high - own.low) / 2
        assert abs(other.value - own.value) < 3 * both


def test_the_tables_are_whole(fit):
    table = fit.table
    residual = (np.log(table["resistivity_ohm_sq"]) - np.log(table["fitted_ohm_sq"])) / (
        table["error_ohm_sq"] / table["resistivity_ohm_sq"]
    )
    np.testing.assert_allclose(residual, table["residual"], rtol=1e-6, atol=1e-8)
    assert len({len(column) for column in table.values()}) == 1
    assert len({len(column) for column in fit.windows.values()}) == 1
    assert fit.windows["chosen"].sum() == 1
    assert (fit.windows["isotherms"] == 2).sum() == 6
    surface = fit.extra["log_likelihood"]
    shape = len(fit.extra["likelihood_critical_field_t"]), len(fit.extra["likelihood_z_nu"])
    assert surface.shape == shape
    assert -1 < fit.extra["correlation"][0] < 1
    assert "without_0.1_k" in fit.window


def test_the_figure_shows_a_result_and_says_where_there_is_none(fit):
    figure = draw_scaling((fit,))
    assert len(figure.get_axes()) == 3
    empty = draw_scaling(fitted((), np.random.default_rng(0)))
    assert [text.get_text() for text in empty.get_axes()[0].texts] == ["no isotherms that cross"]


def test_the_offset_of_the_magnet_is_in_the_interval(rng):
    curves = isotherms(np.random.default_rng(5))
    shifted = isotherms(np.random.default_rng(5), offset_error_t=1e-3)
    plain, wide = (fitted(c, rng)[0].parameters["critical_field_t"] for c in (curves, shifted))
    assert wide.value == plain.value
    half = math.hypot(plain.high - plain.value, 1e-3)
    assert wide.high - wide.value == pytest.approx(half, rel=1e-6)


def test_ten_times_the_resistivity_changes_nothing_else(rng):
    one = fitted(isotherms(np.random.default_rng(6)), rng)[0].parameters
    law = lambda h, t: ln_rho(h, t) + math.log(10)  # noqa: E731
    ten = fitted(isotherms(np.random.default_rng(6), law=law), rng)[0].parameters
    assert ten["z_nu"].value == pytest.approx(one["z_nu"].value, rel=1e-6)
    rho = "critical_resistivity_ohm_sq"
    assert ten[rho].value == pytest.approx(10 * one[rho].value, rel=1e-6)


def test_both_directions_of_the_field_count(rng):
    field_t = np.concatenate((-np.linspace(0.03, 0.075, 21), np.linspace(0.03, 0.075, 21)))
    (fit,) = fitted(isotherms(rng, field_t=np.sort(field_t)), rng)
    assert len(fit.table["field_t"]) == 4 * 42
    assert (fit.table["field_t"] > 0).all()


def test_states_are_fitted_apart_and_share_a_mean_exponent(rng):
    s2g = isotherms(rng, law=lambda h, t: ln_rho(h, t, 0.043), stage="S2G")
    fits = fitted([*isotherms(rng), *s2g], rng)
    assert [fit.selection["stage"] for fit in fits] == ["S2", "S2G"]
    assert fits[1].parameters["critical_field_t"].value == pytest.approx(0.043, abs=3e-4)
    one, two, joint = (
        *(fit.parameters["z_nu"].value for fit in fits), fits[0].parameters["z_nu_joint"].value,
    )  # fmt: skip
    assert min(one, two) < joint < max(one, two)


def test_colder_isotherms_than_asked_for_are_left_out(rng):
    (fit,) = fitted(isotherms(rng, (0.05, *TEMPERATURES_K)), rng)
    assert fit.window["temperature_k"] == (0.1, 0.5)
    (fit,) = fitted(isotherms(rng), rng, scaling_temperature_max_k=0.3)
    assert fit.window["temperature_k"] == (0.1, 0.3)


def test_two_isotherms_give_a_result_that_is_not_tested(rng):
    (fit,) = fitted(isotherms(rng, (0.1, 0.5)), rng)
    assert fit.status == "done"
    assert any("cannot be tested" in warning for warning in fit.warnings)


@pytest.mark.parametrize(
    ("temperatures_k", "keywords", "reason"),
    [
        ((0.1,), {}, "got 1"),
        ((0.05, 0.06, 0.07), {}, "got 0"),
        (TEMPERATURES_K, {"field_t": np.linspace(0.055, 0.075, 41)}, "cross"),
        (TEMPERATURES_K, {"rf_frequency_hz": 2e9}, "got none"),
        (TEMPERATURES_K, {"field_t": np.array([0.04, 0.06])}, "needs"),
    ],
)
def test_what_is_missing_is_said(rng, temperatures_k, keywords, reason):
    (fit,) = fitted(isotherms(rng, temperatures_k, **keywords), rng)
    assert fit.status == "skipped"
    assert reason in fit.reason


def test_a_saturating_isotherm_is_named(rng):
    law = lambda h, t: ln_rho(h, (t**4 + 0.1**4) ** 0.25)  # noqa: E731
    (fit,) = fitted(isotherms(rng, law=law), rng)
    assert any("0.1 K" in warning for warning in fit.warnings)
    z_nu, usual = fit.parameters["z_nu"], fitted(isotherms(rng), rng)[0].parameters["z_nu"]
    assert z_nu.high - z_nu.low > 3 * (usual.high - usual.low)


def test_a_crossing_that_moves_is_called_a_correction(rng):
    law = lambda h, t: ln_rho(h, t) + 0.1 * t / 0.5  # noqa: E731
    (fit,) = fitted(isotherms(rng, law=law), rng)
    assert any("correction to scaling" in warning for warning in fit.warnings)
    field = fit.parameters["critical_field_t"]
    assert abs(field.value - CRITICAL_T) < 3 * (field.high - field.low) / 2


def test_errors_that_are_too_small_widen_and_are_said(rng):
    curves = [
        isotherm(rng, t, law=lambda h, t: ln_rho(h, t) + 0.03 * rng.standard_normal(len(h)))
        for t in TEMPERATURES_K
    ]
    (fit,) = fitted(curves, rng)
    assert any("times as much as its stated errors" in warning for warning in fit.warnings)
    usual = fitted(isotherms(rng), rng)[0].parameters["critical_field_t"]
    field = fit.parameters["critical_field_t"]
    assert field.high - field.low > 2 * (usual.high - usual.low)


def test_many_rows_are_pooled_without_loss(rng):
    field_t = np.linspace(0.0, 0.2, 8000)
    (fit,) = fitted(isotherms(rng, field_t=field_t, noise=0.03), rng)
    assert len(fit.table["field_t"]) <= 800
    assert fit.parameters["z_nu"].value == pytest.approx(Z_NU, abs=0.02)


def test_pooling_keeps_the_weighted_mean(rng):
    x = rng.random(50)
    rows = ScalingRows(x, np.ones(50), rng.random(50), 1 + rng.random(50))
    few = pooled_along(rows, 7)
    for sums in (lambda r: r.value @ r.error**-2, lambda r: (r.error**-2).sum()):
        assert sums(few) == pytest.approx(sums(rows))
    assert len(few) == 7


def test_limits_and_lost_rows_are_not_used(rng):
    curve = isotherm(rng, 0.2, n=6)
    value, censored = curve.value.copy(), np.array([True, False, False, False, False, False])
    value[1] = -1.0
    columns = (curve.temperature_k, curve.field_t, curve.current_a, value, curve.error, censored)
    mended = TransportCurve(
        "film", "field_t", "resistivity_ohm_sq", curve.selection, *columns, curve.direction
    )
    assert len(isotherm_rows([mended], 0.01)) == 4


def test_nearly_equal_temperatures_are_one(rng):
    rows = isotherm_rows([isotherm(rng, t) for t in (0.2, 0.201, 0.3)], 0.01)
    assert rows.temperatures == pytest.approx([0.2005, 0.3])


def test_isotherms_of_nearly_one_temperature_are_one_wherever_they_lie(rng):
    curves = isotherms(rng, (0.1, 0.2, 0.2004, 0.3))
    assert isotherm_rows(curves, 0.01).temperatures == pytest.approx([0.1, 0.2002, 0.3])


def test_the_joint_exponent_weighs_each_by_its_error():
    """1 ± 0.1 and 2 ± 0.2 have weights of 100 and 25, so 1.2 ± 1/√125, and differ: χ² = 20."""
    own = [FitParameter(z, 0.9 * z, 1.1 * z, "") for z in (1.0, 2.0)]
    fits = [TransportFit("scaling", "film", {}, "done", parameters={"z_nu": z}) for z in own]
    one, two = _with_joint_exponent(fits)
    joint = one.parameters["z_nu_joint"]
    assert (joint.value, joint.high - joint.value) == pytest.approx((1.2, 125**-0.5))
    assert one.warnings == two.warnings == ("z_nu differs between states (p = 7.7e-06)",)
