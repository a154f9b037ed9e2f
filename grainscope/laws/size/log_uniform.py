"""Log-uniform areas: as many grains in every octave, the hierarchy of the paper's argument."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.parameter import Parameter
from grainscope.laws.size.law import Estimate

if TYPE_CHECKING:
    from grainscope.laws.size.law import Column, Theta
    from grainscope.laws.size.sample import SizeSample

#: A normal distribution has 68 % between these.
_LOW, _HIGH = 0.16, 0.84


class LogUniform:
    """x = ln(A/µm²) is uniform between two ends: p(A) ∝ 1/A.

        f(x | x ≥ c) = 1/(b − max(a, c)),  max(a, c) ≤ x ≤ b

    As charging energies go with 1/√A, such areas have barriers with p(Δ) ∝ 1/Δ.

    The most likely ends are the smallest and the largest value. They always lie
    inside the true ones, by R/(n − 1) on average for a range R of n values, so
    that much is added. The likelihood falls from its top as a power and has no
    parabola there; the intervals are exact instead: (b − max x)/R exceeds t with
    probability (1 + t)^(1 − n). With weights, n is the number of grains that there
    would be if all weighed as much as the one at that end, Σw/w.

    For the same reason an end costs more in the BIC than other parameters do: the
    likelihood of b above max x is L (R/(b − min x))ⁿ, its integral over b is
    L R/(n − 1), and −2 ln of that is −2 ln L + 2 ln n, twice the price of a regular
    parameter.

    Where the range goes on below the cut, its lower end is not in the data. Both
    readings are fitted, one that begins at the cut and one with a lower end of its
    own, and the one of lower BIC is kept; in the first the lower end is given as
    the cut, with no lower bound.

    References
    ----------
    N. L. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions 2
    (Wiley, 1995), chapter 26; H. Chernoff and H. Rubin, Proc. 3rd Berkeley Symp. 1, 19 (1956).

    Examples
    --------
    >>> from grainscope.laws.size import size_sample
    >>> sample = size_sample(np.linspace(-4, 2, 500), np.ones(500), -4.0)
    >>> [round(float(value), 3) for value in LogUniform().fit(sample).theta]
    [0.018, 7.478]
    """

    name = "log_uniform"
    title = "log-uniform"
    parameters = (
        Parameter("low_um2", "µm²", 0.0, math.inf, "smallest area; the cut where not above it"),
        Parameter("high_um2", "µm²", 0.0, math.inf, "largest area"),
    )

    def log_density(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return ln f(x | x ≥ cut) per unit of ln A; minus infinity outside the ends."""
        low, high = _ends(theta, cut)
        inside = (x >= low - 1e-12) & (x <= high + 1e-12)
        return np.where(inside, -math.log(high - low), -np.inf)

    def survival(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return the probability of more than x, given x ≥ cut."""
        low, high = _ends(theta, cut)
        return np.clip((high - np.asarray(x)) / (high - low), 0.0, 1.0)

    def fit(self, sample: SizeSample, start: Theta | None = None) -> Estimate:
        """Return the ends, corrected for bias; ``start`` is not needed."""
        n, high = sample.n_eff, float(sample.x[-1])
        n_low, n_high = _numbers(sample)
        own, from_cut = high - float(sample.x[0]), high - sample.cut
        own_bic = 4 * math.log(n) + 2 * n * math.log(own)
        if own_bic < 2 * math.log(n) + 2 * n * math.log(from_cut):
            low = max(float(sample.x[0]) - own / (n_low - 1), sample.cut)
            high += own / (n_high - 1)
            return Estimate((math.exp(low), math.exp(high)), -n * math.log(own), 4.0)
        ends = math.exp(sample.cut), math.exp(high + from_cut / n_high)
        return Estimate(ends, -n * math.log(from_cut), 2.0)

    def interval(self, sample: SizeSample, theta: Theta) -> tuple[Theta, Theta]:
        """Return the exact 68 % intervals."""
        high, (n_low, n_high) = float(sample.x[-1]), _numbers(sample)
        if math.log(theta[0]) <= sample.cut + 1e-12:
            reach = high - sample.cut
            away = [reach * (share ** (-1 / n_high) - 1) for share in (_HIGH, _LOW)]
            at_cut = math.exp(sample.cut)
            return (-math.inf, math.exp(high + away[0])), (at_cut, math.exp(high + away[1]))
        low, reach = float(sample.x[0]), high - float(sample.x[0])
        near_low, far_low, near_high, far_high = (
            reach * (share ** (-1 / (n - 1)) - 1)
            for n in (n_low, n_high)
            for share in (_HIGH, _LOW)
        )
        lowest = max(low - far_low, sample.cut)
        return (
            (math.exp(lowest), math.exp(high + near_high)),
            (math.exp(max(low - near_low, lowest)), math.exp(high + far_high)),
        )

    def draw(self, rng: np.random.Generator, n: int, theta: Theta, cut: float) -> Column:
        """Draw n values x ≥ cut."""
        return rng.uniform(*_ends(theta, cut), n)


def _ends(theta: Theta, cut: float) -> tuple[float, float]:
    return max(math.log(theta[0]), cut), math.log(theta[1])


def _numbers(sample: SizeSample) -> tuple[float, float]:
    """Return how many grains of the weight of the smallest, and of the largest, there would be."""
    low, high = (max(sample.n_eff / float(sample.weight[end]), 2.0) for end in (0, -1))
    return low, high
