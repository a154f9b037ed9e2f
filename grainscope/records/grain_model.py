"""The learnt part of the default segmentation: plain arrays that a few lines can apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze, record

if TYPE_CHECKING:
    from numpy.typing import NDArray


@record
class PixelNetwork:
    """A perceptron that tells film, rim and core: x → max(0, x W + b) → … → softmax.

    Attributes
    ----------
    features : tuple of str
        Names of the F pixel features that it reads.
    mean, scale : ndarray of float32, shape (F,)
        Features enter as (x − mean) / scale.
    weights : tuple of ndarray of float32
        Shapes (F, K1), (K1, K2), …, (Kn, 3).
    offsets : tuple of ndarray of float32
        Shapes (K1,), …, (3,).
    """

    features: tuple[str, ...]
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: tuple[NDArray[np.float32], ...]
    offsets: tuple[NDArray[np.float32], ...]

    def __post_init__(self) -> None:
        freeze(self, "mean", 1, np.float32, len(self.features))
        freeze(self, "scale", 1, np.float32, len(self.features))
        width = len(self.features)
        for weight, offset in zip(self.weights, self.offsets, strict=True):
            if weight.ndim != 2 or weight.shape != (width, *offset.shape):
                raise ValueError(
                    f"PixelNetwork: a layer of {weight.shape} and {offset.shape} on {width} inputs"
                )
            width = len(offset)
        if width != 3:
            raise ValueError(f"PixelNetwork: {width} outputs, expected film, rim and core")


@record
class BoostedTrees:
    """A sum of T regression trees with N nodes in all; x[feature] ≤ threshold goes left.

    Attributes
    ----------
    features : tuple of str
        Names of the F columns that it reads.
    root : ndarray of int32, shape (T,)
        First node of each tree.
    feature : ndarray of int32, shape (N,)
        Column that a node looks at; −1 marks a leaf.
    threshold : ndarray of float64, shape (N,)
    left, right : ndarray of int32, shape (N,)
        Nodes that follow, both later than the node itself.
    value : ndarray of float64, shape (N,)
        What a leaf adds.
    offset : float
        Added once.
    """

    features: tuple[str, ...]
    root: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    offset: float

    def __post_init__(self) -> None:
        freeze(self, "root", 1, np.int32)
        freeze(self, "feature", 1, np.int32)
        n_nodes = len(self.feature)
        freeze(self, "threshold", 1, np.float64, n_nodes)
        freeze(self, "left", 1, np.int32, n_nodes)
        freeze(self, "right", 1, np.int32, n_nodes)
        freeze(self, "value", 1, np.float64, n_nodes)
        inner = np.flatnonzero(self.feature >= 0)
        below = np.stack([self.left[inner], self.right[inner]])
        if (below <= inner).any() or (below >= n_nodes).any():
            raise ValueError("BoostedTrees: a node must point at later nodes of the table")
        if (self.feature >= len(self.features)).any():
            raise ValueError("BoostedTrees: a node looks at a column that has no name")
        if ((self.root < 0) | (self.root >= n_nodes)).any():
            raise ValueError("BoostedTrees: a root outside the table of nodes")


@record
class GrainModel:
    """A saved segmenter of the default method.

    Attributes
    ----------
    network : PixelNetwork
        One source of candidates, and evidence for their scores.
    first_score : BoostedTrees
        Expected IoU of a candidate by itself.
    second_score : BoostedTrees
        Expected IoU of a candidate seen among the others.
    cut_log10_area_px, cut_score : ndarray of float64, shape (K,)
        Score above which a candidate may be a grain, piecewise linear in log10 area.
    found_score, found_iou : ndarray of float64, shape (L,)
        Mean IoU of chosen grains by their score: the calibration of the confidence.
    trained_on : tuple of str
        Names of the sets of images.
    seed : int
        Of everything random in the training.
    found_sd : ndarray of float64, shape (L,), or None
        Standard deviation of that IoU within one image, at ``found_score``; None
        where it was not measured.
    image_sd : float
        Standard deviation from image to image of the mean distance between IoU
        and calibration, in units of ``found_sd``.
    outline_sd : float
        Standard deviation from image to image of the IoU that an outline gains,
        against its score, per natural logarithm of area by which it is wider.
    """

    network: PixelNetwork
    first_score: BoostedTrees
    second_score: BoostedTrees
    cut_log10_area_px: NDArray[np.float64]
    cut_score: NDArray[np.float64]
    found_score: NDArray[np.float64]
    found_iou: NDArray[np.float64]
    trained_on: tuple[str, ...]
    seed: int
    found_sd: NDArray[np.float64] | None = None
    image_sd: float = 0.0
    outline_sd: float = 0.0

    def __post_init__(self) -> None:
        freeze(self, "cut_log10_area_px", 1, np.float64)
        freeze(self, "cut_score", 1, np.float64, len(self.cut_log10_area_px))
        freeze(self, "found_score", 1, np.float64)
        freeze(self, "found_iou", 1, np.float64, len(self.found_score))
        if self.found_sd is not None:
            freeze(self, "found_sd", 1, np.float64, len(self.found_score))
        for name in ("cut_score", "found_score"):
            if not len(getattr(self, name)):
                raise ValueError(f"GrainModel: {name} is empty, expected at least one point")
