"""The phase picture of one film: how strongly its grains must be coupled, against field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.figures.commensuration import field_axis
from grainscope.figures.style import (
    BLACK,
    BLUE,
    DOUBLE_IN,
    GREEN,
    ORANGE,
    PALE,
    SMALL,
    VERMILLION,
    house_style,
    log_ticks,
    new_figure,
    say,
)
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Table = Mapping[str, NDArray[Any]]

#: Of the regions, from weak to strong coupling.
_WORDS = ("grains apart", "islands of locked grains", "a path of locked grains")
_SHADES = ("white", "#eef2f6", PALE)


@house_style()
def draw_phase_picture(phases: Table, boundary: Table) -> Figure:
    """Draw what locks at which coupling, and how a field moves the first of it.

    Parameters
    ----------
    phases : mapping of str to ndarray
        ``phases.csv``: ``coupling_factor``, ``locked_share``, ``largest_share``, ``path``.
    boundary : mapping of str to ndarray
        ``field_g`` and ``coupling_ratio``, the coupling that the first coherence needs over
        that without a field.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels on one axis of the coupling, the control parameter: shares of the grains,
        and fields. Without contacts they say so.
    """
    figure = new_figure(DOUBLE_IN)
    shares, fields = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1.25))
    shares.set_xlabel("share of the grains")
    shares.set_ylabel("coupling of all grains over this film's")
    fields.set_xlabel("magnetic field B (G)")
    if not len(phases["coupling_factor"]):
        for axes in (shares, fields):
            say(axes, "no contacts")
        return figure
    first, path = edges_of_phases(phases)
    bottom, top = (float(phases["coupling_factor"][k]) for k in (0, -1))
    shares.set_yscale("log")
    shares.set_ylim(bottom, top)
    log_ticks(shares.yaxis, bottom, top)
    for axes in (shares, fields):
        _shade(axes, [bottom, first, path, top])
    _draw_shares(shares, phases)
    _draw_fields(fields, boundary, first, path)
    _name_regions(fields, [bottom, first, path, top])
    return figure


def edges_of_phases(phases: Table) -> tuple[float, float]:
    """Return the factors at which the first grains lock and a path does; NaN for never."""
    factor = phases["coupling_factor"]
    reached = phases["locked_share"] > 0, np.asarray(phases["path"], bool)
    first, path = (float(factor[np.argmax(r)]) if r.any() else float("nan") for r in reached)
    return first, path


def _shade(axes: Axes, edges: list[float]) -> None:
    for low, high, shade in zip(edges, _known(edges[1:]), _SHADES, strict=False):
        if np.isfinite(low):
            axes.axhspan(low, high, color=shade, linewidth=0, zorder=0)


def _known(edges: list[float]) -> list[float]:
    """Return each edge, or the one after it where it is none."""
    return [edge if np.isfinite(edge) else edges[-1] for edge in edges]


def _draw_shares(axes: Axes, phases: Table) -> None:
    factor = phases["coupling_factor"]
    axes.plot(phases["locked_share"], factor, "--", color=BLUE, label="locked to a neighbour")
    axes.plot(phases["largest_share"], factor, color=GREEN, label="in the largest cluster")
    if factor[0] < 1 < factor[-1]:
        label = "coupling of the settings"
        axes.axhline(1, color=ORANGE, linestyle=":", linewidth=1.2, label=label)
    axes.set_xlim(0, 1)
    axes.legend(loc="lower right")


def _draw_fields(axes: Axes, boundary: Table, first: float, path: float) -> None:
    field_g = boundary.get("field_g", np.zeros(0))
    if len(field_g):
        ratio = boundary["coupling_ratio"]
        raised = plain_number(100 * (float(ratio.max()) - 1))
        label = f"first grains lock; a field needs up to {raised} % more"
        axes.plot(field_g, first * ratio, color=BLACK, label=label)
        field_axis(axes, field_g)
    else:
        axes.axhline(first, color=BLACK, label="first grains lock, B = 0")
        axes.set_xticks([])
    if np.isfinite(path):
        label = f"a path locks, B = 0: {plain_number(path / first)} times as much"
        axes.axhline(path, color=VERMILLION, linestyle="-.", linewidth=1.2, label=label)
    axes.legend(loc="center right")


def _name_regions(axes: Axes, edges: list[float]) -> None:
    names = zip(edges, _known(edges[1:]), _WORDS, strict=False)
    for low, high, words in names:
        if np.isfinite(low) and high > low:
            axes.text(
                0.03, np.sqrt(low * high), words, transform=axes.get_yaxis_transform(),
                va="center", fontsize=SMALL, color=BLACK,
            )  # fmt: skip
