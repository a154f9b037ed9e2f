"""How much better wider outlines do than their scores say, and how that differs between images.

People draw around a glow in one picture and along the half height in another.
Within one image, the near-copies k of a chosen region f follow

    (IoU_k − IoU_f) − (score_k − score_f) = s ln(A_k/A_f)

with one slope s of the image; its spread from image to image is what counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.segmentation.learnt_draws import founder_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.training.score_training import Described

#: A region that is no grain has no right outline.
_LEAST_IOU = 0.4
_LEAST_COPIES = 20


class Slope(NamedTuple):
    """Slope s of one image with its standard error."""

    value: float
    error: float


def outline_slope(
    described: Described, score: NDArray[np.float64], chosen: NDArray[np.int64]
) -> Slope | None:
    """Fit the slope of one image; each family of near-copies weighs alike.

    Parameters
    ----------
    described : Described
        N candidates with their IoU.
    score : ndarray of float64, shape (N,)
        Second scores that have not seen the image.
    chosen : ndarray of int64
        Numbers of the chosen candidates.

    Returns
    -------
    Slope or None
        None where fewer than 20 near-copies tell of it.
    """
    iou, area_px = described.iou, described.listed.regions.area_px
    founder = founder_of(described.listed, score)
    told = np.isin(founder, chosen) & (iou >= 0) & (iou[founder] >= _LEAST_IOU)
    told &= area_px != area_px[founder]
    copy = np.flatnonzero(told)
    if len(copy) < _LEAST_COPIES:
        return None
    first = founder[copy]
    wider = np.log(area_px[copy] / area_px[first])
    gain = (iou[copy] - iou[first]) - (score[copy] - score[first])
    n = np.bincount(first)
    moment = np.bincount(first, wider * gain / n[first])
    square = np.bincount(first, wider**2 / n[first])
    slope = moment.sum() / square.sum()
    error = np.sqrt(((moment - slope * square) ** 2).sum()) / square.sum()
    return Slope(float(slope), float(error))


def spread_of_slopes(slopes: Sequence[Slope | None], weight: Sequence[float]) -> float:
    """Return the standard deviation of the slopes from image to image, their errors taken off.

    Examples
    --------
    >>> spread_of_slopes([Slope(-0.1, 0.0), None, Slope(0.1, 0.0)], [1.0, 1.0, 1.0])
    0.1
    """
    known = [(s.value, s.error, w) for s, w in zip(slopes, weight, strict=True) if s is not None]
    if len(known) < 2:
        return 0.0
    value, error, share = np.array(known).T
    centre = np.average(value, weights=share)
    variance = np.average((value - centre) ** 2 - error**2, weights=share)
    # d ln IoU is at most d ln area for nested outlines: more than 1 is noise of few copies.
    return float(np.sqrt(np.clip(variance, 0.0, 1.0)))
