"""The histogram of the Grains widget: which bars a selection has, and where one grain lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.histogram import diameter_axis
from grainscope.figures.style import ORANGE, PALE, VERMILLION, house_style, say
from grainscope.laws.log_bins import log10_bins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray


@house_style()
def plot_sizes(
    axes: Axes,
    log10_area_um2: NDArray[np.float64],
    selected: NDArray[np.bool_],
    bins_per_decade: int,
) -> None:
    """Draw all grains as bars, the selected ones in front, a single one as a line.

    Parameters
    ----------
    axes : Axes
        Cleared first.
    log10_area_um2 : ndarray of float64, shape (N,)
        Of all grains.
    selected : ndarray of bool, shape (N,)
        Which are selected.
    bins_per_decade : int
        As in ``histogram.csv``.
    """
    axes.clear()
    for twin in list(axes.child_axes):
        twin.remove()
    axes.set_xlabel("log₁₀ (grain area / µm²)")
    axes.set_ylabel("grains per bin")
    if len(log10_area_um2) == 0:
        say(axes, "no grains")
        return
    edges, bins = log10_bins(log10_area_um2, bins_per_decade)
    _bars(axes, edges, bins, PALE)
    _bars(axes, edges, bins[selected], ORANGE)
    if selected.sum() == 1:
        axes.axvline(float(log10_area_um2[selected][0]), color=VERMILLION, linewidth=1.2)
    axes.set_xlim(edges[0], edges[-1])
    diameter_axis(axes)


def _bars(
    axes: Axes, edges: NDArray[np.float64], bins: Sequence[int] | NDArray[np.intp], colour: str
) -> None:
    counts = np.bincount(bins, minlength=len(edges) - 1)
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=colour)
