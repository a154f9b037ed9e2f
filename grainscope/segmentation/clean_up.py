"""Take out of a mask what is noise: weak outlines, small holes, small pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Blur before the gradient is taken, in pixels: about the edge of a sharp image.
_GRADIENT_BLUR_PX = 1.5
#: Where the image's own sharp edges are: this share of outline pixels is below it.
_SHARP_QUANTILE = 0.95
_SQUARE_PX = np.ones((3, 3), np.uint8)


def drop_weak_outlines(
    grain: NDArray[np.bool_], intensity: NDArray[np.float32], min_edge: float
) -> NDArray[np.bool_]:
    """Drop regions, then fill holes, whose outline is not an edge of the image.

    Noise and texture near the clustering's threshold give ragged patches, and
    ragged holes in large grains. The grey level does not jump at their outline
    as it does at a grain's. The mean gradient along each outline is compared
    with the 95th percentile over all outlines, so that neither contrast nor
    focus of the image matters.

    Parameters
    ----------
    grain : ndarray of bool, shape (H, W)
        Grain pixels.
    intensity : ndarray of float32, shape (H, W)
        Preprocessed grey levels.
    min_edge : float
        Mean outline gradient, as share of a sharp edge's, to be kept.

    Returns
    -------
    ndarray of bool, shape (H, W)
        A new mask. The largest background region is never filled.

    Examples
    --------
    >>> grey = np.zeros((60, 60), np.float32)
    >>> grey[5:25, 5:25] = 100
    >>> grey[40:50, 40:50] = 8
    >>> drop_weak_outlines(grey > 4, grey, 0.3).sum()
    np.int64(400)
    """
    mask = grain.astype(np.uint8)
    steepness = _gradient(intensity)
    outline = _outline(mask)
    if min_edge <= 0 or not outline.size:
        return grain.copy()
    least = min_edge * float(np.quantile(steepness.ravel()[outline], _SHARP_QUANTILE))

    strength, region, _ = _outline_strength(mask, steepness, 8)
    mask = (strength >= least).astype(np.uint8)[region]
    strength, region, area_px = _outline_strength(1 - mask, steepness, 4)
    noise = strength < least
    noise[int(np.argmax(area_px))] = False
    filled: NDArray[np.bool_] = (mask > 0) | noise[region]
    return filled


def _gradient(intensity: NDArray[np.float32]) -> NDArray[np.float32]:
    smooth = cv2.GaussianBlur(intensity, (0, 0), _GRADIENT_BLUR_PX)
    dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    # Not cv2.magnitude: its last bit depends on where in memory the result lies.
    magnitude: NDArray[np.float32] = np.sqrt(dx * dx + dy * dy)
    return magnitude


def _outline(mask: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the flat index of the pixels of a mask that touch its outside; the frame is not."""
    return np.flatnonzero(mask.ravel() & ~cv2.erode(mask, _SQUARE_PX).ravel())


def _outline_strength(
    mask: NDArray[np.uint8], steepness: NDArray[np.float32], connectivity: int
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Mean gradient along each region's outline, the regions, their areas; index 0 is no region."""
    n_regions, region, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    outline = _outline(mask)
    owner = region.ravel()[outline]
    total = np.bincount(owner, weights=steepness.ravel()[outline], minlength=n_regions)
    length = np.bincount(owner, minlength=n_regions)
    strength = np.divide(total, length, out=np.full(n_regions, np.inf), where=length > 0)
    strength[0] = -np.inf
    area_px = stats[:, cv2.CC_STAT_AREA].copy()
    area_px[0] = 0
    return strength, region, area_px


def fill_small_holes(grain: NDArray[np.bool_], max_area_px: int) -> NDArray[np.bool_]:
    """Fill background regions up to an area that do not touch the frame; larger holes stay.

    Parameters
    ----------
    grain : ndarray of bool, shape (H, W)
        Grain pixels.
    max_area_px : int
        Largest hole that is filled, in pixels; background is 4-connected.

    Returns
    -------
    ndarray of bool, shape (H, W)
        A new mask.

    Examples
    --------
    >>> ring = np.ones((7, 7), bool)
    >>> ring[2, 2] = ring[4:6, 4] = False
    >>> fill_small_holes(ring, 1).sum()
    np.int64(47)
    """
    height, width = grain.shape
    background = (~grain).astype(np.uint8)
    _, region, stats, _ = cv2.connectedComponentsWithStats(background, connectivity=4)
    left, top, wide, high, area_px = stats.T
    inside = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    hole = inside & (area_px <= max_area_px)
    hole[0] = False
    filled: NDArray[np.bool_] = grain | hole[region]
    return filled


def connected_parts(grain: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the 8-connected regions of a mask, numbered from 0; −1 on the background.

    Examples
    --------
    >>> connected_parts(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 1, 1]], bool))[:, 0]
    array([ 0, -1, -1,  1], dtype=int32)
    """
    _, region = cv2.connectedComponents(grain.astype(np.uint8), connectivity=8)
    parts: NDArray[np.int32] = region - 1
    return parts
