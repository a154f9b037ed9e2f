"""Response of the loops to a perpendicular field."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import GAUSS_PER_MILLITESLA
from grainscope.figures.loops import PAPER_FIELD_G
from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
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

    from grainscope.records import Commensuration

_LABELS = {
    "loop_sum": "loop sum S(B)",
    "log_determinant": "log determinant",
    "stiffness": "stiffness",
}


@house_style()
def draw_commensuration(
    commensuration: Commensuration,
    mean_loop_field_g: float = math.nan,
    median_loop_field_g: float = math.nan,
) -> Figure:
    """Draw S(B) = Σ w cos(2πBA/Φ0) / Σ w, and what else was computed, against field.

    Parameters
    ----------
    commensuration : Commensuration
        Columns that were not computed get no panel.
    mean_loop_field_g, median_loop_field_g : float
        Φ0 over the mean and the median loop area in G, marked where they are
        numbers. A mark is no prediction: a broad distribution has no feature there.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a computed column, on a shared field axis.
    """
    columns = {name: getattr(commensuration, name) for name in _LABELS}
    computed = {name: column for name, column in columns.items() if column is not None}
    figure = new_figure((SINGLE_IN[0], SINGLE_IN[1] + 1.8 * (len(computed) - 1)))
    panels = figure.subplots(len(computed), 1, sharex=True, squeeze=False)[:, 0]
    panels[-1].set_xlabel("magnetic field B (G)")
    for axes, (name, column) in zip(panels, computed.items(), strict=True):
        axes.set_ylabel(_LABELS[name])
        if len(column) == 0 or not np.isfinite(column).any():
            say(axes, "no loops")
            continue
        _plot_response(axes, commensuration.field_g, column)
        mark(
            axes,
            median_loop_field_g,
            "Φ₀ / median area ({} G)",
            GREEN,
        )
        mark(
            axes,
            mean_loop_field_g,
            "Φ₀ / mean area ({} G)",
            BLUE,
            "-.",
        )
        mark(axes, PAPER_FIELD_G, "paper: {} G", VERMILLION, ":")
    if panels[0].has_data():
        _millitesla_axis(panels[0])
        panels[0].legend(loc="upper right")
    return figure


def _plot_response(axes: Axes, field_g: NDArray[np.float64], response: NDArray[np.float64]) -> None:
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.plot(field_g, response, color=BLACK, linewidth=1.3)
    axes.set_xlim(0, max(float(field_g[-1]), 1.1 * PAPER_FIELD_G))


def _millitesla_axis(axes: Axes) -> None:
    top = axes.secondary_xaxis(
        "top", functions=(lambda g: g / GAUSS_PER_MILLITESLA, lambda mt: mt * GAUSS_PER_MILLITESLA)
    )
    top.set_xlabel("magnetic field B (mT)")
