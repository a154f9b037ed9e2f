"""Distribution of energy barriers against the log-uniform law p(Δ) ∝ 1/Δ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLUE,
    PAGE_IN,
    PALE,
    SINGLE_IN,
    SMALL,
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

    from grainscope.records import BarrierHistogram

_TITLES = {
    "charging": "charging energy of each grain alone",
    "screened": "the same in the film",
    "offset": "with random offset charges",
    "contact": "thermal barrier of each contact",
    "contact_by_facet": "contacts by the length of their facets",
}
_COLUMNS, _PANEL_IN = 3, (PAGE_IN / 3, 2.9)


@house_style()
def draw_barriers(barriers: BarrierHistogram) -> Figure:
    """Draw the density p(Δ) of each kind of barrier, both axes logarithmic.

    Parameters
    ----------
    barriers : BarrierHistogram
        Rows of one or more kinds; none gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a kind, with 68 % intervals shaded where they are known.
    """
    kinds = list(dict.fromkeys(barriers.kind)) or ["charging"]
    columns = min(len(kinds), _COLUMNS)
    rows = -(-len(kinds) // columns)
    size_in = SINGLE_IN if len(kinds) == 1 else (columns * _PANEL_IN[0], rows * _PANEL_IN[1] + 0.4)
    figure = new_figure(size_in)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, kind in zip(panels, kinds, strict=False):
        axes.set_title(_TITLES.get(kind, kind))
        axes.set_xlabel("barrier Δ (K)")
        axes.set_ylabel("density p(Δ) (1/K)")
        _plot_density(axes, barriers, np.array([k == kind for k in barriers.kind], bool))
    for axes in panels[len(kinds) :]:
        axes.set_axis_off()
    if panels[0].get_legend_handles_labels()[0]:
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _plot_density(axes: Axes, barriers: BarrierHistogram, rows: NDArray[np.bool_]) -> None:
    density, law = barriers.density[rows], barriers.log_uniform_density[rows]
    if not (density > 0).any():
        say(axes, "no barriers")
        return
    edges = np.append(barriers.energy_k_low[rows], barriers.energy_k_high[rows][-1])
    filled = np.where(density > 0, density, np.nan)  # an empty bin has no place on a log axis
    visible = np.concatenate([density[density > 0], law[law > 0]])
    limits = visible.min() / 2, visible.max() * 3
    axes.set_xscale("log")
    axes.set_yscale("log")
    if barriers.density_low is not None and barriers.density_high is not None:
        low, high = barriers.density_low[rows], barriers.density_high[rows]
        axes.fill_between(
            edges, np.append(np.maximum(low, limits[0]), np.nan), np.append(high, np.nan),
            step="post", color=PALE, linewidth=0, label="68 % interval",
        )  # fmt: skip
    axes.stairs(filled, edges, color=BLUE, linewidth=1.4, label="micrograph", baseline=None)
    steps = np.where(law > 0, law, np.nan)
    axes.stairs(
        steps, edges, color=VERMILLION, linestyle="--", label="log-uniform, p ∝ 1/Δ", baseline=None
    )
    number = f"{barriers.count[rows].sum():,} barriers"
    axes.text(0.97, 0.95, number, transform=axes.transAxes, ha="right", va="top", fontsize=SMALL)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(*limits)
    log_ticks(axes.xaxis, edges[0], edges[-1])
    log_ticks(axes.yaxis, *limits)
