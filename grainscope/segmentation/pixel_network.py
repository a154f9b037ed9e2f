"""A small network that tells background, rim and core of grains, pixel by pixel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from grainscope.segmentation.pixel_features import stacked_pixel_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import PixelNetwork

#: Rows of the feature matrix at a time: the result must not depend on how many threads share them.
_CHUNK = 1 << 14


def pixel_maps(
    film: NDArray[np.float32], network: PixelNetwork, n_threads: int = 2
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Probability of grain (rim or core) and of core at each pixel, each of shape (H, W)."""
    features = stacked_pixel_features(film)
    points = features.reshape(-1, features.shape[-1])
    out = np.empty((len(points), 2), np.float32)

    def one(start: int) -> None:
        x = (points[start : start + _CHUNK] - network.mean) / network.scale
        np.clip(x, -8, 8, out=x)
        for weight, offset in zip(network.weights[:-1], network.offsets[:-1], strict=True):
            x = np.maximum(x @ weight + offset, 0)
        x = x @ network.weights[-1] + network.offsets[-1]
        x = np.exp(x - x.max(axis=1, keepdims=True))
        x /= x.sum(axis=1, keepdims=True)
        out[start : start + _CHUNK, 0] = 1 - x[:, 0]
        out[start : start + _CHUNK, 1] = x[:, 2]

    with threadpool_limits(1), ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(one, range(0, len(points), _CHUNK)))
    maps = out.reshape(*film.shape, 2)
    return np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1])
