"""Decide whether the grains are darker than the film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLUR_PX = 2.0
#: Smaller pieces are noise, whichever side they are on.
_PIECE_PX = 30


def grains_are_dark(intensity: NDArray[np.float32]) -> bool:
    """Decide polarity by topology: grains are many pieces, the film is few.

    The image is cut in two at Otsu's threshold; the side that falls into more
    pieces that do not touch the image's edge is the grains. A tie counts as
    bright, the usual case in an SEM.

    Parameters
    ----------
    intensity : ndarray of float32, shape (H, W)
        Grey levels.

    Returns
    -------
    bool
        Whether the dark side falls into more pieces.

    Examples
    --------
    >>> grey = np.full((60, 60), 200, np.float32)
    >>> grey[10:20, 10:20] = grey[35:50, 35:50] = 50
    >>> grains_are_dark(grey), grains_are_dark(250 - grey)
    (True, False)
    """
    smooth = cv2.GaussianBlur(intensity, (0, 0), _BLUR_PX)
    low, high = float(smooth.min()), float(smooth.max())
    if not high > low:
        return False
    levels = ((smooth - low) * (255 / (high - low))).astype(np.uint8)
    _, bright = cv2.threshold(levels, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return _inner_pieces(1 - bright) > _inner_pieces(bright)


def _inner_pieces(side: NDArray[np.uint8]) -> int:
    height, width = side.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats(side, connectivity=8)
    left, top, wide, high, area = stats[1:].T
    inside = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    return int(np.count_nonzero(inside & (area >= _PIECE_PX)))
