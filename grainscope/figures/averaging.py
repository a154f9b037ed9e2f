"""What is left of the fluctuation of one loop when many average."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    VERMILLION,
    house_style,
    log_ticks,
    new_figure,
)
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

_COLOURS = (VERMILLION, BLUE, GREEN, ORANGE)
_MARKERS = ("o", "s", "^", "D")


@house_style()
def draw_averaging(amplitudes: Mapping[str, float], bars: Mapping[str, float]) -> Figure:
    """Draw 1/√(2N) with fluctuations that were seen, and bars of as many loops.

    Parameters
    ----------
    amplitudes : mapping of str to float
        Relative amplitudes by name: each is marked where so many loops leave it.
    bars : mapping of str to float
        Numbers of loops by name.

    Returns
    -------
    matplotlib.figure.Figure
        One panel; what is not a number is left out.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    seen = {name: a for name, a in amplitudes.items() if np.isfinite(a) and a > 0}
    many = {name: n for name, n in bars.items() if np.isfinite(n) and n > 0}
    highest = 10 * max([1e4, *many.values()])
    n = np.geomspace(1, highest, 200)
    axes.loglog(n, 100 / np.sqrt(2 * n), color=BLACK, label="100 %/√(2N)")
    for k, (name, amplitude) in enumerate(seen.items()):
        count = 1 / (2 * amplitude**2)
        look = {"color": _COLOURS[k % 4], "marker": _MARKERS[k % 4], "linestyle": "none"}
        label = f"{name}: {plain_number(100 * amplitude)} %, N = {plain_number(count)}"
        axes.plot(count, 100 * amplitude, label=label, zorder=3, **look)
    for k, (name, count) in enumerate(many.items()):
        colour = _COLOURS[(k + 2) % 4]
        label = f"{name}: N = {plain_number(count)}, {plain_number(100 / np.sqrt(2 * count))} %"
        axes.axvline(count, color=colour, linestyle="--", linewidth=1.2, label=label)
    axes.set_xlabel("unrelated loops N")
    axes.set_ylabel("relative fluctuation (%)")
    axes.set_xlim(1, highest)
    log_ticks(axes.xaxis, 1, highest)
    low, high = axes.get_ylim()
    axes.set_ylim(low, 60 * high)  # room for the legend
    log_ticks(axes.yaxis, low, 60 * high)
    axes.legend(loc="upper right")
    return figure
