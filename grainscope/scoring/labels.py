"""Scores of a label image against a reference: overlap, detection, size distribution.

Definitions
-----------
Intersection over union (IoU) of all grain pixels; for each threshold t the
detection score TP/(TP + FP + FN), where a true positive is a pair of grains
with IoU > t (unique in both images for t ≥ ½, so nothing has to be assigned);
its mean over t = 0.50, 0.55 … 0.95; and the Kolmogorov–Smirnov distance of the
log-area distributions. Pixels that are 65535 in the reference are not scored.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze, record
from grainscope.scoring.overlaps import IGNORE_LABEL, numbered, overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

THRESHOLDS = 0.5 + 0.05 * np.arange(10)
#: A pair that sits on a threshold above ½ counts; at ½ itself it must exceed it.
_LEVELS = np.where(THRESHOLDS > 0.5, THRESHOLDS - 1e-9, THRESHOLDS)
_AT_75 = 5


@record
class Score:
    """How well one label image agrees with its reference.

    Attributes
    ----------
    n_true, n_pred : int
        Grains in the reference and in the prediction.
    fg_iou, fg_dice : float
        Jaccard and Dice of all grain pixels against background; 1 if both are empty.
    true_positives : ndarray of int64, shape (10,)
        Matched grains at each of ``THRESHOLDS``.
    diameter_error : ndarray of float64, shape (M,)
        |d_pred − d_true| / d_true of the grains matched at IoU > ½.
    true_area_px, pred_area_px : ndarray of int64
        Areas of all grains.
    true_matched, pred_matched : ndarray of bool
        Whether each of them is matched at IoU > ½.
    """

    n_true: int
    n_pred: int
    fg_iou: float
    fg_dice: float
    true_positives: NDArray[np.int64]
    diameter_error: NDArray[np.float64]
    true_area_px: NDArray[np.int64]
    pred_area_px: NDArray[np.int64]
    true_matched: NDArray[np.bool_]
    pred_matched: NDArray[np.bool_]

    def __post_init__(self) -> None:
        freeze(self, "true_positives", 1, np.int64, len(THRESHOLDS))
        freeze(self, "diameter_error", 1, np.float64)
        freeze(self, "true_area_px", 1, np.int64, self.n_true)
        freeze(self, "pred_area_px", 1, np.int64, self.n_pred)
        freeze(self, "true_matched", 1, np.bool_, self.n_true)
        freeze(self, "pred_matched", 1, np.bool_, self.n_pred)

    @property
    def detection(self) -> NDArray[np.float64]:
        """TP/(TP + FP + FN) at each threshold; 1 where neither image has a grain."""
        return _detection(self.true_positives, self.n_true, self.n_pred)

    @property
    def ap50(self) -> float:
        """Detection score at IoU > 0.50."""
        return float(self.detection[0])

    @property
    def ap75(self) -> float:
        """Detection score at IoU > 0.75."""
        return float(self.detection[_AT_75])

    @property
    def ap(self) -> float:
        """Mean detection score over all thresholds."""
        return float(self.detection.mean())

    @property
    def count_err(self) -> float:
        """Relative error of the number of grains, signed."""
        return (self.n_pred - self.n_true) / max(self.n_true, 1)

    @property
    def dmed_err(self) -> float:
        """Relative error of the median equivalent diameter; 1 if an image has no grain."""
        if not (self.n_true and self.n_pred):
            return 1.0
        true = float(np.median(_diameter_px(self.true_area_px)))
        return abs(float(np.median(_diameter_px(self.pred_area_px))) - true) / true

    @property
    def ks(self) -> float:
        """Kolmogorov–Smirnov distance between the areas, matched or not."""
        return ks_distance(self.true_area_px, self.pred_area_px)

    def figures(self) -> dict[str, float]:
        """Return what ``grainscope evaluate`` prints per image, by name."""
        names = ("n_true", "n_pred", "fg_iou", "ap50", "ap", "count_err", "dmed_err", "ks")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class ScoreSummary:
    """Scores of a set of images: means over images, and ``pooled_`` over all grains.

    ``count_abs_err`` is the mean of |count_err|; ``d_err`` the median diameter
    error over all matched grains (NaN if none is); ``dmed_err`` a median over images.
    """

    images: int
    n_true: int
    n_pred: int
    fg_iou: float
    fg_dice: float
    ap50: float
    ap75: float
    ap: float
    pooled_ap50: float
    pooled_ap: float
    count_err: float
    count_abs_err: float
    d_err: float
    dmed_err: float
    ks: float
    pooled_ks: float

    def figures(self) -> dict[str, float]:
        """Return every field by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def score_labels(
    true: NDArray[np.integer], pred: NDArray[np.integer], min_area_px: int = 0
) -> Score:
    """Score one label image.

    Parameters
    ----------
    true : ndarray of int, shape (H, W)
        Reference; 0 is background, 65535 is not scored, any other value a grain.
    pred : ndarray of int, shape (H, W)
        Prediction.
    min_area_px : int
        Smaller grains are dropped from both.

    Returns
    -------
    Score
        The prediction's scores.

    Raises
    ------
    ValueError
        The shapes differ.

    Examples
    --------
    >>> true = np.array([[1, 1, 0, 2]])
    >>> score = score_labels(true, np.array([[5, 5, 5, 0]]))
    >>> score.fg_iou, score.ap50, score.count_err
    (0.5, 0.5, -0.5)
    """
    true, pred = np.asarray(true), np.asarray(pred)
    if true.shape != pred.shape:
        raise ValueError(f"label images of different shape: {true.shape} and {pred.shape}")
    scored = true != IGNORE_LABEL
    true_index, true_area_px = numbered(true[scored], min_area_px)
    pred_index, pred_area_px = numbered(pred[scored], min_area_px)
    both = int(np.count_nonzero((true_index > 0) & (pred_index > 0)))
    n_true_px, n_pred_px = int(true_area_px.sum()), int(pred_area_px.sum())
    either = n_true_px + n_pred_px - both
    i, j, iou = overlaps(true_index, pred_index, true_area_px, pred_area_px)
    matched = iou > 0.5
    true_d = _diameter_px(true_area_px[i[matched]])
    return Score(
        n_true=len(true_area_px),
        n_pred=len(pred_area_px),
        fg_iou=both / either if either else 1.0,
        fg_dice=2 * both / (n_true_px + n_pred_px) if either else 1.0,
        true_positives=(iou[:, None] > _LEVELS).sum(axis=0),
        diameter_error=np.abs(_diameter_px(pred_area_px[j[matched]]) - true_d) / true_d,
        true_area_px=true_area_px,
        pred_area_px=pred_area_px,
        true_matched=np.isin(np.arange(len(true_area_px)), i[matched]),
        pred_matched=np.isin(np.arange(len(pred_area_px)), j[matched]),
    )


def summarise(scores: Sequence[Score]) -> ScoreSummary:
    """Reduce the scores of several images.

    Parameters
    ----------
    scores : sequence of Score
        At least one.

    Returns
    -------
    ScoreSummary
        Means over images and pooled figures.

    Examples
    --------
    >>> one = score_labels(np.array([[1, 1, 0]]), np.array([[1, 1, 0]]))
    >>> none = score_labels(np.array([[1, 1, 0]]), np.array([[0, 0, 0]]))
    >>> both = summarise([one, none])
    >>> both.ap50, both.pooled_ap50, both.images
    (0.5, 0.5, 2)
    """

    def mean(name: str) -> float:
        return float(np.mean([getattr(score, name) for score in scores]))

    n_true = sum(score.n_true for score in scores)
    n_pred = sum(score.n_pred for score in scores)
    hits = np.sum([score.true_positives for score in scores], axis=0)
    pooled = _detection(hits, n_true, n_pred)
    errors = np.concatenate([score.diameter_error for score in scores])
    return ScoreSummary(
        images=len(scores),
        n_true=n_true,
        n_pred=n_pred,
        fg_iou=mean("fg_iou"),
        fg_dice=mean("fg_dice"),
        ap50=mean("ap50"),
        ap75=mean("ap75"),
        ap=mean("ap"),
        pooled_ap50=float(pooled[0]),
        pooled_ap=float(pooled.mean()),
        count_err=mean("count_err"),
        count_abs_err=float(np.mean([abs(score.count_err) for score in scores])),
        d_err=float(np.median(errors)) if len(errors) else float("nan"),
        dmed_err=float(np.median([score.dmed_err for score in scores])),
        ks=mean("ks"),
        pooled_ks=ks_distance(
            np.concatenate([score.true_area_px for score in scores]),
            np.concatenate([score.pred_area_px for score in scores]),
        ),
    )


def ks_distance(a: NDArray[np.integer], b: NDArray[np.integer]) -> float:
    """Largest distance between two empirical distribution functions.

    It does not change under a monotone map, so areas give what log areas give.
    Two empty samples are equal (0); one empty sample is as far as can be (1).

    Examples
    --------
    >>> ks_distance(np.array([1, 2]), np.array([2, 3]))
    0.5
    """
    if not (len(a) and len(b)):
        return 0.0 if len(a) == len(b) else 1.0
    at = np.union1d(a, b)
    share_a = np.searchsorted(np.sort(a), at, side="right") / len(a)
    share_b = np.searchsorted(np.sort(b), at, side="right") / len(b)
    return float(np.abs(share_a - share_b).max())


def _detection(hits: NDArray[np.int64], n_true: int, n_pred: int) -> NDArray[np.float64]:
    if n_true + n_pred == 0:
        return np.ones(len(hits))
    score: NDArray[np.float64] = hits / (n_true + n_pred - hits)
    return score


def _diameter_px(area_px: NDArray[np.int64]) -> NDArray[np.float64]:
    diameter: NDArray[np.float64] = 2 * np.sqrt(area_px / np.pi)
    return diameter
