"""The default method: many candidates, a learnt score, the best disjoint set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from skimage.measure import label

from grainscope.laws.strips import pieces_of
from grainscope.segmentation.boosted_trees import evaluate_trees
from grainscope.segmentation.bright_holes import fill_bright_holes
from grainscope.segmentation.candidate_features import describe_regions
from grainscope.segmentation.candidates import find_candidates
from grainscope.segmentation.context import TOLERANCE, Shortlist, shortlist
from grainscope.segmentation.features import scaled, unit_range
from grainscope.segmentation.overlap_kernels import paint, select
from grainscope.segmentation.pixel_network import pixel_maps
from grainscope.segmentation.region_runs import Regions, joined
from grainscope.segmentation.split_kernels import number_in_raster_order
from grainscope.segmentation.tiles import Tile, tiles_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from grainscope.records import GrainModel

    #: A tile and the film's pixels in its outer part.
    TilePixels = tuple[Tile, NDArray[np.float32]]
    #: Calls a function for each tile, wherever that may be, and returns in the order of the tiles.
    MapTiles = Callable[
        [Callable[[TilePixels], "ScoredGrains"], Iterable[TilePixels]], Iterable["ScoredGrains"]
    ]


@dataclass(frozen=True)
class ScoredTile:
    """What a tile has to choose from: before the choice, so that it can be made again.

    Attributes
    ----------
    tile : Tile
        Where it lies.
    listed : Shortlist
        N candidates, in coordinates of the tile.
    score : ndarray of float64, shape (N,)
        Second score of each.
    """

    tile: Tile
    listed: Shortlist
    score: NDArray[np.float64]


@dataclass(frozen=True)
class ScoredGrains:
    """Chosen regions of a film, best first.

    Attributes
    ----------
    regions : Regions
        N regions; two of them share at most a fifth of the smaller.
    score : ndarray of float64, shape (N,)
        Expected IoU with a grain that a person would draw.
    """

    regions: Regions
    score: NDArray[np.float64]


def score_grains(
    film: NDArray[np.float32], model: GrainModel, map_tiles: MapTiles = map
) -> ScoredGrains:
    """Choose the grains of a film, tile by tile.

    Parameters
    ----------
    film : ndarray of float32, shape (H, W)
        Preprocessed grey levels, grains bright.
    model : GrainModel
    map_tiles : callable
        ``map``, or what spreads the tiles over processes; a film of one tile is done here.

    Returns
    -------
    ScoredGrains
        In image coordinates, by falling score.
    """
    tiles = tiles_of(film.shape)
    find = partial(grains_of_tile, model=model, ends=unit_range(pieces_of(film)))
    chosen_map = map_tiles if len(tiles) > 1 else map
    return gathered(list(chosen_map(find, ((tile, film[tile.outer]) for tile in tiles))))


def grains_of_tile(
    tile_pixels: TilePixels, model: GrainModel, ends: tuple[float, float]
) -> ScoredGrains:
    """Choose the grains that one tile answers for; see :func:`score_grains`.

    Parameters
    ----------
    tile_pixels : (Tile, ndarray of float32)
        Where it lies, and the grey levels of its outer part.
    model : GrainModel
    ends : (float, float)
        Grey levels of the film that become 0 and 1.

    Returns
    -------
    ScoredGrains
        In image coordinates.
    """
    scored = scored_tile(*tile_pixels, model, ends)
    return chosen_in_tile(scored, scored.score, model)


def scored_tiles(film: NDArray[np.float32], model: GrainModel) -> Iterator[ScoredTile]:
    """Find and score the candidates of a film, tile by tile, so that one is in memory at a time."""
    ends = unit_range(pieces_of(film))
    return (scored_tile(tile, film[tile.outer], model, ends) for tile in tiles_of(film.shape))


def scored_tile(
    tile: Tile, pixels: NDArray[np.float32], model: GrainModel, ends: tuple[float, float]
) -> ScoredTile:
    """Find and score the candidates of one tile; see :func:`grains_of_tile`."""
    listed = shortlist_of(scaled(np.ascontiguousarray(pixels), ends), model)
    return ScoredTile(tile, listed, evaluate_trees(model.second_score, listed.features))


def chosen_in_tile(
    scored: ScoredTile, score: NDArray[np.float64], model: GrainModel
) -> ScoredGrains:
    """Choose the best disjoint set of a tile by these scores, and keep what the tile answers for.

    Returns
    -------
    ScoredGrains
        In image coordinates.
    """
    listed = scored.listed
    chosen = choose(listed, score, cut_by_area(model, listed.regions.area_px))
    regions = listed.regions.subset(chosen)
    mine = scored.tile.owns(regions)
    return ScoredGrains(regions.subset(mine).moved(*scored.tile.origin), score[chosen][mine])


def gathered(found: Sequence[ScoredGrains]) -> ScoredGrains:
    """Put the grains of all tiles together, by falling score."""
    regions = joined([grains.regions for grains in found])
    score = np.concatenate([grains.score for grains in found])
    order = np.argsort(-score, kind="stable")
    return ScoredGrains(regions.subset(order), score[order])


def label_grains(
    film: NDArray[np.float32],
    model: GrainModel,
    min_area_px: int,
    masked: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Choose the grains of a film and number them.

    Parameters
    ----------
    film : ndarray of float32, shape (H, W)
        Preprocessed grey levels, grains bright.
    model : GrainModel
    min_area_px : int
        Smaller grains are left out.
    masked : ndarray of bool, shape (H, W), optional
        Pixels that belong to no grain.

    Returns
    -------
    labels : ndarray of int32, shape (H, W)
        1…n in raster order of their first pixel, each one 8-connected region.
    confidence : ndarray of float64, shape (n,)
        Expected IoU of each grain, calibrated.
    """
    labels, score = number_grains(score_grains(film, model), film, min_area_px, masked)
    return labels, np.interp(score, model.found_score, model.found_iou)


def number_grains(
    grains: ScoredGrains,
    film: NDArray[np.float32],
    min_area_px: int,
    masked: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Paint chosen grains, close bright holes, number what is left; see :func:`label_grains`.

    Returns
    -------
    labels : ndarray of int32, shape (H, W)
        1…n in raster order of their first pixel.
    score : ndarray of float64, shape (n,)
        That of each.
    """
    part = fill_bright_holes(paint_grains(grains, film.shape), film)
    if masked is not None:
        part[masked] = 0
    part = largest_pieces(part)
    area_px = np.bincount(part.ravel(), minlength=len(grains.score) + 1)[1:]
    labels, n = number_in_raster_order(part - 1, area_px >= min_area_px)
    score = np.empty(n, np.float64)
    inside = labels > 0
    score[labels[inside] - 1] = grains.score[part[inside] - 1]
    return labels, score


def largest_pieces(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Keep the largest 8-connected piece of each label.

    Examples
    --------
    >>> largest_pieces(np.array([[4, 4, 0, 4, 2]], np.int32))
    array([[4, 4, 0, 0, 2]], dtype=int32)
    """
    piece, n_pieces = label(labels, connectivity=2, return_num=True)
    area = np.bincount(piece.ravel(), minlength=n_pieces + 1)
    owner = np.zeros(n_pieces + 1, np.int32)
    owner[piece.ravel()] = labels.ravel()
    by_size = np.lexsort((-area[1:], owner[1:])) + 1
    _, first = np.unique(owner[by_size], return_index=True)
    kept = np.zeros(n_pieces + 1, np.int32)
    kept[by_size[first]] = owner[by_size[first]]
    return np.asarray(kept[piece], np.int32)


def paint_grains(grains: ScoredGrains, shape: tuple[int, int]) -> NDArray[np.int32]:
    """Write region k as label k + 1, the better one where two overlap.

    What would lose more than a fifth of itself is left out: two tiles can see
    the same grain differently.
    """
    labels = np.zeros(shape, np.int32)
    paint_grains_into(labels, grains)
    return labels


def paint_grains_into(labels: NDArray[np.int32], grains: ScoredGrains) -> None:
    """Do what :func:`paint_grains` does in an image of zeros."""
    r = grains.regions
    paint(r.first, r.row, r.left, r.right, r.area_px, TOLERANCE, labels)


def shortlist_of(film: NDArray[np.float32], model: GrainModel) -> Shortlist:
    """Find candidates, score each by itself, and describe the better ones in their context."""
    grain, core = pixel_maps(film, model.network)
    regions = find_candidates(film, grain, core)
    features = describe_regions(regions, film, grain, core)
    score = evaluate_trees(model.first_score, features)
    return shortlist(regions, features, score, film.shape)


def choose(
    listed: Shortlist, score: NDArray[np.float64], cut: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the numbers of the best disjoint set by Σ (score − cut), best score first."""
    order = np.argsort(cut - score, kind="stable")
    taken = select(
        score - cut,
        listed.regions.area_px,
        order,
        listed.start,
        listed.other,
        listed.shared,
        TOLERANCE,
    )
    chosen = np.flatnonzero(taken)
    return chosen[np.argsort(-score[chosen], kind="stable")]


def cut_by_area(model: GrainModel, area_px: NDArray[np.int64]) -> NDArray[np.float64]:
    """Least score of a grain of some area."""
    return np.interp(np.log10(area_px), model.cut_log10_area_px, model.cut_score)
