"""What the loops are for every choice of contacts: a map over smallest grain and widest gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from grainscope.figures.loops import PAPER_DIAMETER_UM
from grainscope.figures.style import (
    BLACK,
    GREY,
    PAGE_IN,
    SMALL,
    VERMILLION,
    house_style,
    new_figure,
    say,
)
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import LoopScan

    Grid = NDArray[np.float64]

_SIZE_IN = (PAGE_IN, 6.8)
#: With fewer whole loops a cell says next to nothing, and is left pale.
_FEW = 5


@house_style()
def draw_loop_scan(
    scan: LoopScan, min_grain_diameter_um: float = np.nan, max_gap_nm: float = np.nan
) -> Figure:
    """Draw diameter of the mean loop, number of whole loops and spread of areas as maps.

    Dots mark choices whose 68 % interval of the mean loop holds the paper's
    1.3 µm; a frame marks the choice of the run.

    Parameters
    ----------
    scan : LoopScan
        Without rows the figure says so.
    min_grain_diameter_um, max_gap_nm : float
        The choice of the run.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels.
    """
    figure = new_figure(_SIZE_IN)
    *panels, corner = figure.subplots(2, 2).ravel()
    corner.set_axis_off()
    if len(scan.max_gap_nm) == 0:
        for axes in panels:
            say(axes, "no contacts to choose from")
        return figure
    diameters, gaps = np.unique(scan.min_grain_diameter_um), np.unique(scan.max_gap_nm)
    shape = len(diameters), len(gaps)
    whole = scan.n_whole.reshape(shape).astype(float)
    known = whole >= _FEW
    maps = (
        ("diameter of the mean loop (µm)", scan.equivalent_diameter_um, LogNorm, "viridis"),
        ("whole loops", scan.n_whole.astype(float), LogNorm, "cividis"),
        ("spread of loop areas, CV", scan.area_cv, Normalize, "magma"),
    )
    for axes, (title, column, norm, colours) in zip(panels, maps, strict=True):
        _draw_map(axes, column.reshape(shape), known, norm, colours)
        axes.set_title(title)
        axes.set_xticks(range(len(gaps)), [plain_number(g) for g in gaps], rotation=45)
        axes.set_yticks(range(len(diameters)), [plain_number(d) for d in diameters])
        axes.set_xlabel("widest gap (nm)")
        axes.set_ylabel("smallest grain (µm)")
        _frame_choice(axes, diameters, gaps, (min_grain_diameter_um, max_gap_nm))
    low, high = (
        (2 * np.sqrt(area / np.pi)).reshape(shape)
        for area in (scan.mean_area_low_um2, scan.mean_area_high_um2)
    )
    with np.errstate(invalid="ignore"):
        rows, columns = np.nonzero(known & (low <= PAPER_DIAMETER_UM) & (high >= PAPER_DIAMETER_UM))
    panels[0].plot(columns, rows + 0.32, "o", color=VERMILLION, markersize=4)
    firm = f"holds the paper's {PAPER_DIAMETER_UM:g} µm\nwithin 68 %: {len(rows)} of {whole.size}"
    dot = Line2D([], [], marker="o", color=VERMILLION, markersize=4, linestyle="none", label=firm)
    mine = Patch(fill=False, edgecolor=VERMILLION, linewidth=1.6, label="choice of this run")
    pale = Patch(fill=False, edgecolor=GREY, linewidth=0.5, label=f"fewer than {_FEW} whole loops")
    corner.legend(handles=[dot, mine, pale], loc="center")
    return figure


def _draw_map(
    axes: Axes, values: Grid, known: NDArray[np.bool_], norm: type[Normalize], colours: str
) -> None:
    shown = np.where(known, values, np.nan)
    finite = shown[np.isfinite(shown)]
    if len(finite) == 0:
        say(axes, f"no choice has {_FEW} whole loops")
        return
    low, high = float(finite.min()), float(finite.max())
    drawn = norm(low, max(high, low * 1.01 + 1e-12))
    image = axes.imshow(shown, cmap=colours, norm=drawn, origin="lower", aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if not np.isfinite(value):
            continue
        bright = np.isfinite(shown[row, column]) and drawn(value) > 0.55
        colour = GREY if not known[row, column] else BLACK if bright else "white"
        text = f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
        number = axes.text(column, row, text, ha="center", va="center", color=colour)
        number.set_fontsize(SMALL)
        number.set_in_layout(False)  # it lies within its cell; measuring it takes time
    axes.tick_params(length=0)
    image.set_rasterized(True)


def _frame_choice(axes: Axes, diameters: Grid, gaps: Grid, choice: tuple[float, float]) -> None:
    row, column = np.flatnonzero(diameters == choice[0]), np.flatnonzero(gaps == choice[1])
    if len(row) and len(column):
        corner = column[0] - 0.5, row[0] - 0.5
        axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=VERMILLION, linewidth=1.6))
