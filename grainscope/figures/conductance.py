"""Sheet resistance against temperature, as each conduction model predicts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    VERMILLION,
    house_style,
    log_ticks,
    new_figure,
    say,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from grainscope.records import Conductance

#: Column, name in the legend, colour, dashes.
_MODELS = (
    ("parallel_s", "parallel sum", BLACK, "-"),
    ("effective_medium_s", "effective medium", BLUE, "--"),
    ("critical_path_s", "critical path", GREEN, "-."),
    ("network_s", "resistor network", VERMILLION, ":"),
)
#: Resistances past this many decades above the smallest are out of any instrument's reach.
_DECADES_SHOWN = 8


@house_style()
def draw_conductance(conductance: Conductance) -> Figure:
    """Draw R(T) = 1/G of every model that was computed, both axes logarithmic.

    Parameters
    ----------
    conductance : Conductance
        Sheet conductances in S; no temperatures, or no conductance above zero,
        give a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    axes.set_xlabel("temperature T (K)")
    axes.set_ylabel("sheet resistance R = 1/G (Ω/□)")
    temperature_k = conductance.temperature_k
    lowest, highest = np.inf, 0.0
    for column, label, colour, dashes in _MODELS:
        sheet_s = getattr(conductance, column)
        conducts = np.zeros(0, bool) if sheet_s is None else sheet_s > 0
        if conducts.any():
            resistance = 1 / sheet_s[conducts]
            lowest, highest = min(lowest, resistance.min()), max(highest, resistance.max())
            axes.plot(temperature_k[conducts], resistance, dashes, color=colour, label=label)
    if highest == 0:
        say(axes, "no conductance: no barriers")
        return figure
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(temperature_k[0], temperature_k[-1])
    limits = lowest / 1.5, min(highest * 1.5, lowest * 10.0**_DECADES_SHOWN)
    axes.set_ylim(*limits)
    log_ticks(axes.xaxis, temperature_k[0], temperature_k[-1])
    log_ticks(axes.yaxis, *limits)
    axes.legend(loc="upper right")
    return figure
