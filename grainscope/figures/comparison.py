"""Two size distributions laid over one another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.histogram import diameter_axis
from grainscope.figures.size_laws import LN10, plot_density
from grainscope.figures.style import BLUE, DOUBLE_IN, VERMILLION, house_style, new_figure, say
from grainscope.laws.log_bins import log10_bins

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import SizedGrains, SizeLaws

    Side = tuple[str, SizedGrains, SizeLaws]

_BINS_PER_DECADE = 10


@house_style()
def draw_comparison(a: Side, b: Side) -> Figure:
    """Draw the corrected sizes of two samples, as densities and as shares below each area.

    Parameters
    ----------
    a, b : tuple of str, SizedGrains, SizeLaws
        Name, grains and laws of each; the best law is drawn beside the bars.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels with diameters on their top axes.
    """
    figure = new_figure(DOUBLE_IN)
    density, share = figure.subplots(1, 2)
    density.set_ylabel("share of grains per decade of area")
    share.set_ylabel("share of grains below")
    sides = [(name, *_counted(sizes), laws) for name, sizes, laws in (a, b)]
    for axes in (density, share):
        axes.set_xlabel("log₁₀ (grain area / µm²)")
    if not any(len(x) for _, x, _, _ in sides):
        for axes in (density, share):
            say(axes, "no whole grains above the resolution cut")
        return figure
    everything = np.concatenate([x for _, x, _, _ in sides])
    for axes in (density, share):
        axes.set_xlim(everything.min() - 0.1, everything.max() + 0.1)
    for (name, x, weight, laws), colour in zip(sides, (BLUE, VERMILLION), strict=True):
        if len(x):
            _plot_side(density, share, (name, x, weight, laws), colour)
    density.set_ylim(0, 1.18 * density.get_ylim()[1])  # room for the legend
    share.set_ylim(0, 1)
    for axes in (density, share):
        diameter_axis(axes)
    share.legend(loc="lower right")
    density.legend(loc="upper right")
    return figure


def _counted(sizes: SizedGrains) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return log10 area and share of the weight of each grain that counts."""
    weight = sizes.weight["corrected"]
    kept = weight > 0
    x = (2 * sizes.log_diameter[kept] + math.log(math.pi / 4)) / LN10
    return x, weight[kept] / weight[kept].sum() if kept.any() else weight[kept]


def _plot_side(
    density: Axes,
    share: Axes,
    side: tuple[str, NDArray[np.float64], NDArray[np.float64], SizeLaws],
    colour: str,
) -> None:
    name, x, weight, laws = side
    edges, bins = log10_bins(x, _BINS_PER_DECADE)
    heights = np.bincount(bins, weight, len(edges) - 1) * _BINS_PER_DECADE
    density.stairs(heights, edges, color=colour, fill=True, alpha=0.18)
    density.stairs(heights, edges, color=colour, linewidth=1.0, label=f"{name} ({len(x):,} grains)")
    if laws.laws:
        plot_density(density, laws, laws.laws[0], 1.0, {"color": colour, "linewidth": 1.6})
    share.step(x, np.cumsum(weight), where="post", color=colour, linewidth=1.3, label=name)
