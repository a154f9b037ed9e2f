"""What a pixel looks like at several scales: the input of the pixel network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SIGMAS_PX = (0.7, 1.4, 2.8, 5.6, 11.2)
_CONTRAST_PX = (6.0, 16.0, 40.0)
_OPENINGS_PX = (5, 11, 25)
#: Coarse scales are smooth: they are computed on an image reduced by this share of sigma.
_PX_PER_SIGMA = 2.8


def pixel_feature_names() -> tuple[str, ...]:
    """Names of the features, in order."""
    names = []
    for sigma in _SIGMAS_PX:
        names += [f"{kind}_{sigma}px" for kind in ("level", "gradient", "ridge", "valley")]
    names += [f"contrast_{scale:.0f}px" for scale in _CONTRAST_PX]
    for size in _OPENINGS_PX:
        names += [f"bright_{size}px", f"dark_{size}px"]
    return tuple(names)


def stacked_pixel_features(film: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute all features of a scaled film (see ``scale_to_unit``), shape (H, W, F)."""
    stacked = np.empty((*film.shape, len(pixel_feature_names())), np.float32)
    for k, feature in enumerate(_features(film)):
        stacked[..., k] = feature
    return stacked


def _features(film: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    coarser: NDArray[np.float32] | None = None
    levels = [blurred(film, sigma) for sigma in _SIGMAS_PX]
    for sigma, level in zip(_SIGMAS_PX, levels, strict=True):
        yield level if coarser is None else level - coarser
        coarser = level
        yield from _edges(level, sigma)
    for scale in _CONTRAST_PX:
        yield _contrast(film, scale)
    for size in _OPENINGS_PX:
        square = np.ones((size, size), np.uint8)
        yield levels[0] - cv2.morphologyEx(levels[0], cv2.MORPH_OPEN, square)
        yield cv2.morphologyEx(levels[0], cv2.MORPH_CLOSE, square) - levels[0]


def blurred(image: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Gaussian blur; wide ones on a reduced image."""
    reduction = max(1, int(sigma_px / _PX_PER_SIGMA))
    if reduction == 1:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.float32)
    height, width = image.shape
    size = (-(-width // reduction), -(-height // reduction))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma_px / reduction)
    return np.asarray(cv2.resize(small, (width, height)), np.float32)


def _edges(level: NDArray[np.float32], sigma: float) -> Iterator[NDArray[np.float32]]:
    """Yield σ|∇I| and the two eigenvalues of σ²·Hessian."""
    dy = cv2.Sobel(level, cv2.CV_32F, 0, 1, ksize=3, scale=sigma / 8)
    dx = cv2.Sobel(level, cv2.CV_32F, 1, 0, ksize=3, scale=sigma / 8)
    # Not cv2.magnitude: its last bit depends on where in memory the result lies.
    yield np.sqrt(dy * dy + dx * dx)
    dyy = cv2.Sobel(dy, cv2.CV_32F, 0, 1, ksize=3, scale=sigma / 8)
    # At the frame the two orders of the mixed derivative differ.
    dxy = cv2.Sobel(dy, cv2.CV_32F, 1, 0, ksize=3, scale=sigma / 16)
    dxy += cv2.Sobel(dx, cv2.CV_32F, 0, 1, ksize=3, scale=sigma / 16)
    dxx = cv2.Sobel(dx, cv2.CV_32F, 1, 0, ksize=3, scale=sigma / 8)
    half = (dyy + dxx) / 2
    uneven = (dyy - dxx) / 2
    spread = np.sqrt(uneven * uneven + dxy * dxy)
    yield half - spread
    yield half + spread


def _contrast(film: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    mean = blurred(film, scale)
    variance = blurred(film * film, scale) - mean * mean
    spread = np.sqrt(np.maximum(variance, 0) + np.float32(1e-3))
    return np.asarray((film - mean) / spread, np.float32)
