"""Figures of one row of panels for each state of a film, and their error bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.fits.state_words import state_words
from grainscope.figures.style import new_figure, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from grainscope.records import TransportFit

    Column = NDArray[np.float64]


def draw_state_rows(
    fits: Sequence[TransportFit],
    row_size_in: tuple[float, float],
    draw_state: Callable[[SubFigure, TransportFit], None],
) -> Figure:
    """Return a figure with a row for each result that is done, under its state's name."""
    done = [fit for fit in fits if fit.status == "done"]
    width_in, height_in = row_size_in
    figure = new_figure((width_in, height_in * max(len(done), 1)))
    if not done:
        say(figure.add_subplot(), "no isotherms that cross")
        return figure
    rows = figure.subfigures(len(done), 1, squeeze=False)[:, 0]
    for row, fit in zip(rows, done, strict=True):
        draw_state(row, fit)
        row.axes[0].set_title(state_words(fit.selection), loc="left", fontweight="bold")
    return figure


def bar_sides(ends: Column) -> Column:
    """Return the lengths of an error bar from value, low and high; an unknown end has none."""
    sides = np.array([[ends[0] - ends[1]], [ends[2] - ends[0]]])
    return np.where(np.isfinite(sides), sides, 0.0)
