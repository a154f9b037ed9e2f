"""The fitting core against closed forms, brute force and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grainscope.fitting.least_squares import (
    censored_residual,
    fit_law,
    minimise,
    profile_interval,
    profile_intervals,
)
from grainscope.fitting.least_squares.profile import _Walk
from grainscope.fitting.least_squares.slope import Box, Point, slope_at
from grainscope.laws.conduction.field_power import FieldPower
from grainscope.laws.parameter import Parameter

INF = np.inf


class Line:
    """y = a + b x."""

    name = title = equation = "line"
    parameters = (Parameter("a", "", -INF, INF, "a"), Parameter("b", "", -INF, INF, "b"))
    known_values = ()

    def value(self, x, theta):
        return theta[0] + theta[1] * x

    def start(self, x, y):
        return 0.0, 0.0


def line_problem(n=30, seed=0):
    x = np.linspace(0, 1, n)
    return x, 1 + 2 * x + 0.1 * np.random.default_rng(seed).normal(size=n), np.full(n, 0.1)


# --- minimise


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_linear_problems_are_solved_as_by_algebra(seed, p):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(p + 6, p)) * 10.0 ** rng.uniform(-6, 6, p)
    y = rng.normal(size=p + 6)
    found = minimise(lambda t: design @ t - y, np.zeros(p), np.full(p, -INF), np.full(p, INF))
    size = np.linalg.norm(design, axis=0)
    truth = np.linalg.lstsq(design / size, y)[0]
    assert found.theta * size == pytest.approx(truth, rel=1e-6, abs=1e-6)
    inverse = np.linalg.inv((design / size).T @ (design / size))
    assert found.covariance * np.outer(size, size) == pytest.approx(inverse, rel=1e-5, abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_within_bounds_as_bounded_linear_least_squares(seed):
    from scipy.optimize import lsq_linear

    rng = np.random.default_rng(seed)
    design, y = rng.normal(size=(9, 4)), 3 * rng.normal(size=9)
    low, high = -rng.uniform(0, 1, 4), rng.uniform(0, 1, 4)
    start = np.where(rng.random(4) < 0.5, low, high)
    found = minimise(lambda t: design @ t - y, start, low, high)
    best = lsq_linear(design, y, (low, high), tol=1e-12)
    assert found.chi2 == pytest.approx(2 * best.cost, rel=1e-7)
    assert np.all((found.theta >= low) & (found.theta <= high))


def test_no_residual_is_asked_for_outside_the_bounds():
    def residual(theta):
        assert 0 <= theta[0] <= 1
        assert theta[1] >= 2
        return np.array([theta[0] - 0.3, theta[1] - 1.0, theta[0] * theta[1]])

    for start in ([0, 2], [1, 9], [5, -3]):
        found = minimise(residual, start, [0, 2], [1, INF])
        assert found.theta == pytest.approx([0.06, 2.0])  # d/da of (a − 0.3)² + 4a²


def test_scales_that_are_far_apart():
    current = np.linspace(-3e-6, 3e-6, 61)
    voltage = 40e3 * 1e-6 * np.tanh(current / 1e-6)
    found = minimise(
        lambda t: (t[0] * t[1] * np.tanh(current / t[1]) - voltage) / 1e-5,
        [1e3, 1e-7],
        [0, 1e-12],
        [INF, 1],
    )
    assert found.converged
    assert found.theta == pytest.approx([40e3, 1e-6], rel=1e-6)


def test_a_start_where_the_law_overflows_on_the_way():
    x = np.geomspace(0.05, 5, 40)

    def residual(theta):
        with np.errstate(over="raise"):  # an ArithmeticError counts as very large, too
            return np.log(theta[0] * np.exp((theta[1] / x) ** theta[2])) - (1 + (3 / x) ** 0.5)

    found = minimise(residual, [1.0, 30.0, 0.9], [1e-9, 1e-9, 0.01], [INF, INF, 3])
    assert found.theta == pytest.approx([np.e, 3.0, 0.5], rel=1e-6)


def test_not_finite_at_the_start_is_left():
    def residual(theta):
        gone = np.nan if theta[0] > 2 else 0.0
        return np.array([theta[0] - 1, gone, theta[1] - 1])

    found = minimise(residual, [1.9, 5.0], [-9, -9], [9, 9])
    assert found.theta == pytest.approx([1, 1])
    assert not minimise(lambda t: np.full(3, np.nan) * t[0], [1.0], [-9], [9]).converged


def test_what_the_data_do_not_tell_is_infinite():
    found = minimise(lambda t: np.array([t[0] - 1, t[0] + 1]), [5.0, 3.0], [-INF] * 2, [INF] * 2)
    assert found.theta[0] == pytest.approx(0, abs=1e-9)
    assert found.covariance[0, 0] == pytest.approx(0.5)
    assert np.isinf(found.covariance[1, 1])
    # Only the sum of two is told: neither of them is.
    both = minimise(lambda t: np.array([t[0] + t[1] - 1.0, 0.0]), [0, 0], [-9, -9], [9, 9])
    assert np.isinf(np.diag(both.covariance)).all()
    assert both.chi2 == pytest.approx(0)
    fewer = minimise(lambda t: t[:1] - 1.0, [0.0, 2.0], [-9, -9], [9, 9])
    assert fewer.chi2 == pytest.approx(0)
    assert np.isinf(fewer.covariance[1, 1])


def test_an_exact_law_through_zero():
    found = minimise(lambda t: np.exp(t) - 1.0, [1.0, -0.3], [-9, -9], [9, 9])
    assert found.theta == pytest.approx([0, 0], abs=1e-12)
    assert found.covariance == pytest.approx(np.eye(2), abs=1e-3)


def test_equal_bounds_hold_a_parameter():
    x, y, error = line_problem()
    found = minimise(lambda t: (y - t[0] - t[1] * x) / error, [0, 5], [-INF, 2], [INF, 2])
    assert found.theta[1] == 2
    assert found.theta[0] == pytest.approx(np.mean(y - 2 * x))
    assert found.covariance[1, 1] == 0


def test_twice_the_same():
    x, y, error = line_problem()
    runs = [
        minimise(lambda t: (y - t[0] - x ** t[1]) / error, [0, 5], [-9, 0], [9, 9])
        for _ in range(2)
    ]
    assert runs[0].theta.tolist() == runs[1].theta.tolist()


# --- profile_interval


def test_linear_intervals_are_those_of_the_covariance():
    x, y, error = line_problem()

    def residual(theta):
        return (y - theta[0] - theta[1] * x) / error

    low, high = [-INF] * 2, [INF] * 2
    best = minimise(residual, [0, 0], low, high)
    for index in range(2):
        half = 1.5 * np.sqrt(best.covariance[index, index])
        ends = profile_interval(residual, best, low, high, index, rise=2.25)
        assert ends == pytest.approx((best.theta[index] - half, best.theta[index] + half), rel=1e-6)


def test_a_banana_by_brute_force():
    def residual(theta):
        return np.array([10 * (theta[1] - theta[0] ** 2), 1 - theta[0]])

    low, high = [-INF] * 2, [INF] * 2
    best = minimise(residual, [-1.2, 1], low, high)
    x, y = np.meshgrid(np.linspace(-0.5, 2.5, 751), np.linspace(-0.5, 4.5, 2501), indexing="ij")
    inside = 100 * (y - x**2) ** 2 + (1 - x) ** 2 <= 1
    found = profile_intervals(residual, best, low, high)
    assert (found.low[0], found.high[0]) == pytest.approx(
        (x[inside].min(), x[inside].max()), abs=6e-3
    )
    assert (found.low[1], found.high[1]) == pytest.approx(
        (y[inside].min(), y[inside].max()), abs=6e-3
    )


@pytest.mark.parametrize(("top", "end"), [(0.9, INF), (1.2, np.arctanh(1 / 1.2))])
def test_a_profile_that_comes_to_rest(top, end):
    def residual(theta):
        return np.array([top * np.tanh(theta[0]), theta[1] - theta[0]])

    best = minimise(residual, [0.4, 0.0], [-INF] * 2, [INF] * 2)
    ends = profile_interval(residual, best, [-INF] * 2, [INF] * 2, 0)
    assert ends == pytest.approx((-end, end), rel=2e-3)
    ends = profile_interval(residual, best, [-0.5, -INF], [1e9, INF], 0)
    assert ends == pytest.approx((-0.5, min(end, 1e9)), rel=2e-3)


def test_a_profile_at_rest_is_left_a_thousandfold_farther_out():
    def residual(theta):
        return np.array([0.9 * np.tanh(theta[0]), theta[1] - theta[0]])

    best = minimise(residual, [0.4, 0.0], [-INF] * 2, [INF] * 2)
    walk = _Walk(residual, best, Box(np.full(2, -INF), np.full(2, INF)), 0, 1, 1.0)
    assert walk.end() == (INF, None)
    assert 1e3 < walk.places[-1].distance < 3e3


def test_no_lower_minimum_is_passed_over():
    # Two wells with a low wall: the start leads to the shallower one.
    def residual(theta):
        return np.array([0.9 * (theta[0] ** 2 - 1), 0.3 * (theta[0] - 1), theta[1]])

    low, high = [-INF] * 2, [INF] * 2
    shallow = minimise(residual, [-1.5, 0.0], low, high)
    assert shallow.theta[0] < 0
    found = profile_intervals(residual, shallow, low, high)
    assert found.best.theta == pytest.approx([1, 0], abs=1e-6)
    t = np.linspace(-3, 3, 600_001)
    inside = t[0.81 * (t**2 - 1) ** 2 + 0.09 * (t - 1) ** 2 <= 1]
    assert found.high[0] == pytest.approx(inside.max(), abs=1e-3)


def test_infinities_beyond_the_interval_do_not_spoil_it():
    def residual(theta):
        wall = np.inf if theta[0] > 1.2 else 0.0
        return np.array([theta[0] - 1, theta[1] - theta[0], wall])

    best = minimise(residual, [0.0, 0.0], [-INF] * 2, [INF] * 2)
    assert profile_interval(residual, best, [-INF] * 2, [INF] * 2, 0) == pytest.approx(
        (0, 1.2), abs=1e-3
    )


# --- fit_law


def coverage(n, factor, floor, seeds=100):
    """Return how often the interval of an exponent holds the truth, and its width over scatter."""
    law, x = FieldPower(), np.geomspace(1e-3, 0.04, n)
    truth = law.value(x, (5e3, 0.66))
    error = np.hypot(0.01 * truth, floor / 3)
    fits = []
    for seed in range(seeds):
        y = truth + error * np.random.default_rng(seed).normal(size=n)
        limit = y < floor
        fits.append(fit_law(law, x, np.maximum(y, floor), factor * error, censored=limit))
    low, high, theta = (
        np.array([getattr(f, k)[1] for f in fits]) for k in ("low", "high", "theta")
    )
    return np.mean((low <= 0.66) & (high >= 0.66)), np.median(high - low) / 2 / theta.std()


@pytest.mark.parametrize(("factor", "floor"), [(0.5, 0), (1, 0), (2, 0), (1, 110), (2, 110)])
def test_intervals_hold_the_truth_though_errors_are_off(factor, floor):
    covered, width = coverage(20, factor, floor)
    assert 0.54 < covered < 0.82  # three standard errors of 100 seeds around 0.68
    assert 0.75 < width < 1.35


def test_stated_errors_are_believed_while_chance_allows():
    x, y, error = line_problem()
    found = fit_law(Line(), x, y, error)
    assert found.scale == 1
    assert found.high - found.theta == pytest.approx(np.sqrt(np.diag(found.covariance)), rel=1e-3)
    small = fit_law(Line(), x, y, error / 10)
    assert small.scale == pytest.approx(np.sqrt(small.chi2 / 28))
    assert np.all(small.high - small.low > 0.8 * (found.high - found.low))
    exact = fit_law(Line(), x, 1 + 2 * x, error)
    assert exact.scale == 0.4


def test_a_law_of_the_wrong_form_widens_its_intervals():
    x = np.linspace(0, 1, 60)
    noise = 0.05 * np.random.default_rng(2).normal(size=60)
    bent = fit_law(Line(), x, x**2 + noise, np.full(60, 0.05))
    assert bent.correlation > 0.4
    assert bent.scale > 1.3 * np.sqrt(bent.chi2 / bent.dof)


def test_hopeless_limits_change_nothing():
    x, y, error = line_problem()
    found = fit_law(Line(), x, y, error / 3)
    many = np.append(x, np.linspace(0, 1, 200))
    far = np.append(y, np.full(200, 50.0))
    hopeless = np.arange(230) >= 30
    again = fit_law(Line(), many, far, np.append(error / 3, np.full(200, 0.1)), censored=hopeless)
    assert again.theta == pytest.approx(found.theta, rel=1e-5)
    assert again.scale == pytest.approx(found.scale, rel=1e-3)
    assert again.dof == found.dof == 28
    assert again.n == 230


def test_fewer_rows_than_parameters():
    found = fit_law(Line(), np.array([1.0]), np.array([2.0]), np.array([0.1]))
    assert found.chi2 == pytest.approx(0, abs=1e-12)
    assert found.scale == 1
    assert not np.isfinite(found.low).any()
    assert not np.isfinite(found.high).any()


def test_only_limits():
    x = np.array([0.0, 0.5, 1.0])
    found = fit_law(Line(), x, np.ones(3), 0.1 * np.ones(3), censored=np.ones(3, bool))
    assert np.isinf(found.low).any()
    assert np.all(found.model < 1.2)


def test_residuals_of_limits():
    limit, error = np.array([1.0, 1.0, 1.0]), np.array([0.5, 0.5, 0.5])
    found = censored_residual(
        np.array([0.5, 1.0, -99.0]), limit, error, np.array([False, True, True])
    )
    assert found == pytest.approx([1.0, np.sqrt(2 * np.log(2)), 0.0])
    # Far above its limit a model counts as against a value: −2 ln Φ(−z) → z².
    far = censored_residual(np.array([21.0]), limit[:1], error[:1], np.array([True]))
    assert far[0] == pytest.approx(40, rel=0.01)


def test_aicc_by_hand():
    found = fit_law(Line(), *line_problem(n=9))
    assert found.aicc == pytest.approx(found.chi2 + 4 + 12 / 6)  # k = 2, n = 9


def test_a_step_bends_by_half_of_what_the_residual_bends():
    """The root of θ² − c from 1 is √(1 + 2v) = 1 + v − v²/2 + …, v Newton's step."""

    def residual(theta):
        return theta**2 - 1.2

    at, box = Point(np.ones(1), residual(np.ones(1)), 0.04), Box(np.zeros(1), np.full(1, 9.0))
    slope, step = slope_at(residual, at, box, np.ones(1)), np.array([0.1])
    bent = slope.bent(at, residual, step, np.ones(1), 0.0)
    assert bent == pytest.approx(0.1 - 0.1**2 / 2, rel=1e-6)
