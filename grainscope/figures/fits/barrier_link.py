"""Measured R(T) over what the barriers of a micrograph predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLACK,
    BLUE,
    COLUMN_IN,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    house_style,
    log_ticks,
    new_figure,
    say,
)
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records.transport_fit import TransportFit

_SIZE_IN = (COLUMN_IN, 4.8)
_MODELS = {
    "network": ("network", BLUE),
    "effective_medium": ("effective medium", GREEN),
    "critical_path": ("critical path", PURPLE),
    "parallel": ("parallel", ORANGE),
}
_MARKERS = "os^Dv<>"


@house_style()
def draw_barrier_link(fits: Sequence[TransportFit]) -> Figure:
    """Draw every curve with the best model, the other models over the first curve, residuals.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of ``barrier_link``; the first that is done is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels on one axis of temperature.
    """
    figure = new_figure(_SIZE_IN)
    done = [fit for fit in fits if fit.status == "done"]
    if not done:
        say(figure.add_subplot(), "no R(T) to hold against the barriers")
        return figure
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    fit = done[0]
    _draw_models(above, fit)
    _draw_curves(above, below, fit)
    above.set_xscale("log")
    above.set_yscale("log")
    temperature = fit.table["temperature_k"]
    log_ticks(above.xaxis, float(temperature.min()), float(temperature.max()))
    shown = [fit.table[name] for name in ("resistivity_ohm_sq", "fitted_ohm_sq")]
    low, high = float(np.min(shown)), float(np.max(shown))
    above.set_ylim(low / 1.25, high * (high / low) ** 0.35 * 1.15)
    log_ticks(above.yaxis, low, high)
    above.set_ylabel("resistivity (Ω/□)")
    above.set_title(_title(fit))
    above.legend(loc="upper right", ncols=2, columnspacing=0.8, handlelength=1.2)
    below.axhline(0, color=GREY, linewidth=0.8)
    below.set_ylabel("residual (σ)")
    below.set_xlabel("temperature (K)")
    return figure


def _draw_models(axes: Axes, fit: TransportFit) -> None:
    best = fit.labels["best"]
    for name, (title, colour) in _MODELS.items():
        if f"{name}_ohm_sq" in fit.extra and name != best:
            axes.plot(
                fit.extra["dense_temperature_k"],
                fit.extra[f"{name}_ohm_sq"],
                color=colour,
                linestyle="--",
                linewidth=1.0,
                label=title,
            )


def _draw_curves(above: Axes, below: Axes, fit: TransportFit) -> None:
    table = fit.table
    for number in np.unique(table["curve"]).astype(int):
        rows = table["curve"] == number
        t, marker = table["temperature_k"][rows], _MARKERS[number % len(_MARKERS)]
        above.errorbar(
            t,
            table["resistivity_ohm_sq"][rows],
            table["error_ohm_sq"][rows],
            fmt=marker,
            color=BLACK,
            markerfacecolor="white",
            markersize=3,
            elinewidth=0.7,
            linestyle="none",
            label=fit.labels[f"curve_{number}"],
        )
        title = _MODELS[fit.labels["best"]][0] + " (best)"
        above.plot(
            t, table["fitted_ohm_sq"][rows], color=VERMILLION, label=None if number else title
        )
        below.plot(t, table["residual"][rows], marker, color=BLACK, markersize=2.5)


def _title(fit: TransportFit) -> str:
    scale = fit.parameters["energy_scale"]
    value, low, high = (float(np.asarray(x)) for x in (scale.value, scale.low, scale.high))
    above = float(np.asarray(fit.parameters["aicc_above_law"].value))
    law = fit.labels["closest_law"].replace("_", " ")
    beside = "above" if above > 0 else "below"
    ends = f"{plain_number(low)} … {plain_number(high)}"
    return f"energies × {plain_number(value)} ({ends})\nAICc {abs(above):.0f} {beside} {law}"
