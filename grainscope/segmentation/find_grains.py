"""The stage's verb: from a preprocessed micrograph to numbered grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import ModelError
from grainscope.records import ClusterModel, GrainModel, Segmentation
from grainscope.segmentation.clustered_draws import cluster_grains_in_draws

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    return segment_in_draws(micrograph, settings, model, 0, 0)[0]


def segment_in_draws(
    micrograph: Micrograph,
    settings: SegmentationSettings,
    model: ClusterModel | GrainModel | None,
    seed: int,
    n_draws: int,
) -> tuple[Segmentation, Iterator[Segmentation]]:
    """Find the grains, and find them again where what decides moves within its uncertainty.

    Parameters
    ----------
    micrograph, settings, model
        As for :func:`segment`.
    seed : int
        Of the draws.
    n_draws : int
        How many; a model that does not know its uncertainty gives none.

    Returns
    -------
    segmented : Segmentation
        What :func:`segment` returns.
    draws : iterator of Segmentation
        Made one by one as they are asked for; without confidences.

    Raises
    ------
    ModelError
        As :func:`segment` does.
    """
    film = np.ascontiguousarray(micrograph.film_intensity, dtype=np.float32)
    masked = None if micrograph.masked is None else micrograph.masked[micrograph.frame.slices]
    confidence: NDArray[np.float64] | None = None
    used: ClusterModel | None = None
    if isinstance(model, GrainModel):
        _check_method(settings)
        from grainscope.segmentation.learnt_draws import label_grains_in_draws

        found, confidence, others = label_grains_in_draws(
            film, model, settings.min_area_px, masked, seed, n_draws
        )
    elif settings.method == "fast" or model is not None:
        found, used, others = cluster_grains_in_draws(
            film, settings, model, micrograph.name, masked, seed, n_draws
        )
    else:
        raise ModelError(
            "segmentation.method = 'default' needs a model: pass grainscope.load_model(), "
            "or choose method = 'fast'"
        )
    segmented = _whole(micrograph, found, used, confidence)
    return segmented, (_whole(micrograph, other, used, None) for other in others)


def _check_method(settings: SegmentationSettings) -> None:
    if settings.method != "default":
        raise ModelError(
            f"a grain model goes with segmentation.method = 'default', got {settings.method!r}"
        )


def _whole(
    micrograph: Micrograph,
    found: NDArray[np.int32],
    used: ClusterModel | None,
    confidence: NDArray[np.float64] | None,
) -> Segmentation:
    labels = found
    if found.shape != micrograph.intensity.shape:
        labels = np.zeros(micrograph.intensity.shape, np.int32)
        labels[micrograph.frame.slices] = found
    return Segmentation(
        labels, micrograph.pixel_size, micrograph.frame, used, micrograph.warnings, confidence
    )
