"""How good a candidate is: its best IoU with a true grain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.scoring import IGNORE_LABEL
from grainscope.training.candidate_truth_kernel import best_ious

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.segmentation.region_runs import Regions


def best_iou(regions: Regions, labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Best IoU of each region with a true grain; −1 where the truth does not say.

    Parameters
    ----------
    regions : Regions
        N regions.
    labels : ndarray of int32, shape (H, W)
        0 is film, 65535 is not scored.

    Returns
    -------
    ndarray of float64, shape (N,)

    Examples
    --------
    >>> from grainscope.segmentation.region_runs import Regions
    >>> row = Regions(np.array([0, 1]), *np.array([[0], [1], [4]], "i4"), np.array([3]))
    >>> best_iou(row, np.array([[7, 7, 7, 0, 0]], np.int32))
    array([0.5])
    """
    known = labels != IGNORE_LABEL
    value, number = np.unique(np.where(known, labels, 0), return_inverse=True)
    number = number.reshape(labels.shape) + (0 if value[0] == 0 else 1)
    number[~known] = -1
    area = np.bincount(number[known].ravel(), minlength=2)
    return np.asarray(
        best_ious(regions.first, regions.row, regions.left, regions.right, number, area), np.float64
    )
