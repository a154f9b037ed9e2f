"""The fast method made again and again, with what decides moved within its uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.segmentation.clustered import cluster_grains
from grainscope.segmentation.masked import leave_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.records import ClusterModel
    from grainscope.settings import SegmentationSettings

#: How far each setting is moved at most to either side, and where it must stay.
_MOVES = {
    "grain_probability": (0.25, 0.02, 0.98),
    "min_edge_strength": (0.15, 0.0, 1.0),
    "split_persistence": (0.25, 0.0, 1.0),
}


def cluster_grains_in_draws(
    film: NDArray[np.float32],
    settings: SegmentationSettings,
    model: ClusterModel | None,
    name: str,
    masked: NDArray[np.bool_] | None,
    seed: int,
    n_draws: int,
) -> tuple[NDArray[np.int32], ClusterModel | None, Iterator[NDArray[np.int32]]]:
    """Find grains by clustering, and again with other settings.

    Parameters
    ----------
    film, settings, model, name
        As for :func:`clustered.cluster_grains`.
    masked : ndarray of bool, shape (H, W), or None
        Pixels that belong to no grain.
    seed : int
        Of the draws.
    n_draws : int
        How many.

    Returns
    -------
    labels, model
        As :func:`clustered.cluster_grains` returns, without what is masked.
    draws : iterator of ndarray of int32, shape (H, W)
        Labels of each draw, by the same clustering.
    """

    def found(
        tried: SegmentationSettings, fitted: ClusterModel | None
    ) -> tuple[NDArray[np.int32], ClusterModel | None]:
        labels, used = cluster_grains(film, tried, fitted, name)
        if masked is not None:
            labels = leave_out(labels, masked, tried.min_area_px)
        return labels, used

    labels, used = found(settings, model)
    moved = (moved_settings(settings, seed, draw) for draw in range(n_draws if used else 0))
    return labels, used, (found(tried, used)[0] for tried in moved)


def moved_settings(settings: SegmentationSettings, seed: int, draw: int) -> SegmentationSettings:
    """Move the deciding settings, each evenly within its range.

    Examples
    --------
    >>> from grainscope.settings import SegmentationSettings
    >>> moved = moved_settings(SegmentationSettings(), 0, 1)
    >>> abs(moved.grain_probability - 0.5) <= 0.25, moved.min_area_px
    (True, 10)
    """
    rng = np.random.default_rng((seed, draw))
    changed = {}
    for name, (most, low, high) in _MOVES.items():
        value = getattr(settings, name) + rng.uniform(-most, most)
        changed[name] = float(np.clip(value, low, high))
    return settings.model_copy(update=changed)
