"""A law fitted to rows, with intervals that hold where the errors stated are off."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares.descent import minimise
from grainscope.fitting.least_squares.profile import profile_intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from grainscope.fitting.least_squares.descent import Minimum
    from grainscope.laws.conduction.law import ConductionLaw

    Column = NDArray[np.float64]

#: Errors are believed unless so large, or so small, a χ² has less than this chance.
_CHANCE_LARGE, _CHANCE_SMALL = 0.16, 0.1
#: Errors are never taken for smaller than this share of what was stated.
_LEAST_SCALE = 0.4
#: Φ(1).
_ONE_SIGMA = 0.841344746
#: Lower minima, met while profiling, that are followed.
_MOST_MINIMA = 3
#: Rounds of minimising and finding the errors where there are limits.
_MOST_FACTORS = 6
#: Neighbouring residuals are alike where their correlation is so many errors above 0.
_ALIKE = 2.5


@dataclass(frozen=True)
class LawFit:
    """A law fitted to rows.

    Attributes
    ----------
    theta, low, high : ndarray of float64, shape (P,)
        Parameters and their 68 % profile intervals; NaN ends where not asked for.
    covariance : ndarray of float64, shape (P, P)
        In it the scale.
    chi2 : float
        −2 ln L up to a constant.
    n : int
        Rows fitted, limits included.
    model, residual : ndarray of float64, shape (K,)
        At the rows; the residual in standard deviations.
    scale : float
        Errors found over errors stated, 1 where chance explains the difference.
    converged : bool
    idle : int
        Limits that the model is well below: they tell nothing of the misfit.
    correlation : float
        Of neighbouring residuals along x, limits left out.
    jacobian : ndarray of float64, shape (K, P), optional
        Of the residuals.
    seen : ndarray of bool, shape (K,), optional
        Which rows are no limits; all by default.
    """

    theta: Column
    low: Column
    high: Column
    covariance: NDArray[np.float64]
    chi2: float
    n: int
    model: Column
    residual: Column
    scale: float
    converged: bool
    idle: int = 0
    correlation: float = 0.0
    jacobian: NDArray[np.float64] | None = None
    seen: NDArray[np.bool_] | None = None

    @property
    def dof(self) -> int:
        """Rows that tell of misfit less parameters, at least 1."""
        return max(self.n - self.idle - len(self.theta), 1)

    @property
    def aicc(self) -> float:
        """χ² + 2k + 2k(k + 1)/(n − k − 1): Akaike's criterion for errors that are known."""
        return corrected_akaike(self.chi2, len(self.theta), self.n)


def corrected_akaike(misfit: float, k: int, n: int) -> float:
    """Return −2 ln L + 2k + 2k(k + 1)/(n − k − 1): AICc of k parameters and n rows.

    Parameters
    ----------
    misfit : float
        −2 ln L up to a constant: χ², or n ln χ² where the size of the errors is unknown.
    k, n : int

    References
    ----------
    C. M. Hurvich & C.-L. Tsai, Biometrika 76, 297 (1989).

    Examples
    --------
    >>> corrected_akaike(10.0, 2, 15)
    15.0
    """
    return misfit + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 1)


def fit_law(
    law: ConductionLaw,
    x: Column,
    y: Column,
    error: Column,
    *,
    censored: NDArray[np.bool_] | None = None,
    start: Sequence[float] | None = None,
    intervals: bool = True,
    searched: bool = False,
) -> LawFit:
    """Fit a law by maximum likelihood: normal errors, and upper limits where censored.

    A row that is a limit adds −2 ln Φ((limit − model)/error) to the sum of squares.
    Intervals are those of errors as stated while chance explains χ²; otherwise the
    errors are taken to be off by the factor √(χ²/dof), which widens intervals, or
    narrows them to 0.4 of what was stated at most, and Student's t stands in for the
    normal law. Where neighbouring residuals are alike (a law of the wrong form, a
    drift) intervals widen by √((1 + r)/(1 − r)) besides, r their correlation.

    Parameters
    ----------
    law : ConductionLaw
    x, y, error : ndarray of float64, shape (K,)
        Variable, value or limit, and standard deviation.
    censored : ndarray of bool, shape (K,), optional
        Which rows are upper limits.
    start : sequence of float, optional
        Guess; the law's own by default.
    intervals : bool
        Whether to profile each parameter.
    searched : bool
        Whether the start is the best of many places already (`minimise`).

    Returns
    -------
    LawFit

    References
    ----------
    J. Tobin, Econometrica 26, 24 (1958), on limits; S. S. Wilks, Ann. Math. Stat. 9,
    60 (1938), on profiles.

    Examples
    --------
    >>> from grainscope.laws.conduction.field_power import FieldPower
    >>> b = np.geomspace(0.001, 0.03, 40)
    >>> found = fit_law(FieldPower(), b, 5e3 * b**0.66, 0.01 * 5e3 * b**0.66)
    >>> found.theta.round(3), bool(found.low[1] < 0.66 < found.high[1])
    (array([5.0e+03, 6.6e-01]), True)
    """
    low = np.array([p.low for p in law.parameters])
    high = np.array([p.high for p in law.parameters])
    seen = np.ones(len(y), bool) if censored is None else ~np.asarray(censored)
    rows = _Rows(law, x, y, error, seen)
    first = law.start(*rows.to_start_from()) if start is None else start
    solved = _solved(rows, first, low, high, searched)
    nothing = np.full(len(low), np.nan)
    ends = (nothing, nothing)
    for _ in range(_MOST_MINIMA if intervals else 0):
        residual = partial(rows.residual, factor=solved.factor)
        found = profile_intervals(residual, solved.best, low, high, solved.rise)
        ends = (found.low, found.high)
        if found.best is solved.best:
            break
        # A lower minimum was met on the way, where the errors may be off by another factor.
        solved = _solved(rows, found.best.theta, low, high, searched)
    return _law_fit(rows, solved, *ends)


def _law_fit(rows: _Rows, solved: _Solved, low: Column, high: Column) -> LawFit:
    best, spread = solved.best, solved.spread
    residual = rows.residual(best.theta)
    jacobian = None if best.jacobian is None else best.jacobian * solved.factor
    return LawFit(
        theta=best.theta,
        low=low,
        high=high,
        covariance=best.covariance * (spread.scale / solved.factor) ** 2,
        chi2=float(residual @ residual),
        n=len(rows.y),
        model=rows.law.value(rows.x, best.theta),
        residual=residual,
        scale=spread.scale,
        converged=best.converged,
        idle=int(np.sum(~rows.seen & (rows.pull(best.theta) > 1))),
        correlation=spread.correlation,
        jacobian=jacobian,
        seen=rows.seen,
    )


@dataclass(frozen=True)
class _Rows:
    """What is fitted by what."""

    law: ConductionLaw
    x: Column
    y: Column
    error: Column
    seen: NDArray[np.bool_]

    def pull(self, theta: Column) -> Column:
        """Return (value − model)/error."""
        return np.asarray((self.y - self.law.value(self.x, theta)) / self.error)

    def residual(self, theta: Column, factor: float = 1.0) -> Column:
        """Return the residuals if all errors are ``factor`` times those stated."""
        model = self.law.value(self.x, theta)
        return censored_residual(model, self.y, factor * self.error, ~self.seen)

    def to_start_from(self) -> tuple[Column, Column]:
        """Return the rows seen, or all where they are too few for a guess."""
        enough = self.seen.sum() >= len(self.law.parameters)
        return (self.x[self.seen], self.y[self.seen]) if enough else (self.x, self.y)


@dataclass(frozen=True)
class _Spread:
    """Errors found over errors stated, and by how much χ² may rise within an interval."""

    factor: float
    scale: float
    rise: float
    correlation: float


@dataclass(frozen=True)
class _Solved:
    """A minimum with all errors ``factor`` times those stated, and how large errors are."""

    best: Minimum
    factor: float
    spread: _Spread

    @property
    def rise(self) -> float:
        """By how much the sum of squares may rise within an interval."""
        return self.spread.rise / self.factor**2


def _solved(rows: _Rows, first: ArrayLike, low: Column, high: Column, searched: bool) -> _Solved:
    """Minimise; where there are limits, by the errors found, for on them limits depend."""
    factor = 1.0
    for _ in range(_MOST_FACTORS):
        residual = partial(rows.residual, factor=factor)
        best = minimise(residual, first, low, high, searched=searched)
        spread = _spread(rows, best.theta, factor)
        if rows.seen.all() or abs(np.log(spread.factor / factor)) < 0.01:
            break
        factor, first = spread.factor, best.theta
    return _Solved(best, factor, spread)


def _spread(rows: _Rows, theta: Column, factor: float) -> _Spread:
    """Find by what factor errors are off: the likelihood's greatest, where chance does not do.

    Of seen rows Σ pull² is to be factor² times their number. A limit z errors above
    the model counts as z φ(z)/Φ(z) of a row: nothing where it is hopeless; one below
    the model adds as much to the sum.
    """
    from scipy.special import chdtr, chdtrc, stdtrit

    pull, seen = rows.pull(theta), rows.seen
    order = np.argsort(rows.x[seen], kind="stable")
    correlation = _correlation(pull[seen][order])
    square, count = float(np.sum(pull[seen] ** 2)), float(seen.sum() - len(theta))
    worth = _worth(pull[~seen] / factor)
    square += factor**2 * float(np.sum(np.maximum(-worth, 0.0)))
    count += float(np.sum(np.maximum(worth, 0.0)))
    found, t = 1.0, 1.0
    if count >= 1 and (
        chdtrc(count, square) < _CHANCE_LARGE or chdtr(count, square) < _CHANCE_SMALL
    ):
        found = max(float(np.sqrt(square / count)), _LEAST_SCALE)
        t = float(stdtrit(count, _ONE_SIGMA))
    alike = correlation * np.sqrt(seen.sum()) > _ALIKE
    wider = float(np.sqrt((1 + correlation) / (1 - min(correlation, 0.99)))) if alike else 1.0
    return _Spread(found, found * wider, (found * t * wider) ** 2, correlation)


def _worth(above: Column) -> Column:
    """Return z φ(z)/Φ(z)."""
    from scipy.special import log_ndtr

    z = np.clip(above, -1e6, 30.0)
    return np.asarray(z * np.exp(-0.5 * z**2 - log_ndtr(z)) / np.sqrt(2 * np.pi))


def _correlation(residual: Column) -> float:
    square = float(residual @ residual)
    return float(residual[1:] @ residual[:-1]) / square if square > 0 else 0.0


def censored_residual(
    model: Column, value: Column, error: Column, censored: NDArray[np.bool_]
) -> Column:
    """Return (value − model)/error, and √(−2 ln Φ) of it where the value is an upper limit.

    Examples
    --------
    >>> one = np.array([1.0, 1.0])
    >>> censored_residual(0 * one, one, one, np.array([False, True])).round(3)
    array([1.   , 0.588])
    """
    from scipy.special import log_ndtr

    pull = (value - model) / error
    if not censored.any():
        return np.asarray(pull)
    limits = np.sqrt(np.maximum(-2 * log_ndtr(pull[censored]), 0.0))
    found = np.array(pull, np.float64)
    found[censored] = limits
    return found
