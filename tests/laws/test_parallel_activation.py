"""Activated conductors in parallel: closed forms against quadrature and their limits."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from grainscope.laws.parallel_activation import log_uniform_ln_conductance, log_uniform_slope

CASES = [(0.1, 1e3), (1.0, 2.0), (3.0, 3e4), (0.02, 0.5)]
TEMPERATURES_K = np.geomspace(0.05, 300, 25)


def mean_boltzmann_factor(temperature_k: float, lowest_k: float, highest_k: float) -> float:
    """⟨exp(−(Δ − Δ1)/T)⟩ over ln Δ, by quadrature."""
    top = min(highest_k, lowest_k + 50 * temperature_k)  # e⁻⁵⁰ is nothing
    area, _ = quad(
        lambda ln: math.exp(-(math.exp(ln) - lowest_k) / temperature_k),
        math.log(lowest_k),
        math.log(top),
        epsabs=0,
        epsrel=1e-12,
        limit=500,
    )
    return area / math.log(highest_k / lowest_k)


@pytest.mark.parametrize(("lowest_k", "highest_k"), CASES)
def test_the_conductance_is_the_mean_boltzmann_factor(lowest_k, highest_k):
    found = log_uniform_ln_conductance(TEMPERATURES_K, lowest_k, highest_k)
    expected = [
        math.log(mean_boltzmann_factor(t, lowest_k, highest_k)) - lowest_k / t
        for t in TEMPERATURES_K
    ]
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(("lowest_k", "highest_k"), CASES)
def test_the_slope_is_the_derivative_of_the_conductance(lowest_k, highest_k):
    step = 1e-4
    up, down = TEMPERATURES_K * math.exp(step), TEMPERATURES_K * math.exp(-step)
    ln_g = [log_uniform_ln_conductance(t, lowest_k, highest_k) for t in (up, down)]
    # d ln R / d ln(1/T) = d ln G / d ln T
    numeric = (ln_g[0] - ln_g[1]) / (2 * step)
    slope = log_uniform_slope(TEMPERATURES_K, lowest_k, highest_k)
    assert slope == pytest.approx(numeric, rel=1e-5)


def test_between_the_barriers_the_conductance_is_linear_in_ln_t():
    lowest_k, highest_k = 1e-3, 1e5
    temperature_k = np.geomspace(1, 1e3, 7)
    linear = (np.log(temperature_k / lowest_k) - np.euler_gamma) / math.log(highest_k / lowest_k)
    found = np.exp(log_uniform_ln_conductance(temperature_k, lowest_k, highest_k))
    # the next term of E1(x) = −γ − ln x + x is Δ1/T
    correction = lowest_k / temperature_k / math.log(highest_k / lowest_k)
    assert found == pytest.approx(linear + correction, abs=1e-7)


@pytest.mark.parametrize(("approximate", "exact"), [(0.42, 0.39), (0.68, 0.55), (1.0, 0.68)])
def test_near_the_smallest_barrier_the_slope_falls_short_of_its_approximation(approximate, exact):
    temperature_k = math.exp(1 / approximate + np.euler_gamma)  # where 1/(ln T − γ) has that value
    assert log_uniform_slope(temperature_k, 1.0, 1e4) == pytest.approx(exact, abs=0.005)


def test_far_below_the_smallest_barrier_logarithms_go_on_where_numbers_underflow():
    temperature_k = 1 / np.array([700.0, 800.0, 1e4, 1e7])  # Δ1/T for Δ1 = 1
    x = 1 / temperature_k
    # E1(x) eˣ x = 1 − 1/x + 2/x² − 6/x³ + …
    series = 1 - 1 / x + 2 / x**2 - 6 / x**3 + 24 / x**4
    expected = -x + np.log(series / x / math.log(1e4))
    found = log_uniform_ln_conductance(temperature_k, 1.0, 1e4)
    assert found == pytest.approx(expected, rel=1e-13)
    assert log_uniform_slope(temperature_k, 1.0, 1e4) == pytest.approx(x / series, rel=1e-11)


def test_the_series_meets_the_exponential_integral_where_one_hands_over_to_the_other():
    around = 1.0 / np.array([99.999999, 100.0, 100.000001])
    slope = log_uniform_slope(around, 1.0, 1e4)
    assert np.diff(slope) == pytest.approx(1e-6, rel=1e-3)  # the slope is about Δ1/T + 1


def test_far_above_all_barriers_the_slope_is_the_mean_barrier_over_t():
    mean_k = (50.0 - 2.0) / math.log(25.0)
    assert log_uniform_slope(1e6, 2.0, 50.0) == pytest.approx(mean_k / 1e6, rel=1e-4)
    assert log_uniform_ln_conductance(1e6, 2.0, 50.0) == pytest.approx(-mean_k / 1e6, rel=1e-4)


@pytest.mark.parametrize(("lowest_k", "highest_k"), [(0, 1), (-1, 1), (1, 1), (2, 1)])
def test_barriers_out_of_order_are_refused(lowest_k, highest_k):
    for law in (log_uniform_ln_conductance, log_uniform_slope):
        with pytest.raises(ValueError, match="expected 0 < lowest < highest"):
            law(1.0, lowest_k, highest_k)
