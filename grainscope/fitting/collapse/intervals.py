"""What a collapse leaves open: profile intervals, and the joint likelihood of Hc and zν."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.fitting.collapse.series import INVERSE_BOUNDS, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.fitting.collapse.series import Collapse, ScalingRows

    Column = NDArray[np.float64]
    Interval = tuple[float, float]

#: An end is where the root of the rise of χ² is 1 within this.
_CLOSE = 2e-3
_MOST_TRIES = 25
#: The joint likelihood is computed so many standard deviations to either side.
_REACH = 3.5


class CollapseIntervals(NamedTuple):
    """68 % profile intervals of xc, κ and F(0)."""

    critical: Interval
    inverse: Interval
    value: Interval


class JointLikelihood(NamedTuple):
    """−Δχ²/2s² over xc (A values) and zν (B values).

    Attributes
    ----------
    critical : ndarray of float64, shape (A,)
    z_nu : ndarray of float64, shape (B,)
    log_likelihood : ndarray of float64, shape (A, B)
        0 at the best.
    correlation : float
        Of xc and zν, over the likelihood; NaN where it is not within the grid.
    """

    critical: Column
    z_nu: Column
    log_likelihood: NDArray[np.float64]
    correlation: float


def collapse_intervals(rows: ScalingRows, best: Collapse, rise: float) -> CollapseIntervals:
    """Return where the profiles of the sum of squares have risen by ``rise``.

    Parameters
    ----------
    rows : ScalingRows
    best : Collapse
        The minimum over xc and κ (and w).
    rise : float
        1 for 68.3 %; χ²/dof where the errors are known up to a factor only.

    Returns
    -------
    CollapseIntervals

    References
    ----------
    S. S. Wilks, Ann. Math. Stat. 9, 60 (1938).

    Examples
    --------
    >>> from grainscope.fitting.collapse.series import ScalingRows, collapse
    >>> x, t = np.tile(np.linspace(-1, 1, 15), 3), np.repeat([1.0, 2.0, 4.0], 15)
    >>> rows = ScalingRows(x, t, 3 * (x - 0.2) / t**0.75, np.full(45, 1e-3))
    >>> low, high = collapse_intervals(rows, collapse(rows, (0.0, 1.0)), 1.0).inverse
    >>> bool(0.74 < low < 0.75 < high < 0.76)
    True
    """
    control = (float(rows.control.min()), float(rows.control.max()))
    step = np.sqrt(np.diag(best.covariance) * rise)
    ends = []
    for index, bounds in enumerate((control, INVERSE_BOUNDS)):

        def chi2(at: float, theta: Column, index: int = index) -> tuple[float, Column]:
            start = theta.copy()
            start[index] = at
            found = settle(rows, best.form, start, held=(index,))
            return found.chi2, found.theta

        ends.append(_ends(chi2, best, float(best.theta[index]), float(step[index]), (bounds, rise)))

    def pinned(at: float, theta: Column) -> tuple[float, Column]:
        found = settle(rows, best.form, theta, pin=at)
        return found.chi2, found.theta

    value = float(best.master(np.zeros(1))[0])
    first = math.sqrt(rise) * float(rows.error.min())
    ends.append(_ends(pinned, best, value, first, ((-math.inf, math.inf), rise)))
    return CollapseIntervals(*ends)


def _ends(
    chi2: Callable[[float, Column], tuple[float, Column]],
    best: Collapse,
    value: float,
    step: float,
    limits: tuple[Interval, float],
) -> Interval:
    bounds, rise = limits
    found = []
    for side, bound in zip((-1.0, 1.0), bounds, strict=True):
        theta = best.theta

        def excess(away: float, side: float = side) -> float:
            nonlocal theta
            risen, theta = chi2(value + side * away, theta)
            return math.sqrt(max(risen - best.chi2, 0.0) / rise) - 1.0

        found.append(value + side * _root(excess, step, abs(bound - value)))
    return found[0], found[1]


def _root(excess: Callable[[float], float], step: float, farthest: float) -> float:
    """Find where the excess is 0: at 0 it is -1, and nearly straight from there."""
    low, at_low, high, at_high = 0.0, -1.0, math.inf, math.inf
    at = min(step, farthest)
    for _ in range(_MOST_TRIES):
        there = excess(at)
        if abs(there) < _CLOSE or (there < 0 and at >= farthest):
            return at
        if there < 0:
            low, at_low = at, there
        else:
            high, at_high = at, there
        if math.isinf(high):
            at = min(farthest, low / max(1 + at_low, 0.25), 4 * low)
        else:
            at = low + (high - low) * at_low / (at_low - at_high)
            at = min(max(at, low + 0.05 * (high - low)), high - 0.05 * (high - low))
    return at


def joint_likelihood(
    rows: ScalingRows, best: Collapse, rise: float, size: int = 25
) -> JointLikelihood:
    """Return −Δχ²/2s² around the best collapse, all but Hc and zν profiled.

    Parameters
    ----------
    rows : ScalingRows
    best : Collapse
    rise : float
        s², by which χ² is divided.
    size : int
        Values along either axis.

    Returns
    -------
    JointLikelihood
    """
    sd = np.sqrt(np.diag(best.covariance)[:2] * rise)
    control = np.clip(
        best.theta[0] + _REACH * sd[0] * np.linspace(-1, 1, size),
        rows.control.min(),
        rows.control.max(),
    )
    z_nu = 1 / best.theta[1] + _REACH * sd[1] / best.theta[1] ** 2 * np.linspace(-1, 1, size)
    z_nu = z_nu[(z_nu > 1 / INVERSE_BOUNDS[1]) & (z_nu < 1 / INVERSE_BOUNDS[0])]
    surface = np.empty((size, len(z_nu)))
    for i, j in np.ndindex(surface.shape):
        start = np.array([control[i], 1 / z_nu[j], *best.theta[2:]])
        surface[i, j] = settle(rows, best.form, start, held=(0, 1)).chi2
    log_likelihood = -0.5 * (surface - best.chi2) / rise
    correlation = _correlation(control, z_nu, log_likelihood)
    return JointLikelihood(control, z_nu, log_likelihood, correlation)


def _correlation(critical: Column, z_nu: Column, log_likelihood: NDArray[np.float64]) -> float:
    weight = np.exp(log_likelihood - log_likelihood.max())
    weight /= weight.sum()
    along, across = weight.sum(axis=1), weight.sum(axis=0)
    dx, dz = critical - along @ critical, z_nu - across @ z_nu
    spread = math.sqrt(float(along @ dx**2) * float(across @ dz**2))
    return float(dx @ weight @ dz) / spread if spread > 0 else float("nan")
