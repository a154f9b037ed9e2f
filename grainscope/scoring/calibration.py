"""Whether the confidence of grains says how well they turn out to fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Reliability:
    """Confidence against what came true, in B bins of confidence.

    Attributes
    ----------
    edges : ndarray of float64, shape (B + 1,)
        Of the bins, from 0 to 1.
    count : ndarray of int64, shape (B,)
        Grains in each bin.
    confidence, iou : ndarray of float64, shape (B,)
        Their means; NaN in an empty bin.
    error : ndarray of float64, shape (B,)
        Standard error of ``iou − confidence``, grains of one picture counting as one observation.
    """

    edges: NDArray[np.float64]
    count: NDArray[np.int64]
    confidence: NDArray[np.float64]
    iou: NDArray[np.float64]
    error: NDArray[np.float64]

    @property
    def calibration_error(self) -> float:
        """Mean of |iou − confidence| over the bins, weighted by their grains; NaN without any."""
        n = int(self.count.sum())
        if not n:
            return float("nan")
        return float(np.nansum(self.count * np.abs(self.iou - self.confidence)) / n)


def reliability(
    confidence: NDArray[np.float64],
    iou: NDArray[np.float64],
    picture: NDArray[np.integer],
    n_bins: int = 10,
) -> Reliability:
    """Sort grains by confidence and compare with the IoU found.

    Parameters
    ----------
    confidence, iou : ndarray of float64, shape (N,)
        Of each grain; where the IoU is NaN it does not count.
    picture : ndarray of int, shape (N,)
        Number of each grain's picture, from 0.
    n_bins : int
        Bins of equal width.

    Returns
    -------
    Reliability

    Examples
    --------
    >>> found = reliability(np.array([0.2, 0.9]), np.array([0.0, 1.0]), np.array([0, 1]), 2)
    >>> found.iou, round(found.calibration_error, 2)
    (array([0., 1.]), 0.15)
    """
    known = np.isfinite(iou)
    confidence, iou, picture = confidence[known], iou[known], picture[known]
    edges = np.linspace(0, 1, n_bins + 1)
    bins = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, n_bins - 1)
    count = np.bincount(bins, minlength=n_bins)
    with np.errstate(invalid="ignore"):
        mean_confidence = np.bincount(bins, confidence, n_bins) / count
        mean_iou = np.bincount(bins, iou, n_bins) / count
    away = (iou - confidence) - (mean_iou - mean_confidence)[bins]
    n_pictures = int(picture.max(initial=-1)) + 1
    of_picture = np.zeros((n_bins, n_pictures))
    np.add.at(of_picture, (bins, picture), away)
    own = np.bincount(bins, away**2, n_bins)
    # One picture has no spread between pictures: then the grains' own.
    variance = np.maximum((of_picture**2).sum(axis=1), own)
    with np.errstate(invalid="ignore"):
        error = np.sqrt(variance) / count
    return Reliability(edges, count, mean_confidence, mean_iou, error)
