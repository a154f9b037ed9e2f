"""Two lognormal kinds of grains: large ones, and small ones between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.parameter import Parameter
from grainscope.laws.size.climb import Box, climb
from grainscope.laws.size.law import Estimate
from grainscope.laws.size.lognormal import RANGES_BELOW, Lognormal, hazard
from grainscope.laws.size.profile import profile_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.size.climb import Score, Top
    from grainscope.laws.size.law import Column, Theta
    from grainscope.laws.size.sample import SizeSample

    Vector = NDArray[np.float64]

#: The range of the data is at most so many σ of a kind: one grain is no kind of its own.
_SIGMAS_IN_RANGE = 40.0
#: A kind holds between 1.8 and 98.2 % of the grains.
_LARGEST_LOGIT = 4.0
_STARTS = (0.25, 0.5, 0.75)
_ONE = Lognormal()


class TwoLognormals:
    """A share q of the grains above the cut is of one lognormal kind, the rest of another.

        f(x | x ≥ c) = q f₁(x | x ≥ c) + (1 − q) f₂(x | x ≥ c)

    with µ₁ < µ₂. The share is of grains above the cut, since those below it of
    either kind are not in the data. The likelihood grows without bound where one
    kind closes in on a single grain; σ is held above a fortieth of the range.

    References
    ----------
    G. McLachlan and D. Peel, Finite Mixture Models (Wiley, 2000), sections 2.5 and 3.8.

    Examples
    --------
    >>> from grainscope.laws.size import size_sample
    >>> rng = np.random.default_rng(0)
    >>> x = np.append(rng.normal(-6, 0.5, 400), rng.normal(-2, 0.7, 600))
    >>> theta = TwoLognormals().fit(size_sample(x, np.ones(1000), -9.0)).theta
    >>> [round(value, 1) for value in theta]
    [0.4, -6.0, 0.5, -2.0, 0.7]
    """

    name = "two_lognormals"
    title = "two lognormals"
    parameters = (
        Parameter("share", "", 0.0, 1.0, "of the smaller kind, above the cut"),
        Parameter("mu_1", "", -math.inf, math.inf, "mean of ln(A/µm²), smaller kind"),
        Parameter("sigma_1", "", 0.0, math.inf, "its standard deviation"),
        Parameter("mu_2", "", -math.inf, math.inf, "mean of ln(A/µm²), larger kind"),
        Parameter("sigma_2", "", 0.0, math.inf, "its standard deviation"),
    )

    def log_density(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return ln f(x | x ≥ cut) per unit of ln A."""
        share, first, second = theta[0], theta[1:3], theta[3:5]
        return np.logaddexp(
            math.log(share) + _ONE.log_density(x, first, cut),
            math.log1p(-share) + _ONE.log_density(x, second, cut),
        )

    def survival(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return the probability of more than x, given x ≥ cut."""
        small, large = (_ONE.survival(x, kind, cut) for kind in (theta[1:3], theta[3:5]))
        return theta[0] * small + (1 - theta[0]) * large

    def fit(self, sample: SizeSample, start: Theta | None = None) -> Estimate:
        """Return the most likely values; without a start, the best of three climbs."""
        score, box = _score(sample), _box(sample)
        starts = [_coordinates(start)] if start else [_split(sample, share) for share in _STARTS]
        best: Top = max((climb(score, s, box) for s in starts), key=lambda top: top.value)
        return Estimate(_theta(best.point), best.value, 5.0)

    def interval(self, sample: SizeSample, theta: Theta) -> tuple[Theta, Theta]:
        """Return the 68 % profile intervals."""
        low, high = profile_interval(_score(sample), _coordinates(theta), _box(sample))
        return _transformed(low), _transformed(high)

    def draw(self, rng: np.random.Generator, n: int, theta: Theta, cut: float) -> Column:
        """Draw n values x ≥ cut."""
        n_small = int(rng.binomial(n, theta[0]))
        small = _ONE.draw(rng, n_small, theta[1:3], cut)
        large = _ONE.draw(rng, n - n_small, theta[3:5], cut)
        return rng.permutation(np.append(small, large))


def _coordinates(theta: Theta) -> Vector:
    share, mu_1, sigma_1, mu_2, sigma_2 = theta
    logit = math.log(share / (1 - share))
    return np.array([logit, mu_1, math.log(sigma_1), mu_2, math.log(sigma_2)])


def _transformed(point: Vector) -> Theta:
    # An infinite end of a logit or a logarithm is the end of the range: 0, 1 or infinity.
    share = 1 / (1 + np.exp(-point[0]))
    return (float(share), float(point[1]), math.exp(point[2]), float(point[3]), math.exp(point[4]))


def _theta(point: Vector) -> Theta:
    """Return the values with the smaller kind first."""
    share, mu_1, sigma_1, mu_2, sigma_2 = _transformed(point)
    if mu_1 <= mu_2:
        return share, mu_1, sigma_1, mu_2, sigma_2
    return 1 - share, mu_2, sigma_2, mu_1, sigma_1


def _split(sample: SizeSample, share: float) -> Vector:
    """Start with the smaller sizes as one kind and the larger as the other."""
    reached = np.cumsum(sample.weight) / sample.n_eff
    at = min(max(int(np.searchsorted(reached, share)), 1), len(reached) - 1)
    kinds: list[float] = []
    for part in (slice(0, at), slice(at, None)):
        x, weight = sample.x[part], sample.weight[part] / sample.weight[part].sum()
        mean = float(weight @ x)
        spread = math.sqrt(float(weight @ (x - mean) ** 2))
        kinds += [mean, math.log(max(1.5 * spread, np.ptp(sample.x) / _SIGMAS_IN_RANGE))]
    return np.array([math.log(share / (1 - share)), *kinds])


def _box(sample: SizeSample) -> Box:
    reach = float(sample.x[-1]) - sample.cut
    narrow = math.log(float(np.ptp(sample.x)) / _SIGMAS_IN_RANGE)
    wide = math.log(2 * reach)
    lowest, highest = sample.cut - RANGES_BELOW * reach, float(sample.x[-1])
    return Box(
        np.array([-_LARGEST_LOGIT, lowest, narrow, lowest, narrow]),
        np.array([_LARGEST_LOGIT, highest, wide, highest, wide]),
    )


def _score(sample: SizeSample) -> Score:
    x, weight, cut = sample.x, sample.weight, sample.cut

    def score(point: Vector) -> tuple[float, Vector]:
        share, mu_1, sigma_1, mu_2, sigma_2 = _transformed(point)
        kinds = ((mu_1, sigma_1), (mu_2, sigma_2))
        small, large = (
            math.log(part) + _ONE.log_density(x, kind, cut)
            for part, kind in zip((share, 1 - share), kinds, strict=True)
        )
        both = np.logaddexp(small, large)
        owned = [weight * np.exp(kind - both) for kind in (small, large)]
        slopes = [float(owned[0].sum()) - share * sample.n_eff]
        for (mu, sigma), own in zip(kinds, owned, strict=True):
            slopes += _slopes((x - mu) / sigma, own, sigma, (cut - mu) / sigma)
        return float(weight @ both), np.array(slopes)

    return score


def _slopes(z: Vector, own: Vector, sigma: float, alpha: float) -> tuple[float, float]:
    """Return what one kind's log-likelihood gains by µ and by ln σ."""
    lost = hazard(0.0, 1.0, alpha)
    n = float(own.sum())
    by_mu = (float(own @ z) - n * lost) / sigma
    return by_mu, float(own @ z**2) - n * (1 + alpha * lost)
