"""Cut out of the grains what is not film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray


def leave_out(
    labels: NDArray[np.int32], masked: NDArray[np.bool_], min_area_px: int
) -> NDArray[np.int32]:
    """Take masked pixels from the grains.

    Of a grain that a mask cuts in pieces the largest stays, so that it is still
    counted once; a grain left with less than ``min_area_px`` is dropped.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Grains 1…n, 0 elsewhere.
    masked : ndarray of bool, shape (H, W)
        True where the picture does not show film.
    min_area_px : int
        Smallest grain.

    Returns
    -------
    ndarray of int32, shape (H, W)
        A new array: labels without gaps, in raster order of their first pixel.

    Examples
    --------
    >>> labels = np.array([[1, 1, 1, 1, 1, 0, 2]], np.int32)
    >>> leave_out(labels, np.array([[0, 0, 1, 0, 0, 0, 0]], bool), 1)
    array([[1, 1, 0, 0, 0, 0, 2]], dtype=int32)
    >>> leave_out(labels, np.array([[1, 1, 1, 0, 0, 0, 0]], bool), 3)
    array([[0, 0, 0, 0, 0, 0, 0]], dtype=int32)
    """
    # Slow to load, and mostly there is nothing to cut.
    from scipy.ndimage import find_objects

    from grainscope.segmentation.split_kernels import number_in_raster_order

    part = np.where(masked, 0, labels)
    windows = find_objects(labels)
    for label in np.setdiff1d(labels[masked], 0):
        window = part[windows[label - 1]]
        _, piece, stats, _ = cv2.connectedComponentsWithStats(
            (window == label).astype(np.uint8), connectivity=8
        )
        largest = 1 + int(np.argmax(stats[1:, 4])) if len(stats) > 1 else 0
        window[(window == label) & (piece != largest)] = 0
    area_px = np.bincount(part.ravel(), minlength=int(labels.max()) + 1)[1:]
    numbered: NDArray[np.int32]
    numbered, _ = number_in_raster_order((part - 1).astype(np.int32), area_px >= min_area_px)
    return numbered
