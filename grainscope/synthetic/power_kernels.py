"""Give each pixel to the cap that owns it: the power diagram of overlapping discs."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def own_pixels(
    centres_px: NDArray[np.float64],
    radii_px: NDArray[np.float64],
    rows_px: NDArray[np.float32],
    columns_px: NDArray[np.float32],
    reach_px: float,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the disc with the smallest power d² − r² at each pixel; none where all are positive.

    Two discs that overlap share the straight line through their crossing points.

    Parameters
    ----------
    centres_px : ndarray of float64, shape (n, 2)
    radii_px : ndarray of float64, shape (n,)
    rows_px, columns_px : ndarray of float32, shape (H, W)
        Where each pixel lies on the film: its own place, or a warped one.
    reach_px : float
        Largest distance between a pixel and where it lies.

    Returns
    -------
    owner : ndarray of int32, shape (H, W)
        Disc's number plus 1; 0 outside all.
    power_px2 : ndarray of float32, shape (H, W)
        d² − r² of the owner; 0 outside all.

    Examples
    --------
    >>> rows, columns = np.indices((1, 6), dtype=np.float32)
    >>> discs = np.array([[0.0, 1.0], [0.0, 4.0]])
    >>> own_pixels(discs, np.array([1.6, 1.2]), rows, columns, 0.0)[0]
    array([[1, 1, 1, 2, 2, 2]], dtype=int32)
    """
    height, width = rows_px.shape
    owner = np.zeros((height, width), np.int32)
    power = np.zeros((height, width), np.float32)
    for i in range(len(radii_px)):
        reach = radii_px[i] + reach_px
        y0 = max(0, int(np.ceil(centres_px[i, 0] - reach)))
        y1 = min(height - 1, int(np.floor(centres_px[i, 0] + reach)))
        x0 = max(0, int(np.ceil(centres_px[i, 1] - reach)))
        x1 = min(width - 1, int(np.floor(centres_px[i, 1] + reach)))
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                dy = rows_px[y, x] - centres_px[i, 0]
                dx = columns_px[y, x] - centres_px[i, 1]
                here = np.float32(dy * dy + dx * dx - radii_px[i] * radii_px[i])
                if here < power[y, x]:
                    power[y, x] = here
                    owner[y, x] = i + 1
    return owner, power
