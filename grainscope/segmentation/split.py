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

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.segmentation import split_kernels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CROWDING_PX = 15
CROWDING_HALO_PX = _CROWDING_PX // 2
_CREST_PX = 1.5


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
        Parts below this area are not cut off.

    Returns
    -------
    ndarray of int32, shape (H, W)
        Part of each pixel, numbered from 0 with gaps; −1 on the background.

    Examples
    --------
    >>> y, x = np.indices((21, 41))
    >>> discs = np.minimum(np.hypot(y - 10, x - 11), np.hypot(y - 10, x - 28)) <= 9.5
    >>> parts = split_touching(discs, 0.35)
    >>> len(np.unique(parts[discs])), parts[10, 11] == parts[10, 28]
    (2, np.False_)
    """
    return split_by_distance(grain, (persistence,), min_area_px)[0]


def split_by_distance(
    grain: NDArray[np.bool_], persistences: Sequence[float], min_area_px: int
) -> list[NDArray[np.int32]]:
    """Divide a mask at its necks, once for each persistence, on one map of the distance."""
    return _merged(*_distance_and_crowding(grain), persistences, min_area_px)


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
        As :func:`split_touching` returns.

    Examples
    --------
    >>> grey = np.array([[0, 3, 1, 4, 2, 0]], np.float32)
    >>> hierarchical_split(grey > 0, grey, [0.5, 0.9], 1)[0]
    array([[-1,  0,  1,  1,  1, -1]], dtype=int32)
    """
    inside = np.where(grain, np.maximum(height, np.float32(1e-6)), np.float32(0))
    crowding = np.asarray(cv2.GaussianBlur(inside, (0, 0), _CREST_PX), np.float32)
    return _merged(np.ascontiguousarray(inside), crowding, persistences, min_area_px)


def _merged(
    height: NDArray[np.float32],
    crowding: NDArray[np.float32],
    persistences: Sequence[float],
    min_area_px: int,
) -> list[NDArray[np.int32]]:
    basin, peak = split_kernels.basins_of(split_kernels.ascend(height, crowding))
    pair, pass_px, crowd = split_kernels.saddles(height, crowding, basin)
    low, high, pass_px = highest_first(pair, pass_px, crowd)
    area = np.bincount(basin[basin >= 0], minlength=len(peak))
    parts = []
    for persistence in persistences:
        part = split_kernels.merge_basins(
            low, high, pass_px, height.ravel()[peak], area, persistence, min_area_px
        )
        part = np.append(part, np.int32(-1))  # the last stands for the background
        parts.append(part[basin].reshape(height.shape))
    return parts


def _distance_and_crowding(
    grain: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    mask = grain.astype(np.uint8)
    if mask.all():  # no background to measure from: one flat part
        return np.ones(mask.shape, np.float32), np.ones(mask.shape, np.float32)
    squared = whole_squares(cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    return np.sqrt(squared), crowding_of(squared)


def whole_squares(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return squared distances between pixels: they are whole numbers."""
    return np.asarray(np.rint(distance * distance), np.float32)


def crowding_of(squared: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum squared distances over a window, which reaches ``CROWDING_HALO_PX`` to each side."""
    # Whole numbers summed in double precision: the same to the last bit in any orientation.
    # The window is wide, because a tie that it does not break goes by raster order.
    crowding: NDArray[np.float32] = cv2.boxFilter(
        squared, -1, (_CROWDING_PX, _CROWDING_PX), normalize=False, borderType=cv2.BORDER_REPLICATE
    )
    return crowding


def highest_first(
    pair: NDArray[np.int64], pass_px: NDArray[np.float32], crowd: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Keep the highest pass of each pair of basins, sorted from the highest down."""
    pair, pass_px, crowd = highest_passes(pair, pass_px, crowd)
    order = np.lexsort((pair, -crowd, -pass_px))
    pair = pair[order]
    return pair >> 32, pair & 0xFFFFFFFF, pass_px[order]


def highest_passes(
    pair: NDArray[np.int64], pass_px: NDArray[np.float32], crowd: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Keep the highest pass of each pair of basins, in the order of the pairs."""
    order = np.lexsort((crowd, pass_px, pair))
    pair, pass_px, crowd = pair[order], pass_px[order], crowd[order]
    last = np.append(pair[1:] != pair[:-1], True)[: len(pair)]
    return pair[last], pass_px[last], crowd[last]
