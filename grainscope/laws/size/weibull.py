"""Weibull areas: broken pieces, and a tail on the side of the small."""

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

_LARGEST_EXPONENT = 100.0
_EULER = 0.5772156649015329


class Weibull:
    """A share exp(−(A/λ)^k) of grains is larger than A.

        ln f(x | x ≥ c) = ln k + z(x) − e^{z(x)} + e^{z(c)},  z(x) = k (x − ln λ)

    with x = ln(A/µm²).

    References
    ----------
    W. Weibull, J. Appl. Mech. 18, 293 (1951); for fragments: W. K. Brown and
    K. H. Wohletz, J. Appl. Phys. 78, 2758 (1995).

    Examples
    --------
    >>> from grainscope.laws.size import size_sample
    >>> x = np.log(np.random.default_rng(0).weibull(1.5, 3000) * 2)
    >>> sample = size_sample(x[x > -1], np.ones((x > -1).sum()), -1.0)
    >>> [round(value, 1) for value in Weibull().fit(sample).theta]
    [2.0, 1.5]
    """

    name = "weibull"
    title = "Weibull"
    parameters = (
        Parameter("scale_um2", "µm²", 0.0, math.inf, "λ: area that a share 1/e exceeds"),
        Parameter("shape", "", 0.0, math.inf, "k"),
    )

    def log_density(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return ln f(x | x ≥ cut) per unit of ln A."""
        z = _reduced(np.asarray(x), theta)
        return math.log(theta[1]) + z - np.exp(z) + math.exp(_reduced(cut, theta))

    def survival(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return the probability of more than x, given x ≥ cut."""
        return np.exp(math.exp(_reduced(cut, theta)) - np.exp(_reduced(np.asarray(x), theta)))

    def fit(self, sample: SizeSample, start: Theta | None = None) -> Estimate:
        """Return the most likely λ and k."""
        mean = sample.mean(sample.x)
        shape = math.pi / math.sqrt(6 * sample.mean((sample.x - mean) ** 2))
        first = (math.exp(mean + _EULER / shape), shape) if start is None else start
        top = climb(_score(sample), np.log(np.array(first)), _box(sample))
        return Estimate((math.exp(top.point[0]), math.exp(top.point[1])), top.value, 2.0)

    def interval(self, sample: SizeSample, theta: Theta) -> tuple[Theta, Theta]:
        """Return the 68 % profile intervals."""
        low, high = profile_interval(_score(sample), np.log(np.array(theta)), _box(sample))
        return (math.exp(low[0]), math.exp(low[1])), (math.exp(high[0]), math.exp(high[1]))

    def draw(self, rng: np.random.Generator, n: int, theta: Theta, cut: float) -> Column:
        """Draw n values x ≥ cut."""
        above = math.exp(_reduced(cut, theta)) + rng.standard_exponential(n)
        return np.asarray(math.log(theta[0]) + np.log(above) / theta[1])


def _reduced(x: Column | float, theta: Theta) -> Column:
    """Return z, held below what an exponential can take."""
    return np.minimum(theta[1] * (x - math.log(theta[0])), _LARGEST_EXPONENT)


def _box(sample: SizeSample) -> Box:
    reach = float(sample.x[-1]) - sample.cut
    mean = sample.mean(sample.x)
    shape = math.log(math.pi / math.sqrt(6 * sample.mean((sample.x - mean) ** 2)))
    return Box(
        np.array([sample.cut - 3 * reach, shape - 3.0]),
        np.array([float(sample.x[-1]) + reach, shape + 2.0]),
    )


def _score(sample: SizeSample) -> Score:
    def score(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shape = math.exp(point[1])
        z = np.minimum(shape * (sample.x - point[0]), _LARGEST_EXPONENT)
        z_cut = min(shape * (sample.cut - float(point[0])), _LARGEST_EXPONENT)
        grown, grown_cut = np.exp(z), math.exp(z_cut)
        value = point[1] + sample.mean(z - grown) + grown_cut
        slope = (
            shape * (sample.mean(grown) - 1 - grown_cut),
            1 + sample.mean(z - z * grown) + z_cut * grown_cut,
        )
        return sample.n_eff * float(value), sample.n_eff * np.array(slope)

    return score
