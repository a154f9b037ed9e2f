"""A sharp drop of R on cooling, as where grains become superconducting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Half widths in ln T of a drop that is sharp, and of one that is not.
_SHARP, _BROAD = (0.015, 0.04), 0.25
#: A drop is judged by the rows this near in ln T, at so many places at most.
_NEAR, _PLACES = 0.6, 80
#: A sharp step must improve χ² by this much, and by half of it more than a broad one does.
_LEAST_GAIN = 30.0


def drop_begins_k(temperature_k: Column, resistivity_ohm_sq: Column, error: Column) -> float:
    """Return the temperature below which R has dropped; NaN where there is no sharp drop.

    Near every place a parabola in ln T is fitted to ln R, with and without a step of a few
    per cent width in T. A step counts where it improves χ² by 30, and by 15 more than
    a wide one: the wide ones are what laws of conduction look like. (In units of χ²/dof
    with the step, where that is above 1.) With fewer than about five rows above the drop
    nothing is seen here; then the window in which a law fits has to end below it.

    Parameters
    ----------
    temperature_k, resistivity_ohm_sq, error : ndarray of float64, shape (K,)
        The temperature ascending.

    Returns
    -------
    float
        Three half widths below the middle of the drop that improves most.

    Examples
    --------
    >>> t = np.geomspace(0.1, 6, 80)
    >>> r = (1000 + 50 * np.log(1 / t)) * np.where(t > 3.3, 1.1, 1.0)
    >>> 3.0 < drop_begins_k(t, r, 0.01 * r) < 3.3
    True
    >>> drop_begins_k(t, 1000 + 50 * np.log(1 / t), 0.01 * r)
    nan
    """
    good = resistivity_ohm_sq > 0
    if good.sum() < 12:
        return float("nan")
    x, y = np.log(temperature_k[good]), np.log(resistivity_ohm_sq[good])
    sigma = error[good] / resistivity_ohm_sq[good]
    places = np.unique(x)
    middles = (places[4:-1] + places[5:]) / 2
    middles = middles[:: max(len(middles) // _PLACES, 1)]
    best, found = 0.0, float("nan")
    for middle in middles:
        near = np.abs(x - middle) < _NEAR
        if near.sum() < 10 or (x[near] > middle).sum() < 2:
            continue
        gain, half_width = _gain(x[near] - middle, y[near], sigma[near])
        if gain > best:
            best, found = gain, float(np.exp(middle - 3 * half_width))
    return found


def _gain(x: Column, y: Column, sigma: Column) -> tuple[float, float]:
    """Return by how much a sharp step at 0 improves χ², 0 where it is none, and its width."""
    smooth = np.vander(x, 3)
    plain, _ = _chi2(smooth, y, sigma)
    broad, _ = _chi2(np.column_stack((smooth, np.tanh(x / _BROAD))), y, sigma)
    best, width = 0.0, _SHARP[0]
    for half_width in _SHARP:
        stepped = np.column_stack((smooth, np.tanh(x / half_width)))
        left, height = _chi2(stepped, y, sigma)
        unit = max(left / max(len(x) - 4, 1), 1.0)
        gain, over_broad = (plain - left) / unit, (broad - left) / unit
        if height > 0 and gain > _LEAST_GAIN and over_broad > _LEAST_GAIN / 2 and gain > best:
            best, width = gain, half_width
    return best, width


def _chi2(columns: NDArray[np.float64], y: Column, sigma: Column) -> tuple[float, float]:
    found = np.linalg.lstsq(columns / sigma[:, None], y / sigma, rcond=None)[0]
    left = (y - columns @ found) / sigma
    return float(left @ left), float(found[-1])
