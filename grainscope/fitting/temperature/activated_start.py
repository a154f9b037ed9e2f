"""Nearly the best parameters of activated resistance that saturates, by grids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.averaged_rows import Rows

    Column = NDArray[np.float64]

#: Heat leaves electrons for phonons as T⁵.
HEAT_POWER = 5.0
#: Energies that are looked at first, in units of the warmest temperature.
_ENERGIES = np.geomspace(0.05, 60.0, 40)
#: Then so many places around the best, so many times, each time in so much narrower steps.
_PLACES, _ZOOMS, _NARROWER = 7, 5, 3.0


def near_added(rows: Rows, reference_per_k: float) -> Column:
    """Return ln A, U and R_sat of R_sat + A exp(−U (1/T − 1/T_ref)), to about 1 % of U.

    For each U of a grid the law is a line in R_sat and A; around the best U the grid is
    made finer.

    Parameters
    ----------
    rows : Rows
        Temperatures in K, ascending; limits are left out.
    reference_per_k : float
        1/T_ref.

    Examples
    --------
    >>> from grainscope.fitting.smoothing.averaged_rows import Rows
    >>> t = np.geomspace(0.05, 1, 60)
    >>> r = 100 + 5e3 * np.exp(-2 / t)
    >>> near_added(Rows(t, r, 0.01 * r, np.zeros(60, bool)), 0.0).round(1)
    array([  8.5,   2. , 100. ])
    """
    seen = rows.at(~rows.censored) if (~rows.censored).sum() > 3 else rows
    weight, y = seen.error**-2, seen.value
    n, y1, least = weight.sum(), weight @ y, 1e-6 * float(np.abs(y).max())

    def amplitudes(energy: Column) -> tuple[Column, Column, Column]:
        """Solve the normal equations of both, for all energies at once."""
        shape = np.exp(-energy[:, None] * (1 / seen.x - reference_per_k))  # (E, K)
        ss, s1, sy = (shape**2) @ weight, shape @ weight, shape @ (weight * y)
        flat = np.maximum((ss * y1 - s1 * sy) / np.maximum(ss * n - s1**2, 1e-9 * ss * n), 0.0)
        grown = np.maximum((sy - flat * s1) / ss, least)
        return (y - flat[:, None] - grown[:, None] * shape) ** 2 @ weight, grown, flat

    energy = _ENERGIES * seen.x[-1]
    step = float(np.log(_ENERGIES[1] / _ENERGIES[0]))
    for _ in range(_ZOOMS):
        left, grown, flat = amplitudes(energy)
        best = int(np.argmin(left))
        found = np.array([np.log(grown[best]), energy[best], flat[best]])
        energy = energy[best] * np.exp(np.linspace(-step, step, _PLACES))
        step /= _NARROWER
    return found


def near_heated(rows: Rows, reference_per_k: float) -> Column:
    """Return ln A, U and R_sat of A exp(−U (1/T_e − 1/T_ref)), T_e⁵ = T⁵ + T_h⁵.

    For each T_h of a grid ln R is a line in 1/T_e; around the best T_h and U the sum of
    squares in R itself decides.

    Parameters
    ----------
    rows, reference_per_k
        As of `near_added`.

    Examples
    --------
    >>> from grainscope.fitting.smoothing.averaged_rows import Rows
    >>> t = np.geomspace(0.05, 1, 60)
    >>> r = 5e3 * np.exp(-2 / (t**5 + 0.4**5) ** 0.2)
    >>> near_heated(Rows(t, r, 0.01 * r, np.zeros(60, bool)), 0.0).round(1)
    array([ 8.5,  2. , 33.7])
    """
    good = ~rows.censored & (rows.value > 0)
    if good.sum() <= 3:
        return near_added(rows, reference_per_k)
    seen = rows.at(good)
    energy, heat = _line_in_logarithm(seen, reference_per_k)
    weight, wide = seen.error**-2, 0.2
    places = np.linspace(-1, 1, _PLACES)
    for _ in range(_ZOOMS):
        energies, heats = (
            grid.ravel()
            for grid in np.meshgrid(energy * np.exp(wide * places), heat * np.exp(wide * places))
        )
        electrons = (seen.x**HEAT_POWER + heats[:, None] ** HEAT_POWER) ** (1 / HEAT_POWER)
        shape = np.exp(np.clip(-energies[:, None] * (1 / electrons - reference_per_k), -300, 300))
        level = (shape @ (weight * seen.value)) / np.maximum((shape**2) @ weight, 1e-300)
        left = (seen.value - level[:, None] * shape) ** 2 @ weight
        best = int(np.argmin(left))
        energy, heat, wide = float(energies[best]), float(heats[best]), wide / _NARROWER
    ln_a = float(np.log(max(level[best], 1e-300)))
    return np.array([ln_a, energy, np.exp(ln_a + energy * (reference_per_k - 1 / heat))])


def _line_in_logarithm(seen: Rows, reference_per_k: float) -> tuple[float, float]:
    """Return U and T_h of the least sum of squares in ln R."""
    heat = np.geomspace(0.3 * seen.x[0], 1.5 * seen.x[-1], 40)
    electrons = (seen.x**HEAT_POWER + heat[:, None] ** HEAT_POWER) ** (1 / HEAT_POWER)
    x, y = reference_per_k - 1 / electrons, np.log(seen.value)  # (H, K)
    weight = (seen.value / seen.error) ** 2
    weight /= weight.sum()
    away = x - (x @ weight)[:, None]
    energy = (away @ (weight * y)) / np.maximum((away**2) @ weight, 1e-300)
    energy = np.clip(energy, 1e-3 * seen.x[-1], _ENERGIES[-1] * seen.x[-1])
    left = ((y - y @ weight) - energy[:, None] * away) ** 2 @ weight
    best = int(np.argmin(left))
    return float(energy[best]), float(heat[best])
