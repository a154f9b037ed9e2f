"""The maximum of a noisy curve: polynomials over the top of it, averaged by what each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.fitting.smoothing.kept_rows import weights_of
from grainscope.fitting.smoothing.local_polynomial import LocalPolynomial, fit_polynomial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Tops that are fitted: rows from where y is so much below its maximum, on either side.
_DEPTHS = (0.05, 0.1, 0.2, 0.35, 0.6, 1.0)
_DEGREES = (2, 3, 4, 5, 6, 7)
#: So far above the highest row no maximum is believed.
_MOST_SWING = 0.05
#: Blocks in which a first maximum and the depths are sought.
_BLOCKS = 80


@dataclass(frozen=True)
class Top:
    """The maximum of one polynomial over one top.

    Attributes
    ----------
    depth : float
    polynomial : LocalPolynomial
    rows : slice
    x, y : float
        Place and height of the maximum.
    x_error, y_error : float
    p : float
        Chance of a χ² as large.
    """

    depth: float
    polynomial: LocalPolynomial
    rows: slice
    x: float
    y: float
    x_error: float
    y_error: float
    p: float


@dataclass(frozen=True)
class Maximum:
    """The maximum of a curve; T tops were fitted.

    Attributes
    ----------
    x, y, x_error, y_error : float
        Averages over the tops; errors hold the misfit and the spread of the tops.
    tops : tuple of Top
    weight : ndarray of float64, shape (T,)
        Of each top; they sum to 1.
    chosen : int
        The top of most weight.
    warnings : tuple of str
    """

    x: float
    y: float
    x_error: float
    y_error: float
    tops: tuple[Top, ...]
    weight: Column
    chosen: int
    warnings: tuple[str, ...]


def find_maximum(x: Column, y: Column, error: Column) -> Maximum:
    """Find the maximum of y(x) inside the range of x.

    Polynomials of degree 2 to 7 are fitted over tops of six depths, and their maxima
    averaged with weights by Akaike's criterion. The spread among them is in the error.

    Parameters
    ----------
    x, y, error : ndarray of float64, shape (K,)
        x ascending.

    Returns
    -------
    Maximum

    Raises
    ------
    ValueError
        The highest values lie at an end of the range, or the rows are too few.

    References
    ----------
    Averages over models and over the rows that they use: W. I. Jay & E. T. Neil,
    Phys. Rev. D 103, 114502 (2021).

    Examples
    --------
    >>> x = np.linspace(-1, 1, 201)
    >>> top = find_maximum(x, 3 - 2 * (x - 0.1) ** 2, np.full(201, 0.01))
    >>> round(top.x, 3), round(top.y, 3)
    (0.1, 3.0)
    """
    tops = tuple(
        top for depth, rows in _tops(x, y) for degree in _DEGREES
        if (top := _fit(x, y, error, (depth, rows, degree))) is not None
    )  # fmt: skip
    if not tops:
        raise ValueError(f"no maximum inside {x[0]:.4g} … {x[-1]:.4g}, or too few rows about it")
    weight = _weights(tops)
    chosen = int(np.argmax(weight))
    polynomial = tops[chosen].polynomial
    found = judge_residuals(polynomial.residual, polynomial.degree + 1)
    means = [_mean(tops, weight, name, found.scale) for name in ("x", "y")]
    (place, x_error), (height, y_error) = means
    return Maximum(place, height, x_error, y_error, tops, weight, chosen, found.warnings)


def _tops(x: Column, y: Column) -> list[tuple[float, slice]]:
    """Return for each depth the rows about the highest block that are no deeper."""
    block = max(len(x) // _BLOCKS, 1)
    first = np.arange(0, len(x) - block + 1, block)
    mean = np.add.reduceat(y[: first[-1] + block], first) / block
    if block == 1 and len(mean) >= 5:  # single rows: their noise would cut a top short
        mean = np.convolve(np.pad(mean, 2, mode="edge"), np.full(5, 0.2), "valid")
    highest = int(np.argmax(mean))
    if highest in (0, len(mean) - 1):
        return []
    found = []
    for depth in _DEPTHS:
        low = mean < mean[highest] - depth
        below = np.flatnonzero(low[:highest])
        above = np.flatnonzero(low[highest:])
        start = int(first[below[-1] + 1]) if len(below) else 0
        stop = int(first[highest + above[0]]) if len(above) else len(x)
        found.append((depth, slice(start, stop)))
    return list({(rows.start, rows.stop): (depth, rows) for depth, rows in found[::-1]}.values())


def _fit(x: Column, y: Column, error: Column, top: tuple[float, slice, int]) -> Top | None:
    """Fit one polynomial; None where it has no maximum well inside its rows."""
    from scipy.stats import chi2

    depth, rows, degree = top
    at = x[rows]
    if len(at) < max(degree + 4, 8) or at[-1] <= at[0]:
        return None
    around = 0.5 * (at[0] + at[-1]), 0.5 * (at[-1] - at[0])
    polynomial = fit_polynomial(at, y[rows], error[rows], degree, around)
    dense = np.linspace(at[0], at[-1], 401)
    highest = int(np.argmax(polynomial.value(dense)))
    if not 20 < highest < 380:
        return None
    place = _stationary(polynomial, float(dense[highest]))
    curvature = float(polynomial.value(place, 2))
    # Between sparse rows a polynomial may swing to where there is nothing to hold it.
    swing = float(polynomial.value(place)) - float(y[rows].max())
    if curvature >= 0 or swing > _MOST_SWING + 3 * float(error[rows].max()):
        return None
    slope, power = polynomial.powers(place, 1), polynomial.powers(place)
    covariance = polynomial.covariance
    error_of_place = float(np.sqrt(slope @ covariance @ slope)) / -curvature
    # The highest point of a noisy curve is too high by half of curvature times variance.
    return Top(
        depth,
        polynomial,
        rows,
        place,
        float(polynomial.value(place)) + 0.5 * curvature * error_of_place**2,
        error_of_place,
        float(np.sqrt(power @ covariance @ power)),
        float(chi2.sf(polynomial.chi2, polynomial.n - degree - 1)),
    )


def _stationary(polynomial: LocalPolynomial, at: float) -> float:
    """Walk to where the slope is 0, a few of Newton's steps from a grid's maximum."""
    first, step = at, 2 * polynomial.half / 400
    for _ in range(6):
        curvature = float(polynomial.value(at, 2))
        if curvature >= 0:
            return first
        at -= float(polynomial.value(at, 1)) / curvature
        at = float(np.clip(at, first - step, first + step))
    return at


def _weights(tops: tuple[Top, ...]) -> Column:
    polynomials = [top.polynomial for top in tops]
    return weights_of(
        [one.chi2 for one in polynomials],
        [one.n for one in polynomials],
        [one.degree + 1 for one in polynomials],
    )


def _mean(tops: tuple[Top, ...], weight: Column, name: str, scale: float) -> tuple[float, float]:
    """Return the weighted mean, and its error with the spread of the tops in it."""
    value = np.array([getattr(top, name) for top in tops])
    error = np.array([getattr(top, f"{name}_error") for top in tops]) * scale
    mean = float(weight @ value)
    return mean, float(np.sqrt(weight @ (error**2 + (value - mean) ** 2)))
