"""Close holes of grains that show no film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fill_bright_holes(labels: NDArray[np.int32], film: NDArray[np.float32]) -> NDArray[np.int32]:
    """Fill holes inside one grain that are nearer to the grain's grey level than to the film's.

    A level set of a large grain with a flat top, shaded or charged, has holes where
    the top dips below the level. A hole that shows the film is dark and stays.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Grains, 0 between them.
    film : ndarray of float32, shape (H, W)
        Preprocessed grey levels, grains bright.

    Returns
    -------
    ndarray of int32, shape (H, W)
        A hole is a 4-connected region of zeros off the frame that borders on one
        label alone. Levels are means over the hole, over the grain, and over the zeros
        outside all holes; without such zeros nothing is filled.

    Examples
    --------
    >>> labels = np.zeros((9, 9), np.int32)
    >>> labels[1:8, 1:8] = 1
    >>> labels[2, 2] = labels[5, 5] = 0
    >>> grey = np.where(labels > 0, 100, 10).astype(np.float32)
    >>> grey[5, 5] = 80
    >>> filled = fill_bright_holes(labels, grey)
    >>> filled[5, 5], filled[2, 2]
    (np.int32(1), np.int32(0))
    """
    empty = labels == 0
    n_regions, region, stats, _ = cv2.connectedComponentsWithStats(
        empty.astype(np.uint8), connectivity=4
    )
    left, top, wide, high, area_px = stats.T
    height, width = labels.shape
    hole = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    hole[0] = False
    open_px = empty & ~hole[region]
    if not hole.any() or not open_px.any():
        return labels
    owner = _only_neighbours(labels, region, hole)
    hole &= owner > 0
    grey = grey_units(film, (float(film.min()), float(film.max())))
    hole_level = np.bincount(region.ravel(), grey.ravel(), n_regions) / np.maximum(area_px, 1)
    grain_px = np.maximum(np.bincount(labels.ravel()), 1)
    grain_level = np.bincount(labels.ravel(), grey.ravel()) / grain_px
    film_level = grey[open_px].sum() / np.count_nonzero(open_px)
    is_bright = hole_level > (grain_level[owner] + film_level) / 2
    filler = np.where(hole & is_bright, owner, 0).astype(np.int32)
    return np.asarray(np.maximum(labels, filler[region]), np.int32)


def grey_units(film: NDArray[np.float32], ends: tuple[float, float]) -> NDArray[np.float64]:
    """Return grey levels in whole millionths of the range between two ends.

    Their sums are exact, whatever the order of the pixels.

    Examples
    --------
    >>> grey_units(np.array([2.0, 4.0], np.float32), (0.0, 4.0)) / 1e6
    array([0.5, 1. ])
    """
    low, high = ends
    return np.asarray(np.rint((film.astype(np.float64) - low) * (1e6 / max(high - low, 1e-300))))


def _only_neighbours(
    labels: NDArray[np.int32], region: NDArray[np.int32], hole: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Label around each hole; 0 where there are several, and for what is no hole."""
    pairs = [np.zeros(0, np.int64)]
    n_labels = int(labels.max()) + 1
    is_hole = hole[region]
    for here, there in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:, 1:], np.s_[:, :-1]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[1:], np.s_[:-1]),
    ):
        at = is_hole[here] & (labels[there] > 0)
        pairs.append(region[here][at].astype(np.int64) * n_labels + labels[there][at])
    return only_owners(np.unique(np.concatenate(pairs)), n_labels, len(hole))


def only_owners(pairs: NDArray[np.int64], n_labels: int, n_regions: int) -> NDArray[np.int64]:
    """Return the label beside each region; 0 where there are several, or none.

    Parameters
    ----------
    pairs : ndarray of int64
        ``region * n_labels + label``, each once.
    n_labels, n_regions : int
        Labels with 0, and regions.
    """
    inner, label = np.divmod(pairs, n_labels)
    only = np.bincount(inner, minlength=n_regions) == 1
    owner = np.zeros(n_regions, np.int64)
    owner[inner] = label
    return np.where(only, owner, 0)
