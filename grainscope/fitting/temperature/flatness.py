"""Up to where a curve is flat, without a law of what comes after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.averaged_rows import Rows

    Column = NDArray[np.float64]

_LEAST_ROWS = 5
#: A mean holds for rows whose χ² about it has at least this chance,
_LEAST_P = 0.05
#: and a slope of fewer standard deviations than this is none.
_MOST_SLOPE = 2.0


def flat_rows(rows: Rows, values: Column) -> NDArray[np.int64]:
    """Return how many of the coldest rows are flat within their errors, for each of D draws.

    The largest number whose weighted mean fits with p ≥ 0.05 and whose slope is below two
    standard deviations.

    Parameters
    ----------
    rows : Rows
        Axis ascending, and errors.
    values : ndarray of float64, shape (D, K)
        Draws of the values.

    Returns
    -------
    ndarray of int64, shape (D,)
        0 where not even five rows are flat.

    Examples
    --------
    >>> from grainscope.fitting.smoothing.averaged_rows import Rows
    >>> t = np.arange(1.0, 21.0)
    >>> r = np.where(t <= 10, 5.0, t - 5)
    >>> flat_rows(Rows(t, r, np.full(20, 0.1), np.zeros(20, bool)), r[None])
    array([10])
    """
    from scipy.special import chdtrc

    weight = rows.error**-2
    x, y = rows.x - rows.x[0], values - values[:, :1]

    def running(column: Column) -> Column:
        return np.cumsum(weight * column, axis=-1)

    w, wx, wxx = running(np.ones_like(x)), running(x), running(x**2)
    wy, wyy, wxy = running(y), running(y**2), running(x * y)
    chi2 = np.maximum(wyy - wy**2 / w, 0.0)
    spread = np.maximum(wxx - wx**2 / w, 1e-300)
    slope = (wxy - wx * wy / w) / np.sqrt(spread)
    dof = np.maximum(np.arange(len(x)), 1)
    good = (chdtrc(dof, chi2) >= _LEAST_P) & (np.abs(slope) <= _MOST_SLOPE)
    good[:, : _LEAST_ROWS - 1] = False
    last = good.shape[1] - np.argmax(good[:, ::-1], axis=1)
    return np.where(good.any(axis=1), last, 0)


def flat_below(
    rows: Rows, model: Column, scale: float, draws: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return the warmest temperature up to which rows are flat, and its 68 % interval.

    It depends on the noise: a quieter measurement sees a slope earlier.

    Parameters
    ----------
    rows : Rows
        Without limits.
    model : ndarray of float64, shape (K,)
        A fit to draw from.
    scale : float
        Of the errors.
    draws : int
        Of the bootstrap; with fewer than 20 there is no interval.
    rng : Generator

    Returns
    -------
    value, low, high : float
        In the unit of the axis; NaN where nothing is flat.
    """
    wide = replace(rows, error=rows.error * scale)

    def warmest(values: Column) -> Column:
        count = flat_rows(wide, values)
        return np.where(count > 0, rows.x[np.maximum(count, 1) - 1], np.nan)

    value = float(warmest(rows.value[None])[0])
    if draws < 20:
        return value, float("nan"), float("nan")
    noise = rng.normal(size=(draws, len(rows))) * wide.error
    found = warmest(model + noise)
    if np.isnan(found).mean() > 0.3:
        return value, float("nan"), float("nan")
    low, high = np.nanquantile(found, (0.16, 0.84))
    return value, float(np.fmin(low, value)), float(np.fmax(high, value))
