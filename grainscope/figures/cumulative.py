"""The share of grains below each area, corrected and not, with the laws that were fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.histogram import diameter_axis
from grainscope.figures.size_laws import plot_cumulative_laws
from grainscope.figures.style import BLACK, GREY, VERMILLION, house_style, new_figure, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from grainscope.records import CumulativeSizes, SizeLaws


@house_style()
def draw_cumulative(sizes: CumulativeSizes, laws: SizeLaws) -> Figure:
    """Draw the cumulative distribution of log10 area above the resolution cut.

    Parameters
    ----------
    sizes : CumulativeSizes
        K points; K = 0 gives a figure that says so.
    laws : SizeLaws
        Drawn where fitted.

    Returns
    -------
    matplotlib.figure.Figure
        One panel and its top axis.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    axes.set_xlabel("log₁₀ (grain area / µm²)")
    axes.set_ylabel("share of grains below")
    place = sizes.log10_area_um2
    if len(place) < 2 or not np.isfinite(sizes.fraction).any():
        say(axes, "no whole grains above the resolution cut")
        return figure
    axes.set_xlim(place[0], place[-1])
    axes.set_ylim(0, 1)
    known = np.isfinite(sizes.fraction_low)
    axes.fill_between(
        place, sizes.fraction_low, sizes.fraction_high, where=known, color=VERMILLION,
        alpha=0.25, linewidth=0, label="68 % interval",
    )  # fmt: skip
    axes.plot(place, sizes.excluded, color=GREY, linewidth=1, label="each grain once")
    axes.plot(place, sizes.fraction, color=BLACK, linewidth=1.3, label="corrected")
    plot_cumulative_laws(axes, laws)
    diameter_axis(axes)
    axes.legend(loc="lower right")
    return figure
