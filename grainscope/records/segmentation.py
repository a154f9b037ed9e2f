"""Grains as labels, and the clustering that found them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze, record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records.micrograph import Frame, PixelSize


@record
class ClusterModel:
    """A fitted clustering of pixels: plain arrays that a few lines can apply.

    Classes are ordered by mean intensity, so equal input gives equal output.

    Attributes
    ----------
    clustering : str
        ``"gaussian_mixture"`` or ``"kmeans"``.
    features : tuple of str
        Names of the F pixel features, as ``segmentation`` knows them.
    means : ndarray of float64, shape (K, F)
        Class centres in scaled feature units.
    covariances : ndarray of float64, shape (K, F, F)
        Class covariances; for k-means the pooled variance times the identity.
    weights : ndarray of float64, shape (K,)
        Class fractions; sum to 1.
    grain_classes : tuple of int
        Which classes are grain, the rest is background.
    trained_on : tuple of str
        Names of the images it was fitted to.
    """

    clustering: str
    features: tuple[str, ...]
    means: NDArray[np.float64]
    covariances: NDArray[np.float64]
    weights: NDArray[np.float64]
    grain_classes: tuple[int, ...]
    trained_on: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        freeze(self, "means", 2, np.float64)
        classes, features = self.means.shape
        freeze(self, "covariances", 3, np.float64, classes)
        freeze(self, "weights", 1, np.float64, classes)
        if features != len(self.features) or self.covariances.shape[1:] != (features, features):
            raise ValueError(
                f"ClusterModel: means {self.means.shape}, covariances {self.covariances.shape} "
                f"and {len(self.features)} features do not belong together"
            )


@record
class Segmentation:
    """Which pixel belongs to which grain.

    Attributes
    ----------
    labels : ndarray of int32, shape (H, W)
        0 is background, 1…n are the grains without gaps; same shape as the
        input image, 0 outside the frame. Each label is one 8-connected region.
    pixel_size : PixelSize
        Carried over from the micrograph.
    frame : Frame
        Carried over from the micrograph.
    model : ClusterModel or None
        The clustering that was used, where there was one.
    warnings : tuple of str
        What a user should know of this segmentation.
    confidence : ndarray of float64, shape (n,), or None
        Expected IoU of each grain with the one a person would draw, by the
        default method; None where nothing is known of it.
    """

    labels: NDArray[np.int32]
    pixel_size: PixelSize
    frame: Frame
    model: ClusterModel | None = None
    warnings: tuple[str, ...] = ()
    confidence: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        freeze(self, "labels", 2, np.int32)
        if self.confidence is not None:
            freeze(self, "confidence", 1, np.float64, self.n_grains)

    @property
    def film_labels(self) -> NDArray[np.int32]:
        """Labels inside the frame, a view of shape ``frame.shape_px``."""
        return self.labels[self.frame.slices]

    @property
    def n_grains(self) -> int:
        """Number of grains n."""
        return int(self.labels.max(initial=0))
