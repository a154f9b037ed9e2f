"""Reliability curve: what IoU grains of some confidence had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.figures.style import BLUE, GREY, PALE, VERMILLION, house_style, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.scoring import Reliability

_COLUMNS, _PANEL_IN = 4, (2.5, 3.1)


@house_style()
def draw_reliability(panels: Mapping[str, Reliability]) -> Figure:
    """Draw a curve over a histogram for each set of pictures.

    Parameters
    ----------
    panels : mapping of str to Reliability
        By title; at least one.

    Returns
    -------
    Figure
        Dots: mean IoU found in each bin, with its standard error; the diagonal
        is perfect calibration. Below: how many grains each bin holds.
    """
    columns = min(len(panels), _COLUMNS)
    rows = -(-len(panels) // columns)
    figure = new_figure((columns * _PANEL_IN[0] + 0.3, rows * _PANEL_IN[1]))
    axes = figure.subplots(
        2 * rows, columns, sharex=True, squeeze=False, height_ratios=[3, 1] * rows
    )
    for number in range(rows * columns):
        row, column = divmod(number, columns)
        for ax in axes[2 * row : 2 * row + 2, column]:
            ax.set_visible(number < len(panels))
    for number, (title, found) in enumerate(panels.items()):
        row, column = divmod(number, columns)
        _draw_curve(axes[2 * row, column], title, found)
        _draw_counts(axes[2 * row + 1, column], found)
        if column == 0:
            axes[2 * row, 0].set_ylabel("found IoU")
            axes[2 * row + 1, 0].set_ylabel("grains")
        # Of an incomplete last row, the panel above shows the numbers.
        if number + columns >= len(panels):
            axes[2 * row + 1, column].set_xlabel("confidence")
            axes[2 * row + 1, column].tick_params(labelbottom=True)
    return figure


def _draw_curve(axes: Axes, title: str, found: Reliability) -> None:
    axes.set_title(f"{title}\n{found.count.sum():,} grains, error {found.calibration_error:.3f}")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    filled = found.count > 0
    axes.errorbar(
        found.confidence[filled], found.iou[filled], found.error[filled],
        fmt="o-", color=BLUE, ecolor=VERMILLION, markersize=4, capsize=2, linewidth=1.2,
    )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _draw_counts(axes: Axes, found: Reliability) -> None:
    axes.stairs(found.count, found.edges, fill=True, color=PALE)
    axes.set_ylim(0, max(1.1 * float(found.count.max(initial=0)), 1))
