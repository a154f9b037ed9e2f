"""The default method (``learnt``) on a film that is read strip by strip, with the same result.

Candidates are found and chosen in tiles for any image; what is left is to paint them, to
close bright holes, to keep the largest piece of each grain, and to number.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from grainscope.segmentation.bright_holes import grey_units, only_owners
from grainscope.segmentation.features import extremes_of
from grainscope.segmentation.strip_regions import (
    Pieces,
    SeamedRegions,
    find_pieces,
    join_labels,
    join_regions,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.laws.strips import Rows, Strip
    from grainscope.records import GrainModel
    from grainscope.segmentation.learnt import MapTiles


def label_in_strips(
    film: Rows,
    film_array: NDArray[np.float32],
    labels: Rows,
    label_array: NDArray[np.int32],
    model: GrainModel,
    min_area_px: int,
    strips: Sequence[Strip],
    map_tiles: MapTiles = map,
) -> NDArray[np.float64]:
    """Find grains as :func:`learnt.label_grains` does.

    Parameters
    ----------
    film : Rows of float32
        Preprocessed grey levels, grains bright.
    film_array : ndarray of float32, shape (H, W)
        The same as one array, of which a tile at a time is looked at.
    labels : Rows of int32
        Of zeros; filled with 1…n in raster order of their first pixel.
    label_array : ndarray of int32, shape (H, W)
        The same as one array.
    model : GrainModel
    min_area_px : int
        Smaller grains are left out.
    strips : sequence of Strip
        From top to bottom.
    map_tiles : callable
        As in :func:`learnt.score_grains`.

    Returns
    -------
    ndarray of float64, shape (n,)
        Confidence of each grain.
    """
    from grainscope.segmentation.learnt import paint_grains_into, score_grains

    grains = score_grains(film_array, model, map_tiles)
    paint_grains_into(label_array, grains)
    fill_bright_holes_in_strips(labels, film, len(grains.score), strips)
    keep_largest_pieces(labels, strips)
    number = _number(labels, len(grains.score), min_area_px, strips)
    score = np.empty(int(number.max(initial=0)), np.float64)
    score[number[number > 0] - 1] = grains.score[number > 0]
    return np.interp(score, model.found_score, model.found_iou)


def fill_bright_holes_in_strips(
    labels: Rows, film: Rows, n_labels: int, strips: Sequence[Strip]
) -> None:
    """Do what :func:`bright_holes.fill_bright_holes` does, in place.

    Parameters
    ----------
    labels : Rows of int32
        Grains up to ``n_labels``, 0 between them; changed.
    film : Rows of float32
        Preprocessed grey levels.
    n_labels : int
        N.
    strips : sequence of Strip
        From top to bottom.
    """
    ends = extremes_of(lambda: (film.read(s.first, s.stop) for s in strips))
    found = join_regions(strips, partial(_empty, labels), 4, partial(_hole_sums, film, ends))
    area_px, at_frame, grey = found.total.T
    hole = found.is_first & (at_frame == 0)
    open_px = area_px[found.is_first & ~hole].sum()
    if not hole.any() or not open_px:
        return
    film_level = grey[found.is_first & ~hole].sum() / open_px
    owner = _owners(labels, found, hole, n_labels, strips)
    grain_level = _grain_levels(labels, film, ends, n_labels, strips)
    hole_level = grey / np.maximum(area_px, 1)
    is_bright = hole & (owner > 0) & (hole_level > (grain_level[owner] + film_level) / 2)
    filler = np.where(is_bright, owner, 0).astype(np.int32)
    for strip in strips:
        rows, region = _read(labels, strip), find_pieces(_empty(labels, strip), 4)
        begin = found.begins[strip]
        mine = filler[found.whole[begin : begin + region.n_pieces]]
        labels.write(strip.first, np.maximum(rows, np.append(np.int32(0), mine)[region.region]))


def keep_largest_pieces(labels: Rows, strips: Sequence[Strip]) -> None:
    """Do what :func:`learnt.largest_pieces` does, in place."""
    owners: list[NDArray[np.int32]] = []

    def sums(strip: Strip, pieces: Pieces) -> NDArray[np.float64]:
        owner = np.zeros(pieces.n_pieces + 1, np.int32)
        owner[pieces.region.ravel()] = _read(labels, strip).ravel()
        owners.append(owner[1:])
        area = np.bincount(pieces.region.ravel(), minlength=pieces.n_pieces + 1)
        return area[1:, None].astype(np.float64)

    found = join_labels(strips, partial(_label_pieces, labels), 8, sums)
    first = np.flatnonzero(found.is_first)
    owner = np.concatenate(owners)[first]
    by_size = np.lexsort((-found.total[first, 0], owner))
    largest = by_size[np.unique(owner[by_size], return_index=True)[1]]
    kept = np.zeros(len(found.whole), bool)
    kept[first[largest]] = True
    for strip in strips:
        rows, pieces = _label_pieces(labels, strip)
        labels.write(strip.first, np.where(found.spread(kept, strip, pieces), rows, 0))


def _read(labels: Rows, strip: Strip) -> NDArray[np.int32]:
    return labels.read(strip.first, strip.stop)


def _empty(labels: Rows, strip: Strip) -> NDArray[np.uint8]:
    return np.asarray(_read(labels, strip) == 0, np.uint8)


def _label_pieces(labels: Rows, strip: Strip) -> tuple[NDArray[np.int32], Pieces]:
    from skimage.measure import label

    rows = _read(labels, strip)
    region, n_pieces = label(rows, connectivity=2, return_num=True)
    return rows, Pieces(n_pieces, region.astype(np.int32))


def _hole_sums(
    film: Rows, ends: tuple[float, float], strip: Strip, pieces: Pieces
) -> NDArray[np.float64]:
    """Count the pixels of each piece and those at the frame, and sum its grey levels."""
    region, n = pieces.region, pieces.n_pieces + 1
    grey = grey_units(film.read(strip.first, strip.stop), ends)
    columns = (
        np.bincount(region.ravel(), minlength=n),
        np.bincount(pieces.at_frame(strip), minlength=n),
        np.bincount(region.ravel(), grey.ravel(), n),
    )
    return np.stack(columns, axis=1)[1:].astype(np.float64)


def _owners(
    labels: Rows,
    found: SeamedRegions,
    hole: NDArray[np.bool_],
    n_labels: int,
    strips: Sequence[Strip],
) -> NDArray[np.int64]:
    """Return the only label beside each hole, 0 for others, by the hole's first piece."""
    pairs = [np.zeros(0, np.int64)]
    for strip in strips:
        outer = strip.around(1)
        rows, inner = _read(labels, outer), strip.rows_in(outer)
        region = np.zeros(rows.shape, np.int64)
        pieces = find_pieces(_empty(labels, strip), 4)
        begin = found.begins[strip]
        whole = found.whole[begin : begin + pieces.n_pieces]
        of_hole = np.append(-1, np.where(hole[whole], whole, -1))
        region[:], region[inner] = -1, of_hole[pieces.region]
        for here, there in (
            (np.s_[:, :-1], np.s_[:, 1:]),
            (np.s_[:, 1:], np.s_[:, :-1]),
            (np.s_[:-1], np.s_[1:]),
            (np.s_[1:], np.s_[:-1]),
        ):
            at = (region[here] >= 0) & (rows[there] > 0)
            pairs.append(np.unique(region[here][at] * (n_labels + 1) + rows[there][at]))
    return only_owners(np.unique(np.concatenate(pairs)), n_labels + 1, len(found.whole))


def _grain_levels(
    labels: Rows,
    film: Rows,
    ends: tuple[float, float],
    n_labels: int,
    strips: Sequence[Strip],
) -> NDArray[np.float64]:
    """Return the mean grey level of each label, in units."""
    area_px, total = np.zeros(n_labels + 1), np.zeros(n_labels + 1)
    for strip in strips:
        rows = _read(labels, strip).ravel()
        grey = grey_units(film.read(strip.first, strip.stop), ends)
        area_px += np.bincount(rows, minlength=n_labels + 1)
        total += np.bincount(rows, grey.ravel(), n_labels + 1)
    return np.asarray(total / np.maximum(area_px, 1))


def _number(
    labels: Rows, n_labels: int, min_area_px: int, strips: Sequence[Strip]
) -> NDArray[np.int32]:
    """Give large enough labels their numbers, in place; return that of each, 0 of others."""
    from grainscope.segmentation.split_kernels import go_on_numbering

    area_px = np.zeros(n_labels + 1, np.int64)
    for strip in strips:
        area_px += np.bincount(_read(labels, strip).ravel(), minlength=n_labels + 1)
    number, n_found = np.zeros(n_labels, np.int32), 0
    for strip in strips:
        rows = _read(labels, strip)
        numbered = np.zeros(rows.shape, np.int32)
        n_found = go_on_numbering(rows - 1, area_px[1:] >= min_area_px, number, n_found, numbered)
        labels.write(strip.first, numbered)
    return number
