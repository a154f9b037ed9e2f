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
    from numpy.typing import NDArray

_CROWDING_PX = 15


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
    distance, crowding = _distance_and_crowding(grain)
    basin, peak = split_kernels.basins_of(split_kernels.ascend(distance, crowding))
    pair, pass_px, crowd = split_kernels.saddles(distance, crowding, basin)
    low, high, pass_px = _highest_passes(pair, pass_px, crowd, len(peak))
    part = split_kernels.merge_basins(
        low,
        high,
        pass_px,
        distance.ravel()[peak],
        np.bincount(basin[basin >= 0], minlength=len(peak)),
        persistence,
        min_area_px,
    )
    return np.where(basin >= 0, np.append(part, np.int32(-1))[basin], np.int32(-1)).reshape(
        grain.shape
    )


def _distance_and_crowding(
    grain: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    mask = grain.astype(np.uint8)
    if mask.all():  # no background to measure from: one flat part
        return np.ones(mask.shape, np.float32), np.ones(mask.shape, np.float32)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    squared = np.rint(distance * distance)
    # Whole numbers summed in double precision: the same to the last bit in any orientation.
    # The window is wide, because a tie that it does not break goes by raster order.
    crowding = cv2.boxFilter(
        squared, -1, (_CROWDING_PX, _CROWDING_PX), normalize=False, borderType=cv2.BORDER_REPLICATE
    )
    return np.sqrt(squared), crowding


def _highest_passes(
    pair: NDArray[np.int64],
    pass_px: NDArray[np.float32],
    crowd: NDArray[np.float32],
    n_basins: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Keep the highest pass of each pair of basins, sorted from the highest down."""
    order = np.lexsort((crowd, pass_px, pair))
    pair, pass_px, crowd = pair[order], pass_px[order], crowd[order]
    last = np.append(pair[1:] != pair[:-1], True)[: len(pair)]
    pair, pass_px, crowd = pair[last], pass_px[last], crowd[last]
    order = np.lexsort((pair, -crowd, -pass_px))
    pair = pair[order]
    return pair >> 32, pair & 0xFFFFFFFF, pass_px[order]
