"""Bounding box of each grain (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def grain_boxes(labels: NDArray[np.int32], n_grains: int) -> NDArray[np.int32]:
    """Return first row, first column, last row, last column of each label.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        0 is background.
    n_grains : int
        Number of labels N.

    Returns
    -------
    ndarray of int32, shape (N, 4)
        Of labels 1…N; first > last for a label that is absent.
    """
    height, width = labels.shape
    box = np.empty((n_grains, 4), np.int32)
    box[:, 0], box[:, 1] = height, width
    box[:, 2:] = -1
    for row in range(height):
        for column in range(width):
            grain = labels[row, column] - 1
            if grain >= 0:
                box[grain, 0] = min(box[grain, 0], row)
                box[grain, 1] = min(box[grain, 1], column)
                box[grain, 2] = max(box[grain, 2], row)
                box[grain, 3] = max(box[grain, 3], column)
    return box
