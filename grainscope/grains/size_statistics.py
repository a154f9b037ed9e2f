"""GrainTable → SizeStatistics: the sizes of a film in a few numbers, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.grains.size_figures import FIGURE_UNITS, silverman_bandwidth, size_figures
from grainscope.laws.interval_around import interval_around
from grainscope.laws.tiles import (
    count_in_tiles,
    drawn_again,
    tile_edges,
    tile_grid,
    tile_of,
    widening,
)
from grainscope.records import CORRECTIONS, SizedGrains, SizeStatistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records import GrainTable, MicrographSizes, Segmentation

#: Fewer grains than these tell nothing of their own spread.
_LEAST_GRAINS = 5
#: Cells of ln d in which draws are counted: 0.25 % wide at most from their middle.
_CELL = 0.005


def sizes_in_tiles(table: GrainTable, segmentation: Segmentation, cut_um2: float) -> SizedGrains:
    """Put the grains of one micrograph in order of size, and say which tile each lies in.

    Parameters
    ----------
    table : GrainTable
        N grains.
    segmentation : Segmentation
        Their labels and frame.
    cut_um2 : float
        Smaller grains do not count.

    Returns
    -------
    SizedGrains
        P tiles in place of P pieces.
    """
    frame, pixel_um = segmentation.frame, segmentation.pixel_size.um
    grid = tile_grid(frame.shape_px, table.n_grains)
    edges = tuple(map(tile_edges, frame.shape_px, grid))
    place = table.y_um / pixel_um - frame.row_start, table.x_um / pixel_um - frame.column_start
    every = np.ones(table.n_grains, bool)
    area_px = np.outer(*map(np.diff, edges)).ravel()
    seen, seen_whole = (
        count_in_tiles(segmentation.film_labels, np.append(False, counted), edges)
        * np.float64(pixel_um**2)
        for counted in (every, ~table.touches_border)
    )
    return _in_order(
        [table],
        tile_of(*place, edges),
        area_px * pixel_um**2,
        {"corrected": seen, "excluded": seen_whole, "naive": seen},
        (cut_um2, pixel_um**2),
    )


def pooled_sizes(micrographs: Sequence[MicrographSizes], cut_um2: float = 0.0) -> SizedGrains:
    """Put the grains of the micrographs of one sample together.

    Parameters
    ----------
    micrographs : sequence of MicrographSizes
        At least one.
    cut_um2 : float
        Grains below it, or below the largest cut of a micrograph, do not count.

    Returns
    -------
    SizedGrains
        Each micrograph is one piece, as grains of one place have more in common
        than those of several; a single one is cut into tiles, each with the
        grains whose centroids it holds.
    """
    cut_um2 = max(cut_um2, *(sizes.cut_um2 for sizes in micrographs))
    if len(micrographs) == 1:
        piece, film_um2 = _in_tiles(micrographs[0])
    else:
        piece = np.repeat(np.arange(len(micrographs)), [len(s.area_um2) for s in micrographs])
        film_um2 = np.array([np.prod(sizes.frame_um) for sizes in micrographs])
    area = np.concatenate([sizes.area_um2 for sizes in micrographs])
    whole = ~np.concatenate([sizes.touches_border for sizes in micrographs])
    seen, seen_whole = (
        np.bincount(piece, area * counted, len(film_um2)).astype(np.float64)
        for counted in (1.0, whole)
    )
    covered = {"corrected": seen, "excluded": seen_whole, "naive": seen}
    pixel_um2 = max(sizes.pixel_um2 for sizes in micrographs)
    return _in_order(micrographs, piece, film_um2, covered, (cut_um2, pixel_um2))


def _in_tiles(sizes: MicrographSizes) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the tile of each grain and the film in each, tiles being 1/1000 of a side at least."""
    height, width = sizes.frame_um
    unit = max(height, width) / 1000
    shape = max(round(height / unit), 1), max(round(width / unit), 1)
    grid = tile_grid(shape, len(sizes.area_um2))
    edges = tuple(map(tile_edges, shape, grid))
    tile = tile_of(sizes.y_um / unit, sizes.x_um / unit, edges)
    share = np.outer(*map(np.diff, edges)).ravel() / np.prod(shape)
    return tile, share * height * width


def _in_order(
    tables: Sequence[GrainTable | MicrographSizes],
    piece: NDArray[np.intp],
    film_um2: NDArray[np.float64],
    covered_um2: dict[str, NDArray[np.float64]],
    cut_and_pixel_um2: tuple[float, float],
) -> SizedGrains:
    cut_um2, pixel_um2 = cut_and_pixel_um2
    area, weight, touches = (
        np.concatenate([getattr(table, name) for table in tables])
        for name in ("area_um2", "size_weight", "touches_border")
    )
    order = np.argsort(area, kind="stable")
    # A cut that is some grain's own area must not drop it for a rounding error.
    kept = area[order] >= cut_um2 * (1 - 1e-9)
    return SizedGrains(
        log_diameter=np.log(4 / np.pi * area[order]) / 2,
        piece=piece[order],
        weight={
            "corrected": np.where(kept, weight[order], 0.0),
            "excluded": np.where(kept & ~touches[order], 1.0, 0.0),
            "naive": np.where(kept, 1.0, 0.0),
        },
        area_um2=film_um2,
        covered_um2=covered_um2,
        cut_um2=cut_um2,
        pixel_um2=pixel_um2,
    )


def size_statistics(sizes: SizedGrains, n_draws: int, rng: np.random.Generator) -> SizeStatistics:
    """Reduce the sizes of a film to means, median, mode and densities.

    Parameters
    ----------
    sizes : SizedGrains
        N grains in P pieces.
    n_draws : int
        Bootstrap draws of the pieces; 0 gives figures without intervals.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    SizeStatistics
        Without intervals for fewer than five grains or two pieces; values are
        NaN where no grain counts.
    """
    again = drawn_again(sizes.n_pieces, n_draws, rng) if sizes.n_pieces > 1 else np.empty((0, 1))
    rows = [
        (name, correction, *bounds, unit)
        for correction in CORRECTIONS
        for (name, unit), bounds in zip(
            FIGURE_UNITS.items(), _with_intervals(sizes, correction, again), strict=True
        )
    ]
    columns = ("figure", "correction", "value", "low", "high", "unit")
    corrected = sizes.weight["corrected"]
    return SizeStatistics(
        **dict(zip(columns, map(np.array, zip(*rows, strict=True)), strict=True)),
        cut_um2=sizes.cut_um2,
        n_grains=int(np.count_nonzero(sizes.weight["naive"])),
        n_whole=int(np.count_nonzero(sizes.weight["excluded"])),
        n_effective=effective_number(corrected),
        n_pieces=sizes.n_pieces,
    )


def effective_number(weight: NDArray[np.float64]) -> float:
    """Return (Σw)²/Σw²: as many equal weights would average as well (Kish 1965); 0 for none."""
    square = float(weight @ weight)
    return float(weight.sum()) ** 2 / square if square > 0 else 0.0


def _with_intervals(
    sizes: SizedGrains, correction: str, again: NDArray[np.float64]
) -> list[tuple[float, float, float]]:
    """Return value, low and high of each figure."""
    counted = sizes.weight[correction] > 0
    log_diameter, weight = sizes.log_diameter[counted], sizes.weight[correction][counted]
    area, covered = sizes.area_um2, sizes.covered_um2[correction]
    width = silverman_bandwidth(log_diameter, weight)
    once = np.ones((1, sizes.n_pieces))
    values = size_figures(log_diameter, weight[None], once @ area, once @ covered, width)
    if len(weight) < _LEAST_GRAINS or not len(again):
        return [(float(value[0]), np.nan, np.nan) for value in values.values()]
    middle, per_piece = in_cells(log_diameter, weight, sizes.piece[counted], sizes.n_pieces)
    drawn = size_figures(middle, again @ per_piece, again @ area, again @ covered, width)
    stretch = widening(sizes.n_pieces)
    return [
        (float(value[0]), *_spread(float(value[0]), drawn[name], stretch))
        for name, value in values.items()
    ]


def in_cells(
    log_diameter: NDArray[np.float64],
    weight: NDArray[np.float64],
    piece: NDArray[np.int64],
    n_pieces: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add up weights per piece and cell of size, so that a draw is one product of matrices.

    Parameters
    ----------
    log_diameter, weight, piece : ndarray, shape (N,)
        Sizes ascending.
    n_pieces : int
        P.

    Returns
    -------
    middle : ndarray of float64, shape (M,)
        Mean ln d of each filled cell, ascending.
    per_piece : ndarray of float64, shape (P, M)
        Sums of weights.

    Examples
    --------
    >>> x, w, p = np.array([0.0, 0.001, 1.0]), np.array([1.0, 2.0, 4.0]), np.array([0, 1, 1])
    >>> middle, weight = in_cells(x, w, p, 2)
    >>> weight
    array([[1., 0.],
           [2., 4.]])
    """
    cell = ((log_diameter - log_diameter[0]) / _CELL).astype(np.intp)
    number = np.cumsum(np.diff(cell, prepend=cell[0]) > 0)
    n_cells = int(number[-1]) + 1
    total = np.bincount(number, weight, n_cells)
    middle = np.bincount(number, weight * log_diameter, n_cells) / total
    flat = np.bincount(piece * n_cells + number, weight, n_pieces * n_cells)
    return middle, flat.reshape(n_pieces, n_cells).astype(np.float64)


def _spread(value: float, drawn: NDArray[np.float64], stretch: float) -> tuple[float, float]:
    """Lay the spread of the draws about the value, stretched for the number of pieces."""
    known = drawn[np.isfinite(drawn)]
    if len(known) < len(drawn) / 2 or not np.isfinite(value):
        return np.nan, np.nan
    return interval_around(value, known, stretch)
