"""What an error of the temperature adds to the error of a value along temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: The slope at a row is that of a parabola through so many nearest rows, itself included.
_NEAREST = 9
#: Of the variance that neighbours scatter by temperature explains this share at most.
_MOST_HELD = 0.75


def local_slope(temperature_k: Column, value: Column, error: Column) -> tuple[Column, Column]:
    """Return dρ/dT at every row, and its standard deviation.

    A parabola in ln T through the nine nearest rows, weighted.

    Parameters
    ----------
    temperature_k, value, error : ndarray of float64, shape (K,)
        Temperatures above 0, in any order.

    Returns
    -------
    slope, slope_error : ndarray of float64, shape (K,)
        0 and infinite where rows near are at fewer than three temperatures.

    Examples
    --------
    >>> t = np.geomspace(0.1, 1, 30)
    >>> slope, _ = local_slope(t, 5 + 3 * t, np.full(30, 0.1))
    >>> bool(np.all(np.abs(slope[3:-3] - 3) < 0.05))
    True
    """
    order = np.argsort(temperature_k, kind="stable")
    u, n = np.log(temperature_k[order]), len(temperature_k)
    held = min(_NEAREST, n)
    # Of all runs of rows that hold a row, the one that reaches least far.
    first = np.clip(np.arange(n)[:, None] - np.arange(held), 0, n - held)
    reach = np.maximum(u[first + held - 1] - u[:, None], u[:, None] - u[first])
    nearest = np.argmin(reach, axis=1)[:, None]
    rows = np.take_along_axis(first, nearest, axis=1) + np.arange(held)
    unit = np.maximum(np.take_along_axis(reach, nearest, axis=1), 1e-9)
    design = ((u[rows] - u[:, None]) / unit)[..., None] ** np.arange(3)
    design /= error[order][rows][..., None]
    pull = (value / error)[order][rows]
    told = np.linalg.matrix_rank(design, rtol=1e-6) == 3
    inverse = np.linalg.pinv(design[told])
    per_kelvin = 1 / (unit[:, 0] * temperature_k[order])
    slope, slope_error = np.zeros(n), np.full(n, np.inf)
    place = order[told]
    slope[place] = per_kelvin[told] * np.einsum("gk,gk->g", inverse[:, 1], pull[told])
    slope_error[place] = per_kelvin[told] * np.linalg.norm(inverse[:, 1], axis=1)
    return slope, slope_error


def effective_error(
    temperature_k: Column,
    temperature_error_k: Column,
    value: Column,
    error: Column,
    scattered: NDArray[np.bool_],
) -> Column:
    """Return the errors of values with those of their temperatures in them.

        σ_eff² = σ² + (dρ/dT)² σ_T²

    The variance of the slope is taken off its square, for noise is no slope. An error that
    comes from the scatter of neighbouring rows holds the mean of the second term over the curve
    already: there that is taken off first, three quarters of σ² at most, so that it is only put
    where the curve is steep. An error that moves all rows together does not scatter: taken for
    one that does, it makes the errors of rows larger, not the interval right.

    Parameters
    ----------
    temperature_k, temperature_error_k, value, error : ndarray of float64, shape (K,)
        Errors of temperature that are NaN or not above 0 add nothing.
    scattered : ndarray of bool, shape (K,)
        Where σ is what neighbours scatter by, not what was stated.

    Returns
    -------
    ndarray of float64, shape (K,)

    References
    ----------
    J. Orear, Am. J. Phys. 50, 912 (1982).

    Examples
    --------
    >>> t = np.linspace(1, 2, 20)
    >>> stated = np.zeros(20, bool)
    >>> effective_error(t, np.full(20, 0.04), 3 * t, np.full(20, 0.01), stated).round(2)[:2]
    array([0.12, 0.12])
    """
    known = np.isfinite(temperature_error_k) & (temperature_error_k > 0) & (temperature_k > 0)
    if known.sum() < 2:
        return error
    slope, slope_error = np.zeros_like(error), np.zeros_like(error)
    warm = temperature_k > 0
    slope[warm], slope_error[warm] = local_slope(temperature_k[warm], value[warm], error[warm])
    square = np.maximum(slope**2 - slope_error**2, 0.0)
    moved = np.where(known, square * np.where(known, temperature_error_k, 0.0) ** 2, 0.0)
    size = np.maximum(error**2, 1e-300)
    held = np.where(scattered, size * min(float(np.mean(moved / size)), _MOST_HELD), 0.0)
    return np.asarray(np.sqrt(error**2 - held + moved))
