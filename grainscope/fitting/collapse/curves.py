"""How much a collapse hangs on single curves: leaving them out, pairs, and the jackknife."""

from __future__ import annotations

import math
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.fitting.collapse.goodness import agreement
from grainscope.fitting.collapse.series import settle
from grainscope.fitting.collapse.window import Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: All pairs of so many temperatures, neighbours only of more.
_MOST_FOR_ALL_PAIRS = 5
#: Variances of differences are not below this share of the variance.
_LEAST_VARIANCE = 0.01


class Shift(NamedTuple):
    """What leaving out a curve does to xc and κ, as multiples of what chance would do.

    Attributes
    ----------
    trial : Trial
        Without the curve.
    critical, inverse : float
        Without less with, in the units of xc and κ.
    critical_sigma, inverse_sigma : float
        The same over its standard deviation.
    """

    trial: Trial
    critical: float
    inverse: float
    critical_sigma: float
    inverse_sigma: float

    @property
    def largest_sigma(self) -> float:
        """The larger of the two, without sign."""
        return max(abs(self.critical_sigma), abs(self.inverse_sigma))


def without(whole: Trial, temperature: float) -> Trial:
    """Return the collapse without one temperature, F of the same degree.

    Parameters
    ----------
    whole : Trial
        Of three temperatures or more.
    temperature : float

    Returns
    -------
    Trial
    """
    return _of(whole, whole.rows.temperature != temperature, temperature)


def pairs(whole: Trial) -> tuple[Trial, ...]:
    """Return the collapses of two temperatures at a time."""
    temperatures = whole.rows.temperatures.tolist()
    few = len(temperatures) <= _MOST_FOR_ALL_PAIRS
    chosen = combinations(temperatures, 2) if few else pairwise(temperatures)
    return tuple(_of(whole, np.isin(whole.rows.temperature, pair)) for pair in chosen)


def _of(whole: Trial, kept: NDArray[np.bool_], left_out: float = math.nan) -> Trial:
    rows = whole.rows.where(kept)
    found = settle(rows, whole.found.form, whole.found.theta)
    return Trial(rows, found, agreement(rows, found), whole.half_width, whole.scatter, left_out)


def shift_without(whole: Trial, temperature: float) -> Shift:
    """Compare a collapse with the one that lacks a temperature.

    The estimate from all rows is efficient, so the variance of the difference is the
    difference of the variances (Hausman, Econometrica 46, 1251, 1978).

    Parameters
    ----------
    whole : Trial
    temperature : float

    Returns
    -------
    Shift
    """
    other = without(whole, temperature)
    moved = other.found.theta[:2] - whole.found.theta[:2]
    rise = min(whole.rise, other.rise)  # a misfit must not hide itself
    own, further = (np.diag(one.found.covariance)[:2] * rise for one in (whole, other))
    sigma = moved / np.sqrt(np.maximum(further - own, _LEAST_VARIANCE * own))
    return Shift(other, *moved.tolist(), *sigma.tolist())


def jackknife(whole: Trial) -> Column:
    """Return half-widths of 68 % intervals of xc, κ and F(0) from leaving out each curve.

    Where curves disagree by more than their noise, this is what a curve more or less
    would change:

        s² = (n − 1)/n Σ (θ_(i) − θ̄)²

    times Student's factor for n − 1.

    Parameters
    ----------
    whole : Trial
        Of three temperatures or more.

    Returns
    -------
    ndarray of float64, shape (3,)

    References
    ----------
    B. Efron, The Jackknife, the Bootstrap and Other Resampling Plans (SIAM, 1982).
    """
    from scipy.special import stdtrit

    found = [without(whole, t).found for t in whole.rows.temperatures.tolist()]
    values = np.array([(*one.theta[:2], float(one.master(np.zeros(1))[0])) for one in found])
    n = len(found)
    spread = np.sqrt((n - 1) / n * ((values - values.mean(axis=0)) ** 2).sum(axis=0))
    return np.asarray(stdtrit(n - 1, 0.8413447) * spread)
