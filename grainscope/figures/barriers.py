"""Distribution of energy barriers against the log-uniform law p(Δ) ∝ 1/Δ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLUE,
    DOUBLE_IN,
    SINGLE_IN,
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
    "charging": "charging energy of each grain",
    "contact": "thermal barrier of each contact",
}


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
        One panel a kind.
    """
    kinds = list(dict.fromkeys(barriers.kind)) or ["charging"]
    figure = new_figure(SINGLE_IN if len(kinds) == 1 else DOUBLE_IN)
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        axes.set_title(_TITLES.get(kind, kind))
        axes.set_xlabel("barrier Δ (K)")
        axes.set_ylabel("density p(Δ) (1/K)")
        _plot_density(axes, barriers, np.array([k == kind for k in barriers.kind], bool))
    return figure


def _plot_density(axes: Axes, barriers: BarrierHistogram, rows: NDArray[np.bool_]) -> None:
    density, law = barriers.density[rows], barriers.log_uniform_density[rows]
    if not (density > 0).any():
        say(axes, "no barriers")
        return
    edges = np.append(barriers.energy_k_low[rows], barriers.energy_k_high[rows][-1])
    filled = np.where(density > 0, density, np.nan)  # an empty bin has no place on a log axis
    label = f"micrograph ({barriers.count[rows].sum():,} barriers)"
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.stairs(filled, edges, color=BLUE, linewidth=1.4, label=label, baseline=None)
    steps = np.where(law > 0, law, np.nan)
    axes.stairs(
        steps, edges, color=VERMILLION, linestyle="--", label="log-uniform, p ∝ 1/Δ", baseline=None
    )
    axes.set_xlim(edges[0], edges[-1])
    visible = np.concatenate([density[density > 0], law[law > 0]])
    limits = visible.min() / 2, visible.max() * 4
    axes.set_ylim(*limits)
    log_ticks(axes.xaxis, edges[0], edges[-1])
    log_ticks(axes.yaxis, *limits)
    axes.legend(loc="upper right")
