"""Loops that a sweep of the field can tell apart, and the response of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.flux_quantum import flux_response

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Column = NDArray[np.float64]

#: Width of a bin of the grid in ln diameter: areas within 2.5 % count as one.
LOG_STEP = 0.0125
#: A loop shows where the sweep holds so many of its quanta …
_LEAST_QUANTA = 1.5
#: … and so many rows per quantum.
_ROWS_PER_QUANTUM = 4.0
#: The grid goes on beyond both ends, so that what lies outside is not taken for its edge.
_MARGIN = 0.15
#: A grid of more decades than this would cost more than it tells.
_MOST_LOG_RANGE = 2.3


@dataclass(frozen=True)
class LoopGrid:
    """Bins of equal width in ln diameter; J of them.

    Attributes
    ----------
    diameter_um, area_um2 : ndarray of float64, shape (J,)
        Middles; the diameter is that of a disc of the area.
    smallest_um, largest_um : float
        Between these the sweep can tell; the grid goes on a little beyond.
    field_range_g : float
        Length of the sweep.
    """

    diameter_um: Column
    smallest_um: float
    largest_um: float
    field_range_g: float

    @property
    def area_um2(self) -> Column:
        """Areas of the middles."""
        return np.asarray(np.pi * self.diameter_um**2 / 4)

    @property
    def log_area_edges(self) -> Column:
        """Edges of the bins in ln area, shape (J + 1,)."""
        middle = np.log(self.area_um2)
        return np.append(middle - LOG_STEP, middle[-1] + LOG_STEP)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which bins lie where the sweep can tell, shape (J,)."""
        d = self.diameter_um
        return np.asarray((d >= self.smallest_um) & (d <= self.largest_um))

    @property
    def resolution(self) -> Column:
        """Relative width of area that the sweep resolves: half a quantum, 1/2n for n quanta."""
        quanta = self.field_range_g * self.area_um2 / FLUX_QUANTUM_G_UM2
        return np.asarray(np.maximum(0.5 / quanta, 2 * LOG_STEP))


def loop_diameter_um(field_g: ArrayLike) -> Column:
    """Return the diameter of a disc that holds one flux quantum, 2 √(Φ0/πB).

    Parameters
    ----------
    field_g : array_like
        In G; at 0 the diameter is infinite.

    Examples
    --------
    >>> loop_diameter_um([15.0, 15.58]).round(3)
    array([1.325, 1.3  ])
    """
    with np.errstate(divide="ignore"):
        return np.asarray(2 * np.sqrt(FLUX_QUANTUM_G_UM2 / np.pi / np.asarray(field_g, np.float64)))


def loop_grid(field_g: Column) -> LoopGrid:
    """Return the grid of the loops that a sweep can tell apart.

    From those of which it holds 1.5 quanta to those of which it has four rows a
    quantum, by the wider gaps between its rows.

    Parameters
    ----------
    field_g : ndarray of float64, shape (N,)
        Ascending, at least 0.

    Returns
    -------
    LoopGrid

    Raises
    ------
    ValueError
        The largest loop is less than 1.4 times as wide as the smallest.

    Examples
    --------
    >>> grid = loop_grid(np.arange(0, 60.1, 0.5))
    >>> round(grid.smallest_um, 2), round(grid.largest_um, 2)
    (0.81, 3.63)
    """
    length = float(field_g[-1] - field_g[0])
    gap = float(np.quantile(np.diff(field_g), 0.75))
    smallest = float(loop_diameter_um(length / _LEAST_QUANTA))
    largest = float(loop_diameter_um(_ROWS_PER_QUANTUM * gap))
    largest = min(largest, smallest * np.exp(_MOST_LOG_RANGE))
    if largest < 1.4 * smallest:
        raise ValueError(
            f"{length:.3g} G in steps of {gap:.3g} G show loops of {smallest:.3g} to "
            f"{largest:.3g} µm only; expected a factor of 1.4 between them"
        )
    n_bins = int(np.ceil((np.log(largest / smallest) + 2 * _MARGIN) / LOG_STEP))
    start = np.log(smallest) - _MARGIN
    return LoopGrid(np.exp(start + LOG_STEP * np.arange(n_bins)), smallest, largest, length)


def loop_responses(field_g: Column, grid: LoopGrid) -> NDArray[np.float64]:
    """Return the mean of cos(2πBA/Φ0) over the areas of each bin, shape (N, J).

    Over a bin of width ΔA the mean is cos(2πBA/Φ0) · sinc(BΔA/Φ0): many quanta
    away its loops are out of step.

    Parameters
    ----------
    field_g : ndarray of float64, shape (N,)
    grid : LoopGrid

    Examples
    --------
    >>> grid = loop_grid(np.arange(0, 60.1, 0.5))
    >>> loop_responses(np.zeros(1), grid).min()
    np.float64(1.0)
    """
    width = 2 * LOG_STEP * grid.area_um2
    dephased = np.sinc(field_g[:, None] * width / FLUX_QUANTUM_G_UM2)
    return np.asarray(flux_response(field_g[:, None], grid.area_um2) * dephased)
