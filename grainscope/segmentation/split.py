"""Conservative split of touching grains: cut only where the neck is deep.

1. Exact Euclidean distance of every grain pixel to the background.
2. Steepest-ascent basins: every pixel belongs to the peak that it climbs to.
3. Basin graph: for each pair of neighbouring basins, the highest pass between them.
4. Passes from the highest down: join the two parts unless the neck is narrower
   than a set share of the smaller part's inner radius (persistence).

Two equal discs of radius r at centre distance c have a neck of half-width
√(r² − c²/4), so persistence p cuts them from c = 2r√(1 − (1 − p)²) on: 1.52 r
for p = 0.35. An ellipse has one peak and is never cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.laws.strips import Strip, over_strips, strips_of
from grainscope.opencv import cv2
from grainscope.segmentation import split_kernels
from grainscope.segmentation.distances import squared_distance_map
from grainscope.segmentation.relief import DistanceRelief, StoredRelief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.segmentation.relief import Relief

_CREST_PX = 1.5
#: Many enough that a pass is met by few strips.
_ROWS_OF_PASSES = 128


class Passes(NamedTuple):
    """Passes between pairs of basins, ``(smaller << 32) | larger``, each at least once.

    ``height_px`` is the smaller distance of the two pixels of a step from one to the
    other, ``crowd`` the sum of their crowding; shape (S,) each.
    """

    pair: NDArray[np.int64]
    height_px: NDArray[np.float32]
    crowd: NDArray[np.float32]


class _Basins(NamedTuple):
    """The basins of a height map, and the passes between them from the highest down.

    ``of_pixel`` numbers the pixels' basins 0…B − 1, −1 on the background, shape
    (H, W); ``peak_px`` is the height of each peak, ``first`` the place of its first
    pixel; ``low`` and ``high`` are the basins of each pass.
    """

    of_pixel: NDArray[np.int32]
    peak_px: NDArray[np.float32]
    first: NDArray[np.int32]
    area_px: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    pass_px: NDArray[np.float32]

    def merged(self, persistence: float, min_area_px: int) -> NDArray[np.int32]:
        """Return the basin that stands for the part of each basin."""
        passes = self.low, self.high, self.pass_px
        part: NDArray[np.int32] = split_kernels.merge_basins(
            *passes, self.peak_px, self.area_px, persistence, min_area_px
        )
        return part


def split_touching(
    grain: NDArray[np.bool_], persistence: float, min_area_px: int = 1
) -> NDArray[np.int32]:
    """Divide a mask into parts that hang together by more than a thin neck.

    Parameters
    ----------
    grain : ndarray of bool, shape (H, W)
        Grain pixels. The image edge does not count as background: a grain cut
        by it goes on outside.
    persistence : float
        Neck depth (r − w)/r from which to cut: r the inner radius of the
        smaller part, w the half-width of the neck.
    min_area_px : int
        Parts below this area are not cut off, and not numbered alone.

    Returns
    -------
    ndarray of int32, shape (H, W)
        1…n in raster order of their first pixel; 0 on the background.

    Examples
    --------
    >>> y, x = np.indices((21, 41))
    >>> discs = np.minimum(np.hypot(y - 10, x - 11), np.hypot(y - 10, x - 28)) <= 9.5
    >>> parts = split_touching(discs, 0.35)
    >>> int(parts.max()), int(parts[10, 11]), int(parts[10, 28])
    (2, 1, 2)
    """
    basins = _basins_of(_distances(grain))
    part = basins.merged(persistence, min_area_px)
    area_px = np.bincount(part, basins.area_px, len(part))
    first = np.full(len(part), np.iinfo(np.int64).max)
    np.minimum.at(first, part, basins.first)
    kept = np.flatnonzero((area_px > 0) & (area_px >= min_area_px))
    number = np.zeros(len(part) + 1, np.int32)  # the last stands for the background
    number[kept[np.argsort(first[kept])]] = np.arange(1, len(kept) + 1)
    number[:-1] = number[part]
    labels = basins.of_pixel

    def fill(strip: Strip) -> None:
        rows = slice(strip.first, strip.stop)
        labels[rows] = number[labels[rows]]

    over_strips(fill, strips_of(len(labels)))
    return labels


def split_by_distance(
    grain: NDArray[np.bool_], persistences: Sequence[float], min_area_px: int
) -> list[NDArray[np.int32]]:
    """Divide a mask at its necks, once for each persistence, on one map of the distance.

    Returns
    -------
    list of ndarray of int32, shape (H, W)
        Part of each pixel, numbered from 0 with gaps; −1 on the background.
    """
    return _parts(_basins_of(_distances(grain)), persistences, min_area_px)


def hierarchical_split(
    grain: NDArray[np.bool_],
    height: NDArray[np.float32],
    persistences: Sequence[float],
    min_area_px: int,
) -> list[NDArray[np.int32]]:
    """Divide a mask at the valleys of a height map, once for each persistence.

    Parameters
    ----------
    grain : ndarray of bool, shape (H, W)
        Pixels to divide.
    height : ndarray of float32, shape (H, W)
        At least 0, for example brightness; peaks become the parts' middles.
    persistences : sequence of float
        Depth (peak − pass)/peak of the lower part from which to cut.
    min_area_px : int
        Parts below this area are not cut off.

    Returns
    -------
    list of ndarray of int32, shape (H, W)
        As :func:`split_by_distance` returns.

    Examples
    --------
    >>> grey = np.array([[0, 3, 1, 4, 2, 0]], np.float32)
    >>> hierarchical_split(grey > 0, grey, [0.5, 0.9], 1)[0]
    array([[-1,  0,  1,  1,  1, -1]], dtype=int32)
    """
    inside = np.where(grain, np.maximum(height, np.float32(1e-6)), np.float32(0))
    crowding = np.asarray(cv2.GaussianBlur(inside, (0, 0), _CREST_PX), np.float32)
    relief = StoredRelief(np.ascontiguousarray(inside), np.ascontiguousarray(crowding))
    return _parts(_basins_of(relief), persistences, min_area_px)


def _parts(
    basins: _Basins, persistences: Sequence[float], min_area_px: int
) -> list[NDArray[np.int32]]:
    parts = []
    for persistence in persistences:
        # The last stands for the background.
        part = np.append(basins.merged(persistence, min_area_px), np.int32(-1))
        parts.append(part[basins.of_pixel])
    return parts


def _basins_of(relief: Relief) -> _Basins:
    basin = uphill_of(relief)
    peak, first, area_px = split_kernels.follow_to_peaks(basin)
    height = relief.shape[0]
    low, high, pass_px = highest_first(passes_in(Strip(0, height, height), relief, basin))
    return _Basins(
        basin.reshape(relief.shape), relief.heights(peak), first, area_px, low, high, pass_px
    )


def uphill_of(relief: Relief) -> NDArray[np.int32]:
    """Return where each pixel leads by one step; see :func:`split_kernels.ascend`."""
    height, width = relief.shape
    uphill = np.empty(height * width, np.int32)

    def climb(strip: Strip) -> None:
        seam = strip.around(1)
        rows = strip.rows_in(seam)
        split_kernels.ascend(
            *relief.slopes(seam), (rows.start, rows.stop), seam.first * width, uphill
        )

    over_strips(climb, strips_of(height))
    return uphill


def passes_in(rows: Strip, relief: Relief, basin: NDArray[np.int32]) -> Passes:
    """Return the passes that are met on steps from some rows to the right and down.

    The highest pass of each pair is among them, and of several so high the most
    crowded; see :func:`split_kernels.saddles`.
    """
    width = relief.shape[1]

    def find(part: Strip) -> Passes:
        first, stop = rows.first + part.first, rows.first + part.stop
        seam = Strip(first, min(stop + 1, rows.height), rows.height)
        basins = basin[seam.first * width : seam.stop * width]
        return Passes(*split_kernels.saddles(*relief.slopes(seam), basins, stop - first))

    found = over_strips(find, strips_of(rows.stop - rows.first, _ROWS_OF_PASSES))
    return Passes(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _distances(grain: NDArray[np.bool_]) -> DistanceRelief:
    return DistanceRelief(squared_distance_map(np.ascontiguousarray(grain).view(np.uint8)))


def highest_first(
    passes: Passes,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Keep the highest pass of each pair of basins, sorted from the highest down."""
    pair, height_px, crowd = highest_passes(passes)
    order = np.lexsort((pair, -crowd, -height_px))
    pair = pair[order]
    return pair >> 32, pair & 0xFFFFFFFF, height_px[order]


def highest_passes(passes: Passes) -> Passes:
    """Keep the highest pass of each pair of basins, in the order of the pairs."""
    order = np.lexsort((passes.crowd, passes.height_px, passes.pair))
    pair, height_px, crowd = (column[order] for column in passes)
    last = np.append(pair[1:] != pair[:-1], True)[: len(pair)]
    return Passes(pair[last], height_px[last], crowd[last])
