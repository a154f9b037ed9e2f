"""The phase diagram: boundaries over field and disorder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE_IN,
    PURPLE,
    SKY,
    SMALL,
    VERMILLION,
    house_style,
    log_ticks,
    new_figure,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import TransportFit

_SIZE_IN = (PAGE_IN, 4.6)
#: Names at the right stand at least this share of the height apart.
_LABEL_APART = 0.05
_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@house_style()
def draw_phase_diagram(fits: Sequence[TransportFit]) -> Figure:
    """Draw each boundary's fields at the disorder of its stage, joined by lines.

    What is known only between two fields is a bar without a marker; an arrow points
    to lower fields where only an upper limit is known. Literature is grey and open.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``phase_diagram``; the first that is done is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    done = [fit for fit in fits if fit.status == "done"]
    figure = new_figure(_SIZE_IN)
    axes = figure.add_subplot()
    if not done:
        say(axes, "no boundary was found")
        return figure
    table, vertical = done[0].table, str(done[0].window["vertical"])
    known = np.isfinite(table["vertical"]) & np.isfinite(table["field_t"])
    if not known.any():
        say(axes, "the disorder of no stage is known")
        return figure
    measured = known & (table["sample"] != "literature")
    for k, name in enumerate(dict.fromkeys(table["boundary"][measured])):
        look = _COLOURS[k % len(_COLOURS)], _MARKERS[k % len(_MARKERS)]
        _draw_boundary(axes, table, measured & (table["boundary"] == name), look)
    for k, name in enumerate(dict.fromkeys(table["boundary"][known & ~measured])):
        rows = known & ~measured & (table["boundary"] == name)
        axes.plot(
            table["field_t"][rows], table["vertical"][rows], _MARKERS[k % len(_MARKERS)],
            color=GREY, markerfacecolor="none", label=f"{name} (literature)",
        )  # fmt: skip
    _dress(axes, table, known, vertical)
    return figure


def _draw_boundary(
    axes: Axes,
    table: Mapping[str, NDArray[np.float64]],
    rows: NDArray[np.bool_],
    look: tuple[str, str],
) -> None:
    colour, marker = look
    order = np.flatnonzero(rows)[np.argsort(table["vertical"][rows], kind="stable")]
    field, height = table["field_t"][order], table["vertical"][order]
    low, high = table["field_low_t"][order], table["field_high_t"][order]
    limit = low <= 0
    sides = np.nan_to_num(np.array([field - low, high - field]), nan=0.0, posinf=0.0)
    sides[0, limit] = 0.0
    name = str(table["boundary"][order[0]])
    axes.errorbar(
        field, height, xerr=sides, color=colour, marker=marker, markersize=5.5, capsize=3,
        linestyle="-", linewidth=0.9, label=name, zorder=3,
    )  # fmt: skip
    for x, y in zip(field[limit], height[limit], strict=True):
        axes.annotate(
            "",
            (0.55 * x, y),
            (x, y),
            arrowprops={"arrowstyle": "->", "color": colour, "shrinkA": 0},
            zorder=3,
        )


def _dress(
    axes: Axes,
    table: Mapping[str, NDArray[np.float64]],
    known: NDArray[np.bool_],
    vertical: str,
) -> None:
    field = table["field_t"][known]
    if (field > 0).any():
        low, high = float(field[field > 0].min()) / 2.5, float(field.max()) * 1.6
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        log_ticks(axes.xaxis, low, high)
    axes.set_xlabel("magnetic field |H| (T)")
    axes.set_ylabel(vertical)
    axes.margins(y=0.15)
    height = table["vertical"][known]
    if len(np.unique(height)) == 1:
        room = 0.1 * abs(height[0]) + 0.5  # a gate voltage may be negative
        axes.set_ylim(height[0] - room, height[0] + room)
    states: dict[float, list[str]] = {}
    for y, state in zip(height, table["state"][known], strict=True):
        if str(state):
            states.setdefault(float(y), []).append(str(state))
    _name_heights(axes, {y: _in_one(sorted(set(names))) for y, names in states.items()})
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, borderaxespad=0)


def _in_one(states: list[str]) -> str:
    """Return the name of states of one height: what they share is said once."""
    stages, rests = zip(*(state.partition(", ")[::2] for state in states), strict=True)
    if len(set(rests)) > 1:
        return "; ".join(states)
    return ", ".join(filter(None, (*stages, rests[0])))


def _name_heights(axes: Axes, names: Mapping[float, str]) -> None:
    """Write the states at the right, pushed apart where their heights are alike."""
    bottom, top = axes.get_ylim()
    heights = np.array(sorted(names))
    at = (heights - bottom) / (top - bottom)
    for place in range(1, len(at)):
        at[place] = max(at[place], at[place - 1] + _LABEL_APART)
    for height, y in zip(heights, at, strict=True):
        axes.annotate(
            names[float(height)], xy=(1.0, (height - bottom) / (top - bottom)), xytext=(1.03, y),
            xycoords="axes fraction", textcoords="axes fraction", va="center", fontsize=SMALL,
            arrowprops={"arrowstyle": "-", "linewidth": 0.6, "color": GREY, "relpos": (0, 0.5),
                        "shrinkA": 1, "shrinkB": 0},
        )  # fmt: skip
