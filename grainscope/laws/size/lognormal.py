"""Lognormal areas: what coarsening by many small random steps tends to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.parameter import Parameter
from grainscope.laws.size.climb import Box, climb
from grainscope.laws.size.law import Estimate
from grainscope.laws.size.profile import profile_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.size.climb import Score
    from grainscope.laws.size.law import Column, Theta
    from grainscope.laws.size.sample import SizeSample

#: How many ranges of the data µ may lie below the cut; further down nothing changes.
RANGES_BELOW = 3.0
_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


class Lognormal:
    """x = ln(A/µm²) is normal, cut off on the left.

        f(x | x ≥ c) = φ((x − µ)/σ) / (σ Φ((µ − c)/σ))

    An exponential family: mean and mean square of x hold all that a sample says.
    Data that fall off exponentially in x drive µ ever further below the cut with
    a likelihood that hardly changes; it stops three ranges of the data below.

    References
    ----------
    A. C. Cohen, Truncated and Censored Samples (Dekker, 1991), chapter 2; for grains:
    C. G. Granqvist and R. A. Buhrman, J. Appl. Phys. 47, 2200 (1976).

    Examples
    --------
    >>> from grainscope.laws.size import size_sample
    >>> x = np.random.default_rng(0).normal(-2.5, 1.2, 2000)
    >>> sample = size_sample(x[x > -3.2], np.ones((x > -3.2).sum()), -3.2)
    >>> [round(value, 1) for value in Lognormal().fit(sample).theta]
    [-2.5, 1.2]
    """

    name = "lognormal"
    title = "lognormal"
    parameters = (
        Parameter("mu", "", -math.inf, math.inf, "mean of ln(A/µm²), cut or not"),
        Parameter("sigma", "", 0.0, math.inf, "standard deviation of ln A"),
    )

    def log_density(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return ln f(x | x ≥ cut) per unit of ln A."""
        mu, sigma = theta
        return log_normal(x, mu, sigma) - log_seen(mu, sigma, cut)

    def survival(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return the probability of more than x, given x ≥ cut."""
        mu, sigma = theta
        return np.exp(log_seen(mu, sigma, x) - log_seen(mu, sigma, cut))

    def fit(self, sample: SizeSample, start: Theta | None = None) -> Estimate:
        """Return the most likely µ and σ."""
        first = start or (sample.mean(sample.x), _spread(sample))
        top = climb(_score(sample), np.array([first[0], math.log(first[1])]), _box(sample))
        theta = float(top.point[0]), math.exp(top.point[1])
        return Estimate(theta, top.value, 2.0)

    def interval(self, sample: SizeSample, theta: Theta) -> tuple[Theta, Theta]:
        """Return the 68 % profile intervals."""
        best = np.array([theta[0], math.log(theta[1])])
        low, high = profile_interval(_score(sample), best, _box(sample))
        return (low[0], math.exp(low[1])), (high[0], math.exp(high[1]))

    def draw(self, rng: np.random.Generator, n: int, theta: Theta, cut: float) -> Column:
        """Draw n values x ≥ cut."""
        from scipy.special import log_ndtr, ndtri_exp

        mu, sigma = theta
        log_share = np.log1p(-rng.random(n)) + log_ndtr((mu - cut) / sigma)
        return np.asarray(mu - sigma * ndtri_exp(log_share))


def log_normal(x: Column, mu: float, sigma: float) -> Column:
    """Return the logarithm of the normal density."""
    return -0.5 * ((x - mu) / sigma) ** 2 - math.log(sigma) - _LOG_SQRT_2PI


def log_seen(mu: float, sigma: float, x: Column | float) -> Column:
    """Return ln Φ((µ − x)/σ): the logarithm of the share above x, accurate in both tails."""
    from scipy.special import log_ndtr

    return np.asarray(log_ndtr((mu - np.asarray(x)) / sigma))


def hazard(mu: float, sigma: float, cut: float) -> float:
    """Return φ(α)/Φ(−α) at α = (cut − µ)/σ."""
    alpha = (cut - mu) / sigma
    return math.exp(-0.5 * alpha**2 - _LOG_SQRT_2PI - float(log_seen(mu, sigma, cut)))


def _spread(sample: SizeSample) -> float:
    mean = sample.mean(sample.x)
    return math.sqrt(sample.mean((sample.x - mean) ** 2))


def _box(sample: SizeSample) -> Box:
    reach = float(sample.x[-1]) - sample.cut
    spread = math.log(_spread(sample))
    return Box(
        np.array([sample.cut - RANGES_BELOW * reach, spread - 3.0]),
        np.array([float(sample.x[-1]), spread + 3.0]),
    )


def _score(sample: SizeSample) -> Score:
    n, mean = sample.n_eff, sample.mean(sample.x)
    variance = sample.mean((sample.x - mean) ** 2)

    def score(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        mu, sigma = float(point[0]), math.exp(point[1])
        away, lost = (mean - mu) / sigma, hazard(mu, sigma, sample.cut)
        square = variance / sigma**2 + away**2
        value = -0.5 * square - point[1] - _LOG_SQRT_2PI - float(log_seen(mu, sigma, sample.cut))
        slope = (away - lost) / sigma, square - 1 - (sample.cut - mu) / sigma * lost
        return n * float(value), n * np.array(slope)

    return score
