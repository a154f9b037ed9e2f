"""Curves and minima weighed: closed form against brute force, and what must not matter."""

from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.fitting.loops.detrend import background_columns
from grainscope.linking.likelihood import AMPLITUDES, GAIN_RATIOS, CurveLikelihood
from grainscope.linking.loop_sets import LoopSet
from grainscope.linking.minima_likelihood import MinimaLikelihood
from grainscope.linking.odds import log_mean, odds_against
from grainscope.linking.response import any_loops

FIELD_G = np.linspace(0, 60, 41)[1:]


def loops_of(*area):
    return LoopSet(
        np.array(area), np.ones((2, 1, len(area))), np.ones(len(area), bool), np.arange(len(area))
    )


def data(area, rng, gain=0.1, noise=0.01):
    response = np.cos(2 * np.pi / FLUX_QUANTUM_G_UM2 * FIELD_G[:, None] * np.array(area))
    return -gain * response.mean(axis=1) + rng.normal(0, noise, len(FIELD_G))


def test_the_closed_form_is_the_integral(rng):
    """Each gain integrated by quadrature, each amplitude by its whole covariance."""
    error = rng.uniform(0.01, 0.02, len(FIELD_G))
    y = data([1.0], rng)
    curve = CurveLikelihood(FIELD_G, y, error)
    response = curve.response(loops_of(1.0))
    smooth = background_columns(FIELD_G) / error[:, None]
    rest = np.linalg.qr(smooth, mode="complete")[0][:, smooth.shape[1] :] / error[:, None]
    seen, random = rest.T @ y, rest.T @ any_loops(FIELD_G)
    means = -(response[:, 0, 0] @ rest)  # of both rules alike: one loop
    found = []
    for amplitude in AMPLITUDES:
        covariance = np.eye(len(seen)) + amplitude**2 * random @ random.T
        inverse, half = np.linalg.inv(covariance), np.linalg.slogdet(covariance)[1] / 2
        for scale, mean in product(amplitude * GAIN_RATIOS, means):
            found.append(integral(seen, mean, inverse, scale) - half)
    expected = logsumexp(found) - np.log(len(found))
    assert curve.of(response)[0] == pytest.approx(expected, abs=1e-4)


def integral(seen, mean, inverse, scale):
    """Return ln ∫ p(g) exp(−½ rᵀC⁻¹r) dg over g ≥ 0, r = seen − g·mean, p half-normal."""
    known = mean @ inverse @ mean + 1 / scale**2
    best = max(seen @ inverse @ mean / known, 0.0)

    def exponent(g):
        left = seen - g * mean
        return -0.5 * left @ inverse @ left - 0.5 * (g / scale) ** 2

    top, width = exponent(best), 1 / np.sqrt(known)
    ends = max(best - 9 * width, 0.0), best + 9 * width
    area, _ = quad(lambda g: np.exp(exponent(g) - top), *ends)
    return top + np.log(2 / np.sqrt(2 * np.pi) / scale * area)


def test_a_smooth_background_does_not_matter(rng):
    y, error = data([1.0, 1.1], rng), np.full(len(FIELD_G), 0.01)
    drift = background_columns(FIELD_G) @ rng.normal(0, 3, background_columns(FIELD_G).shape[1])
    one, two = (CurveLikelihood(FIELD_G, curve, error) for curve in (y, y + drift))
    response = one.response(loops_of(1.0))
    assert two.without_loops == pytest.approx(one.without_loops, abs=1e-6)
    assert two.of(response) == pytest.approx(one.of(response), abs=1e-6)


def test_the_loops_that_made_a_curve_are_the_likeliest(rng):
    curve = CurveLikelihood(FIELD_G, data([1.0], rng), np.full(len(FIELD_G), 0.01))
    own, other = (curve.of(curve.response(loops_of(area)))[0] for area in (1.0, 1.4))
    assert own > curve.without_loops + 10
    assert other < own - 10


def test_loops_too_small_for_the_fields_are_as_none(rng):
    curve = CurveLikelihood(FIELD_G, data([1.0], rng), np.full(len(FIELD_G), 0.01))
    tiny = curve.of(curve.response(loops_of(1e-4)))[0]
    assert tiny == pytest.approx(curve.without_loops, abs=0.05)


def test_maxima_of_the_resistance_are_not_taken_for_minima(rng):
    error = np.full(len(FIELD_G), 0.01)
    upside_down = CurveLikelihood(FIELD_G, -data([1.0], rng), error)
    assert upside_down.of(upside_down.response(loops_of(1.0)))[0] < upside_down.without_loops


def test_the_fitted_curve_has_the_gain_put_in(rng):
    y = data([1.0], rng, gain=0.1, noise=0.001)
    curve = CurveLikelihood(FIELD_G, y, np.full(len(FIELD_G), 0.001))
    model, choice = curve.fitted(loops_of(1.0), 0)
    assert choice[0] == 0  # no harmonics
    assert choice[2] == pytest.approx(0.1, rel=0.02)
    assert np.abs(model - curve.without_smooth(y)).max() < 0.005


def test_too_few_fields_are_refused():
    with pytest.raises(ValueError, match="expected 20"):
        CurveLikelihood(FIELD_G[:19], FIELD_G[:19], FIELD_G[:19])


def test_minima_at_whole_quanta_tell_of_the_loop():
    minima = FLUX_QUANTUM_G_UM2 * np.array([1.0, 2.0, 3.0])
    seen = MinimaLikelihood(minima, np.full(3, 0.5), (0.0, 70.0))
    own, other = (seen.of(seen.response(loops_of(area)))[0] for area in (1.0, 1.5))
    assert own > seen.without_loops + 1
    assert other < own - 2


def test_minima_anywhere_have_the_chance_of_a_flat_density():
    seen = MinimaLikelihood(np.array([10.0, 30.0]), np.ones(2), (0.0, 60.0))
    assert seen.without_loops == pytest.approx(0.0, abs=1e-9)


def test_no_minimum_is_refused():
    with pytest.raises(ValueError, match="got 0 minima"):
        MinimaLikelihood(np.empty(0), np.empty(0), (0.0, 60.0))


def test_odds_against_many_films_and_their_mean():
    others = np.log(np.array([1.0, 3.0, 5.0, 7.0]))
    found = odds_against(float(np.log(400)), others, np.log(36.0), np.random.default_rng(0))
    assert found.log10_odds == pytest.approx(np.log10(400 / 20))
    assert found.low < found.log10_odds < found.high
    assert found.rank == pytest.approx(1 / 5)


def test_odds_far_beyond_the_smallest_number():
    found = odds_against(0.0, np.full(3, -3000.0), -4000.0, np.random.default_rng(0))
    assert found.log10_odds == pytest.approx((3000 + np.log(2)) / np.log(10))


def test_the_mean_over_a_grid():
    values = np.log(np.array([[1.0, 2.0], [3.0, 6.0]]))
    assert log_mean(values) == pytest.approx(np.log(3.0))
    assert logsumexp(values) - np.log(4) == pytest.approx(log_mean(values))
