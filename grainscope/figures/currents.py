"""Where the current goes: the contacts over the micrograph by their share of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm

from grainscope.figures.network import contact_paths, panel_size_in, show_film
from grainscope.figures.style import house_style, log_ticks, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from grainscope.records import Couplings, GrainNetwork, GrainTable, Micrograph

#: Shares below this part of the largest are left out.
_LEAST_OF_LARGEST = 1e-3
_THICKEST = 3.0


@house_style()
def draw_currents(
    micrograph: Micrograph,
    grains: GrainTable,
    network: GrainNetwork,
    couplings: Couplings,
) -> Figure:
    """Draw the contacts that carry current from left to right, coloured by their share.

    Parameters
    ----------
    micrograph : Micrograph
        The background.
    grains : GrainTable
        Their centroids.
    network : GrainNetwork
        All contacts.
    couplings : Couplings
        Their ``current_share``.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    figure = new_figure(panel_size_in(*micrograph.frame.shape_px), layout="compressed")
    axes = figure.add_subplot()
    show_film(axes, micrograph, micrograph.frame)
    axes.set_ylabel("y (µm)")
    share = np.abs(np.nan_to_num(couplings.current_share))
    largest = float(share.max(initial=0.0))
    if largest == 0:
        axes.set_title("no current: left and right are not connected by contacts")
        return figure
    drawn = np.flatnonzero(share > _LEAST_OF_LARGEST * largest)
    drawn = drawn[np.argsort(share[drawn], kind="stable")]
    norm = LogNorm(_LEAST_OF_LARGEST * largest, largest)
    lines = LineCollection(
        list(contact_paths(grains, network, drawn)), array=share[drawn], cmap="inferno", norm=norm,
        linewidths=0.4 + _THICKEST * (share[drawn] / largest) ** 0.5,
    )  # fmt: skip
    axes.add_collection(lines, autolim=False)
    axes.set_title(f"current from left to right at {couplings.temperature_k:g} K")
    bar = figure.colorbar(lines, ax=axes, location="bottom", shrink=0.8, aspect=35, pad=0.02)
    bar.set_label("share of the current through the film")
    log_ticks(bar.long_axis, norm.vmin or 0.0, norm.vmax or 1.0)
    return figure
