"""The top of the magnetoresistance, and where it lies at each temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.fits.isotherm_colours import IsothermColours, temperature_of
from grainscope.figures.fits.state_rows import bar_sides
from grainscope.figures.style import COLUMN_IN, PALE, house_style, log_ticks, new_figure, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records import TransportFit

_SIZE_IN = (COLUMN_IN, 4.8)
#: How far beyond the window of the fit the curves are shown.
_BEYOND = 1.6


@house_style()
def draw_mr_peak(fits: Sequence[TransportFit]) -> Figure:
    """Draw the isotherms about their maxima with the polynomials, and the residuals.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``mr_peak`` and one sample.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.
    """
    done = [fit for fit in fits if fit.status == "done"]
    figure = new_figure(_SIZE_IN)
    if not done:
        say(figure.add_subplot(), "no maximum inside the range of fields")
        return figure
    axes, left = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    colours = IsothermColours(temperature_of(fit) for fit in done)
    for fit in done:
        _draw_one(axes, left, fit, colours(temperature_of(fit)))
    _dress(axes, left, done)
    colours.explain(axes, (axes, left), "lower right", 2)
    return figure


def _draw_one(axes: Axes, left: Axes, fit: TransportFit, colour: object) -> None:
    table, extra = fit.table, fit.extra
    field = np.abs(table["field_t"])
    style = {"marker": "o", "markersize": 2.6, "linestyle": "none", "color": colour}
    axes.plot(field, table["resistivity_ohm_sq"], alpha=0.6, **style)
    axes.plot(extra["model_field_t"], extra["model_resistivity_ohm_sq"], color=colour)
    left.plot(field, table["residual"], **style)
    at, height = fit.parameters["field_t"], fit.parameters["resistivity_ohm_sq"]
    x, y = (np.array([p.value, p.low, p.high], np.float64) for p in (at, height))
    axes.errorbar(
        x[0], y[0], xerr=bar_sides(x), yerr=bar_sides(y),
        color=colour, marker="D", markersize=6, markeredgecolor="black", capsize=3,
        linestyle="none", zorder=5,
    )  # fmt: skip


def _dress(axes: Axes, left: Axes, fits: Sequence[TransportFit]) -> None:
    windows = np.array([fit.window["field_t"] for fit in fits], np.float64)
    low, high = windows[:, 0].min() / _BEYOND, windows[:, 1].max() * _BEYOND
    shown = [
        fit.table["resistivity_ohm_sq"][
            (np.abs(fit.table["field_t"]) > low) & (np.abs(fit.table["field_t"]) < high)
        ]
        for fit in fits
    ]
    value = np.concatenate(shown)
    value = value[value > 0]
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(float(value.min()) / 1.2, float(value.max()) * 1.5)
    log_ticks(axes.yaxis, float(value.min()), float(value.max()))
    axes.set_ylabel("resistivity ρ (Ω/□)")
    axes.plot([], [], "D", color="white", markeredgecolor="black", markersize=6, label="maximum")
    left.axhspan(-1, 1, color=PALE, alpha=0.5, linewidth=0)
    left.set_ylim(-4, 4)
    left.set_ylabel("residual (σ)")
    left.set_xlabel("magnetic field |H| (T)")
    log_ticks(left.xaxis, float(low), float(high))
