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
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import Conductance

#: Column, name in the legend, colour, dashes.
_MODELS = (
    ("parallel_s", "parallel sum", BLACK, "-"),
    ("effective_medium_s", "effective medium", BLUE, "--"),
    ("critical_path_s", "critical path", GREEN, "-."),
    ("network_s", "resistor network", VERMILLION, ":"),
)
#: Resistances this many decades above the smallest are out of any instrument's reach.
_DECADES_SHOWN = 8


@house_style()
def draw_conductance(conductance: Conductance) -> Figure:
    """Draw R(T) = 1/G of every model that was computed, both axes logarithmic.

    Parameters
    ----------
    conductance : Conductance
        Sheet conductances in S; no temperatures, or no conductance above zero
        (NaN counts as none), give a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    axes.set_xlabel("temperature T (K)")
    axes.set_ylabel("sheet resistance R = 1/G (Ω/□)")
    columns = {name: getattr(conductance, name) for name, *_look in _MODELS}
    computed = {
        name: np.nan_to_num(column) for name, column in columns.items() if column is not None
    }
    best_s = max((column.max(initial=0.0) for column in computed.values()), default=0.0)
    if best_s == 0:
        say(axes, "no conductance: no barriers")
        return figure
    temperature_k, least_s = conductance.temperature_k, best_s / 10.0**_DECADES_SHOWN
    for name, label, colour, dashes in _MODELS:
        if name in computed:
            # Far smaller ones are off the axis, and their inverse may overflow.
            conducts = computed[name] > least_s / 100
            resistance = 1 / computed[name][conducts]
            axes.plot(temperature_k[conducts], resistance, dashes, color=colour, label=label)
    _set_log_axes(axes, temperature_k, 1 / best_s, 1 / least_s)
    axes.legend(loc="upper right")
    return figure


def _set_log_axes(
    axes: Axes, temperature_k: NDArray[np.float64], lowest_ohm: float, highest_ohm: float
) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(temperature_k[0], temperature_k[-1])
    highest_drawn = max((line.get_ydata().max(initial=0.0) for line in axes.lines), default=0.0)
    limits = lowest_ohm / 1.5, min(1.5 * highest_drawn, highest_ohm)
    axes.set_ylim(*limits)
    log_ticks(axes.xaxis, temperature_k[0], temperature_k[-1])
    log_ticks(axes.yaxis, *limits)
