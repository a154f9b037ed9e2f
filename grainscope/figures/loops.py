"""Distribution of loop sizes, and of the fields that put one flux quantum through them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.figures.style import (
    BLACK,
    BLUE,
    DOUBLE_IN,
    GREEN,
    PALE,
    VERMILLION,
    house_style,
    log_ticks,
    mark,
    new_figure,
    say,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import LoopTable

#: What the paper compares: a resistance minimum near 15 G, a loop of 1.3 µm on average.
PAPER_FIELD_G = 15.0
PAPER_DIAMETER_UM = 1.3

_BINS_PER_DECADE = 20


@house_style()
def draw_loops(
    loops: LoopTable,
    mean_area_um2: float = math.nan,
    median_area_um2: float = math.nan,
) -> Figure:
    """Draw loop diameters and the fields B = Φ0/A side by side.

    Bars are the loops found, the line carries Miles–Lantuéjoul weights. The
    paper's pair, 15 G and 1.3 µm, is marked for comparison.

    Parameters
    ----------
    loops : LoopTable
        L loops; L = 0 gives a figure that says so.
    mean_area_um2, median_area_um2 : float
        Weighted mean and median loop area, marked where they are numbers.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels: size, field.
    """
    figure = new_figure(DOUBLE_IN)
    size_axes, field_axes = figure.subplots(1, 2)
    areas = np.array([mean_area_um2, median_area_um2])
    _plot_size(size_axes, loops, 2 * np.sqrt(areas / np.pi))
    _plot_field(field_axes, loops, FLUX_QUANTUM_G_UM2 / areas)
    return figure


def _plot_size(axes: Axes, loops: LoopTable, reference_um: NDArray[np.float64]) -> None:
    axes.set_xlabel("equivalent diameter of the loop (µm)")
    axes.set_ylabel(f"loops per {1 / _BINS_PER_DECADE:g} decade")
    if loops.n_loops == 0:
        say(axes, "no loops")
        return
    _plot_distribution(axes, loops.equivalent_diameter_um, loops.edge_weight, PAPER_DIAMETER_UM)
    mark(axes, reference_um[1], "median area ({} µm)", GREEN)
    mark(axes, reference_um[0], "mean area ({} µm)", BLUE, "-.")
    mark(axes, PAPER_DIAMETER_UM, "paper: {} µm", VERMILLION, ":")
    _legend(axes)


def _plot_field(axes: Axes, loops: LoopTable, reference_g: NDArray[np.float64]) -> None:
    axes.set_xlabel("field of one flux quantum, Φ₀/A (G)")
    axes.set_ylabel(f"loops per {1 / _BINS_PER_DECADE:g} decade")
    if loops.n_loops == 0:
        say(axes, "no loops")
        return
    _plot_distribution(axes, loops.field_g, loops.edge_weight, PAPER_FIELD_G)
    mark(axes, reference_g[1], "Φ₀ / median area ({} G)", GREEN)
    mark(axes, reference_g[0], "Φ₀ / mean area ({} G)", BLUE, "-.")
    mark(axes, PAPER_FIELD_G, "paper: {} G", VERMILLION, ":")
    _legend(axes)


def _legend(axes: Axes) -> None:
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, 1.0))
    axes.set_ylim(0, 1.55 * axes.get_ylim()[1])  # room for the legend


def _plot_distribution(
    axes: Axes, values: NDArray[np.float64], weights: NDArray[np.float64], reference: float
) -> None:
    """Histogram on round logarithmic edges; the view includes the reference value."""
    low = math.floor(math.log10(values.min()) * _BINS_PER_DECADE)
    high = math.floor(math.log10(values.max()) * _BINS_PER_DECADE) + 1
    edges = 10.0 ** (np.arange(low, high + 1) / _BINS_PER_DECADE)
    edges[0], edges[-1] = min(edges[0], values.min()), max(edges[-1], values.max())
    found = np.histogram(values, edges)[0]
    weighted = np.histogram(values, edges, weights=weights)[0]
    axes.set_xscale("log")
    axes.bar(
        edges[:-1],
        found,
        np.diff(edges),
        align="edge",
        color=PALE,
        label=f"found ({len(values):,})",
    )
    axes.stairs(weighted, edges, color=BLACK, linewidth=1.1, label="edge-corrected")
    limits = min(edges[0], reference) / 1.15, max(edges[-1], reference) * 1.15
    axes.set_xlim(*limits)
    log_ticks(axes.xaxis, *limits)
