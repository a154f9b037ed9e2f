"""Grain areas as the size laws take them: logarithms, weights and the cut below which none is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze_columns, record

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: No law is fitted to fewer grains, nor to weights worth fewer than half as many.
MIN_GRAINS = 10
_MAX_CELLS = 1000
#: Range of ln A below which all grains count as equal: 1 % in diameter.
_NARROWEST = 0.02


@record
class SizeSample:
    """Logarithms of grain areas with weights; made by `size_sample`.

    Parameters
    ----------
    x : ndarray of float64, shape (M,)
        ln(A / µm²), ascending, at or above the cut.
    weight : ndarray of float64, shape (M,)
        Above 0, summing to the effective number of grains.
    cut : float
        ln(A / µm²) below which no grain is in the sample.

    Examples
    --------
    >>> size_sample(np.arange(10.0), np.ones(10), 0.0).n_eff
    10.0
    """

    x: NDArray[np.float64]
    weight: NDArray[np.float64]
    cut: float

    def __post_init__(self) -> None:
        freeze_columns(self, {"x": np.float64, "weight": np.float64})

    @property
    def n_eff(self) -> float:
        """Effective number of grains, (Σw)² / Σw² of the weights before scaling."""
        return float(self.weight.sum())

    def mean(self, values: NDArray[np.float64]) -> float:
        """Return the weighted mean of one value a row."""
        return float(self.weight @ values / self.weight.sum())


def size_sample(x: NDArray[np.float64], weight: NDArray[np.float64], cut: float) -> SizeSample:
    """Return the sample of all rows that count, its weights scaled to their effective number.

    w' = w Σw / Σw², so that Σw' = (Σw)² / Σw²: a log-likelihood with these weights
    curves as that of as many grains of equal weight would.

    Parameters
    ----------
    x : ndarray of float64, shape (M,)
        ln(A / µm²), in any order.
    weight : ndarray of float64, shape (M,)
        At least 0; rows of weight 0 are left out.
    cut : float
        ln(A / µm²) below which no grain is in the data.

    Returns
    -------
    SizeSample

    Raises
    ------
    ValueError
        Numbers that are not finite, negative weights, x below the cut, fewer than
        10 grains of weight above 0 (or worth fewer than 5), or all of one size within
        1 % of the diameter.

    References
    ----------
    L. Kish, Survey Sampling (Wiley, 1965), section 11.7.

    Examples
    --------
    >>> sample = size_sample(np.arange(12.0), np.array([0.0, *[1] * 10, 4]), 0.0)
    >>> round(sample.n_eff, 3), len(sample.x)
    (7.538, 11)
    """
    if x.shape != weight.shape or x.ndim != 1:
        raise ValueError(f"sizes and weights: got shapes {x.shape}, {weight.shape}, expected (M,)")
    if not (np.isfinite(weight).all() and (weight >= 0).all() and np.isfinite(cut)):
        raise ValueError("weights: expected finite numbers, at least 0, and a finite cut")
    counted = weight > 0
    x, weight = x[counted], weight[counted]
    _check_sizes(x, cut)
    weight = weight / weight.max()  # neither sum overflows or underflows
    total, squares = weight.sum(), (weight**2).sum()
    check_worth(total**2 / squares)
    order = np.argsort(x, kind="stable")
    return SizeSample(x[order], weight[order] * (total / squares), float(cut))


def check_worth(n_independent: float) -> None:
    """Raise ValueError where grains are worth fewer than 5 independent ones.

    Examples
    --------
    >>> check_worth(1.0)
    Traceback (most recent call last):
    ValueError: weights: worth 1.0 independent grains, expected 5 or more
    """
    if n_independent < MIN_GRAINS / 2:
        expected = f"expected {MIN_GRAINS / 2:g} or more"
        raise ValueError(f"weights: worth {n_independent:.1f} independent grains, {expected}")


def binned(sample: SizeSample, width: float = 0.01) -> SizeSample:
    """Return the sample in cells of ln A, at most about 1000 of them.

    A cell stands at the weighted mean of its grains, so the mean of x is kept and
    its variance lowered by about width²/12. The smallest and the largest value
    keep cells of their own: they alone decide on the ends of a range.

    Parameters
    ----------
    sample : SizeSample
        Any number of rows.
    width : float
        Width of a cell; more where a thousand cells would not reach.

    Returns
    -------
    SizeSample
        The effective number of grains is unchanged.

    Examples
    --------
    >>> sample = size_sample(np.repeat(np.linspace(0, 1, 21), 50), np.ones(1050), 0.0)
    >>> len(binned(sample, 0.1).x), binned(sample).n_eff
    (12, 1050.0)
    """
    x, weight = sample.x, sample.weight
    width = max(width, (x[-1] - x[0]) / _MAX_CELLS)
    cell = np.floor((x - x[0]) / width).astype(np.int64) + 1
    cell[x == x[0]] = 0
    cell[x == x[-1]] = cell[-1] + 1
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    total = np.add.reduceat(weight, starts)
    centre = np.add.reduceat(weight * x, starts) / total
    centre[[0, -1]] = x[[0, -1]]
    return SizeSample(centre, total, sample.cut)


def _check_sizes(x: NDArray[np.float64], cut: float) -> None:
    if not np.isfinite(x).all():
        raise ValueError("sizes: expected finite logarithms of areas above 0")
    if len(x) < MIN_GRAINS:
        raise ValueError(f"sizes: got {len(x)} grains that count, expected {MIN_GRAINS} or more")
    if x.min() < cut:
        raise ValueError(f"sizes: got ln A = {x.min():g}, expected none below the cut at {cut:g}")
    if np.ptp(x) < _NARROWEST:
        raise ValueError(f"sizes: all {len(x)} grains are of one size, expected a distribution")
