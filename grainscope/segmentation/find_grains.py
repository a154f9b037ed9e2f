"""The stage's verb: from a preprocessed micrograph to numbered grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import ModelError
from grainscope.records import ClusterModel, Segmentation
from grainscope.segmentation.clean_up import (
    connected_parts,
    drop_weak_outlines,
    fill_small_holes,
)
from grainscope.segmentation.clustering import (
    Clusters,
    brightest_group,
    fit_gaussian_mixture,
    fit_kmeans,
    posterior,
)
from grainscope.segmentation.features import pixel_features
from grainscope.segmentation.histogram import JointHistogram, joint_histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Micrograph
    from grainscope.settings import SegmentationSettings

#: What each method looks at. 30 px holds film beside all but the largest grains and follows
#: charging, thickness and the dim small grains between bright large ones (decision 0001).
_FEATURES = {"default": ("intensity", "contrast_30px"), "fast": ("intensity",)}
_ROUNDING = 1e-5
_FIT = {"kmeans": fit_kmeans, "gaussian_mixture": fit_gaussian_mixture}


def segment(
    micrograph: Micrograph, settings: SegmentationSettings, model: ClusterModel | None = None
) -> Segmentation:
    """Find the grains: cluster the pixels, clean the mask, split what only touches.

    Parameters
    ----------
    micrograph : Micrograph
        Preprocessed: grains bright, shape (H, W).
    settings : SegmentationSettings
        ``method`` chooses the features, ``clustering`` the fit.
    model : ClusterModel, optional
        A fitted clustering to apply; its features win over ``method``.

    Returns
    -------
    Segmentation
        Labels 1…n in raster order of their first pixel, 0 outside the frame,
        the clustering used (None where the film is of one grey level), and the
        warnings of the steps before.

    Raises
    ------
    ModelError
        The model asks for features that this program does not know.

    Examples
    --------
    >>> from grainscope.records import Frame, Micrograph, PixelSize
    >>> from grainscope.settings import SegmentationSettings
    >>> grey = np.full((60, 80), 40, np.float32)
    >>> grey[20:40, 10:30] = grey[20:40, 50:70] = 200
    >>> film = Micrograph("two", grey, PixelSize(5.0, 0.0, "option"), Frame.whole((60, 80)))
    >>> segment(film, SegmentationSettings()).labels[30, [0, 20, 40, 60]]
    array([0, 1, 0, 2], dtype=int32)
    """
    film = np.ascontiguousarray(micrograph.film_intensity, dtype=np.float32)
    labels = np.zeros(micrograph.intensity.shape, np.int32)
    used, grain = _grain_mask(film, settings, model, micrograph.name)
    if grain.any():
        grain = drop_weak_outlines(grain, film, settings.min_edge_strength)
        grain = fill_small_holes(grain, settings.fill_holes_area_px)
        labels[micrograph.frame.slices] = _numbered(grain, settings)
    return Segmentation(labels, micrograph.pixel_size, micrograph.frame, used, micrograph.warnings)


def _grain_mask(
    film: NDArray[np.float32],
    settings: SegmentationSettings,
    model: ClusterModel | None,
    name: str,
) -> tuple[ClusterModel | None, NDArray[np.bool_]]:
    features = model.features if model else _FEATURES[settings.method]
    try:
        histogram = joint_histogram(pixel_features(film, features))
    except ValueError as error:
        raise ModelError(f"model of {features}: {error}; train it with this version") from error
    cells = np.flatnonzero(histogram.weight)
    if model is None and not _is_constant(film):
        model = _fitted(histogram, cells, settings, name)
    if model is None or _is_constant(film):
        return model, np.zeros(film.shape, bool)
    grain_cell = np.zeros(len(histogram.weight), bool)
    grain_cell[cells] = (
        _grain_probability(histogram.centres(cells), model) > settings.grain_probability
    )
    return model, grain_cell[histogram.cell]


def _is_constant(film: NDArray[np.float32]) -> bool:
    """Whether the film has one grey level but for the rounding of the steps before."""
    low, high = float(film.min()), float(film.max())
    return high - low <= _ROUNDING * max(abs(low), abs(high))


def _fitted(
    histogram: JointHistogram,
    cells: NDArray[np.int64],
    settings: SegmentationSettings,
    name: str,
) -> ClusterModel:
    clusters = _FIT[settings.clustering](
        histogram.centres(cells), histogram.weight[cells], settings.n_classes
    )
    first_grain = brightest_group(clusters)
    return ClusterModel(
        clustering=settings.clustering,
        features=_FEATURES[settings.method],
        means=clusters.means,
        covariances=clusters.covariances,
        weights=clusters.weights,
        grain_classes=tuple(range(first_grain, len(clusters.weights))),
        trained_on=(name,),
    )


def _grain_probability(points: NDArray[np.float64], model: ClusterModel) -> NDArray[np.float64]:
    clusters = Clusters(model.means, model.covariances, model.weights)
    share = posterior(points, clusters, weighted=model.clustering == "gaussian_mixture")
    grain: NDArray[np.float64] = share[:, list(model.grain_classes)].sum(axis=1)
    if points.shape[1] > 1:
        return grain
    # A wide class also claims the far side of a narrow one, and rims with it: along
    # intensity alone, what is brighter can only be more of a grain. Points ascend.
    level, film = points[:, 0], [k for k in range(len(share[0])) if k not in model.grain_classes]
    film_level = max((float(model.means[k, 0]) for k in film), default=-np.inf)
    grain[level < film_level] = 0.0
    return np.maximum.accumulate(grain, out=grain)


def _numbered(grain: NDArray[np.bool_], settings: SegmentationSettings) -> NDArray[np.int32]:
    # Compiled code loads only when there are grains to number.
    from grainscope.segmentation.split import split_touching
    from grainscope.segmentation.split_kernels import number_in_raster_order

    if settings.split:
        part = split_touching(grain, settings.split_persistence, settings.min_area_px)
    else:
        part = connected_parts(grain)
    area_px = np.bincount(part.ravel() + 1)[1:]
    labels: NDArray[np.int32]
    labels, _ = number_in_raster_order(part, area_px >= settings.min_area_px)
    return labels
