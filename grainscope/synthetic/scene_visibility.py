"""Whether a grain can be seen: its contrast at the edge against the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.synthetic.scene_labels import borders, contacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Width of the bands on either side of an outline that are compared.
_BAND_PX = 2
#: Least contrast of a wide grain, of the noise of a pixel, and of full scale.
_LEAST_OF_NOISE, _LEAST = 1.0, 0.02
#: Contrast over noise, times the root of the area, at which a small grain is seen.
_DETECTION = 7.0


def edge_contrast(level: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Measure how much brighter each grain is than the film, in bands along their common edge.

    Parameters
    ----------
    level : ndarray of float32, shape (H, W)
    labels : ndarray of int32, shape (H, W)
        Grains 1…n; 0 is film.

    Returns
    -------
    ndarray of float64, shape (n + 1,)
        Mean inside minus mean outside; infinite where a grain meets no film,
        and for film itself.

    Examples
    --------
    >>> labels = np.zeros((9, 9), np.int32)
    >>> labels[3:6, 3:6] = 1
    >>> edge_contrast(labels.astype(np.float32) * 0.5, labels).tolist()
    [inf, 0.5]
    """
    n = int(labels.max()) + 1
    window = np.ones((2 * _BAND_PX + 1, 2 * _BAND_PX + 1), np.uint8)
    film = labels == 0
    # Where bands of two grains overlap, the higher number gets the pixel: no bias in brightness.
    nearest = cv2.dilate(labels.astype(np.float32), window).astype(np.int32)
    outer = np.where(film, nearest, 0)
    inner = np.where(cv2.dilate(film.astype(np.uint8), window) > 0, labels, 0)
    means = []
    for band in (inner, outer):
        count = np.bincount(band.ravel(), minlength=n)
        total = np.bincount(band.ravel(), level.ravel().astype(np.float64), n)
        means.append(np.where(count > 0, total / np.maximum(count, 1), np.nan))
    contrast = np.asarray(means[0] - means[1])
    contrast[0] = np.inf
    return np.where(np.isfinite(contrast), contrast, np.inf)


def least_contrast(labels: NDArray[np.int32], deviation: float) -> NDArray[np.float64]:
    """Return the contrast that each grain needs to be seen, shape (n + 1,).

    A grain of A pixels stands out by contrast·√A/noise, a wide one along its
    edge by contrast/noise.

    Examples
    --------
    >>> labels = np.ones((10, 10), np.int32)
    >>> least_contrast(labels, 0.1).round(3).tolist()
    [0.7, 0.1]
    """
    area = np.maximum(np.bincount(labels.ravel()), 1)
    return np.maximum(deviation * np.maximum(_LEAST_OF_NOISE, _DETECTION / np.sqrt(area)), _LEAST)


def contact_visibility(level: NDArray[np.float32], labels: NDArray[np.int32]) -> float:
    """Return how much the picture varies across the lines along which grains touch.

    A line, or a step between two grains, is seen along its length once this is
    about the noise of a pixel; infinite where no grains touch.

    Parameters
    ----------
    level : ndarray of float32, shape (H, W)
    labels : ndarray of int32, shape (H, W)

    Returns
    -------
    float
        Median over contact pixels of the standard deviation in 5 × 5 px, over
        the contacts' share of all outlines: few contacts need not be seen, the
        outline beside them tells where one grain ends.

    Examples
    --------
    >>> halves = np.repeat([[1, 1, 1, 1, 2, 2, 2, 2]], 8, axis=0).astype(np.int32)
    >>> round(contact_visibility(halves.astype(np.float32), halves), 2)
    0.49
    >>> contact_visibility(np.zeros((2, 2), np.float32), np.zeros((2, 2), np.int32))
    inf
    """
    contact = contacts(labels)
    if not contact.any():
        return np.inf
    mean = cv2.blur(level, (5, 5))
    variance = cv2.blur(level * level, (5, 5)) - mean * mean
    outlines = borders(labels) & (labels > 0)
    share = min(2 * np.count_nonzero(contact) / np.count_nonzero(outlines), 1.0)
    return float(np.sqrt(np.maximum(np.median(variance[contact]), 0.0)) / share)
