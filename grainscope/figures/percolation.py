"""Growth of the largest component with the gap that counts as a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLUE,
    GREY,
    PALE,
    VERMILLION,
    house_style,
    mark,
    new_figure,
    say,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records import Percolation


@house_style()
def draw_percolation(percolation: Percolation) -> Figure:
    """Draw the largest component's share of the grains against the gap.

    The right axis holds the mean size of the other components; where a
    component spans the frame in x and y the background is shaded.

    Parameters
    ----------
    percolation : Percolation
        G gaps; G = 0 gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
        One panel with two vertical axes.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    axes.set_xlabel("gap that counts as a contact (nm)")
    axes.set_ylabel("share of grains in the largest component", color=BLUE)
    if not np.isfinite(percolation.largest_component_fraction).any():
        say(axes, "no contacts")
        return figure
    _shade_spanning(axes, percolation)
    axes.step(percolation.gap_nm, percolation.largest_component_fraction, where="post", color=BLUE)
    threshold = percolation.threshold_gap_nm
    mark(axes, threshold, "spans first at {} nm", VERMILLION)
    axes.set_ylim(0, 1.04)
    axes.set_xlim(0, _last_gap_worth_showing(percolation))
    if axes.get_legend_handles_labels()[0]:  # nothing is labelled where nothing spans
        axes.legend(loc="center right")
    _plot_others(axes, percolation)
    return figure


def _plot_others(axes: Axes, percolation: Percolation) -> None:
    others = axes.twinx()
    others.step(percolation.gap_nm, percolation.mean_component_size, where="post", color=GREY)
    others.set_ylabel("mean size of the other components (grains)", color="#666666")
    others.set_ylim(bottom=0)
    axes.set_zorder(others.get_zorder() + 1)  # the main curve and the legend stay on top
    axes.patch.set_visible(False)


def _shade_spanning(axes: Axes, percolation: Percolation) -> None:
    both = percolation.spans_x & percolation.spans_y
    if both.any():
        first = float(percolation.gap_nm[np.argmax(both)])
        last = max(float(percolation.gap_nm[-1]), _last_gap_worth_showing(percolation))
        axes.axvspan(first, last, color=PALE, alpha=0.4, linewidth=0, label="spans in x and y")


def _last_gap_worth_showing(percolation: Percolation) -> float:
    """Where the curve is within 1 % of its end, and well past the threshold."""
    fraction, gap = percolation.largest_component_fraction, percolation.gap_nm
    settled = float(gap[np.argmax(fraction >= 0.99 * fraction[-1])])
    past = np.nan_to_num(percolation.threshold_gap_nm)
    return float(max(min(gap[-1], 1.15 * max(settled, 1.5 * past)), 1.0))
