"""Sheet resistance against temperature, as each conduction model predicts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLACK,
    BLUE,
    COLUMN_IN,
    GREEN,
    GREY,
    VERMILLION,
    house_style,
    log_ticks,
    new_figure,
    say,
)
from grainscope.plain_number import plain_number
from grainscope.records import MODELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import Conductance, LogWindows

#: Name in the legend, colour, dashes.
MODEL_LOOKS = {
    "parallel": ("parallel sum", BLACK, "-"),
    "effective_medium": ("effective medium", BLUE, "--"),
    "critical_path": ("critical path", GREEN, "-."),
    "network": ("resistor network", VERMILLION, ":"),
}
_SIZE_IN = (COLUMN_IN, 5.2)
_WINDOWS_IN = (9.4, 3.9)
#: Resistances this many decades above the smallest are out of any instrument's reach.
_DECADES_SHOWN = 8
#: Exponents above this belong to plain activation, and would hide the rest.
_HIGHEST_EXPONENT = 6.0
_DRAWN_TOLERANCE = 0.02
#: Curves end at so many times the middle of their window, where the axis has ended.
_OFF_THE_AXIS = 5.0


@house_style()
def draw_conductance(conductance: Conductance) -> Figure:
    """Draw R(T) = 1/G of every model that was computed, and its local exponent.

    Parameters
    ----------
    conductance : Conductance
        Sheet conductances in S; no temperatures, or no conductance above zero
        (NaN counts as none), give a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels on one temperature axis: R, and −d ln R/d ln T.
    """
    figure = new_figure(_SIZE_IN)
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.5, 1])
    below.set_xlabel("temperature T (K)")
    axes.set_ylabel("sheet resistance R = 1/G (Ω/□)")
    below.set_ylabel("−d ln R/d ln T")
    columns = {name: getattr(conductance, f"{name}_s") for name in MODELS}
    computed = {
        name: np.nan_to_num(column) for name, column in columns.items() if column is not None
    }
    best_s = max((column.max(initial=0.0) for column in computed.values()), default=0.0)
    if best_s == 0:
        say(axes, "no conductance: no barriers")
        say(below, "")
        return figure
    temperature_k, least_s = conductance.temperature_k, best_s / 10.0**_DECADES_SHOWN
    for name, (label, colour, dashes) in MODEL_LOOKS.items():
        if name not in computed:
            continue
        # Far smaller ones are off the axis, and their inverse may overflow.
        conducts = computed[name] > least_s / 100
        resistance = 1 / computed[name][conducts]
        axes.plot(temperature_k[conducts], resistance, dashes, color=colour, label=label)
        exponent = getattr(conductance, f"{name}_exponent")
        if exponent is not None:
            below.plot(temperature_k, exponent, dashes, color=colour)
    _set_log_axes(axes, temperature_k, 1 / best_s, 1 / least_s)
    _set_exponent_axis(below)
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


def _set_exponent_axis(axes: Axes) -> None:
    values = [np.asarray(line.get_ydata(), float) for line in axes.lines]
    finite = np.concatenate([v[np.isfinite(v)] for v in values] or [np.empty(0)])
    if len(finite) == 0:
        say(axes, "no exponent")
        return
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.set_ylim(min(0.0, float(finite.min())), min(1.05 * float(finite.max()), _HIGHEST_EXPONENT))


@house_style()
def draw_log_windows(conductance: Conductance, windows: LogWindows) -> Figure:
    """Draw where R and where G is straight in ln T within 2 %.

    Each curve is scaled to 1 in the middle of its own window, so that all share
    an axis; the window is drawn thick.

    Parameters
    ----------
    conductance : Conductance
        Sheet conductances.
    windows : LogWindows
        Of the same.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels: resistance, conductance.
    """
    figure = new_figure(_WINDOWS_IN)
    quantity = np.array(windows.quantity, str)
    models = np.array(windows.model, str)
    for axes, name, symbol in zip(
        figure.subplots(1, 2), ("resistance", "conductance"), "RG", strict=True
    ):
        axes.set_xlabel("temperature T (K)")
        axes.set_ylabel(f"{symbol} over its value in the middle of the window")
        here = (quantity == name) & (windows.tolerance == _DRAWN_TOLERANCE)
        rows = np.flatnonzero(here & (windows.decades > 0))
        for row in rows:
            _draw_window(axes, conductance, windows, int(row), str(models[row]))
        if not len(rows):
            say(axes, f"{symbol} is nowhere straight in ln T within {_DRAWN_TOLERANCE:.0%}")
            continue
        axes.set_xscale("log")
        axes.set_ylim(0, 2.4)
        limits = float(conductance.temperature_k[0]), float(conductance.temperature_k[-1])
        axes.set_xlim(*limits)
        log_ticks(axes.xaxis, *limits)
        axes.legend(loc="upper left" if name == "conductance" else "upper right")
    return figure


def _draw_window(
    axes: Axes, conductance: Conductance, windows: LogWindows, row: int, model: str
) -> None:
    label, colour, dashes = MODEL_LOOKS[model]
    temperature_k = conductance.temperature_k
    siemens = np.nan_to_num(getattr(conductance, f"{model}_s"))
    with np.errstate(divide="ignore", over="ignore"):
        values = siemens if windows.quantity[row] == "conductance" else 1 / siemens
    low, high = windows.temperature_low_k[row], windows.temperature_high_k[row]
    inside = (temperature_k >= low * 0.999) & (temperature_k <= high * 1.001)
    middle = float(np.interp(np.log(low * high) / 2, np.log(temperature_k), values))
    values = np.where(values < _OFF_THE_AXIS * middle, values, np.nan)
    axes.plot(temperature_k, values / middle, dashes, color=colour, linewidth=0.9)
    axes.plot(
        temperature_k[inside], values[inside] / middle, dashes, color=colour, linewidth=2.6,
        label=f"{label}: {plain_number(low)} to {plain_number(high)} K, "
        f"{windows.decades[row]:.1f} decades",
    )  # fmt: skip
