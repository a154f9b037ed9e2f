"""The fast method: cluster the pixels, clean the mask, split what only touches."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import ModelError
from grainscope.segmentation.clean_up import (
    connected_parts,
    drop_weak_outlines,
    fill_small_holes,
)
from grainscope.segmentation.clustering import Clusters, posterior
from grainscope.segmentation.features import pixel_features
from grainscope.segmentation.films_clustering import FAST_FEATURES, fit_classes, is_constant
from grainscope.segmentation.histogram import cell_centres, joint_histogram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.records import ClusterModel
    from grainscope.settings import SegmentationSettings


def cluster_grains(
    film: NDArray[np.float32],
    settings: SegmentationSettings,
    model: ClusterModel | None,
    name: str,
) -> tuple[NDArray[np.int32], ClusterModel | None]:
    """Find grains by the clustering of pixels.

    Parameters
    ----------
    film : ndarray of float32, shape (H, W)
        Preprocessed grey levels, grains bright.
    settings : SegmentationSettings
        ``clustering`` chooses the fit.
    model : ClusterModel or None
        A fitted clustering to apply, or None to fit one to this film.
    name : str
        Of the film.

    Returns
    -------
    labels : ndarray of int32, shape (H, W)
        1…n in raster order of their first pixel, 0 on the film.
    model : ClusterModel or None
        The clustering used; None where the film is of one grey level.

    Raises
    ------
    ModelError
        The model asks for features that this program does not know.
    """
    labels = np.zeros(film.shape, np.int32)
    used, grain = _grain_mask(film, settings, model, name)
    if grain.any():
        grain = drop_weak_outlines(grain, film, settings.min_edge_strength)
        grain = fill_small_holes(grain, settings.fill_holes_area_px)
        labels = _numbered(grain, settings)
    return labels, used


def _grain_mask(
    film: NDArray[np.float32],
    settings: SegmentationSettings,
    model: ClusterModel | None,
    name: str,
) -> tuple[ClusterModel | None, NDArray[np.bool_]]:
    constant = is_constant(film)
    names = features_of(model)
    with told_as_model_error(names):
        histogram = joint_histogram(*pixel_features(film, names))
    model, grain_cell = grain_cells(histogram.weight, constant, settings, model, name)
    return model, histogram.image_of(grain_cell)


def features_of(model: ClusterModel | None) -> tuple[str, ...]:
    """Return the features that a clustering looks at, a new one where there is none yet."""
    return model.features if model else FAST_FEATURES


@contextmanager
def told_as_model_error(names: tuple[str, ...]) -> Iterator[None]:
    """Tell a user whose model asks for features that this program has not."""
    try:
        yield
    except ValueError as error:
        raise ModelError(f"model of {names}: {error}; train it with this version") from error


def grain_cells(
    weight: NDArray[np.float64],
    constant: bool,
    settings: SegmentationSettings,
    model: ClusterModel | None,
    name: str,
) -> tuple[ClusterModel | None, NDArray[np.bool_]]:
    """Tell which cells of the histogram of a film are grain, and by which clustering.

    Parameters
    ----------
    weight : ndarray of float64, shape (C,)
        Share of the pixels in each cell of the joint histogram of the features.
    constant : bool
        Whether the film is of one grey level: then nothing is grain.
    settings, model, name
        As for :func:`cluster_grains`.

    Returns
    -------
    model : ClusterModel or None
    grain_cell : ndarray of bool, shape (C,)
    """
    grain_cell = np.zeros(len(weight), bool)
    if constant:
        return model, grain_cell
    cells = np.flatnonzero(weight)
    centres = cell_centres(cells, len(features_of(model)))
    if model is None:
        model = fit_classes(centres, weight[cells], settings, (name,))
    grain_cell[cells] = _grain_probability(centres, model) > settings.grain_probability
    return model, grain_cell


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
        return split_touching(grain, settings.split_persistence, settings.min_area_px)
    part = connected_parts(grain)
    area_px = np.bincount(part.ravel() + 1)[1:]
    labels: NDArray[np.int32]
    labels, _ = number_in_raster_order(part, area_px >= settings.min_area_px)
    return labels
