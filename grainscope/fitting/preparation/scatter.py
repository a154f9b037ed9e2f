"""How far measured values scatter about a smooth curve: noise from neighbours and repeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Rows of a window, and the degrees of the polynomial through it that are tried.
_ROWS, _DEGREES = 7, (1, 2, 3)
#: So many windows of a branch are as good as all.
_MOST_WINDOWS = 1500
#: Fewer residuals tell nothing; a bin of levels has so many, and there are at most 16 bins.
_FEWEST, _IN_BIN, _MOST_BINS = 8, 20, 16
#: A higher degree must leave less by so many standard errors of ln σ.
_LESS_BY = 2.0
_NORMAL_MAD = 1.482602
#: Within so many deviations residuals are averaged; the share of the variance left there.
_CLIP, _CLIPPED_SHARE = 3.0, 0.9733


@dataclass(frozen=True)
class Residuals:
    """Deviations from neighbours, shape (K,), each with variance 1 in units of the noise's.

    Attributes
    ----------
    deviation : ndarray of float64
        In the unit of the value.
    level : ndarray of float64
        Size of the value there.
    """

    deviation: Column
    level: Column


@dataclass(frozen=True)
class Scatter:
    """Standard deviation √(a² + r² y²) of a value y.

    Attributes
    ----------
    absolute : float
        a, in the unit of the value.
    relative : float
        r.
    """

    absolute: float
    relative: float

    def at(self, value: Column) -> Column:
        """Return the standard deviation at each value."""
        return np.asarray(np.hypot(self.absolute, self.relative * np.abs(value)))


def neighbour_residuals(x: Column, y: Column, degree: int) -> Residuals:
    """Return how far each value lies from a polynomial through its seven nearest rows.

    e_i = Σ_j (I − H)_ij y_j / √Σ_j (I − H)²_ij with H the hat matrix of the local fit,
    so that noise of unit variance gives e of unit variance, repeats at equal x included.

    Parameters
    ----------
    x, y : ndarray of float64, shape (K,)
        The variable ascending; repeats allowed.
    degree : int
        Of the polynomial, 1 to 5.

    Returns
    -------
    Residuals
        Empty for fewer than seven rows.

    References
    ----------
    T. Gasser, L. Sroka, C. Jennen-Steinmetz, Biometrika 73, 625 (1986).

    Examples
    --------
    >>> x = np.linspace(0, 1, 50)
    >>> bool(np.abs(neighbour_residuals(x, 3 + x**2, 2).deviation).max() < 1e-12)
    True
    """
    if len(x) < _ROWS:
        return Residuals(np.empty(0), np.empty(0))
    starts = np.unique(np.linspace(0, len(x) - _ROWS, _MOST_WINDOWS).round().astype(int))
    rows = starts[:, None] + np.arange(_ROWS)
    near, values = x[rows], y[rows]
    span = np.ptp(near, axis=1, keepdims=True)
    at = (near - near.mean(axis=1, keepdims=True)) / np.where(span > 0, span, 1.0)
    design = at[..., None] ** np.arange(degree + 1)
    hat = design[:, _ROWS // 2 : _ROWS // 2 + 1] @ np.linalg.pinv(design)
    row = -hat[:, 0]
    row[:, _ROWS // 2] += 1
    norm = np.sqrt((row**2).sum(axis=1))
    free = norm > 1e-6
    deviation = (row * values).sum(axis=1)[free] / norm[free]
    return Residuals(deviation, np.abs(np.median(values, axis=1))[free])


def curve_residuals(x: Column, y: Column) -> tuple[Residuals, ...]:
    """Return the deviations of one curve from its neighbours by each degree that is tried."""
    return tuple(neighbour_residuals(x, y, degree) for degree in _DEGREES)


def scatter_of(curves: Sequence[tuple[Residuals, ...]]) -> Scatter:
    """Return the noise of curves measured alike: a part of the value and a constant part.

    The polynomial through the neighbours has the degree that leaves the least; outliers
    beyond three deviations do not count.

    Parameters
    ----------
    curves : sequence of tuple of Residuals
        What `curve_residuals` gives of each.

    Returns
    -------
    Scatter
        NaN where all curves together have too few rows; a part that the data cannot tell
        from zero is zero.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = np.geomspace(1e-3, 1, 600)
    >>> y = 100 * x**2
    >>> noisy = y * (1 + 0.01 * rng.standard_normal(600)) + 0.02 * rng.standard_normal(600)
    >>> found = scatter_of([curve_residuals(np.log(x), noisy)])
    >>> round(found.relative, 3), round(found.absolute, 3)
    (0.01, 0.021)
    """
    found = [_joined([residuals[place] for residuals in curves]) for place in range(len(_DEGREES))]
    found = [residuals for residuals in found if len(residuals.deviation) >= _FEWEST]
    if not found:
        return Scatter(np.nan, np.nan)
    candidates = [_variance_law(residuals) for residuals in found]
    best, size = candidates[0], _typical(candidates[0], found[0].level)
    least_gain = _LESS_BY / np.sqrt(len(found[0].level))
    for scatter in candidates[1:]:
        if _typical(scatter, found[0].level) < size - least_gain:
            best, size = scatter, _typical(scatter, found[0].level)
    return best


def _joined(parts: Sequence[Residuals]) -> Residuals:
    return Residuals(
        np.concatenate([part.deviation for part in parts] or [np.empty(0)]),
        np.concatenate([part.level for part in parts] or [np.empty(0)]),
    )


def _typical(scatter: Scatter, level: Column) -> float:
    return float(np.mean(np.log(np.maximum(scatter.at(level), 1e-300))))


def _variance_law(residuals: Residuals) -> Scatter:
    """Fit ln √(a² + r² m²) to the scatter in bins of equal number by level m."""
    order = np.argsort(residuals.level)
    n_bins = int(np.clip(len(order) // _IN_BIN, 1, _MOST_BINS))
    bins = np.array_split(order, n_bins)
    # Within a bin levels differ as well: deviations are taken as shares of them.
    # Where values are exactly zero any level will do that is far below the others.
    least = max(1e-9 * float(residuals.level.max()), 1e-150)
    levels = [
        np.maximum(residuals.level[r], max(float(np.median(residuals.level[r])) / 3, least))
        for r in bins
    ]
    level = np.array([float(np.exp(np.mean(np.log(m)))) for m in levels])
    shares = [residuals.deviation[r] / m for r, m in zip(bins, levels, strict=True)]
    spread = level * np.array([_robust_spread(share) for share in shares])
    weight = np.array([len(rows) for rows in bins], np.float64)
    return _two_parts(level, spread, weight)


def _robust_spread(deviation: Column) -> float:
    spread = _NORMAL_MAD * float(np.median(np.abs(deviation)))
    inside = np.abs(deviation) <= _CLIP * spread
    if spread == 0 or inside.sum() < 3:
        return spread
    return float(np.sqrt(np.mean(deviation[inside] ** 2) / _CLIPPED_SHARE))


def _two_parts(level: Column, spread: Column, weight: Column) -> Scatter:
    from scipy.optimize import least_squares

    seen = spread > 0
    if not seen.any():
        return Scatter(0.0, 0.0)
    level, spread, root = level[seen], spread[seen], np.sqrt(weight[seen])
    positive = level > 0
    relative = float(np.median(spread[positive] / level[positive])) if positive.any() else 0.0
    absolute = float(spread.min())
    if relative == 0 or len(level) == 1:
        return Scatter(0.0, relative) if relative else Scatter(absolute, 0.0)

    def misfit(parts: Column) -> Column:
        model = np.hypot(parts[0] * absolute, parts[1] * relative * level)
        return np.asarray(root * np.log(model / spread))

    found = least_squares(misfit, (0.5, 0.9), bounds=((1e-9, 1e-9), (1e3, 1e3)), x_scale=(1, 1))
    a, r = float(found.x[0] * absolute), float(found.x[1] * relative)
    # What is everywhere far below the other part is not known to be there at all.
    a = a if a > 0.1 * r * level.min() else 0.0
    return Scatter(a, r if r * level.max() > 0.1 * a else 0.0)
