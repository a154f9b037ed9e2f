"""Collapse kernels against closed forms, exact lattice results and synthetic truth."""

import math
from dataclasses import replace

import numpy as np
import pytest

from grainscope.fitting.collapse.correction import correct
from grainscope.fitting.collapse.curves import jackknife, pairs, shift_without, without
from grainscope.fitting.collapse.estimate import choose, estimate_collapse, reciprocal
from grainscope.fitting.collapse.gaussian_process import (
    _minus_log_likelihood,
    gaussian_process_collapse,
)
from grainscope.fitting.collapse.goodness import agreement, scatter_ratios, smooth_curve
from grainscope.fitting.collapse.intervals import (
    _correlation,
    collapse_intervals,
    joint_likelihood,
)
from grainscope.fitting.collapse.isotherm_crossing import crossing_guess
from grainscope.fitting.collapse.quality import collapse_quality
from grainscope.fitting.collapse.series import (
    CollapseForm,
    ScalingRows,
    collapse,
    project,
    scaled_control,
    settle,
)
from grainscope.fitting.collapse.slope_exponent import slope_exponent
from grainscope.fitting.collapse.window import may_be_hidden, try_window, try_windows

CRITICAL, INVERSE, ERROR = 0.3, 0.7, 0.01


def made(rng=None, n=31, temperatures=(1.0, 2.0, 3.0, 5.0), error=ERROR, function=np.tanh):
    """Rows that collapse: F of (x − 0.3) T^(−0.7), with noise where there is a generator."""
    x = np.tile(np.linspace(-0.7, 1.3, n), len(temperatures))
    t = np.repeat(temperatures, n)
    y = function((x - CRITICAL) * t**-INVERSE)
    noise = 0.0 if rng is None else error * rng.standard_normal(len(x))
    return ScalingRows(x, t, y + noise, np.full(len(x), error))


def ising_strips(widths=(128, 256, 512), n=17, reach=0.001):
    """n/ξ of periodic Ising strips, exact (Onsager), against K; 1/n is the temperature."""
    critical = 0.5 * math.log1p(math.sqrt(2))
    k = critical + np.linspace(-reach, reach, n)
    base = (np.cosh(2 * k) / np.tanh(2 * k))[:, None]
    value = []
    for width in widths:
        odd = np.arccosh(base - np.cos(np.pi * (2 * np.arange(width) + 1) / width))
        even = np.arccosh(base - np.cos(2 * np.pi * np.arange(1, width) / width))
        zero = 2 * k + np.log(np.tanh(k))
        value.append(width / 2 * (odd.sum(axis=1) - even.sum(axis=1) - zero))
    x, t = np.tile(k, len(widths)), np.repeat(1 / np.array(widths), n)
    return ScalingRows(x, t, np.concatenate(value), np.full(len(x), 1e-3))


def test_an_exact_polynomial_is_found_exactly():
    rows = made(function=lambda u: 2 + 3 * u - 0.5 * u**3)
    found = settle(rows, CollapseForm(3), (0.1, 1.2))
    assert found.theta == pytest.approx([CRITICAL, INVERSE], abs=1e-7)
    assert found.chi2 < 1e-9
    u = np.linspace(-0.5, 0.5, 5)
    np.testing.assert_allclose(found.master(u), 2 + 3 * u - 0.5 * u**3, atol=1e-6)


@pytest.mark.parametrize("pin", [None, 0.02])
@pytest.mark.parametrize("correction", [-1, 1])
def test_the_gradient_is_that_of_the_sum_of_squares(rng, correction, pin):
    rows, form = made(rng), CollapseForm(6, correction)
    theta = np.array([0.35, 0.8, 1.1])[: 2 if correction < 0 else 3]
    at = project(rows, form, theta, pin)
    for k in range(len(theta)):
        step = 1e-6 * np.eye(len(theta))[k]
        up, down = (project(rows, form, theta + s * step, pin).chi2 for s in (1, -1))
        slope = 2 * at.jacobian[:, k] @ at.residual
        assert slope == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-2)


def test_a_pinned_function_passes_through_the_pin(rng):
    at = project(made(rng), CollapseForm(5), np.array([0.35, 0.8]), 0.125)
    assert at.master(np.zeros(1))[0] == pytest.approx(0.125, abs=1e-12)


def test_rows_in_another_order_or_unit_give_the_same(rng):
    rows = made(rng)
    found = collapse(rows, (0.2, 1.0))
    shuffled = collapse(rows.where(rng.permutation(len(rows))), (0.2, 1.0))
    assert shuffled.theta == pytest.approx(found.theta, rel=1e-6)
    in_mt = replace(rows, control=1e3 * rows.control)
    assert collapse(in_mt, (200.0, 1.0)).theta == pytest.approx(found.theta * [1e3, 1], rel=1e-6)
    colder = replace(rows, temperature=1e-3 * rows.temperature)
    assert collapse(colder, (0.2, 1.0)).theta == pytest.approx(found.theta, rel=1e-6)


def test_too_few_rows_are_refused():
    with pytest.raises(ValueError, match="9 rows"):
        collapse(made(n=2), (0.3, 0.7))
    with pytest.raises(ValueError, match="2 temperatures"):
        collapse(made(temperatures=(1.0,)), (0.3, 0.7))


def test_recovery_at_known_noise_covers_the_truth():
    rows = [made(np.random.default_rng(seed)) for seed in range(40)]
    held = []
    for one in rows:
        found = collapse(one, (0.2, 1.0))
        ends = collapse_intervals(one, found, 1.0)
        truth = (CRITICAL, INVERSE, 0.0)
        held.append([low <= true <= high for (low, high), true in zip(ends, truth, strict=True)])
    # 68 % of 40: 27 ± 3
    assert (np.sum(held, axis=0) >= 18).all()
    assert (np.sum(held, axis=0) <= 36).all()


def test_the_profile_rises_by_one_at_the_ends(rng):
    rows = made(rng)
    found = collapse(rows, (0.2, 1.0))
    ends = collapse_intervals(rows, found, 1.0)
    for index in (0, 1):
        for end in ends[index]:
            start = found.theta.copy()
            start[index] = end
            rise = settle(rows, found.form, start, held=(index,)).chi2 - found.chi2
            assert rise == pytest.approx(1, abs=0.01)
    for end in ends.value:
        rise = settle(rows, found.form, found.theta, pin=end).chi2 - found.chi2
        assert rise == pytest.approx(1, abs=0.01)


def test_four_times_the_chi2_doubles_the_interval(rng):
    rows = made(rng, error=1e-3)
    found = collapse(rows, (0.2, 1.0))
    one, two = (collapse_intervals(rows, found, rise).critical for rise in (1.0, 4.0))
    assert two[1] - two[0] == pytest.approx(2 * (one[1] - one[0]), rel=0.02)


def test_the_joint_likelihood_is_that_of_the_covariance(rng):
    rows = made(rng, error=1e-3)
    found = collapse(rows, (0.2, 1.0))
    joint = joint_likelihood(rows, found, 1.0, size=41)
    assert joint.log_likelihood.max() == pytest.approx(0, abs=1e-6)
    c = found.covariance
    expected = -c[0, 1] / math.sqrt(c[0, 0] * c[1, 1])  # zν falls as κ rises
    assert joint.correlation == pytest.approx(expected, abs=0.05)


def test_ising_strips_give_the_exact_critical_point_and_exponent(rng):
    """Kc = ½ ln(1 + √2), ν = 1, n/ξ = π/4; correction 0.32/n² (0.02 of the noise)."""
    exact = ising_strips()
    rows = replace(exact, value=exact.value + exact.error * rng.standard_normal(len(exact)))
    found = estimate_collapse(rows, (0.4405, 0.8))
    truth = np.array([0.5 * math.log1p(math.sqrt(2)), 1.0, math.pi / 4])
    half = (found.high - found.low) / 2
    assert (np.abs(found.values - truth) < 2.5 * half).all()
    assert half[0] < 1e-5
    assert half[1] < 0.01


def test_curves_that_disagree_are_seen(rng):
    rows = made(rng)
    assert agreement(rows, collapse(rows, (0.3, 0.7))).chance > 0.01
    off = replace(rows, value=rows.value + 0.02 * (rows.temperature == 2.0))
    assert agreement(off, collapse(off, (0.3, 0.7))).chance < 1e-6


def test_agreement_does_not_ask_for_the_scale_of_the_errors(rng):
    rows = made(rng)
    found = collapse(rows, (0.3, 0.7))
    small = replace(rows, error=rows.error / 3)
    again = project(small, found.form, found.theta)
    assert agreement(small, again).chance == pytest.approx(agreement(rows, found).chance, rel=1e-6)


def test_under_a_true_collapse_chances_are_even():
    chances = []
    for seed in range(50):
        rows = made(np.random.default_rng(seed), n=21)
        chances.append(agreement(rows, collapse(rows, (0.3, 0.7))).chance)
    assert 0.3 < np.mean(np.array(chances) < 0.5) < 0.7
    assert np.mean(np.array(chances) < 0.05) < 0.15


def test_two_straight_lines_leave_nothing_to_test():
    rows = made(temperatures=(1.0, 4.0), function=lambda u: 3 * u)
    assert math.isnan(agreement(rows, settle(rows, CollapseForm(1), (0.2, 0.6))).chance)


def test_a_curve_that_scatters_more_is_named(rng):
    rows = made(rng)
    noisy = rows.value + 0.04 * rng.standard_normal(len(rows)) * (rows.temperature == 2.0)
    rows = replace(rows, value=noisy)
    ratios = scatter_ratios(rows)
    assert [t for t, (_, chance) in ratios.items() if chance < 1e-6] == [2.0]
    trial = try_window(rows, (0.3, 0.7), 1.0)
    assert trial.scatter[2.0] == pytest.approx(math.hypot(1, 4), rel=0.3)
    assert trial.found.chi2 / trial.found.dof == pytest.approx(1, abs=0.35)


def test_smooth_curve_gives_the_slope_of_a_cubic():
    rows = made(temperatures=(2.0,), function=lambda u: u + u**3)
    slope, error = smooth_curve(rows, 2.0).slope_at(CRITICAL)
    assert slope == pytest.approx(2.0**-INVERSE, rel=1e-6)
    assert 0 < error < 0.1


def test_a_correction_is_found_where_there_is_one(rng):
    rows = made(rng, error=1e-3)
    plain = correct(rows, collapse(rows, (0.3, 0.7)))
    assert not plain.wanted
    u = scaled_control(rows, (CRITICAL, INVERSE))
    moved = replace(rows, value=rows.value + 0.05 * rows.temperature / 5 * (1 + u))
    found = correct(moved, collapse(moved, (0.3, 0.7)))
    assert found.wanted
    sd = np.sqrt(np.diag(found.collapse.covariance))
    assert np.abs(found.collapse.theta[0] - CRITICAL) < 4 * sd[0]


def test_estimate_includes_a_correction_and_widens(rng):
    rows = made(rng, error=2e-3)
    moved = replace(rows, value=rows.value + 0.1 * (rows.temperature / 5))
    plain, found = (estimate_collapse(one, (0.3, 0.7)) for one in (rows, moved))
    assert found.choice.corrected
    assert found.low[0] <= CRITICAL <= found.high[0]
    assert found.high[0] - found.low[0] > 2 * (plain.high[0] - plain.low[0])


def test_where_nothing_collapses_the_interval_is_that_of_leaving_out_curves(rng):
    rows = made(rng)
    order = np.array([0.05, -0.05, 0.05, -0.05])[np.searchsorted([1, 2, 3, 5], rows.temperature)]
    found = estimate_collapse(replace(rows, value=rows.value + order), (0.3, 0.7))
    assert found.jackknifed
    half = jackknife(found.trial)
    assert (found.high - found.values >= half * (1 - 1e-9)).all()
    assert (found.values - found.low >= half * (1 - 1e-9)).all()


def test_far_rows_that_do_not_scale_are_cut_off(rng):
    rows = made(rng)
    far = np.clip(np.abs(rows.control - CRITICAL) - 0.6, 0, None) * rows.temperature
    found = estimate_collapse(replace(rows, value=rows.value + 2 * far), (0.3, 0.7))
    assert found.trial.half_width < 0.75
    assert not found.jackknifed  # the misfit of the wide windows would have been seen
    assert np.abs(found.values[1] - INVERSE) < 3 * (found.high[1] - found.low[1]) / 2


def test_a_misfit_everywhere_is_taken_to_be_hidden(rng):
    rows = made(rng)
    wide = try_window(rows, (0.3, 0.7), 1.0)
    near = np.abs(rows.control - 0.3) < 0.5
    narrow = try_window(rows.where(near), (0.3, 0.7), 0.5)
    slight = replace(wide, agreement=wide.agreement._replace(excess=20.0))
    gross = replace(wide, agreement=wide.agreement._replace(excess=2000.0))
    assert may_be_hidden((slight,), narrow)
    assert not may_be_hidden((gross,), narrow)
    assert not may_be_hidden((), narrow)


def test_windows_get_narrower_and_keep_both_sides(rng):
    trials = try_windows(made(rng), (0.3, 0.7))
    widths = [trial.half_width for trial in trials]
    assert widths == sorted(widths, reverse=True)
    for trial in trials:
        assert (trial.rows.control < 0.3).any()
        assert (trial.rows.control > 0.3).any()
    assert try_windows(made(rng), (2.0, 0.7)) == ()


def test_leaving_out_and_pairs(rng):
    trial = try_window(made(rng), (0.3, 0.7), 1.0)
    assert set(without(trial, 2.0).rows.temperatures) == {1.0, 3.0, 5.0}
    assert len(pairs(trial)) == 6
    shifts = [shift_without(trial, t).largest_sigma for t in (1.0, 5.0)]
    assert max(shifts) < 4
    wrong = replace(
        trial.rows, temperature=np.where(trial.rows.temperature == 1, 1.2, trial.rows.temperature)
    )
    assert shift_without(try_window(wrong, (0.3, 0.7), 1.0), 1.2).largest_sigma > 4


def test_quality_is_one_within_the_errors_and_large_beyond(rng):
    rows = made(rng)
    assert collapse_quality(rows, (CRITICAL, INVERSE)) == pytest.approx(1, abs=0.4)
    assert collapse_quality(rows, (CRITICAL + 0.1, INVERSE)) > 5
    apart = made(temperatures=(1.0,))
    assert math.isnan(collapse_quality(apart, (CRITICAL, INVERSE)))


def test_quality_of_a_hand_made_pair():
    """One point of error 3 at height 5 over a line of two of error 4: dY² = 8 midway."""
    rows = ScalingRows(
        np.array([0.0, 2.0, 0.25]), np.array([1.0, 1.0, 0.25]), np.array([0.0, 0.0, 5.0]),
        np.array([4.0, 4.0, 3.0]),
    )  # fmt: skip
    assert scaled_control(rows, (0.0, 1.0)).tolist() == [0, 2, 1]
    assert collapse_quality(rows, (0.0, 1.0)) == pytest.approx(25 / (9 + 8))


def test_the_gaussian_process_agrees_with_the_series(rng):
    rows = made(rng, n=21)
    found, series = gaussian_process_collapse(rows, (0.2, 1.0)), collapse(rows, (0.2, 1.0))
    sd = np.sqrt(np.diag(series.covariance))
    assert abs(found.critical - series.theta[0]) < sd[0]
    assert abs(found.inverse - series.theta[1]) < sd[1]
    assert found.critical_error == pytest.approx(sd[0], rel=0.25)
    assert found.inverse_error == pytest.approx(sd[1], rel=0.25)


def test_the_gradient_of_the_gaussian_process(rng):
    rows, at = made(rng, n=9), np.array([3.0, 0.8, 0.2, -0.5, -4.5])
    _, gradient = _minus_log_likelihood(at, rows, 0.1)
    for k in range(5):
        step = 1e-5 * np.eye(5)[k]
        up, down = (_minus_log_likelihood(at + s * step, rows, 0.1)[0] for s in (1, -1))
        assert gradient[k] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-4)


def test_slopes_give_the_exponent(rng):
    found = slope_exponent(made(rng), CRITICAL)
    assert abs(found.inverse - INVERSE) < 3.5 * found.inverse_error
    flat = made(temperatures=(1.0, 2.0))
    flat = replace(flat, value=np.where(flat.temperature == 1.0, -flat.value, flat.value))
    assert math.isnan(slope_exponent(flat, CRITICAL).inverse)


def test_crossings_are_guessed_from_the_change_of_sign(rng):
    for sign in (1, -1):
        rows = made(rng, function=lambda u, sign=sign: sign * u)
        rows = replace(rows, control=rows.control + 1)
        assert crossing_guess(rows) == pytest.approx(CRITICAL + 1, abs=0.1)
    apart = replace(rows, value=rows.temperature + rows.control)
    assert crossing_guess(apart) is None


def test_a_reciprocal_interval_is_infinite_beyond_zero():
    assert reciprocal(0.5, 0.25, 1.0) == (2.0, 1.0, 4.0)
    assert reciprocal(0.5, -0.25, 1.0)[2] == math.inf


def test_the_error_of_the_slopes_exponent_is_that_of_a_weighted_line():
    rows = made(temperatures=(1.0, 2.0, 4.0))
    steeper = np.where(rows.temperature == 2.0, 1.3, 1.0)  # on no line: the error is widened
    found = slope_exponent(replace(rows, value=rows.value * steeper), CRITICAL)
    weight = found.slope / found.error
    line, covariance = np.polyfit(
        np.log(found.temperature), np.log(found.slope), 1, w=weight, cov=True
    )
    assert found.inverse == pytest.approx(-line[0])
    assert found.inverse_error == pytest.approx(np.sqrt(covariance[0, 0]))


@pytest.mark.parametrize("count", [22, 23, 26])
def test_of_many_isotherms_as_many_are_kept_as_scale(rng, count):
    rows = made(rng, n=15, temperatures=tuple(np.geomspace(1.0, 5.0, 26)))
    warm = rows.temperature > rows.temperatures[count - 1]
    value = rows.value + np.where(warm, 0.3 * rows.control, 0.0)
    found = choose(replace(rows, value=value), (CRITICAL, INVERSE))
    assert len(found.trial.rows.temperatures) == count
    assert (found.warmer is None) == (count == 26)


def test_the_highest_degree_that_few_rows_allow_is_used():
    """Twelve rows allow two: a parabola collapses exactly."""
    x, t = np.tile(np.linspace(-1, 1, 4), 3), np.repeat([1.0, 2.0, 4.0], 4)
    u = (x - 0.2) / t**0.75
    found = collapse(ScalingRows(x, t, 1 + u + 0.5 * u**2, np.full(12, 1e-3)), (0.1, 0.8))
    assert found.form.degree == 2
    assert found.chi2 == pytest.approx(0, abs=1e-6)
    assert found.theta == pytest.approx([0.2, 0.75], abs=1e-5)


def test_the_correlation_of_a_normal_law_however_low_its_far_corners():
    x, z = np.linspace(-30, 30, 241)[:, None], np.linspace(-30, 30, 241)[None]
    for rho in (0.6, -0.3):
        log_likelihood = -(x**2 - 2 * rho * x * z + z**2) / (2 * (1 - rho**2))
        assert np.ptp(log_likelihood) > 1000  # e^1000 is no number
        found = _correlation(1 + x[:, 0], 2 + z[0], log_likelihood)
        assert found == pytest.approx(rho, abs=1e-6)
