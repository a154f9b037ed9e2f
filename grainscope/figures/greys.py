"""Grey levels for the eye: eight bits, stretched over what the film holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Percentiles of the film that become black and white.
_BLACK_PERCENT, _WHITE_PERCENT = 0.5, 99.7
#: Percentiles come from about this many pixels: finer than one grey level.
_SAMPLE_PX = 250_000


def film_range(film: NDArray[Any]) -> tuple[float, float]:
    """Return the intensities that become black and white, from a regular sample of the film."""
    step = max(1, math.isqrt(film.size // _SAMPLE_PX))
    low, high = np.percentile(film[::step, ::step], [_BLACK_PERCENT, _WHITE_PERCENT])
    return float(low), float(high)


def stretched(
    intensity: NDArray[Any], limits: tuple[float, float], levels: int = 256
) -> NDArray[np.uint8]:
    """Map intensities linearly to 0 … levels − 1; a constant image becomes middle grey.

    Examples
    --------
    >>> stretched(np.array([[0, 50, 100, 900]]), (0.0, 100.0))
    array([[  0, 128, 255, 255]], dtype=uint8)
    """
    low, high = limits
    if not high > low:
        return np.full(intensity.shape, levels // 2, np.uint8)
    scaled = intensity.astype(np.float32)
    scaled -= np.float32(low)
    scaled *= np.float32((levels - 1) / (high - low))
    np.clip(scaled, 0, levels - 1, out=scaled)
    return np.rint(scaled, out=scaled).astype(np.uint8)


def shrunk(intensity: NDArray[Any], longest_px: int) -> NDArray[Any]:
    """Average an image down until its longer side has at most ``longest_px`` pixels."""
    factor = longest_px / max(intensity.shape)
    if factor >= 1:
        return intensity
    from grainscope.opencv import cv2

    height, width = (max(1, round(side * factor)) for side in intensity.shape)
    smaller: NDArray[Any] = cv2.resize(intensity, (width, height), interpolation=cv2.INTER_AREA)
    return smaller
