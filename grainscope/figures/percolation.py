"""Growth of the largest component with the gap that counts as a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLUE,
    COLUMN_IN,
    GREY,
    PALE,
    SINGLE_IN,
    VERMILLION,
    house_style,
    mark,
    new_figure,
    say,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import Percolation


#: Dashes of what belongs to the right axis.
_BESIDE = (0, (4, 1.5))
_GAP = "gap that counts as a contact (nm)"
#: Share, then correlation length: the second panel needs less height.
_PANELS_IN, _HEIGHTS = (COLUMN_IN, 4.9), (3, 2)


@house_style()
def draw_percolation(percolation: Percolation) -> Figure:
    """Draw the largest component's share of the grains and the correlation length over the gap.

    Both panels show the threshold and its 68 % interval. The right axes hold the
    mean size of the other components, and the share of the film covered by
    grains grown by half the gap; where a component spans the frame in x and y
    the background is shaded.

    Parameters
    ----------
    percolation : Percolation
        G gaps; G = 0 gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels, one where the correlation length was not computed; each has
        a second vertical axis.
    """
    known = np.isfinite(percolation.largest_component_fraction).any()
    length_um = percolation.correlation_length_um if known else None
    figure = new_figure(SINGLE_IN if length_um is None else _PANELS_IN)
    if length_um is None:
        axes = figure.add_subplot()
    else:
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=_HEIGHTS)
    axes.set_ylabel("share in the largest component", color=BLUE)
    if not known:
        axes.set_xlabel(_GAP)
        say(axes, "no contacts")
        return figure
    _shade_spanning(axes, percolation)
    axes.step(percolation.gap_nm, percolation.largest_component_fraction, where="post", color=BLUE)
    _mark_threshold(axes, percolation)
    axes.set_ylim(0, 1.04)
    last = _last_gap_worth_showing(percolation)
    axes.set_xlim(-0.015 * last, last)  # a threshold of 0 is still seen
    if axes.get_legend_handles_labels()[0]:  # nothing is labelled where nothing spans
        # Curves of two axes fill the panel, and "best" knows of one.
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    others = _beside(axes, "mean size of others (grains), dashed")
    others.step(
        percolation.gap_nm,
        percolation.mean_component_size,
        where="post",
        color=GREY,
        linestyle=_BESIDE,
    )
    others.set_ylim(bottom=0)
    if length_um is None:
        axes.set_xlabel(_GAP)
    else:
        axes.label_outer()
        _draw_length(below, percolation, length_um)
    return figure


def _draw_length(axes: Axes, percolation: Percolation, length_um: NDArray[np.float64]) -> None:
    axes.set_xlabel(_GAP)
    axes.set_ylabel("correlation length ξ (µm)", color=BLUE)
    axes.step(percolation.gap_nm, length_um, where="post", color=BLUE)
    _mark_threshold(axes, percolation)
    axes.set_ylim(0, max(1.08 * float(length_um.max()), 1e-9))
    if percolation.area_fraction is not None:
        covered = _beside(axes, "covered share, dashed")
        covered.plot(percolation.gap_nm, percolation.area_fraction, color=GREY, linestyle=_BESIDE)
        covered.set_ylim(0, 1.04)


def _mark_threshold(axes: Axes, percolation: Percolation) -> None:
    mark(axes, percolation.threshold_gap_nm, "spans first at {} nm", VERMILLION)
    low, high = percolation.threshold_low_nm, percolation.threshold_high_nm
    if np.isfinite(low):
        axes.axvspan(
            low, high, color=VERMILLION, alpha=0.18, linewidth=0, label="68 % for an endless film"
        )


def _beside(axes: Axes, label: str) -> Axes:
    """Return a second vertical axis, in grey and below what is there."""
    beside = axes.twinx()
    beside.set_ylabel(label, color="#666666")
    axes.set_zorder(beside.get_zorder() + 1)  # the main curve and the legend stay on top
    axes.patch.set_visible(False)
    return beside


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
    interval = np.nan_to_num(percolation.threshold_high_nm)
    return float(max(min(gap[-1], 1.15 * max(settled, 1.5 * past, interval)), 1.0))
