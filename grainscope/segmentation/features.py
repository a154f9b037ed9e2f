"""Pixel features by name, each scaled so that its 0.5–99.7 percentiles are 0 and 1."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LOW, _HIGH = 0.005, 0.997
_HISTOGRAM_BINS = 1 << 16
#: Share of the image's variance added to the local one: where there is only
#: noise, contrast must not be blown up to that of grains.
_VARIANCE_FLOOR = 0.02
_CONTRAST_NAME = re.compile(r"contrast_([1-9]\d{0,2})px")


def pixel_features(
    intensity: NDArray[np.float32], names: Sequence[str]
) -> list[NDArray[np.float32]]:
    """Compute scaled features.

    ``intensity`` is the grey level; ``contrast_<n>px`` is (I − mean)/sd with
    Gaussian local mean and standard deviation over n px, which sees a faint
    grain on a dark part of the film as well as a strong one on a bright part.

    Parameters
    ----------
    intensity : ndarray of float32, shape (H, W)
        Preprocessed grey levels.
    names : sequence of str
        Names of the features.

    Returns
    -------
    list of ndarray of float32, shape (H, W)
        In the order of ``names``.

    Raises
    ------
    ValueError
        An unknown name.

    Examples
    --------
    >>> ramp = np.linspace(10, 20, 1001, dtype=np.float32)[None]
    >>> feature, = pixel_features(ramp, ["intensity"])
    >>> [round(float(feature[0, i]), 2) for i in (5, 997)]
    [0.0, 1.0]
    """
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda name: scale_to_unit(_feature(intensity, name)), names))


def _feature(intensity: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    if name == "intensity":
        return intensity
    found = _CONTRAST_NAME.fullmatch(name)
    if not found:
        raise ValueError(f"feature: got {name!r}, expected 'intensity' or 'contrast_<n>px'")
    return local_contrast(intensity, float(found[1]))


def local_contrast(intensity: NDArray[np.float32], scale_px: float) -> NDArray[np.float32]:
    """Return (I − local mean) / local standard deviation.

    The local moments are smooth, so they are blurred on a reduced image.

    Parameters
    ----------
    intensity : ndarray of float32, shape (H, W)
        Grey levels.
    scale_px : float
        Standard deviation of the Gaussian window in pixels, at least 1.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Dimensionless.

    Examples
    --------
    >>> flat = local_contrast(np.full((40, 40), 7, np.float32), 10.0)
    >>> float(np.abs(flat).max())
    0.0
    """
    height, width = intensity.shape
    reduction = max(1, int(scale_px / 8))
    size = (-(-width // reduction), -(-height // reduction))
    centred = intensity - np.float32(cv2.mean(intensity)[0])
    variance_px = float(cv2.mean(centred * centred)[0])
    if not variance_px > 0:
        return np.zeros_like(intensity)

    def local_mean(image: NDArray[np.float32]) -> NDArray[np.float32]:
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), scale_px / reduction)
        full: NDArray[np.float32] = cv2.resize(small, (width, height))
        return full

    mean = local_mean(centred)
    variance = local_mean(centred * centred)
    variance -= mean * mean
    np.maximum(variance, 0, out=variance)
    variance += np.float32(_VARIANCE_FLOOR * variance_px)
    centred -= mean
    centred /= np.sqrt(variance, out=variance)
    return centred


def scale_to_unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map the 0.5 and 99.7 percentiles to 0 and 1; a constant image becomes zeros.

    Where so few pixels differ that both percentiles agree, the extremes are
    mapped instead.

    Parameters
    ----------
    values : ndarray of float32, shape (H, W)
        Any feature; finite.

    Returns
    -------
    ndarray of float32, shape (H, W)
        A new array.

    Examples
    --------
    >>> scale_to_unit(np.full((2, 2), 5, np.float32)).max()
    np.float32(0.0)
    """
    extremes = float(values.min()), float(values.max())
    low, high = _percentiles(values, *extremes)
    if not high > low:
        low, high = extremes
    if not high > low:
        return np.zeros_like(values)
    scaled: NDArray[np.float32] = (values - np.float32(low)) * np.float32(1 / (high - low))
    return scaled


def _percentiles(values: NDArray[np.float32], low: float, high: float) -> tuple[float, float]:
    """Percentiles from a fine histogram: one pass, and the same however the image is turned."""
    if not high > low:
        return low, high
    counts = cv2.calcHist([values], [0], None, [_HISTOGRAM_BINS], [low, high])
    share = np.cumsum(counts.ravel(), dtype=np.float64) / values.size
    first, last = np.searchsorted(share, (_LOW, _HIGH))
    if last - first < _HISTOGRAM_BINS // 64:  # a few hot pixels squeezed the rest together
        exact = np.quantile(values, (_LOW, _HIGH))
        return float(exact[0]), float(exact[1])
    edges = np.linspace(low, high, _HISTOGRAM_BINS + 1)
    return float(edges[first]), float(edges[last])
