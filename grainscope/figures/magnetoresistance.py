"""Resistance against field as the stiffness of the coupled grains has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.figures.commensuration import field_axis
from grainscope.figures.loops import PAPER_FIELD_G
from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    house_style,
    mark,
    new_figure,
    say,
)
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from grainscope.records import Magnetoresistance

#: Of other coupling lengths than that of the run, which is black and whole.
_LOOKS: tuple[tuple[str, Any], ...] = (
    (BLUE, "--"),
    (ORANGE, "-."),
    (GREEN, ":"),
    (PURPLE, (0, (5, 1, 1, 1))),
    (SKY, (0, (8, 2))),
)
#: A resistance that many times as high is out of any instrument's reach.
_HIGHEST = 1e12


@house_style()
def draw_magnetoresistance(resistance: Magnetoresistance) -> Figure:
    """Draw R(B)/R(0), a curve for each coupling length ξ, that of the run in black.

    Parameters
    ----------
    resistance : Magnetoresistance
        Without rows the figure says so.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    axes.set_xlabel("magnetic field B (G)")
    axes.set_ylabel("R(B)/R(0)")
    if len(resistance.field_g) == 0:
        say(axes, "no coupled loops")
        return figure
    lengths_nm = np.unique(resistance.coupling_length_nm)
    others = iter(_LOOKS * len(lengths_nm))
    for length_nm in lengths_nm:
        own = length_nm == resistance.own_length_nm
        rows = resistance.coupling_length_nm == length_nm
        colour, dashes = (BLACK, "-") if own else next(others)
        axes.plot(
            resistance.field_g[rows],
            resistance.resistance_ratio[rows],
            color=colour,
            linestyle=dashes,
            linewidth=1.2,
            label=f"ξ = {plain_number(float(length_nm))} nm" + (", this run" if own else ""),
        )
    low, high = float(resistance.resistance_ratio.min()), float(resistance.resistance_ratio.max())
    if high > 30 * max(low, 1e-300):
        axes.set_yscale("log")
        axes.set_ylim(low / 1.5, min(1.5 * high, _HIGHEST * low))
    elif high - low < 0.02:  # what is flat should look flat
        axes.set_ylim(low - 0.02, high + 0.02)
    mark(axes, PAPER_FIELD_G, "paper: minimum at {} G", VERMILLION, ":")
    first = resistance.coupling_length_nm == resistance.coupling_length_nm[0]
    field_axis(axes, resistance.field_g[first])
    axes.legend(loc="best")
    return figure
