"""Candidate regions of one image: level sets, clustering posteriors and their splits.

The candidates overlap and nest. Nearly every grain of a micrograph is among
them with a good outline; the score and the selection say which ones to keep.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.segmentation.clustering import fit_kmeans
from grainscope.segmentation.features import local_contrast, scale_to_unit
from grainscope.segmentation.histogram import joint_histogram
from grainscope.segmentation.pixel_features import blurred
from grainscope.segmentation.region_collector import RegionCollector
from grainscope.segmentation.split import hierarchical_split, split_by_distance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.segmentation.region_runs import Regions

#: Smallest candidate; below it an outline has no shape.
MIN_AREA_PX = 8
#: Largest candidate as share of the image.
_MAX_SHARE = 0.2
#: Levels of a grey-level image: half at equal shares of pixels, half at equal steps.
_N_LEVELS = 28
_GRAIN_LEVELS = np.linspace(0.1, 0.95, 18)
_CORE_LEVELS = np.linspace(0.1, 0.9, 9)
#: Neck depths of the distance map, and saddle depths of brightness, at which parts separate.
_NECKS = (0.15, 0.35, 0.6)
_GRAIN_CUTS = (0.35, 0.5, 0.7)
_WATERSHED_CUT = 0.4


def find_candidates(
    film: NDArray[np.float32], grain: NDArray[np.float32], core: NDArray[np.float32]
) -> Regions:
    """Gather regions from every source, each pixel set once.

    Sources: connected regions above many levels of the film at three blurs, of
    the local contrast over 10 and 30 px, and of the pixel network's maps;
    k-means classes of intensity and contrast, and the maps at a few levels,
    split at the necks of their distance map; basins of the core map and of
    the brightness inside the grain map.

    Parameters
    ----------
    film : ndarray of float32, shape (H, W)
        Grey levels scaled by :func:`scale_to_unit`.
    grain, core : ndarray of float32, shape (H, W)
        Probability of grain and of the inner part of one, 0…1.

    Returns
    -------
    Regions
        8-connected, from 8 px to a fifth of the image.
    """
    limits = (MIN_AREA_PX, max(int(_MAX_SHARE * film.size), MIN_AREA_PX + 1))
    collector, parts = RegionCollector(*limits), RegionCollector(*limits)
    blurs = film, blurred(film, 1.4), blurred(film, 3.0)
    contrasts = [local_contrast(blurred(film, 0.8), 10.0), local_contrast(blurs[1], 30.0)]
    with ThreadPoolExecutor(1) as beside:
        splitting = beside.submit(_add_parts, parts, blurs, contrasts, grain, core)
        for image in blurs:
            collector.add_levels(image, _levels(image, _N_LEVELS))
        for image in contrasts:
            collector.add_levels(image, _levels(image, _N_LEVELS // 2))
        collector.add_levels(grain, _GRAIN_LEVELS)
        collector.add_levels(core, _CORE_LEVELS)
        splitting.result()
    collector.add_collected(parts)
    return collector.regions()


def _add_parts(
    collector: RegionCollector,
    blurs: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    contrasts: list[NDArray[np.float32]],
    grain: NDArray[np.float32],
    core: NDArray[np.float32],
) -> None:
    film, soft, softer = blurs
    for mask in _masks(film, contrasts, grain):
        for parts in split_by_distance(mask, _NECKS, MIN_AREA_PX):
            collector.add_labels(parts)
    inside = grain > _WATERSHED_CUT
    inner = np.asarray(cv2.GaussianBlur(core + np.float32(0.5) * grain, (0, 0), 1.0), np.float32)
    for height, depths in ((inner, (0.1, 0.3)), (soft, (0.06, 0.15)), (softer, (0.06,))):
        for parts in hierarchical_split(inside, height - height.min(), depths, MIN_AREA_PX):
            collector.add_labels(parts)


def _levels(image: NDArray[np.float32], n: int) -> NDArray[np.float64]:
    ordered = np.sort(image.ravel()[::7])
    share = (np.linspace(0.02, 0.995, n) * (len(ordered) - 1)).astype(int)
    low, high = ordered[int(0.01 * len(ordered))], ordered[int(0.998 * len(ordered))]
    steps = np.linspace(low, high, n + 2)[1:-1]
    return np.unique(np.concatenate([ordered[share], steps]).astype(np.float64))


def _masks(
    film: NDArray[np.float32], contrasts: list[NDArray[np.float32]], grain: NDArray[np.float32]
) -> Iterator[NDArray[np.bool_]]:
    for cut in _GRAIN_CUTS:
        yield grain > cut
    for n_classes in (2, 3):
        for cut in _class_bounds(film, n_classes):
            yield film > cut
    for contrast in contrasts:
        scaled = scale_to_unit(contrast)
        yield scaled > _class_bounds(scaled, 2)[-1]


def _class_bounds(scaled: NDArray[np.float32], n_classes: int) -> list[float]:
    """Midpoints between the k-means centres of one feature."""
    histogram = joint_histogram([scaled])
    cells = np.flatnonzero(histogram.weight)
    clusters = fit_kmeans(histogram.centres(cells), histogram.weight[cells], n_classes)
    centres = clusters.means[:, 0]
    return [float(bound) for bound in (centres[1:] + centres[:-1]) / 2] or [float(centres[0])]
