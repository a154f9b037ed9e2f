"""Where the resistivity leaves its power law: the curve over the law, with the knee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.fits.isotherm_colours import IsothermColours, temperature_of
from grainscope.figures.fits.state_rows import bar_sides
from grainscope.figures.style import (
    BLACK,
    COLUMN_IN,
    PALE,
    house_style,
    log_ticks,
    new_figure,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records import TransportFit

_SIZE_IN = (COLUMN_IN, 4.8)
#: Shown from this share of the lowest knee on.
_FROM = 0.12


@house_style()
def draw_upturn(fits: Sequence[TransportFit]) -> Figure:
    """Draw ρ of each isotherm over its own low-field power law, the knee fitted, and residuals.

    The power law itself is the horizontal line at 1, so that the departure shows.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``upturn`` and one sample.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.
    """
    done = [fit for fit in fits if fit.status == "done"]
    figure = new_figure(_SIZE_IN)
    if not done:
        say(figure.add_subplot(), "no upturn in the range of fields")
        return figure
    axes, left = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    colours = IsothermColours(temperature_of(fit) for fit in done)
    tops = [_draw_one(axes, left, fit, colours(temperature_of(fit))) for fit in done]
    low = _FROM * min(float(np.mean(fit.parameters["field_t"].value)) for fit in done)
    high = 1.3 * max(float(np.max(fit.window["field_t"])) for fit in done)
    axes.axhline(1, color=BLACK, linestyle="--", linewidth=1.1, label="power law")
    axes.plot([], [], "D", color="white", markeredgecolor="black", markersize=6, label="knee")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(0.8, 1.5 * max(tops))
    log_ticks(axes.yaxis, 0.8, 1.5 * max(tops))
    log_ticks(left.xaxis, low, high)
    axes.set_ylabel("ρ / low-field power law")
    left.axhspan(-1, 1, color=PALE, alpha=0.5, linewidth=0)
    left.set_ylim(-4, 4)
    left.set_ylabel("residual (σ)")
    left.set_xlabel("magnetic field |H| (T)")
    colours.explain(axes, (axes, left), "upper left")
    return figure


def _draw_one(axes: Axes, left: Axes, fit: TransportFit, colour: object) -> float:
    """Draw one isotherm; return the largest ratio of its model."""
    table, extra = fit.table, fit.extra
    field, law = extra["model_field_t"], extra["power_resistivity_ohm_sq"]
    slope = np.log(law[-1] / law[0]) / np.log(field[-1] / field[0])
    at = np.abs(table["field_t"])
    own = law[0] * (at / field[0]) ** slope
    style = {"marker": "o", "markersize": 2.6, "linestyle": "none", "color": colour}
    axes.plot(at, table["resistivity_ohm_sq"] / own, alpha=0.6, **style)
    ratio = extra["model_resistivity_ohm_sq"] / law
    axes.plot(field, ratio, color=colour, linewidth=1.3)
    left.plot(at, table["residual"], **style)
    knee = fit.parameters["field_t"]
    x = np.array([knee.value, knee.low, knee.high], np.float64)
    height = float(np.interp(np.log(x[0]), np.log(field), ratio))
    axes.errorbar(
        x[0], height, xerr=bar_sides(x), color=colour, marker="D",
        markersize=6, markeredgecolor="black", capsize=3, linestyle="none", zorder=5,
    )  # fmt: skip
    return float(ratio.max())
