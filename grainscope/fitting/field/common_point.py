"""The point that several noisy curves share, and whether they share one.

Two noisy curves that are joined row by row cross several times; taking the first
change of sign, or their mean in a window that is not symmetric, moves the crossing
towards where the search began, by about the noise over the difference of slopes.
Here each curve is a polynomial fitted to all rows near the crossing, so that they
cross once, and the interval is where a χ² has risen by 1 (for two curves Fieller's).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.local_polynomial import LocalPolynomial

    Column = NDArray[np.float64]

_GRID = 121
#: Pairs are worked on so many at once; mark of one that does not cross.
_AT_ONCE, _NONE = 2000, -1


@dataclass(frozen=True)
class CommonPoint:
    """Where N curves meet.

    Attributes
    ----------
    x, low, high : float
        Place and its 68 % profile interval, infinite where the curves do not part.
    y, y_error : float
        Height.
    chi2 : float
        That they do not meet better; 0 for two.
    p : float
        Chance of a χ² as large if they meet; NaN for two.
    """

    x: float
    low: float
    high: float
    y: float
    y_error: float
    chi2: float
    p: float

    @property
    def error(self) -> float:
        """Half the interval."""
        return 0.5 * (self.high - self.low)


def common_point(
    curves: Sequence[LocalPolynomial], low: float, high: float, scale: float = 1.0
) -> CommonPoint | None:
    """Find the place at which curves are most equal.

    χ²(x) = Σ (y_i(x) − ȳ(x))²/s_i(x)², ȳ weighted by 1/s_i², is the rise of the
    whole sum of squares when the curves are made to meet at x: its profile.

    Parameters
    ----------
    curves : sequence of LocalPolynomial
        At least two.
    low, high : float
        Range of places.
    scale : float
        By what the stated errors are too small.

    Returns
    -------
    CommonPoint or None
        The one nearest the middle of the range where several are as good; None where
        the curves are most equal at an end of it.

    References
    ----------
    E. C. Fieller, J. R. Stat. Soc. B 16, 175 (1954), on the interval of a ratio.

    Examples
    --------
    >>> from grainscope.fitting.smoothing.local_polynomial import fit_polynomial
    >>> x, error = np.linspace(0, 2, 30), np.full(30, 0.01)
    >>> curves = [fit_polynomial(x, a * (x - 0.8), error, 1, (1, 1)) for a in (1, 2, 4)]
    >>> round(common_point(curves, 0.2, 1.8).x, 6)
    0.8
    """
    from scipy.stats import chi2 as chi2_law

    grid = np.linspace(low, high, _GRID)
    misfit = _misfit(curves, grid) / scale**2
    place = _lowest(misfit)
    if place is None:
        return None
    x, step = float(grid[place]), float(grid[1] - grid[0])
    for _ in range(4):  # each narrows the grid about its minimum to a sixth
        near = x + step * np.linspace(-1, 1, 13)
        x, step = float(near[np.argmin(_misfit(curves, near))]), step / 6
    least = float(_misfit(curves, np.array([x]))[0]) / scale**2
    dof = len(curves) - 2
    p = float(chi2_law.sf(least, dof)) if dof else float("nan")
    widened = max(least / dof, 1.0) if dof else 1.0
    y, y_error = _height(curves, x)
    ends = [_end(curves, x, end, widened * scale**2) for end in (low, high)]
    return CommonPoint(x, ends[0], ends[1], y, y_error * scale * widened**0.5, least, p)


def pair_points(
    curves: Sequence[LocalPolynomial], low: float, high: float, scale: float = 1.0
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the place at which each two of N curves are equal, as `common_point` does, at once.

    Of two curves χ²(x) = (y1 − y2)²/(s1² + s2²).

    Parameters
    ----------
    curves : sequence of LocalPolynomial
        Of one degree, about one centre.
    low, high, scale : float
        As of `common_point`.

    Returns
    -------
    pairs : ndarray of int64, shape (P, 2)
        Places of the curves, P = N(N − 1)/2.
    points : ndarray of float64, shape (P, 5)
        Place, its interval, height and its error; NaN where two do not cross.

    Examples
    --------
    >>> from grainscope.fitting.smoothing.local_polynomial import fit_polynomial
    >>> x, error = np.linspace(0, 2, 30), np.full(30, 0.01)
    >>> curves = [fit_polynomial(x, a * (x - 0.8), error, 1, (1, 1)) for a in (1, 2, 4)]
    >>> pairs, points = pair_points(curves, 0.2, 1.8)
    >>> pairs.tolist(), points[:, 0].round(6).tolist()
    ([[0, 1], [0, 2], [1, 2]], [0.8, 0.8, 0.8])
    """
    pairs = np.array(list(combinations(range(len(curves)), 2)), np.int64)
    points = np.full((len(pairs), 5), np.nan)
    grid = np.linspace(low, high, _GRID)
    value = np.array([curve.value(grid) for curve in curves])
    variance = np.array([curve.variance(grid) for curve in curves])
    for first in range(0, len(pairs), _AT_ONCE):
        a, b = pairs[first : first + _AT_ONCE].T
        misfit = (value[a] - value[b]) ** 2 / ((variance[a] + variance[b]) * scale**2)
        place = np.array([_NONE if p is None else p for p in map(_lowest, misfit)])
        crossing = np.flatnonzero(place != _NONE)
        if len(crossing):
            some = _Pairs(curves, a[crossing], b[crossing])
            points[first + crossing] = some.points(grid, place[crossing], scale)
    return pairs, points


@dataclass(frozen=True)
class _Pairs:
    """P pairs of polynomials about one centre, evaluated each at its own places."""

    curves: Sequence[LocalPolynomial]
    a: NDArray[np.int64]
    b: NDArray[np.int64]

    def points(self, grid: Column, place: NDArray[np.int64], scale: float) -> NDArray[np.float64]:
        x, step = grid[place], float(grid[1] - grid[0])
        for _ in range(4):
            near = x[:, None] + step * np.linspace(-1, 1, 13)
            best = np.argmin(self.misfit(near), axis=1)
            x, step = near[np.arange(len(x)), best], step / 6
        ends = [self.end(x, float(bound), scale**2) for bound in grid[[0, -1]]]
        return np.column_stack((x, *ends, *self.height(x, scale)))

    def of(self, which: NDArray[np.int64], x: Column, order: int = 0) -> tuple[Column, Column]:
        """Return value (or slope) and variance of one of each pair, shape of x (P, M)."""
        powers = self.curves[0].powers(x, order)
        coefficients = np.array([curve.coefficients for curve in self.curves])[which]
        covariance = np.array([curve.covariance for curve in self.curves])[which]
        value = np.einsum("pmi,pi->pm", powers, coefficients)
        return value, np.einsum("pmi,pij,pmj->pm", powers, covariance, powers, optimize=True)

    def misfit(self, x: Column) -> Column:
        (one, its), (other, others) = self.of(self.a, x), self.of(self.b, x)
        return np.asarray((one - other) ** 2 / (its + others))

    def end(self, x: Column, bound: float, rise: float) -> Column:
        """Return what `_end` does, of each pair."""
        walk = np.linspace(x, bound, _GRID, axis=1)
        misfit = self.misfit(walk)
        root = np.sqrt(np.maximum(misfit - misfit[:, :1], 0.0) / rise)
        reached = (root > 1).any(axis=1)
        k, row = np.maximum(np.argmax(root > 1, axis=1), 1), np.arange(len(x))
        before, after = root[row, k - 1], root[row, k]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (1 - before) / (after - before)
        inside = walk[row, k - 1] + (walk[row, k] - walk[row, k - 1]) * share
        return np.where(reached, inside, np.sign(bound - x) * np.inf)

    def height(self, x: Column, scale: float) -> tuple[Column, Column]:
        """Return what `_height` does, of each pair."""
        both = [self.of(which, x[:, None]) for which in (self.a, self.b)]
        value, variance = (np.concatenate(column, axis=1) for column in zip(*both, strict=True))
        slope = np.concatenate(
            [self.of(which, x[:, None], 1)[0] for which in (self.a, self.b)], axis=1
        )
        weight = 1 / variance
        design = np.stack((np.ones_like(slope), -slope), axis=2)
        normal = np.einsum("pki,pk,pkj->pij", design, weight, design)
        covariance = np.linalg.pinv(normal, hermitian=True)
        middle = (weight * value).sum(axis=1) / weight.sum(axis=1)
        return middle, scale * np.sqrt(covariance[:, 0, 0])


def may_meet(
    curves: Sequence[LocalPolynomial],
    within: tuple[float, float],
    scale: float,
    least_p: float,
) -> Iterator[tuple[int, ...]]:
    """Return runs of three neighbours or more that may pass through one point.

    The lowest χ² of every run is read off a parabola through the lowest of a grid, from
    sums along the curves; a run is left out where even nine tenths of it have a chance
    below a tenth of ``least_p``, so that `common_point` need not be asked.

    Parameters
    ----------
    curves : sequence of LocalPolynomial
    within : (float, float)
        Range of places.
    scale, least_p : float

    Yields
    ------
    tuple of int
        Places of the curves: long runs first, of as long ones those that begin first.

    Examples
    --------
    >>> from grainscope.fitting.smoothing.local_polynomial import fit_polynomial
    >>> x, error = np.linspace(0, 2, 30), np.full(30, 0.01)
    >>> at = ((1, 0.8), (2, 0.8), (4, 0.8), (5, 1.2))
    >>> curves = [fit_polynomial(x, a * (x - b), error, 1, (1, 1)) for a, b in at]
    >>> list(may_meet(curves, (0.2, 1.8), 1.0, 0.05))
    [(0, 1, 2)]
    """
    from scipy.stats import chi2 as chi2_law

    grid = np.linspace(*within, _GRID)
    value = np.array([curve.value(grid) for curve in curves])
    value = value - value.mean(axis=0)
    weight = 1 / np.array([curve.variance(grid) for curve in curves])
    sums = np.cumsum((weight, weight * value, weight * value**2), axis=1)
    sums = np.concatenate((np.zeros((3, 1, _GRID)), sums), axis=1)
    for size in range(len(curves), 2, -1):
        total, first, second = sums[:, size:] - sums[:, :-size]
        least = _vertex(second - first**2 / total) / scale**2
        hopeful = chi2_law.sf(0.9 * least, size - 2) >= 0.1 * least_p
        for begin in np.flatnonzero(hopeful).tolist():
            yield tuple(range(begin, begin + size))


def _vertex(misfit: NDArray[np.float64]) -> Column:
    """Return the lowest point of a parabola through the lowest place of each row; 0 at least."""
    row, k = np.arange(len(misfit)), np.clip(np.argmin(misfit, axis=1), 1, misfit.shape[1] - 2)
    before, at, after = (misfit[row, k + step] for step in (-1, 0, 1))
    bend = np.maximum(before - 2 * at + after, 1e-300)
    lowest = at - np.minimum((before - after) ** 2 / (8 * bend), np.abs(at))
    return np.asarray(np.clip(np.minimum(lowest, misfit.min(axis=1)), 0.0, None))


def _lowest(misfit: Column) -> int | None:
    """Return the place of the minimum; of several as low within 1, that nearest the middle.

    Isotherms that coincide in low fields cross there by noise alone.
    """
    inner = misfit[1:-1]
    dips = 1 + np.flatnonzero((inner <= misfit[:-2]) & (inner < misfit[2:]))
    if len(dips) == 0 or misfit[dips].min() > misfit.min() + 1:
        return None
    good = dips[misfit[dips] <= misfit[dips].min() + 1]
    return int(good[np.argmin(np.abs(good - (len(misfit) - 1) / 2))])


def _misfit(curves: Sequence[LocalPolynomial], x: Column) -> Column:
    value = np.array([curve.value(x) for curve in curves])
    weight = 1 / np.array([curve.variance(x) for curve in curves])
    mean = (weight * value).sum(axis=0) / weight.sum(axis=0)
    return np.asarray((weight * (value - mean) ** 2).sum(axis=0))


def _end(curves: Sequence[LocalPolynomial], x: float, bound: float, rise: float) -> float:
    """Return the first place from x on towards the bound where χ² has risen by so much.

    Between places of a grid by the root of the rise, which is nearly straight.
    """
    walk = np.linspace(x, bound, _GRID)
    misfit = _misfit(curves, walk)
    root = np.sqrt(np.maximum(misfit - misfit[0], 0.0) / rise)
    above = np.flatnonzero(root > 1)
    if len(above) == 0:
        return float(np.sign(bound - x) * np.inf)
    k = int(above[0])
    return float(
        walk[k - 1] + (walk[k] - walk[k - 1]) * (1 - root[k - 1]) / (root[k] - root[k - 1])
    )


def _height(curves: Sequence[LocalPolynomial], x: float) -> tuple[float, float]:
    """Return the height of the point and its error, the place being free: y_i = y + b_i δx."""
    value = np.array([float(curve.value(x)) for curve in curves])
    weight = 1 / np.array([float(curve.variance(x)) for curve in curves])
    slope = np.array([float(curve.value(x, 1)) for curve in curves])
    design = np.stack([np.ones_like(slope), -slope], 1)
    covariance = np.linalg.pinv(design.T @ (weight[:, None] * design), hermitian=True)
    return float(np.average(value, weights=weight)), float(np.sqrt(covariance[0, 0]))
