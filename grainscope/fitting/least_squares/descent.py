"""Nonlinear least squares within bounds: descent to the smallest sum of squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from grainscope.fitting.least_squares.slope import (
    HUGE,
    Box,
    Point,
    Slope,
    lengths_after,
    lengths_at,
    slope_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from grainscope.fitting.least_squares.slope import Column, Residual

_EPS = float(np.finfo(np.float64).eps)
_MOST_SLOPES = 400
_MOST_TRIALS = 60
#: Lengths for differences, over those at the start, at least.
_SHORTEST = 1e-6
#: Share of a sum of squares that its rounding hides.
_UNSEEN = 1e-13
#: A parameter whose standard deviation is so many times its size is not told.
_ADRIFT = 1e4
#: Factors on a parameter that the data did not tell where a descent ended, to start anew.
_ELSEWHERE = (0.1, 10.0, 0.01, 100.0)


@dataclass(frozen=True)
class Minimum:
    """Where a sum of squares is smallest.

    Attributes
    ----------
    theta : ndarray of float64, shape (P,)
        The parameters there.
    residual : ndarray of float64, shape (K,)
        In standard deviations.
    covariance : ndarray of float64, shape (P, P)
        Inverse of JᵀJ, bounds not considered; infinite on the diagonal where the data
        do not tell, 0 where a parameter was held by equal bounds.
    converged : bool
        Whether no step from here promises to lower the sum of squares.
    jacobian : ndarray of float64, shape (K, P), optional
        Of the residuals.
    """

    theta: Column
    residual: Column
    covariance: NDArray[np.float64]
    converged: bool
    jacobian: NDArray[np.float64] | None = None

    @property
    def chi2(self) -> float:
        """Sum of squares, −2 ln L up to a constant."""
        return float(self.residual @ self.residual)


def minimise(
    residual: Residual,
    start: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    searched: bool = False,
) -> Minimum:
    """Return the smallest sum of squares within bounds, from a start.

    Levenberg–Marquardt on a QR decomposition, columns scaled, steps cut at bounds.
    Where it ends without having settled, or where the data do not tell a parameter,
    it starts again with steps small against the parameters, then with that parameter
    ten and a hundred times smaller and larger; the lowest end counts. Residuals that
    are not finite count as very large, so that a law may overflow on the way.

    Parameters
    ----------
    residual : callable
        Parameters, shape (P,), to residuals in standard deviations, shape (K,).
    start, low, high : array_like, shape (P,)
        First guess, moved to the bounds where it is outside; bounds may be infinite,
        and equal ones hold a parameter.
    searched : bool
        Whether the start is the best of many places already: then a parameter that the data
        do not tell is no reason to start again.

    Returns
    -------
    Minimum

    References
    ----------
    J. J. Moré, Lecture Notes in Mathematics 630, 105 (1978); M. K. Transtrum &
    J. P. Sethna, arXiv:1201.5885 (2012), on the correction of curved steps.

    Examples
    --------
    >>> found = minimise(lambda p: p - np.array([1.0, 2.0]), [0, 0], [-9, -9], [9, 1.5])
    >>> found.theta.round(6), round(found.chi2, 6)
    (array([1. , 1.5]), 0.25)
    """
    box = Box(np.asarray(low, np.float64), np.asarray(high, np.float64))
    first = np.clip(np.asarray(start, np.float64), box.low, box.high)
    with np.errstate(all="ignore"):
        found, covariance = _lowest(tamed(residual), first, box, searched)
    at, slope, settled = found
    return Minimum(at.theta, at.residual, covariance, settled and at.chi2 < HUGE**2, slope.jacobian)


def _lowest(
    residual: Residual, first: Column, box: Box, searched: bool
) -> tuple[Descent, NDArray[np.float64]]:
    """Descend from the start, and in other ways until the end is settled and told."""
    found = descend(residual, first, box)
    if searched and found.settled:
        return found, found.slope.covariance(box)
    for again in _again(residual, first, box, found):
        if again.at.chi2 < (1 - 1e-9) * found.at.chi2 or (again.settled and not found.settled):
            found = again
        if found.settled and not _adrift(found, box).any():
            break
    return found, found.slope.covariance(box)


def _again(residual: Residual, first: Column, box: Box, found: Descent) -> Iterator[Descent]:
    """Yield descents with small steps, and from other values of what was not told."""
    if found.settled and not _adrift(found, box).any():
        return
    second = descend(residual, first, box, _RELATIVE)
    yield second
    for factor in _ELSEWHERE:
        there = np.where(_adrift(second, box), factor * second.at.theta, second.at.theta)
        yield descend(residual, np.clip(there, box.low, box.high), box)


def _adrift(found: Descent, box: Box) -> NDArray[np.bool_]:
    """Return which parameters could be anything, so far from their size do the data let them."""
    at = found.at
    spread = np.sqrt(at.chi2 / len(at.residual) * np.diag(found.slope.covariance(box)))
    return np.asarray(~(spread <= _ADRIFT * np.abs(at.theta)) & (at.theta != 0))


def tamed(residual: Residual) -> Residual:
    """Return residuals that are finite everywhere: what is not counts as very large.

    Examples
    --------
    >>> tamed(lambda p: np.array([p[0], np.inf, -1.0]))(np.array([2.0])).tolist()
    [2.0, 1e+100, -1.0]
    """
    size = 0

    def tame(theta: Column) -> Column:
        nonlocal size
        try:
            found = np.asarray(residual(theta), np.float64)
        except ArithmeticError:
            found = np.full(size, np.inf)
        size = len(found)
        if not found @ found < HUGE**2:
            found = np.nan_to_num(np.clip(found, -HUGE, HUGE), nan=HUGE)
        return found

    return tame


class Descent(NamedTuple):
    """Where a descent ended, and whether no way down was left."""

    at: Point
    slope: Slope
    settled: bool


class Damping(NamedTuple):
    """How much steps are held back, in which unit of each parameter.

    Attributes
    ----------
    amount : float
    unit : {"column", "size"}
        The longest column of the Jacobian so far (Moré), or the parameter's own size.
    """

    amount: float
    unit: Literal["column", "size"] = "column"

    def scale(self, at: Point, longest: Column) -> Column:
        """Return the reciprocal of each parameter's unit."""
        if self.unit == "column":
            return np.where(longest > 0, longest, 1.0)
        size = np.abs(at.theta)
        return np.asarray(np.sqrt(at.chi2) / np.where(size > 0, size, 1.0))


_FREELY = Damping(1e-3)
_RELATIVE = Damping(1.0, "size")
#: Where the start is almost the end.
CLOSELY = Damping(1e-8)


def point_at(residual: Residual, theta: Column) -> Point:
    """Return the parameters with what they leave.

    Examples
    --------
    >>> point_at(lambda p: p - 3.0, np.array([1.0])).chi2
    4.0
    """
    found = residual(theta)
    return Point(theta, found, float(found @ found))


def descend(
    residual: Residual,
    start: Column,
    box: Box,
    damping: Damping = _FREELY,
    enough: float = 0.0,
) -> Descent:
    """Go down from a start until no more than ``enough`` is promised.

    Parameters
    ----------
    residual : callable
        Finite everywhere, as `tamed` makes it.
    start : ndarray of float64, shape (P,)
        Inside the box.
    box : Box
    damping : Damping
        How much the first step is held back.
    enough : float
        A fall of the sum of squares that is not worth a step.

    Returns
    -------
    Descent

    Examples
    --------
    >>> box = Box(np.array([-9.0]), np.array([9.0]))
    >>> descend(lambda p: np.exp(p) - 1.0, np.array([1.0]), box).at.theta.round(9).tolist()
    [0.0]
    """
    at = point_at(residual, start)
    lengths = first = lengths_at(residual, at, box)
    longest = np.zeros(len(start))
    last = np.inf
    for _ in range(_MOST_SLOPES):
        slope = slope_at(residual, at, box, lengths)
        # Never so short that differences of an exact law's residuals are all rounding.
        lengths = np.maximum(lengths_after(slope, at, lengths), _SHORTEST * first)
        longest = np.maximum(longest, slope.norms)
        promised = slope.promised(at.theta, box)
        least = enough + 1e-18 * at.chi2 + slope.rounding(at.theta)
        if promised <= least or 0.9 * last < promised < _UNSEEN * at.chi2:
            return Descent(at, slope, True)
        last = promised
        scale = damping.scale(at, longest)
        lower, amount = _lower(residual, at, box, slope, scale, damping.amount)
        if lower is None:
            return Descent(at, slope, promised <= 1e-8 * at.chi2)
        at, damping = lower, damping._replace(amount=amount)
    return Descent(at, slope, False)


def _lower(
    residual: Residual, at: Point, box: Box, slope: Slope, scale: Column, amount: float
) -> tuple[Point | None, float]:
    """Return a lower point, None where there is none, and how much to damp the next step."""
    growth = 2.0
    for trial in range(_MOST_TRIALS):
        step, fall = slope.step(at.theta, box, scale, amount)
        if trial or fall > 1e-3 * at.chi2:
            step = slope.bent(at, residual, step, scale, amount)
        moved = np.clip(at.theta + step, box.low, box.high)
        if np.all(np.abs(moved - at.theta) <= _EPS * np.abs(at.theta)):
            break
        there = point_at(residual, moved)
        # So small a fall is lost in the sum's rounding: there the promise is taken for it.
        if max(fall, abs(there.chi2 - at.chi2)) < _UNSEEN * at.chi2:
            return there, 0.1 * amount
        if there.chi2 < at.chi2:
            gain = min((at.chi2 - there.chi2) / max(fall, 1e-300), 1.0)
            return there, max(amount * max(0.1, 1 - (2 * gain - 1) ** 3), 1e-16)
        amount = max(amount, 1e-10) * growth
        growth *= 2
    return None, amount
