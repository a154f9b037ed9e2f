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
    PALE,
    SINGLE_IN,
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

    from grainscope.records import Commensuration, FluxFeatures

_LABELS = {
    "loop_sum": "loop sum S(B)",
    "log_determinant": "log determinant\nper loop",
    "stiffness": "stiffness\nλ(B)/λ(0)",
}
_HEIGHT_IN = 1.9
#: Half the range of an axis at least, for a quantity near 1.
_FLAT = 0.005


@house_style()
def draw_commensuration(
    commensuration: Commensuration,
    features: FluxFeatures | None = None,
    mean_loop_field_g: float = math.nan,
    median_loop_field_g: float = math.nan,
) -> Figure:
    """Draw S(B) = Σ w cos(2πBA/Φ0) / Σ w, and what else was computed, against field.

    Parameters
    ----------
    commensuration : Commensuration
        Columns that were not computed get no panel.
    features : FluxFeatures, optional
        Extrema to mark: filled where the film predicts them, open elsewhere.
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
    figure = new_figure((SINGLE_IN[0], SINGLE_IN[1] + _HEIGHT_IN * (len(computed) - 1)))
    panels = figure.subplots(
        len(computed), 1, sharex=True, squeeze=False,
        height_ratios=[1.25] + [1] * (len(computed) - 1),
    )[:, 0]  # fmt: skip
    panels[-1].set_xlabel("magnetic field B (G)")
    for axes, (name, column) in zip(panels, computed.items(), strict=True):
        axes.set_ylabel(_LABELS[name])
        if len(column) == 0 or not np.isfinite(column).any():
            say(axes, "no loops")
            continue
        scale = 1 / column[0] if name == "stiffness" else 1.0
        _plot_response(axes, commensuration, scale * column, name)
        _mark_features(axes, features, name, scale)
        mark(axes, median_loop_field_g, "Φ₀ / median area ({} G)", GREEN)
        mark(axes, mean_loop_field_g, "Φ₀ / mean area ({} G)", BLUE, "-.")
        mark(axes, PAPER_FIELD_G, "paper: {} G", VERMILLION, ":")
    if panels[0].has_data():
        _millitesla_axis(panels[0])
        panels[0].legend(loc="upper right")
    return figure


def _plot_response(
    axes: Axes, commensuration: Commensuration, response: NDArray[np.float64], name: str
) -> None:
    field_g = commensuration.field_g
    if name == "loop_sum":
        axes.axhline(0, color=GREY, linewidth=0.6)
        below, above = commensuration.loop_sum_low, commensuration.loop_sum_high
        if below is not None and above is not None and np.isfinite(below).any():
            axes.fill_between(field_g, below, above, color=PALE, linewidth=0, label="68 % interval")
    if name == "log_determinant":  # its end at B = 0 is the regulariser's, and far below
        axes.set_ylim(*_view(response[1:]))
    if name == "stiffness":  # what is flat should look flat
        low, high = float(response.min()), float(response.max())
        middle, half = (low + high) / 2, 1.1 * max((high - low) / 2, _FLAT)
        axes.set_ylim(middle - half, middle + half)
    axes.plot(field_g, response, color=BLACK, linewidth=1.3)
    field_axis(axes, field_g)


def field_axis(axes: Axes, field_g: NDArray[np.float64]) -> None:
    """Show fields as they are spread: on a logarithmic axis where they are in equal ratios."""
    top = max(float(field_g[-1]), 1.1 * PAPER_FIELD_G)
    if len(field_g) > 3 and field_g[1] < 0.1 * (field_g[-1] - field_g[-2]):
        axes.set_xscale("log")
        low = min(float(field_g[1]), PAPER_FIELD_G / 1.5)
        axes.set_xlim(low, top)
        log_ticks(axes.xaxis, low, top)
    else:
        axes.set_xlim(0, top)


def _view(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = 0.12 * max(high - low, 1e-9)
    return low - room, high + room


def _mark_features(axes: Axes, features: FluxFeatures | None, name: str, scale: float) -> None:
    if features is None:
        return
    for predicted, face in ((True, VERMILLION), (False, "white")):
        here = (np.array(features.quantity, str) == name) & (features.predicted == predicted)
        if here.any():
            axes.plot(
                features.field_g[here], scale * features.value[here], "o", markersize=4,
                markerfacecolor=face, markeredgecolor=VERMILLION if predicted else GREY,
                linestyle="none", label="predicted" if predicted else "not predicted",
            )  # fmt: skip


def _millitesla_axis(axes: Axes) -> None:
    top = axes.secondary_xaxis(
        "top", functions=(lambda g: g / GAUSS_PER_MILLITESLA, lambda mt: mt * GAUSS_PER_MILLITESLA)
    )
    top.set_xlabel("magnetic field B (mT)")
    if axes.get_xscale() == "log":
        low, high = (g / GAUSS_PER_MILLITESLA for g in axes.get_xlim())
        log_ticks(top.xaxis, low, high)
