"""What the grains of a micrograph look like: shape, contrast, edge and noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.float32]

#: The film between grains is seen through a window so wide.
_FILM_SIGMA_PX = 12.0
_NOISE_SIGMA_PX = 1.5
#: Blur that no micrograph is sharper or duller than.
_SHARPEST_PX, _DULLEST_PX = 0.5, 4.0
#: Grains at least so large show what an edge looks like.
_EDGE_AREA_PX = 100
_RIM_PX = 3.5
#: Fewer pixels tell nothing of noise.
_LEAST_PIXELS = 50


@dataclass(frozen=True)
class Appearance:
    """The picture taken apart, every image of shape (H, W).

    Attributes
    ----------
    grey : ndarray of float32
        The micrograph.
    film : ndarray of float32
        Grey level of the film, carried on under the grains.
    noise : ndarray of float32
        Noise of the film: what smoothing takes off the grey level, there; under grains
        and near outlines drawn from it at random.
    noise_ratio : float
        Noise inside grains over noise of the film.
    blur_px : float
        Standard deviation of the blur of edges.
    """

    grey: Image
    film: Image
    noise: Image
    noise_ratio: float
    blur_px: float


def take_apart(grey: Image, labels: NDArray[np.int32], rng: np.random.Generator) -> Appearance:
    """Measure film, noise and blur of a micrograph whose grains are known.

    Parameters
    ----------
    grey : ndarray of float32, shape (H, W)
        Inside the frame.
    labels : ndarray of int32, shape (H, W)
        Grains found, 0 = film.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    Appearance
    """
    grain = (labels > 0).astype(np.uint8)
    film = _film_level(grey, cv2.dilate(grain, np.ones((5, 5), np.uint8)) == 0)
    rough = grey - cv2.GaussianBlur(grey, (0, 0), _NOISE_SIGMA_PX)
    # An outline is no noise: it would show through what is painted over it.
    core = cv2.erode(grain, np.ones((9, 9), np.uint8)) > 0
    away = cv2.dilate(grain, np.ones((9, 9), np.uint8)) == 0
    if away.sum() < _LEAST_PIXELS:
        away = grain == 0 if (grain == 0).any() else grain > 0
    of_film = _deviation(rough[away])
    of_grains = _deviation(rough[core]) if core.sum() > _LEAST_PIXELS else of_film
    drawn = rng.choice(rough[away], rough.shape)
    noise = np.clip(np.where(away, rough, drawn), -4 * of_film, 4 * of_film)
    ratio = of_grains / of_film if of_film > 0 else 1.0
    return Appearance(grey, film, noise.astype(np.float32), ratio, edge_blur(grey - film, labels))


def _film_level(grey: Image, is_film: NDArray[np.bool_]) -> Image:
    weight = cv2.GaussianBlur(is_film.astype(np.float32), (0, 0), _FILM_SIGMA_PX)
    level = float(np.median(grey[is_film])) if is_film.any() else float(grey.min())
    total = cv2.GaussianBlur(np.where(is_film, grey - level, 0), (0, 0), _FILM_SIGMA_PX)
    # Where there is hardly any film near, its level is that of the whole film.
    return np.asarray(level + total / (weight + 0.02), np.float32)


def _deviation(values: Image) -> float:
    """Return the standard deviation that the middle half of the values has."""
    if len(values) == 0:
        return 0.0
    low, high = np.quantile(values, (0.25, 0.75))
    return float(high - low) / 1.349


def edge_blur(contrast: Image, labels: NDArray[np.int32]) -> float:
    """Return the standard deviation of a Gaussian blur that makes edges as wide as these.

    Across a straight edge at d = 0 a blurred step has the slope h/(σ√2π), with h
    its height: the mean contrast well inside less that well outside. Both are
    averages over all outlines of larger grains, by distance to the outline.

    Parameters
    ----------
    contrast : ndarray of float32, shape (H, W)
        Grey level above the film.
    labels : ndarray of int32, shape (H, W)

    Returns
    -------
    float
        In pixels, from 0.5 to 4; 1 where no grain is large enough, or meets no film.
    """
    area = np.bincount(labels.ravel())
    area[0] = 0
    large = (area >= _EDGE_AREA_PX)[labels]
    depth_px = cv2.distanceTransform(large.astype(np.uint8), cv2.DIST_L2, 5)
    away_px = cv2.distanceTransform((labels == 0).astype(np.uint8), cv2.DIST_L2, 5)
    near_large = cv2.dilate(large.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    signed = np.where(large, depth_px - 0.5, 0.5 - away_px)
    kept = (large | ((labels == 0) & near_large)) & (np.abs(signed) < _RIM_PX)
    # The rings next to the outline, on either side of it, are 3 and 4.
    ring = np.floor(signed[kept] + np.ceil(_RIM_PX)).astype(np.intp)
    number = np.bincount(ring, minlength=8)
    if number.sum() < 200 or not number[3:5].all():
        return 1.0
    # Thin grains, and straight outlines along the pixels, leave the outermost rings empty.
    outside, *_, inside = np.flatnonzero(number)
    profile, away = (
        np.bincount(ring, values[kept], 8) / np.maximum(number, 1) for values in (contrast, signed)
    )
    height = profile[inside] - profile[outside]
    slope = (profile[4] - profile[3]) / (away[4] - away[3])
    if not abs(slope) > 1e-9 or slope * height < 0:
        return 1.0
    return float(np.clip(height / slope / np.sqrt(2 * np.pi), _SHARPEST_PX, _DULLEST_PX))
