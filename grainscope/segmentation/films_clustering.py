"""One clustering for many films, each of which counts alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records import ClusterModel
from grainscope.segmentation.clustering import brightest_group, fit_gaussian_mixture, fit_kmeans
from grainscope.segmentation.features import pixel_features
from grainscope.segmentation.histogram import joint_histogram

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from grainscope.settings import SegmentationSettings

#: What the fast method looks at. 30 px holds film beside all but the largest grains and follows
#: charging, thickness and the dim small grains between bright large ones (decision 0001).
FAST_FEATURES = ("intensity", "contrast_30px")
_ROUNDING = 1e-5
_FIT = {"kmeans": fit_kmeans, "gaussian_mixture": fit_gaussian_mixture}


def fit_films(
    films: Iterable[tuple[str, NDArray[np.float32]]], settings: SegmentationSettings
) -> ClusterModel:
    """Fit a clustering to the joint histogram of films, taken one after the other.

    Parameters
    ----------
    films : iterable of (str, ndarray of float32 of shape (H, W))
        Names, and preprocessed grey levels with grains bright. A film of one
        grey level tells nothing and is passed over.
    settings : SegmentationSettings
        ``clustering`` and ``n_classes`` are used.

    Returns
    -------
    ClusterModel
        Trained on all films that tell something.

    Raises
    ------
    ValueError
        No film has more than one grey level.

    Examples
    --------
    >>> from grainscope.settings import SegmentationSettings
    >>> film = np.full((60, 80), 40, np.float32)
    >>> film[20:40, 10:30] = 200
    >>> fit_films([("one", film), ("two", film.T)], SegmentationSettings()).trained_on
    ('one', 'two')
    """
    names: list[str] = []
    weight: NDArray[np.float64] | float = 0.0
    for name, film in films:
        if not is_constant(film):
            histogram = joint_histogram(*pixel_features(film, FAST_FEATURES))
            names.append(name)
            weight = weight + histogram.weight
    if not names:
        raise ValueError("no film has more than one grey level")
    share = np.asarray(weight) / len(names)
    cells = np.flatnonzero(share)
    return fit_classes(histogram.centres(cells), share[cells], settings, tuple(names))


def fit_classes(
    points: NDArray[np.float64],
    weight: NDArray[np.float64],
    settings: SegmentationSettings,
    names: tuple[str, ...],
) -> ClusterModel:
    """Cluster weighted points of ``FAST_FEATURES`` and tell which classes are grain."""
    clusters = _FIT[settings.clustering](points, weight, settings.n_classes)
    first_grain = brightest_group(clusters)
    return ClusterModel(
        clustering=settings.clustering,
        features=FAST_FEATURES,
        means=clusters.means,
        covariances=clusters.covariances,
        weights=clusters.weights,
        grain_classes=tuple(range(first_grain, len(clusters.weights))),
        trained_on=names,
    )


def is_constant(film: NDArray[np.float32]) -> bool:
    """Whether the film has one grey level but for the rounding of the steps before."""
    return is_one_level(float(film.min()), float(film.max()))


def is_one_level(low: float, high: float) -> bool:
    """Whether the smallest and the largest grey level differ by no more than rounding."""
    return high - low <= _ROUNDING * max(abs(low), abs(high))
