"""LoopTable → LoopStatistics: the loops of a film in few numbers, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.interval_around import interval_around
from grainscope.laws.tiles import drawn_again, tiled, widening
from grainscope.laws.weighted_quantile import weighted_median
from grainscope.records import LoopStatistics, PiecedLoops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Frame, LoopTable, PixelSize

    Column = NDArray[np.float64]

#: Unit of each figure, in the order of ``loop_summary.csv``.
LOOP_FIGURE_UNITS = {
    "density_per_um2": "1/µm²",
    "mean_loop_area_um2": "µm²",
    "median_loop_area_um2": "µm²",
    "mean_loop_diameter_um": "µm",
    "mean_loop_field_g": "G",
    "median_loop_field_g": "G",
    "area_cv": "",
    "n_effective": "",
}
#: Fewer whole loops than these tell nothing of their own spread.
_LEAST_LOOPS = 5
#: Cells of equal number in which the draws look for their median.
_CELLS = 2000


def loops_in_tiles(loops: LoopTable, frame: Frame, pixel_size: PixelSize) -> PiecedLoops:
    """Say which tile of the frame each loop lies in.

    A loop lies where the mean of its polygon's vertices does.

    Parameters
    ----------
    loops : LoopTable
        L loops.
    frame : Frame
        What is cut into tiles.
    pixel_size : PixelSize
        Of the micrograph.

    Returns
    -------
    PiecedLoops
        Tiles are nearly square and hold a dozen loops or so, 4 to 64 of them.
    """
    place_um = np.stack((loops.y_um, loops.x_um))
    return tiled_loops(loops.area_um2, loops.edge_weight, place_um, frame, pixel_size)


def tiled_loops(
    area_um2: Column, edge_weight: Column, place_um: Column, frame: Frame, pixel_size: PixelSize
) -> PiecedLoops:
    """Do as `loops_in_tiles` for loops of which places y, x, shape (2, L), are known."""
    y_um, x_um = place_um
    piece, film_um2 = tiled(y_um, x_um, frame, pixel_size)
    return PiecedLoops(area_um2, edge_weight, piece, film_um2)


def loop_statistics(loops: PiecedLoops, n_draws: int, rng: np.random.Generator) -> LoopStatistics:
    """Reduce the loops of a film to density, areas, fields and spread.

    Every loop counts with its Miles–Lantuéjoul weight w, so that large ones, which the
    frame cuts more often, are not under-counted:

        ⟨A⟩ = Σ w A / Σ w,  B = Φ0 / ⟨A⟩,  CV² = Σ w (A − ⟨A⟩)² / Σ w / ⟨A⟩²,

    and (Σ w)² / Σ w² loops count as independent. Intervals come from drawing the
    pieces again, as neighbouring loops share grains.

    Parameters
    ----------
    loops : PiecedLoops
        L loops in P pieces.
    n_draws : int
        Bootstrap draws of the pieces; 0 gives figures without intervals.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    LoopStatistics
        Values are NaN where no loop is whole; without intervals for fewer than
        five whole loops or two pieces.

    Examples
    --------
    >>> area, once = np.array([1.0, 3.0]), np.ones(2)
    >>> two = PiecedLoops(area, once, np.zeros(2, int), np.array([4.0]))
    >>> figures = loop_statistics(two, 0, np.random.default_rng(0))
    >>> figures.of("mean_loop_area_um2").value, figures.of("area_cv").value
    (2.0, 0.5)
    """
    whole = loops.edge_weight > 0
    area, weight, piece = loops.area_um2[whole], loops.edge_weight[whole], loops.piece[whole]
    values = _figures(area, weight[None], loops.film_um2.sum()[None])
    values["median_loop_area_um2"] = np.array([weighted_median(area, weight)])
    values["median_loop_field_g"] = FLUX_QUANTUM_G_UM2 / values["median_loop_area_um2"]
    bounds = dict.fromkeys(LOOP_FIGURE_UNITS, (np.nan, np.nan))
    if len(area) >= _LEAST_LOOPS and loops.n_pieces > 1 and n_draws:
        again = drawn_again(loops.n_pieces, n_draws, rng)
        middle, per_piece = _in_cells(area, weight, piece, loops.n_pieces)
        drawn = _figures(middle, again @ per_piece, again @ loops.film_um2)
        stretch = widening(loops.n_pieces)
        for name, value in values.items():
            known = drawn[name][np.isfinite(drawn[name])]
            if name != "n_effective" and 2 * len(known) >= n_draws:
                bounds[name] = interval_around(float(value[0]), known, stretch)
    low, high = zip(*(bounds[name] for name in LOOP_FIGURE_UNITS), strict=True)
    return LoopStatistics(
        figure=np.array(list(LOOP_FIGURE_UNITS)),
        value=np.array([float(values[name][0]) for name in LOOP_FIGURE_UNITS]),
        low=np.array(low),
        high=np.array(high),
        unit=np.array(list(LOOP_FIGURE_UNITS.values())),
        n_loops=len(loops.area_um2),
        n_whole=len(area),
        n_pieces=loops.n_pieces,
    )


def _figures(area: Column, weight: Column, film_um2: Column) -> dict[str, Column]:
    """Return the figures of D weightings, shape (D, M), of the same areas, ascending or one."""
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = weight / total[:, None]
        mean = share @ area
        spread = np.sqrt(np.maximum(share @ area**2 - mean**2, 0.0))
        reached = np.cumsum(share, axis=1) >= 0.5 - 1e-12
        median = area[reached.argmax(axis=1)] if len(area) else np.full(len(total), np.nan)
        found = (
            total / film_um2,
            mean,
            median,
            2 * np.sqrt(mean / np.pi),
            FLUX_QUANTUM_G_UM2 / mean,
            FLUX_QUANTUM_G_UM2 / median,
            spread / mean,
            total**2 / (weight**2).sum(axis=1),
        )
    figures = dict(zip(LOOP_FIGURE_UNITS, found, strict=True))
    known = {name: np.where(total > 0, figure, np.nan) for name, figure in figures.items()}
    return {**known, "density_per_um2": found[0], "n_effective": np.nan_to_num(found[-1])}


def _in_cells(
    area: Column, weight: Column, piece: NDArray[np.int64], n_pieces: int
) -> tuple[Column, Column]:
    """Add up weights per piece and cell of size: mean area of each cell (M,), weights (P, M).

    Cells hold equally many loops, so a film of 10⁵ costs no more than one of 10⁴.
    """
    order = np.argsort(area, kind="stable")
    n_cells = min(_CELLS, len(area))
    cell = np.empty(len(area), np.intp)
    cell[order] = np.arange(len(area)) * n_cells // len(area)
    middle = np.bincount(cell, weight * area, n_cells) / np.bincount(cell, weight, n_cells)
    flat = np.bincount(piece * n_cells + cell, weight, n_pieces * n_cells)
    return np.asarray(middle), flat.reshape(n_pieces, n_cells).astype(np.float64)
