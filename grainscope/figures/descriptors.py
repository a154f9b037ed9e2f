"""One panel per shape descriptor: how it is distributed over the grains of a film."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.figures.style import (
    BLACK,
    PALE,
    VERMILLION,
    house_style,
    log_ticks,
    new_figure,
    say,
)
from grainscope.laws.weighted_quantile import weighted_quantiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import GrainTable

_SIZE_IN = (9.4, 7.4)
_BINS = 30
#: Lengths have bins of equal ratio, all others of equal width.
_DESCRIPTORS: tuple[tuple[str, Callable[[GrainTable], NDArray[Any]]], ...] = (
    ("equivalent diameter (µm)", lambda grains: grains.equivalent_diameter_um),
    ("largest Feret diameter (µm)", lambda grains: grains.feret_max_um),
    ("smallest Feret diameter (µm)", lambda grains: grains.feret_min_um),
    ("perimeter (µm)", lambda grains: grains.perimeter_um),
    ("major axis / minor axis", lambda grains: grains.major_axis_um / grains.minor_axis_um),
    ("orientation (°)", lambda grains: np.degrees(grains.orientation_rad)),
    ("circularity", lambda grains: grains.circularity),
    ("solidity", lambda grains: grains.solidity),
    ("mean grey level", lambda grains: grains.mean_intensity),
)


@house_style()
def draw_descriptors(grains: GrainTable) -> Figure:
    """Draw the distribution of each shape descriptor over the resolved, whole grains.

    Grains count with their edge weights over completeness. The line is the
    median, the shading holds the middle 68 %.

    Parameters
    ----------
    grains : GrainTable
        N grains; without whole ones the figure says so.

    Returns
    -------
    matplotlib.figure.Figure
        Nine panels.
    """
    figure = new_figure(_SIZE_IN)
    panels = figure.subplots(3, 3)
    kept = grains.resolved & (grains.size_weight > 0)
    weight = grains.size_weight[kept]
    for axes, (label, of) in zip(panels.flat, _DESCRIPTORS, strict=True):
        axes.set_xlabel(label)
        if not kept.any():
            say(axes, "no whole grains")
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            _plot(axes, np.asarray(of(grains), np.float64)[kept], weight)
    figure.supylabel("share of grains per bin", fontsize=9.5)
    return figure


def _plot(axes: Axes, values: NDArray[np.float64], weight: NDArray[np.float64]) -> None:
    known = np.isfinite(values)
    values, weight = values[known], weight[known]
    if len(values) == 0:
        say(axes, "not defined for these grains")
        return
    low, middle, high = weighted_quantiles(values, weight, (0.16, 0.5, 0.84))
    axes.axvspan(low, high, color=VERMILLION, alpha=0.12, linewidth=0)
    start, stop = float(values.min()), float(values.max())
    edges = np.linspace(start, stop, _BINS + 1)
    if axes.get_xlabel().endswith("(µm)") and 0 < start < stop:
        edges = np.geomspace(start, stop, _BINS + 1)
        axes.set_xscale("log")
        log_ticks(axes.xaxis, start, stop)
    share = weight / weight.sum()
    if start < stop:
        counts, _ = np.histogram(values, edges, weights=share)
        axes.stairs(counts, edges, fill=True, color=PALE)
        axes.set_ylim(0, None)
    axes.axvline(middle, color=BLACK, linewidth=1.1)
    axes.set_title(f"median {middle:.3g}".replace("-", "−"), fontsize=8.5, loc="right", pad=3)
