"""The strip below a micrograph: a scale bar of exact length and its label."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from grainscope.opencv import cv2

_BACKGROUND, _INK = 0, 255
#: Longest scale bar, of the image's width.
_LONGEST_SHARE = 0.3


def nice_length_nm(longest_nm: float) -> float:
    """Return the longest 1, 2 or 5 × 10ⁿ that fits.

    Examples
    --------
    >>> [nice_length_nm(x) for x in (1.0, 4.9, 768.0, 2000.0)]
    [1.0, 2.0, 500.0, 2000.0]
    """
    decade = 10.0 ** math.floor(math.log10(longest_nm) + 1e-9)
    return max(digit * decade for digit in (1, 2, 5) if digit * decade <= longest_nm * (1 + 1e-9))


def draw_strip(width_px: int, pixel_size_nm: float) -> tuple[NDArray[np.uint8], int, str]:
    """Draw a black strip with a white scale bar and its label.

    Parameters
    ----------
    width_px : int
        Columns of the image.
    pixel_size_nm : float

    Returns
    -------
    strip : ndarray of uint8, shape (rows, width_px)
    bar_px : int
        Length drawn.
    label : str
        Length written, such as ``"500 nm"``; ``bar_px`` is it to half a pixel.

    Examples
    --------
    >>> strip, bar_px, label = draw_strip(1024, 5.0)
    >>> bar_px, label, int((strip == 255).sum(axis=1).max()) >= bar_px
    (200, '1 µm', True)
    """
    length_nm = nice_length_nm(_LONGEST_SHARE * width_px * pixel_size_nm)
    bar_px = max(1, round(length_nm / pixel_size_nm))
    label = f"{length_nm / 1000:g} µm" if length_nm >= 1000 else f"{length_nm:g} nm"
    height = max(16, width_px // 20)
    strip = np.full((height, width_px), _BACKGROUND, np.uint8)
    left, top, thick = max(1, width_px // 40), height // 2 - height // 12, max(2, height // 8)
    strip[top : top + thick, left : left + bar_px] = _INK
    # OpenCV's letters have no micro sign.
    text, scale = label.replace("µ", "u"), height / 55
    after = (left + bar_px + height // 3, height // 2 + round(11 * scale))
    cv2.putText(strip, text, after, cv2.FONT_HERSHEY_SIMPLEX, scale, _INK, max(1, height // 25))
    return strip, bar_px, label
