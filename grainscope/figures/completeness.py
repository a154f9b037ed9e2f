"""What share of painted grains was found, by size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grainscope.figures.histogram import diameter_axis
from grainscope.figures.style import BLACK, BLUE, GREY, VERMILLION, house_style, new_figure, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from grainscope.records import CompletenessTable


@house_style()
def draw_completeness(table: CompletenessTable) -> Figure:
    """Draw the share of painted grains that was found over log10 area, and the curve through it.

    Parameters
    ----------
    table : CompletenessTable
        B bins.

    Returns
    -------
    matplotlib.figure.Figure
        One panel and its top axis.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    axes.set_xlabel("log₁₀ (grain area / µm²)")
    axes.set_ylabel("share of painted grains found")
    axes.set_ylim(0, 1.03)
    filled = table.painted > 0
    if not filled.any():
        say(axes, "no grains painted")
        return figure
    middle = (table.log10_area_low + table.log10_area_high) / 2
    axes.set_xlim(table.log10_area_low[0], table.log10_area_high[-1])
    axes.fill_between(
        middle, table.completeness_low, table.completeness_high, color=BLUE, alpha=0.2,
        linewidth=0, label="68 % interval",
    )  # fmt: skip
    axes.plot(middle, table.completeness, color=BLUE, label="completeness")
    share = table.found[filled] / table.painted[filled]
    axes.vlines(
        middle[filled], table.share_low[filled], table.share_high[filled], color=GREY, linewidth=1
    )
    label = f"{table.found.sum():,} of {table.painted.sum():,} found"
    axes.plot(middle[filled], share, "o", color=BLACK, markersize=3.5, label=label)
    if math.isfinite(table.cut_um2):
        cut = math.log10(table.cut_um2)
        axes.axvline(cut, color=VERMILLION, linestyle="--", linewidth=1.2, label="half are found")
    diameter_axis(axes)
    axes.legend(loc="lower right")
    return figure
