"""Which grains of two label images lie on each other, and how well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Grey value that marks pixels of the reference as not to be scored.
IGNORE_LABEL = 65535


def best_ious(true: NDArray[np.integer], pred: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the best IoU of each found grain with a grain of the reference.

    Parameters
    ----------
    true, pred : ndarray of int, shape (H, W)
        As for :func:`grainscope.scoring.score_labels`; ``pred`` holds labels 1…n.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN for a grain of which the reference leaves half or more unscored.

    Examples
    --------
    >>> true = np.array([[1, 1, 0, 0, 65535]])
    >>> best_ious(true, np.array([[1, 1, 1, 0, 2]])).round(2)
    array([0.67,  nan])
    """
    n = int(pred.max(initial=0))
    area_px = np.bincount(pred.ravel(), minlength=n + 1)[1:]
    scored = true != IGNORE_LABEL
    known_px = np.bincount(pred[scored], minlength=n + 1)[1:].astype(np.int64)
    true_index, true_area_px = numbered(true[scored], 0)
    _, j, iou = overlaps(true_index, pred[scored].astype(np.int64), true_area_px, known_px)
    best = np.zeros(n)
    np.maximum.at(best, j, iou)
    best[2 * known_px <= area_px] = np.nan
    return best


def numbered(
    labels: NDArray[np.integer], min_area_px: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Renumber the large enough grains 1…n; return the numbers and the n areas."""
    value, place, area_px = np.unique(labels, return_inverse=True, return_counts=True)
    keep = (value != 0) & (area_px >= min_area_px)
    number = np.where(keep, np.cumsum(keep), 0)
    return number[place], area_px[keep].astype(np.int64)


def overlaps(
    true_index: NDArray[np.int64],
    pred_index: NDArray[np.int64],
    true_area_px: NDArray[np.int64],
    pred_area_px: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """List the pairs of grains that share pixels, as indices from 0, and their IoU."""
    shared = (true_index > 0) & (pred_index > 0)
    width = max(len(pred_area_px), 1)
    pair = (true_index[shared] - 1) * width + pred_index[shared] - 1
    pair, common_px = np.unique(pair, return_counts=True)
    i, j = np.divmod(pair, width)
    return i, j, common_px / (true_area_px[i] + pred_area_px[j] - common_px)
