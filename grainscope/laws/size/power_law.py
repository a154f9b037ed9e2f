"""Areas that fall off as a power: aggregates without a size of their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.parameter import Parameter
from grainscope.laws.size.law import Estimate

if TYPE_CHECKING:
    from grainscope.laws.size.law import Column, Theta
    from grainscope.laws.size.sample import SizeSample


class PowerLaw:
    """p(A) ∝ A^−α above the cut: x = ln(A/µm²) falls off exponentially.

        f(x | x ≥ c) = (α − 1) e^{−(α − 1)(x − c)},  α > 1

    The most likely α − 1 is the inverse mean of x − c; n (α − 1) times that mean
    is gamma distributed with shape n, which the interval comes from.

    References
    ----------
    A. Clauset, C. R. Shalizi and M. E. J. Newman, SIAM Rev. 51, 661 (2009).

    Examples
    --------
    >>> from grainscope.laws.size import size_sample
    >>> sample = size_sample(np.linspace(0, 2, 101), np.ones(101), 0.0)
    >>> PowerLaw().fit(sample).theta
    (2.0,)
    """

    name = "power_law"
    title = "power law"
    parameters = (Parameter("exponent", "", 1.0, math.inf, "α of p(A) ∝ A^−α"),)

    def log_density(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return ln f(x | x ≥ cut) per unit of ln A."""
        rate = theta[0] - 1
        return np.asarray(math.log(rate) - rate * (x - cut))

    def survival(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return the probability of more than x, given x ≥ cut."""
        return np.exp(-(theta[0] - 1) * (np.asarray(x) - cut))

    def fit(self, sample: SizeSample, start: Theta | None = None) -> Estimate:
        """Return the most likely exponent; ``start`` is not needed."""
        rate = 1 / (sample.mean(sample.x) - sample.cut)
        return Estimate((1 + rate,), sample.n_eff * (math.log(rate) - 1), 1.0)

    def interval(self, sample: SizeSample, theta: Theta) -> tuple[Theta, Theta]:
        """Return the exact 68 % interval."""
        from scipy.special import gammaincinv

        n, rate = sample.n_eff, theta[0] - 1
        low, high = (1 + rate * float(gammaincinv(n, share)) / n for share in (0.16, 0.84))
        return (low,), (high,)

    def draw(self, rng: np.random.Generator, n: int, theta: Theta, cut: float) -> Column:
        """Draw n values x ≥ cut."""
        return cut + rng.exponential(1 / (theta[0] - 1), n)
