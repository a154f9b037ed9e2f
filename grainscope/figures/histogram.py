"""Histogram of the logarithm of grain area, equivalent diameter on the top axis (Fig. 1b)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter

from grainscope.figures.size_laws import plot_laws
from grainscope.figures.style import BLACK, GREY, PALE, VERMILLION, house_style, new_figure, say
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records import GrainHistogram, SizeLaws

#: Which multiples of a power of ten get a label, by decades of area shown.
_DIAMETER_STEPS = ((5.0, (1,)), (2.5, (1, 2, 5)), (0.0, (1, 1.5, 2, 3, 4, 5, 6, 8)))


@house_style()
def draw_histogram(histogram: GrainHistogram, laws: SizeLaws | None = None) -> Figure:
    """Draw found and corrected grains over log10 area, and the laws fitted to them.

    Bars are the grains found, the line the corrected number with its 68 %
    interval; where grains are too small to be resolved the background is
    shaded. A bin of area A sits at the equivalent diameter 2√(A/π) of the top axis.

    Parameters
    ----------
    histogram : GrainHistogram
        B bins; B = 0 gives a figure that says so.
    laws : SizeLaws, optional
        Drawn above the cut where fitted.

    Returns
    -------
    matplotlib.figure.Figure
        One panel and its top axis.
    """
    figure = new_figure()
    plot_histogram(figure.add_subplot(), histogram, laws)
    return figure


def plot_histogram(axes: Axes, histogram: GrainHistogram, laws: SizeLaws | None = None) -> None:
    """Draw the histogram into given axes (shared by the chart and the showcase)."""
    axes.set_xlabel("log₁₀ (grain area / µm²)")
    axes.set_ylabel("grains per bin")
    if histogram.count.sum() == 0:
        say(axes, "no grains")
        return
    low, high = histogram.log10_area_low, histogram.log10_area_high
    axes.set_xlim(low[0], high[-1])
    axes.set_ylabel(f"grains per {high[0] - low[0]:.2g} decade of area")
    _shade_unresolved(axes, histogram.resolution_cut_um2)
    _plot_counts(axes, histogram)
    n_laws = len(laws.laws) if laws else 0
    if laws:
        plot_laws(axes, laws, _corrected_above(histogram) * float(high[0] - low[0]))
    diameter_axis(axes)
    axes.legend(loc="upper center", ncols=2)
    top = np.nanmax([histogram.count.max(), *histogram.corrected_high, *histogram.corrected_count])
    axes.set_ylim(0, (1.28 + 0.07 * ((n_laws + 1) // 2)) * top)  # room for the legend


def _corrected_above(histogram: GrainHistogram) -> float:
    """Return the corrected number above the cut; a bin that holds the cut counts with its share."""
    cut = math.log10(histogram.resolution_cut_um2)
    low, high = histogram.log10_area_low, histogram.log10_area_high
    share = np.clip((high - cut) / (high - low), 0, 1)
    return float(np.nansum(histogram.corrected_count * share))


def _plot_counts(axes: Axes, histogram: GrainHistogram) -> None:
    low, high = histogram.log10_area_low, histogram.log10_area_high
    found = f"found ({histogram.count.sum():,} grains)"
    axes.bar(low, histogram.count, high - low, align="edge", color=PALE, label=found)
    edges = np.append(low, high[-1])
    axes.stairs(histogram.corrected_count, edges, color=BLACK, linewidth=1.1)
    bounds = histogram.corrected_low, histogram.corrected_high
    known = np.isfinite(bounds[0]) & np.isfinite(bounds[1]) & (histogram.corrected_count > 0)
    axes.vlines(
        ((low + high) / 2)[known],
        bounds[0][known],
        bounds[1][known],
        color=VERMILLION,
        linewidth=1.1,
        label="68 % interval",
    )
    axes.plot([], [], color=BLACK, linewidth=1.1, label="corrected")


def _shade_unresolved(axes: Axes, resolution_cut_um2: float) -> None:
    start, stop = axes.get_xlim()
    if not resolution_cut_um2 > 0 or math.log10(resolution_cut_um2) <= start:
        return
    cut = min(math.log10(resolution_cut_um2), stop)
    axes.axvspan(
        start, cut, facecolor="#f3ead9", edgecolor=GREY, hatch="///", linewidth=0, zorder=0,
        label="below the resolution cut",
    )  # fmt: skip


def diameter_axis(axes: Axes) -> None:
    """Put diameters on top: log10 A = 2 log10 d + log10(π/4)."""
    offset = math.log10(math.pi / 4)
    start, stop = axes.get_xlim()
    exponents = range(math.floor((start - offset) / 2), math.ceil((stop - offset) / 2) + 1)
    steps = next(steps for decades, steps in _DIAMETER_STEPS if stop - start > decades)
    labelled = [m * 10.0**e for e in exponents for m in steps]
    between = [m * 10.0**e for e in exponents for m in range(2, 10)]
    top = axes.secondary_xaxis("top")
    top.set_xlabel("equivalent diameter (µm)")
    for diameters, minor in ((labelled, False), (between, True)):
        places = [2 * math.log10(d) + offset for d in diameters]
        top.set_xticks([x for x in places if start <= x <= stop], minor=minor)
    top.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _position: plain_number(10 ** ((x - offset) / 2)))
    )
