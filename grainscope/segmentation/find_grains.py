"""The stage's verb: from a preprocessed micrograph to numbered grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import ModelError
from grainscope.records import ClusterModel, GrainModel, Segmentation
from grainscope.segmentation.clustered import cluster_grains
from grainscope.segmentation.masked import leave_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Micrograph
    from grainscope.settings import SegmentationSettings


def segment(
    micrograph: Micrograph,
    settings: SegmentationSettings,
    model: ClusterModel | GrainModel | None = None,
) -> Segmentation:
    """Find the grains, by the learnt score or by clustering alone.

    Parameters
    ----------
    micrograph : Micrograph
        Preprocessed: grains bright, shape (H, W).
    settings : SegmentationSettings
        ``method`` says how.
    model : GrainModel or ClusterModel, optional
        What the default method has learnt, or a fitted clustering, which wins
        over ``method``. Without one, ``fast`` fits a clustering to this film.

    Returns
    -------
    Segmentation
        Labels 1…n in raster order of their first pixel, 0 outside the frame and
        where the micrograph is masked; the confidence of each grain by the
        default method; the clustering used by the fast one (None where the film
        is of one grey level); the warnings of the steps before.

    Raises
    ------
    ModelError
        The default method got no model, the fast one got a grain model, or the
        model asks for features that this program does not know.

    Examples
    --------
    >>> from grainscope.records import Frame, Micrograph, PixelSize
    >>> from grainscope.settings import SegmentationSettings
    >>> grey = np.full((60, 80), 40, np.float32)
    >>> grey[20:40, 10:30] = grey[20:40, 50:70] = 200
    >>> film = Micrograph("two", grey, PixelSize(5.0, 0.0, "option"), Frame.whole((60, 80)))
    >>> segment(film, SegmentationSettings(method="fast")).labels[30, [0, 20, 40, 60]]
    array([0, 1, 0, 2], dtype=int32)
    """
    film = np.ascontiguousarray(micrograph.film_intensity, dtype=np.float32)
    masked = None if micrograph.masked is None else micrograph.masked[micrograph.frame.slices]
    confidence: NDArray[np.float64] | None = None
    used: ClusterModel | None = None
    if isinstance(model, GrainModel):
        found, confidence = _learnt(film, settings, model, masked)
    elif settings.method == "fast" or model is not None:
        found, used = cluster_grains(film, settings, model, micrograph.name)
        if masked is not None:
            found = leave_out(found, masked, settings.min_area_px)
    else:
        raise ModelError(
            "segmentation.method = 'default' needs a model: pass grainscope.load_model(), "
            "or choose method = 'fast'"
        )
    labels = np.zeros(micrograph.intensity.shape, np.int32)
    labels[micrograph.frame.slices] = found
    return Segmentation(
        labels, micrograph.pixel_size, micrograph.frame, used, micrograph.warnings, confidence
    )


def _learnt(
    film: NDArray[np.float32],
    settings: SegmentationSettings,
    model: GrainModel,
    masked: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    if settings.method == "fast":
        raise ModelError("a grain model goes with segmentation.method = 'default', got 'fast'")
    from grainscope.segmentation.learnt import label_grains

    return label_grains(film, model, settings.min_area_px, masked)
