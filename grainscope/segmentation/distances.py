"""Exact squared distances to the background, strip by strip.

Each strip tells where its background begins and ends in every column; from all of
them a strip knows what lies beyond it, and measures its own pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.strips import over_strips, strips_of
from grainscope.segmentation.distance_kernels import FAR, background_ends, squared_distances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.laws.strips import Strip


def squared_distance_map(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Measure the squared distance of every pixel to the background.

    Parameters
    ----------
    mask : ndarray of uint8, shape (H, W)
        1 for grain.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Whole numbers, 0 on the background; all 1 where there is no background.

    Examples
    --------
    >>> squared_distance_map(np.array([[1, 1, 1, 0, 1]], np.uint8))
    array([[9., 4., 1., 0., 1.]], dtype=float32)
    """
    squared, strips = np.empty(mask.shape, np.float32), strips_of(len(mask))

    def ends(strip: Strip) -> NDArray[np.int64]:
        return ends_of(mask[strip.first : strip.stop], strip)

    beyond = background_beyond(over_strips(ends, strips), strips)

    def fill(strip: Strip) -> None:
        rows = slice(strip.first, strip.stop)
        squared_rows(mask[rows], beyond.get(strip), squared[rows])

    over_strips(fill, strips)
    return squared


def ends_of(rows: NDArray[np.uint8], strip: Strip) -> NDArray[np.int64]:
    """Return what a strip of a mask has to tell the others, shape (2, W)."""
    ends: NDArray[np.int64] = background_ends(rows, strip.first)
    return ends


def background_beyond(
    ends: Sequence[NDArray[np.int64]], strips: Sequence[Strip]
) -> dict[Strip, NDArray[np.int64]]:
    """Return the nearest background above and below each strip, counted from its first row.

    Parameters
    ----------
    ends : sequence of ndarray of int64, shape (2, W)
        From :func:`ends_of`, one for each strip.
    strips : sequence of Strip
        From top to bottom.

    Returns
    -------
    dict of Strip to ndarray of int64, shape (2, W)
        Empty where there is no background at all.
    """
    first, last = np.stack(ends, axis=1)
    none = np.full_like(first[:1], FAR)
    above = np.concatenate([-none, np.maximum.accumulate(last, axis=0)])
    below = np.concatenate([np.minimum.accumulate(first[::-1], axis=0)[::-1], none])
    if (below[0] == FAR).all():
        return {}
    return {
        strip: np.stack([above[k], below[k + 1]]) - strip.first for k, strip in enumerate(strips)
    }


def squared_rows(
    rows: NDArray[np.uint8], beyond: NDArray[np.int64] | None, squared: NDArray[np.float32]
) -> None:
    """Fill in the squared distances of a strip; ones where the image has no background."""
    if beyond is None:
        squared[:] = 1
    else:
        squared_distances(rows, beyond, squared)
