"""Another segmentation of the same image: scores, and which grains only one of the two has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grainscope import files
from grainscope.scoring import IGNORE_LABEL, score_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.scoring import Score


@dataclass(frozen=True)
class Comparison:
    """How one segmentation agrees with another.

    Attributes
    ----------
    score : Score
        Of the own labels against the reference.
    missed : ndarray of int32, shape (H, W)
        Grains of the reference that match none of ours at IoU > ½, with its labels.
    spurious : ndarray of int32, shape (H, W)
        Ours that match none of the reference.
    """

    score: Score
    missed: NDArray[np.int32]
    spurious: NDArray[np.int32]

    @property
    def words(self) -> str:
        """The scores in lines."""
        score = self.score
        n_both = int(score.true_matched.sum())
        return "\n".join(
            [
                f"{n_both:,} of {score.n_true:,} grains found, {score.n_true - n_both:,} missed",
                f"{score.n_pred - n_both:,} of our {score.n_pred:,} match none there (spurious)",
                f"AP50 {score.ap50:.3f}, AP {score.ap:.3f}, IoU of all pixels {score.fg_iou:.3f}",
                f"number {score.count_err:+.1%}, median diameter {score.dmed_err:.1%} off, "
                f"KS of areas {score.ks:.3f}",
            ]
        )


def compare_labels(own: NDArray[np.int32], reference: NDArray[np.integer]) -> Comparison:
    """Score our labels against a reference.

    Parameters
    ----------
    own : ndarray of int32, shape (H, W)
        Labels with or without gaps.
    reference : ndarray of int, shape (H, W)
        Labels of the same image; 65535 is not scored.

    Raises
    ------
    ValueError
        The shapes differ.

    Examples
    --------
    >>> own, drawn = np.array([[1, 1, 0, 0, 5]]), np.array([[3, 3, 0, 4, 0]])
    >>> found = compare_labels(own, drawn)
    >>> found.missed.tolist(), found.spurious.tolist()
    ([[0, 0, 0, 4, 0]], [[0, 0, 0, 0, 5]])
    """
    score = score_labels(reference, own)
    scored = reference != IGNORE_LABEL
    return Comparison(
        score,
        missed=_only(np.where(scored, reference, 0), score.true_matched),
        spurious=_only(np.where(scored, own, 0), score.pred_matched),
    )


def _only(labels: NDArray[np.integer], matched: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Keep the grains that are not matched; ``matched`` is in the order of their labels."""
    values = np.unique(labels[labels > 0])
    kept = np.zeros(int(values.max(initial=0)) + 1, np.int32)
    kept[values[~matched]] = values[~matched]
    return np.asarray(kept[labels])


def read_reference(path: Path, shape_px: tuple[int, int]) -> NDArray[np.integer]:
    """Read the labels to compare with: a label image, or those of a result folder.

    Raises
    ------
    ResultError
        Nothing there, or no labels.
    ValueError
        Another image's: the shape differs.
    """
    labels: NDArray[np.integer]
    if path.is_dir():
        labels = files.read_result(path).segmentation.labels
    else:
        labels = files.read_drawn_labels(path)
    if labels.shape != shape_px:
        raise ValueError(
            f"{path.name}: got {labels.shape[0]} × {labels.shape[1]} px, expected "
            f"{shape_px[0]} × {shape_px[1]} as the image"
        )
    return labels
