"""dV/dI of films and junctions against bias."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from grainscope.laws.conduction.current_step import CurrentStep
from grainscope.laws.conduction.noisy_junction import NoisyJunction
from grainscope.laws.conduction.spread_junctions import SpreadJunctions

LAWS = (CurrentStep(), SpreadJunctions(), NoisyJunction())
THETA = (5.0, 2000.0, 1e-6, 0.12)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
class TestEveryLaw:
    def test_known_values(self, law):
        for x, theta, value in law.known_values:
            assert law.value(np.array([x]), theta)[0] == pytest.approx(value, rel=1e-6)

    def test_ends_are_zero_bias_and_normal_resistance(self, law):
        low, high = law.value(np.array([1e-9, 1e-3]), THETA)
        assert low == pytest.approx(5.0, rel=1e-9)
        assert high == pytest.approx(2000.0, rel=1e-5)

    def test_the_normal_resistance_is_reached_however_wide_the_spread(self, law):
        theta = (0.0, 2000.0, 1e-6, law.parameters[3].high)
        assert law.value(np.array([1.0]), theta)[0] == pytest.approx(2000.0, rel=1e-4)

    def test_the_sign_of_the_current_does_not_matter(self, law):
        current = np.linspace(1e-7, 3e-6, 40)
        assert np.array_equal(law.value(current, THETA), law.value(-current, THETA))

    def test_the_unit_of_the_current_does_not_matter(self, law):
        current = np.linspace(0, 3e-6, 40)
        scaled = (*THETA[:2], THETA[2] * 7, THETA[3])
        assert law.value(7 * current, scaled) == pytest.approx(law.value(current, THETA))

    def test_the_start_is_near_and_inside_the_bounds(self, law, rng):
        current = np.linspace(-3e-6, 3e-6, 121)
        value = law.value(current, THETA) + 5 * rng.standard_normal(121)
        start = law.start(current, value)
        assert start[2] == pytest.approx(1e-6, rel=0.25)
        for guess, parameter in zip(start, law.parameters, strict=True):
            assert parameter.low <= guess <= parameter.high


@pytest.mark.parametrize("current", [0.7, 0.95, 1.0, 1.2, 2.5])
def test_junctions_are_means_over_their_distributions(current):
    """Direct integration over the pole, which the laws avoid by substitution."""
    width = 0.1

    def normal(x: float) -> float:
        return np.exp(-((x / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))

    # x = 1 − v² or 1 + v² takes the inverse root away
    spread = quad(
        lambda v: 2 * normal(current - v**2 - 1) * current / np.sqrt(2 * current - v**2),
        1e-12,
        np.sqrt(current),
        limit=400,
    )[0]  # fmt: skip
    noisy = quad(
        lambda v: 2 * normal(1 + v**2 - current) * (1 + v**2) / np.sqrt(2 + v**2),
        1e-12,
        3.0,
        limit=400,
    )[0]  # fmt: skip
    theta = (0.0, 1.0, 1.0, width)
    assert SpreadJunctions().value(np.array([current]), theta)[0] == pytest.approx(spread, rel=1e-5)
    assert NoisyJunction().value(np.array([current]), theta)[0] == pytest.approx(noisy, rel=1e-5)


def test_the_steepest_point_of_lognormal_currents_lies_below_their_median():
    width = 0.3
    current = np.linspace(0.3, 2, 20001)
    value = CurrentStep().value(current, (0.0, 1.0, 1.0, width))
    steepest = current[np.argmax(np.gradient(value, current))]
    assert steepest == pytest.approx(np.exp(-(width**2)), rel=1e-3)


def test_a_curve_without_a_step_starts_at_a_current_that_flowed():
    current = np.linspace(-3e-6, 3e-6, 61)
    peak = 2000 + 500 * np.exp(-((current / 3e-7) ** 2))
    assert all(1e-7 <= law.start(current, peak)[2] <= 3e-6 for law in LAWS)
