"""Take out of a mask what is noise: weak outlines, small holes, small pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.laws.order_statistics import quantiles
from grainscope.laws.strips import Strip, over_strips, strips_of
from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Blur before the gradient is taken, in pixels: about the edge of a sharp image.
_GRADIENT_BLUR_PX = 1.5
#: cv2's Gaussian reaches four standard deviations, Sobel one pixel more.
GRADIENT_HALO_PX = 7
#: Where the image's own sharp edges are: this share of outline pixels is below it.
SHARP_QUANTILE = 0.95
#: Outline gradients are counted in this share of the least one.
EDGE_UNIT = 1e6
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
    mask = _as_bytes(grain)
    outline = outline_of(mask)
    if min_edge <= 0 or not outline.size:
        return grain.copy()
    steepness = _gradient_of_all(intensity).ravel()
    on_outline = steepness[outline]
    least = min_edge * quantiles(lambda: [on_outline], (SHARP_QUANTILE,))[0]

    regions = _regions_of(mask)
    strong = _strong_regions(regions, outline, on_outline, least)
    mask = _mask_of(regions, regions.is_on & strong)
    regions = _regions_of(mask)
    outline = _outline_around(mask)
    noise = ~regions.is_on & ~_strong_regions(regions, outline, steepness[outline], least)
    noise[int(np.argmax(np.where(regions.is_on, 0, regions.area_px)))] = False
    return _mask_of(regions, regions.is_on | noise).view(bool)


class _Regions(NamedTuple):
    """Regions of a mask and of its background, in runs; see ``laws.mask_runs_kernel``.

    ``box`` holds first row, row after the last, first column and column after the
    last of each region, shape (N, 4); ``shape`` is that of the mask.
    """

    first: NDArray[np.int32]
    start: NDArray[np.int32]
    region: NDArray[np.int32]
    is_on: NDArray[np.bool_]
    box: NDArray[np.int32]
    area_px: NDArray[np.int32]
    shape: tuple[int, int]


def _as_bytes(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(mask).view(np.uint8)


def _regions_of(mask: NDArray[np.uint8]) -> _Regions:
    # Compiled code loads only when there is something to clean.
    from grainscope.laws.mask_runs_kernel import find_runs, regions_of_runs

    first, start = find_runs(mask)
    region, is_on, box_area = regions_of_runs(mask, first, start)
    box, area_px = box_area[:, :4], box_area[:, 4]
    return _Regions(first, start, region, is_on.view(bool), box, area_px, mask.shape)


def _mask_of(regions: _Regions, is_on: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the mask that chosen regions make."""
    from grainscope.laws.mask_runs_kernel import paint_runs

    mask = np.empty(regions.shape, np.uint8)
    paint_runs(regions.first, regions.start, is_on.view(np.uint8)[regions.region], mask)
    return mask


def _strong_regions(
    regions: _Regions, outline: NDArray[np.intp], steepness: NDArray[np.float32], least: float
) -> NDArray[np.bool_]:
    """Whether the outline of each region is strong, from pixels of outlines in raster order."""
    from grainscope.laws.mask_runs_kernel import runs_at

    n_regions = len(regions.is_on)
    owner = regions.region[runs_at(regions.first, regions.start, outline, regions.shape[1])]
    total = np.bincount(owner, edge_units(steepness, least), n_regions).astype(np.float64)
    length = np.bincount(owner, minlength=n_regions).astype(np.float64)
    return is_strong(total, length, least)


def gradient(intensity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how steep the blurred grey level is; it depends on ``GRADIENT_HALO_PX`` around."""
    smooth = cv2.GaussianBlur(intensity, (0, 0), _GRADIENT_BLUR_PX)
    dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    # Not cv2.magnitude: its last bit depends on where in memory the result lies.
    dx *= dx
    dy *= dy
    dx += dy
    magnitude: NDArray[np.float32] = np.sqrt(dx, out=dx)
    return magnitude


def _gradient_of_all(intensity: NDArray[np.float32]) -> NDArray[np.float32]:
    magnitude = np.empty_like(intensity)

    def fill(strip: Strip) -> None:
        outer = strip.around(GRADIENT_HALO_PX)
        slope = gradient(intensity[outer.first : outer.stop])
        magnitude[strip.first : strip.stop] = slope[strip.rows_in(outer)]

    over_strips(fill, strips_of(len(intensity)))
    return magnitude


def outline_of(mask: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the flat index of the pixels of a mask that touch its outside; the frame is not."""
    inner = cv2.erode(mask, _SQUARE_PX)
    edge = np.greater(mask, inner, out=inner.view(bool))
    return np.flatnonzero(edge)  # faster than of bytes


def _outline_around(mask: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the flat index of the pixels outside a mask that touch it."""
    outer = cv2.dilate(mask, _SQUARE_PX)
    edge = np.greater(outer, mask, out=outer.view(bool))
    return np.flatnonzero(edge)


def edge_units(steepness: NDArray[np.float32], least: float) -> NDArray[np.float64]:
    """Return gradients in millionths of the least one, in whole numbers.

    Their sum over an outline is exact, whatever the order of its pixels, and so is
    what :func:`is_strong` says of it.

    Examples
    --------
    >>> edge_units(np.array([1.0, 3.0], np.float32), 2.0) / EDGE_UNIT
    array([0.5, 1.5])
    """
    unit = EDGE_UNIT / least if least > 0 else 0.0
    units = steepness.astype(np.float64)
    units *= unit
    return np.rint(units, out=units)


def is_strong(
    units: NDArray[np.float64], length: NDArray[np.float64], least: float
) -> NDArray[np.bool_]:
    """Whether the mean over an outline of some pixels, in units, reaches the least gradient."""
    return units >= length * (EDGE_UNIT if least > 0 else 0.0)


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
    regions = _regions_of(_as_bytes(grain))
    top, bottom, left, right = regions.box.T
    inside = (left > 0) & (top > 0) & (right < width) & (bottom < height)
    hole = ~regions.is_on & inside & (regions.area_px <= max_area_px)
    return _mask_of(regions, regions.is_on | hole).view(bool)


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
