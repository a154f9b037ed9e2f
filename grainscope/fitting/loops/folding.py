"""Sweeps of both signs of the field, up and down, averaged to one curve of |B|."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: From so many repeats on, their scatter is the noise; before, the errors given are.
_FEWEST_REPEATS = 20
#: More rows than this are averaged into as many: no loop of interest is that fast.
_MOST_ROWS = 1200


@dataclass(frozen=True)
class FoldedCurve:
    """One row for each |B|; N rows.

    Attributes
    ----------
    field_g, value, error : ndarray of float64, shape (N,)
        Ascending field; weighted mean of the rows there, and its standard deviation.
    repeats : int
        Rows beyond the first at each field: what the noise is known from.
    noise_scale : float
        By what the repeats scatter more than the errors given; 1 where too few.
    correlation : float
        Of the noise of one row with that of the next in its sweep; 0 where not known.
    antisymmetric : float
        (ρ(B) − ρ(−B))/2, rms in its standard deviations; NaN where only one sign was swept.
    """

    field_g: Column
    value: Column
    error: Column
    repeats: int
    noise_scale: float
    correlation: float
    antisymmetric: float


def fold_field(
    field_g: Column, value: Column, error: Column, direction: NDArray[np.int64]
) -> FoldedCurve:
    """Fold a magnetoresistance about zero field, and learn its noise from what repeats.

    Rows closer than half the step of a single sweep are averaged. The scatter about
    their mean, slope taken off, scales the errors given where there are 20 repeats
    or more; residuals of neighbouring rows of one sweep tell whether noise is white.

    Parameters
    ----------
    field_g : ndarray of float64, shape (M,)
        Either sign, in any order, its offset taken off.
    value, error : ndarray of float64, shape (M,)
        Any unit; standard deviations.
    direction : ndarray of int64, shape (M,)
        1 up, −1 down, 0 not known.

    Returns
    -------
    FoldedCurve

    Examples
    --------
    >>> b = np.array([-2.0, -1.0, 1.0, 2.0])
    >>> one = fold_field(b, np.array([4.0, 1.0, 3.0, 4.0]), np.ones(4), np.ones(4, int))
    >>> one.field_g, one.value, one.error.round(3), one.repeats
    (array([1., 2.]), array([2., 4.]), array([0.707, 0.707]), 2)
    """
    branch = 3 * np.sign(field_g).astype(np.int64) + direction
    size = np.abs(field_g)
    order = np.argsort(size, kind="stable")
    size, value, error, branch = size[order], value[order], error[order], branch[order]
    group = _groups(size, _tolerance(size, branch))
    weight = 1 / error**2
    total = np.bincount(group, weight)
    at = np.bincount(group, weight * size) / total
    mean = np.bincount(group, weight * value) / total
    slope = np.gradient(mean, at) if len(at) > 2 else np.zeros(len(at))
    share = 1 - weight / total[group]
    pull = (value - mean[group] - slope[group] * (size - at[group])) / error
    repeats = len(value) - len(at)
    scale, correlation = 1.0, 0.0
    if repeats >= _FEWEST_REPEATS:
        scale = float(np.sqrt(pull @ pull / repeats))
        correlation = _correlation(pull[share > 0.1], branch[share > 0.1])
    return FoldedCurve(
        at, mean, scale / np.sqrt(total), repeats, scale, correlation,
        _antisymmetric(pull / scale if scale > 0 else pull, branch, group),
    )  # fmt: skip


def _tolerance(size: Column, branch: NDArray[np.int64]) -> float:
    """Return half the finer steps of a sweep, and more where there are too many rows."""
    steps = [np.diff(size[branch == one]) for one in np.unique(branch)]
    apart = np.concatenate(steps)
    step = float(np.quantile(apart[apart > 0], 0.25)) if (apart > 0).any() else 0.0
    return max(step / 2, float(np.ptp(size)) / _MOST_ROWS)


def _groups(size: Column, tolerance: float) -> NDArray[np.int64]:
    """Return the number of each row's group, as wide as the tolerance from its first row."""
    group = np.zeros(len(size), np.int64)
    first, number = 0, 0
    while first < len(size):
        end = int(np.searchsorted(size, size[first] + tolerance * (1 - 1e-9), side="left"))
        end = max(end, first + 1)
        group[first:end] = number
        first, number = end, number + 1
    return group


def _correlation(pull: Column, branch: NDArray[np.int64]) -> float:
    """Return the lag-one correlation within sweeps, 0 where it could be chance."""
    products, squares, count = 0.0, 0.0, 0
    for one in np.unique(branch):
        row = pull[branch == one]
        products += float(row[1:] @ row[:-1])
        squares += float(row @ row)
        count += max(len(row) - 1, 0)
    if count < _FEWEST_REPEATS or squares == 0:
        return 0.0
    found = products / squares
    return float(min(found, 0.95)) if found > 3 / np.sqrt(count) else 0.0


def _antisymmetric(pull: Column, branch: NDArray[np.int64], group: NDArray[np.int64]) -> float:
    """Return rms of half the difference between the signs, over that expected of noise."""
    n_groups = int(group[-1]) + 1
    sums, counts = np.zeros((2, n_groups)), np.zeros((2, n_groups))
    for place, sign in enumerate((branch > 1, branch < -1)):
        sums[place] = np.bincount(group[sign], pull[sign], n_groups)
        counts[place] = np.bincount(group[sign], minlength=n_groups)
    both = (counts > 0).all(axis=0)
    if both.sum() < 3:
        return float("nan")
    means = sums[:, both] / counts[:, both]
    expected = (1 / counts[:, both]).sum(axis=0)
    return float(np.sqrt(np.mean((means[0] - means[1]) ** 2 / expected)))
