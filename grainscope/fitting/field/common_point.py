"""The point that several noisy curves share, and whether they share one.

Two noisy curves that are joined row by row cross several times; taking the first
change of sign, or their mean in a window that is not symmetric, moves the crossing
towards where the search began, by about the noise over the difference of slopes.
Here each curve is a polynomial fitted to all rows near the crossing, so that they
cross once, and the interval is where a χ² has risen by 1 (for two curves Fieller's).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.local_polynomial import LocalPolynomial

    Column = NDArray[np.float64]

_GRID = 121


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
