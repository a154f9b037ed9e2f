"""How far the grains are from a law, and how often the law itself would be as far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.size.sample import SizeSample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.size.law import Estimate, SizeLaw

    Column = NDArray[np.float64]

#: Cells of equal width in ln A in which samples of the law are drawn and refitted.
_CELLS = 300
_SMALLEST = 1e-12


@dataclass(frozen=True)
class Goodness:
    """Distances of a sample to a law; the p values are NaN where none was asked for."""

    ks: float
    ks_p: float
    ad: float
    ad_p: float


def goodness_of_fit(
    law: SizeLaw,
    sample: SizeSample,
    estimate: Estimate,
    n_draws: int,
    rng: np.random.Generator,
) -> Goodness:
    """Return the Kolmogorov–Smirnov and Anderson–Darling distances with their p values.

    A fitted law is nearer to its grains than to others, so tables for a law known
    beforehand do not hold; samples of the fitted law, each fitted anew, tell how
    far a sample of it is from its own fit. All are counted in cells of ln A, which
    makes drawing one a single multinomial; the grains are counted in the same.

    Parameters
    ----------
    law : SizeLaw
        The law.
    sample : SizeSample
        The grains, worth n of equal weight.
    estimate : Estimate
        The law's fit to them.
    n_draws : int
        Samples of n grains to draw.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    Goodness
        p = (1 + number as far or farther) / (1 + number drawn).

    References
    ----------
    H. W. Lilliefors, J. Am. Stat. Assoc. 62, 399 (1967); W. Stute, W. González Manteiga and
    M. Presedo Quindimil, Metrika 40, 243 (1993), on the parametric bootstrap.
    """
    below = 1 - law.survival(sample.x, estimate.theta, sample.cut)
    found = distances(below, sample.weight)
    if n_draws == 0:
        return Goodness(found[0], math.nan, found[1], math.nan)
    edges = np.linspace(sample.cut, float(sample.x[-1]) + 1e-9, _CELLS + 1)
    here = _in_cells(law, sample, estimate.theta, edges)
    share = -np.diff(law.survival(edges, estimate.theta, sample.cut))
    counts = rng.multinomial(round(sample.n_eff), share / share.sum(), n_draws)
    drawn = [_refitted(law, count, edges, sample, estimate) for count in counts]
    ks_p, ad_p = ((1 + sum(far[k] >= here[k] for far in drawn)) / (1 + n_draws) for k in (0, 1))
    return Goodness(found[0], ks_p, found[1], ad_p)


def distances(below: Column, weight: Column) -> tuple[float, float]:
    """Return D = max |P − F| and A² = n ∫ (P − F)²/(F(1 − F)) dF of weighted values.

    P is the share of the weight up to each value. Between two values P is
    constant and the integrand is P²/F + (1 − P)²/(1 − F) − 1, which gives A² in
    closed form for any weights; for equal ones it is Anderson and Darling's sum.

    Parameters
    ----------
    below : ndarray of float64, shape (M,)
        F at the values, ascending.
    weight : ndarray of float64, shape (M,)
        Summing to n.

    Returns
    -------
    ks, ad : float

    References
    ----------
    T. W. Anderson and D. A. Darling, J. Am. Stat. Assoc. 49, 765 (1954).

    Examples
    --------
    >>> ks, ad = distances(np.array([0.1, 0.4, 0.8]), np.ones(3))
    >>> round(ks, 4), round(ad, 4)
    (0.2667, 0.2786)
    """
    n = float(weight.sum())
    reached = np.minimum(np.append(0.0, np.cumsum(weight) / n), 1.0)
    law = np.clip(below, _SMALLEST, 1 - _SMALLEST)
    ks = max(np.abs(reached[1:] - law).max(), np.abs(law - reached[:-1]).max())
    left, right = np.append(_SMALLEST, law), np.append(law, 1 - _SMALLEST)
    parts = (
        reached**2 * np.log(right / left)
        + (1 - reached) ** 2 * np.log((1 - left) / (1 - right))
        - (right - left)
    )
    return float(ks), float(n * parts.sum())


def _in_cells(
    law: SizeLaw, sample: SizeSample, theta: tuple[float, ...], edges: Column
) -> tuple[float, float]:
    """Return the distances of a sample as far as its counts in cells tell them."""
    count, _ = np.histogram(sample.x, edges, weights=sample.weight)
    below = 1 - law.survival(edges[1:], theta, sample.cut)
    reached = np.cumsum(count) / count.sum()
    inner = slice(0, -1)
    gap, law_here = reached[inner] - below[inner], np.clip(below, _SMALLEST, 1 - _SMALLEST)
    step = np.diff(law_here, prepend=0.0)[inner]
    spread = law_here[inner] * (1 - law_here[inner])
    return float(np.abs(gap).max()), float(sample.n_eff * (gap**2 / spread * step).sum())


def _refitted(
    law: SizeLaw, count: NDArray[np.int64], edges: Column, sample: SizeSample, estimate: Estimate
) -> tuple[float, float]:
    filled = count > 0
    middle = (0.5 * (edges[1:] + edges[:-1]))[filled]
    drawn = SizeSample(middle, count[filled].astype(np.float64), sample.cut)
    # No law is fitted to grains of one size, all in one cell.
    theta = law.fit(drawn, estimate.theta).theta if len(middle) > 1 else estimate.theta
    return _in_cells(law, drawn, theta, edges)
