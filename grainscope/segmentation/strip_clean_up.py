"""The clean-up of a mask (``clean_up``) strip by strip, with the same result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.order_statistics import quantiles
from grainscope.segmentation.clean_up import (
    GRADIENT_HALO_PX,
    SHARP_QUANTILE,
    edge_units,
    gradient,
    is_strong,
    outline_of,
)
from grainscope.segmentation.strip_regions import (
    Pieces,
    SeamedRegions,
    find_pieces,
    join_regions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from grainscope.laws.strips import Rows, Strip


def drop_weak_outlines_in_strips(
    mask: Rows, film: Rows, steepness: Rows, min_edge: float, strips: Sequence[Strip]
) -> None:
    """Do what :func:`clean_up.drop_weak_outlines` does, in place.

    Parameters
    ----------
    mask : Rows of uint8
        1 for grain; changed.
    film : Rows of float32
        Preprocessed grey levels.
    steepness : Rows of float32
        Working space.
    min_edge : float
        Mean outline gradient, as share of a sharp edge's, to be kept.
    strips : sequence of Strip
        From top to bottom.
    """
    if min_edge <= 0:
        return
    for strip in strips:
        outer = strip.around(GRADIENT_HALO_PX)
        slope = gradient(film.read(outer.first, outer.stop))
        steepness.write(strip.first, slope[strip.rows_in(outer)])

    def outlines() -> Iterator[NDArray[np.float32]]:
        return (_steep(steepness, s).ravel()[_outline(mask, s, 1)] for s in strips)

    least = min_edge * quantiles(outlines, (SHARP_QUANTILE,))[0]
    if np.isnan(least):  # nothing has an outline
        return
    _keep_strong(mask, steepness, least, strips)
    _fill_weak(mask, steepness, least, strips)


def _keep_strong(mask: Rows, steepness: Rows, least: float, strips: Sequence[Strip]) -> None:
    sums = partial(_outline_sums, mask, steepness, least, 1)
    grains = join_regions(strips, partial(_side, mask, 1), 8, sums)
    strong = is_strong(grains.total[:, 0], grains.total[:, 1], least)
    for strip in strips:
        pieces = find_pieces(_side(mask, 1, strip), 8)
        mask.write(strip.first, grains.spread(strong, strip, pieces).view(np.uint8))


def _fill_weak(mask: Rows, steepness: Rows, least: float, strips: Sequence[Strip]) -> None:
    sums = partial(_outline_sums, mask, steepness, least, 0)
    holes = join_regions(strips, partial(_side, mask, 0), 4, sums)
    noise = ~is_strong(holes.total[:, 0], holes.total[:, 1], least)
    noise[int(np.argmax(holes.total[:, 2])) if len(noise) else slice(0)] = False
    _fill(mask, holes, noise, strips)


def _fill(
    mask: Rows, holes: SeamedRegions, filled: NDArray[np.bool_], strips: Sequence[Strip]
) -> None:
    """Add chosen regions of the background to a mask."""
    for strip in strips:
        pieces = find_pieces(_side(mask, 0, strip), 4)
        mask.write(strip.first, _side(mask, 1, strip) | holes.spread(filled, strip, pieces))


def _outline_sums(
    mask: Rows, steepness: Rows, least: float, side: int, strip: Strip, pieces: Pieces
) -> NDArray[np.float64]:
    """Sum gradient and length of the outline of each piece, and its area."""
    outline, n = _outline(mask, strip, side), pieces.n_pieces + 1
    owner = pieces.region.ravel()[outline]
    units = edge_units(_steep(steepness, strip).ravel()[outline], least)
    total, length = np.bincount(owner, units, n), np.bincount(owner, minlength=n)
    area_px = np.bincount(pieces.region.ravel(), minlength=n)
    return np.stack([total, length, area_px], axis=1)[1:].astype(np.float64)


def fill_small_holes_in_strips(mask: Rows, max_area_px: int, strips: Sequence[Strip]) -> None:
    """Do what :func:`clean_up.fill_small_holes` does, in place."""
    found = join_regions(strips, partial(_side, mask, 0), 4, _area_and_frame)
    hole = (found.total[:, 0] <= max_area_px) & (found.total[:, 1] == 0)
    _fill(mask, found, hole, strips)


def _area_and_frame(strip: Strip, pieces: Pieces) -> NDArray[np.float64]:
    """Count the pixels of each piece, and those at the frame."""
    columns = (pieces.region.ravel(), pieces.at_frame(strip))
    counts = [np.bincount(column, minlength=pieces.n_pieces + 1) for column in columns]
    return np.stack(counts, axis=1)[1:].astype(np.float64)


def _side(mask: Rows, side: int, strip: Strip) -> NDArray[np.uint8]:
    """Return 1 for grain, or for the background, in a strip."""
    rows: NDArray[np.uint8] = mask.read(strip.first, strip.stop)
    return rows if side else 1 - rows


def _steep(steepness: Rows, strip: Strip) -> NDArray[np.float32]:
    return steepness.read(strip.first, strip.stop)


def _outline(mask: Rows, strip: Strip, side: int) -> NDArray[np.intp]:
    """Return the flat index in the strip of the pixels of one side that touch the other."""
    outer = strip.around(1)
    rows = _side(mask, side, outer)
    begin, end = ((edge - outer.first) * rows.shape[1] for edge in (strip.first, strip.stop))
    found = outline_of(np.ascontiguousarray(rows))
    return np.asarray(found[(found >= begin) & (found < end)] - begin)
