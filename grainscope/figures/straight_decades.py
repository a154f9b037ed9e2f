"""Over how many decades log-uniform barriers in parallel look logarithmic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grainscope.figures.style import BLUE, GREEN, GREY, VERMILLION, house_style, mark, new_figure
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


@house_style()
def draw_straight_decades(
    barrier_decades: NDArray[np.float64],
    resistance_decades: NDArray[np.float64],
    conductance_decades: NDArray[np.float64],
    measured: float,
    film: float,
) -> Figure:
    """Draw decades of T that are straight in ln T against decades of barriers.

    Parameters
    ----------
    barrier_decades : ndarray of float64, shape (K,)
        log₁₀ Δ2/Δ1, ascending.
    resistance_decades, conductance_decades : ndarray of float64, shape (K,)
        Of R and of G, within 2 %.
    measured : float
        Decades over which a measured R(T) is straight; NaN is left out.
    film : float
        Decades of the micrograph's charging energies; NaN is left out.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    axes.plot(barrier_decades, conductance_decades, "s-", color=GREEN, label="conductance G")
    axes.plot(barrier_decades, resistance_decades, "o-", color=BLUE, label="resistance R")
    if math.isfinite(measured):
        label = f"measured R: {plain_number(measured)} decades"
        axes.axhline(measured, color=VERMILLION, linestyle="--", linewidth=1.2, label=label)
    mark(axes, film, "this micrograph: {} decades", GREY, ":")
    axes.set_xlabel("decades of barriers, log₁₀ Δ₂/Δ₁")
    axes.set_ylabel("decades of T straight in ln T")
    axes.set_xlim(0, float(barrier_decades.max()) * 1.02)
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper left")
    return figure
