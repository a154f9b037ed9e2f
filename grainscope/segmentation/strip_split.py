"""The split of touching grains (``split``) strip by strip, with the same result.

A path of ascent may run through many strips. Within a strip it ends at a peak or in
the first pixel beyond the seam; each such end is a *node*, and a node beyond a seam
leads to the node of that pixel in its own strip. Once all strips have been seen, nodes
are followed to their peaks, and the passes between nodes become passes between basins:
the merge on the basin graph is that of the whole image, so a grain may be of any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.strips import Strip
from grainscope.segmentation import split_kernels
from grainscope.segmentation.distances import background_beyond, ends_of, squared_rows
from grainscope.segmentation.relief import CROWDING_HALO_PX, DistanceRelief, StoredRelief
from grainscope.segmentation.split import (
    Passes,
    highest_first,
    highest_passes,
    passes_in,
    uphill_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.laws.strips import Rows
    from grainscope.settings import SegmentationSettings


@dataclass(frozen=True)
class _Nodes:
    """Ends of the paths within one strip, and what is known of them.

    Attributes
    ----------
    leads_to : ndarray of int32, shape (N,)
        A node among all: itself for a peak; for one beyond a seam filled in later.
    beyond : ndarray of int64, shape (N,)
        Pixel of the image where the path leaves the strip; −1 for a peak.
    height_px : ndarray of float32, shape (N,)
        Distance to the background.
    area_px : ndarray of int64, shape (N,)
        Pixels of the strip that lead there.
    """

    leads_to: NDArray[np.int32]
    beyond: NDArray[np.int64]
    height_px: NDArray[np.float32]
    area_px: NDArray[np.int64]


def split_in_strips(
    mask: Rows,
    squared: Rows,
    node: Rows,
    settings: SegmentationSettings,
    strips: Sequence[Strip],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Do what :func:`split.split_touching` does.

    Parameters
    ----------
    mask : Rows of uint8
        1 for grain.
    squared : Rows of float32
        Working space.
    node : Rows of int32
        Filled with the node of each pixel, −1 on the background.
    settings : SegmentationSettings
        ``split_persistence`` and ``min_area_px`` are used.
    strips : sequence of Strip
        From top to bottom.

    Returns
    -------
    part : ndarray of int32, shape (N,)
        Part that each node belongs to, numbered from 0 with gaps.
    area_px : ndarray of int64, shape (N,)
        Area of each part; 0 of other numbers.
    """
    _measure_squares(mask, squared, strips)
    nodes, passes, rows = [], [], []
    begin = 0
    for strip in strips:
        found, between, numbered = _ascend(squared, strip, begin)
        node.write(strip.first, numbered)
        rows.append((numbered[0].copy(), numbered[-1].copy()))
        nodes.append(found)
        passes.append(between)
        begin += len(found.beyond)
    basin_of, peaks = _follow(nodes, rows, strips, mask.shape[1])
    area = np.concatenate([found.area_px for found in nodes])
    area = np.bincount(basin_of, area, len(peaks)).astype(np.int64)
    height = np.concatenate([found.height_px for found in nodes])[peaks]
    del nodes
    low, high, pass_px = _between_basins(passes, basin_of)
    part = split_kernels.merge_basins(
        low, high, pass_px, height, area, settings.split_persistence, settings.min_area_px
    )
    return part[basin_of], np.bincount(part, area, len(peaks)).astype(np.int64)


def _measure_squares(mask: Rows, squared: Rows, strips: Sequence[Strip]) -> None:
    """Write the squared distance to the background; ones where there is no background."""
    ends = [ends_of(mask.read(s.first, s.stop), s) for s in strips]
    beyond = background_beyond(ends, strips)
    for strip in strips:
        rows = mask.read(strip.first, strip.stop)
        found = np.empty(rows.shape, np.float32)
        squared_rows(rows, beyond.get(strip), found)
        squared.write(strip.first, found)


def _ascend(squared: Rows, strip: Strip, begin: int) -> tuple[_Nodes, Passes, NDArray[np.int32]]:
    """Find the nodes of a strip, numbered from ``begin``, and the passes between them."""
    from grainscope.segmentation.strip_split_kernels import end_at_seams

    outer, seam = strip.around(CROWDING_HALO_PX + 1), strip.around(1)
    around, inner = seam.rows_in(outer), strip.rows_in(seam)
    squares = DistanceRelief(squared.read(outer.first, outer.stop))
    relief = StoredRelief(*squares.slopes(Strip(around.start, around.stop, squares.shape[0])))
    width = relief.shape[1]
    basin = uphill_of(relief)
    end_at_seams(basin, inner.start * width, inner.stop * width)
    peak, _, _ = split_kernels.follow_to_peaks(basin)
    mine = np.zeros(len(peak), bool)
    mine[np.searchsorted(peak, inner.start * width) : np.searchsorted(peak, inner.stop * width)] = (
        True
    )
    numbered = basin.reshape(relief.shape)[inner]
    nodes = _Nodes(
        np.arange(begin, begin + len(peak), dtype=np.int32),
        np.where(mine, -1, peak.astype(np.int64) + seam.first * width),
        relief.heights(peak),
        np.bincount(numbered[numbered >= 0], minlength=len(peak)),
    )
    # Steps across the lower seam are this strip's, those across the upper one the strip's above.
    mine_and_below = Strip(inner.start, inner.stop, relief.shape[0])
    passes = highest_passes(passes_in(mine_and_below, relief, basin))
    passes = passes._replace(pair=passes.pair + ((np.int64(begin) << 32) | begin))
    return nodes, passes, np.where(numbered < 0, -1, numbered + begin)


def _follow(
    nodes: Sequence[_Nodes],
    rows: Sequence[tuple[NDArray[np.int32], NDArray[np.int32]]],
    strips: Sequence[Strip],
    width: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the basin of each node, and the node of each basin's peak in raster order."""
    from grainscope.segmentation.strip_split_kernels import last_nodes

    leads_to = []
    for k, (found, strip) in enumerate(zip(nodes, strips, strict=True)):
        onward = found.leads_to.copy()
        upward = (found.beyond >= 0) & (found.beyond < strip.first * width)
        downward = found.beyond >= strip.stop * width
        if k:
            onward[upward] = rows[k - 1][1][found.beyond[upward] % width]
        if k + 1 < len(strips):
            onward[downward] = rows[k + 1][0][found.beyond[downward] % width]
        leads_to.append(onward)
    peaks = np.flatnonzero(np.concatenate([found.beyond for found in nodes]) < 0)
    number = np.full(sum(map(len, leads_to)), -1, np.int32)
    number[peaks] = np.arange(len(peaks), dtype=np.int32)
    return number[last_nodes(np.concatenate(leads_to))], peaks


def _between_basins(
    passes: Sequence[Passes], basin_of: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return the highest pass of each pair of basins, from the highest down."""
    pair = np.concatenate([found.pair for found in passes])
    one, other = (basin_of[side].astype(np.int64) for side in (pair >> 32, pair & 0xFFFFFFFF))
    apart = one != other
    pair = (np.minimum(one, other) << 32) | np.maximum(one, other)
    height_px = np.concatenate([found.height_px for found in passes])
    crowd = np.concatenate([found.crowd for found in passes])
    return highest_first(Passes(pair[apart], height_px[apart], crowd[apart]))
