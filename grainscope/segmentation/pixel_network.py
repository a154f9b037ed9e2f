"""A small network that tells background, rim and core of grains, pixel by pixel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from grainscope.segmentation.pixel_features import stacked_pixel_features
from grainscope.segmentation.pixel_network_kernel import add_products

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import PixelNetwork

#: Scaled features are cut to as much on either side of zero, in training as here.
MAX_Z = 8
#: Rows of the feature matrix at a time: the result must not depend on how many threads share them.
_CHUNK = 1 << 14


def pixel_maps(
    film: NDArray[np.float32], network: PixelNetwork, n_threads: int = 2
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Probability of grain (rim or core) and of core at each pixel, each of shape (H, W).

    No matrix product of a library is used: its last bit depends on how many threads it has,
    which other images at work can change.
    """
    features = stacked_pixel_features(film)
    points = features.reshape(-1, features.shape[-1])
    out = np.empty((len(points), 2), np.float32)
    layers = list(zip(network.weights, network.offsets, strict=True))

    def one(start: int) -> None:
        x = (points[start : start + _CHUNK] - network.mean) / network.scale
        np.clip(x, -MAX_Z, MAX_Z, out=x)
        for layer, (weight, offset) in enumerate(layers, start=1):
            y = np.empty((len(x), len(offset)), np.float32)
            add_products(x, weight, offset, layer < len(layers), y)
            x = y
        x = np.exp(x - x.max(axis=1, keepdims=True))
        x /= x.sum(axis=1, keepdims=True)
        out[start : start + _CHUNK, 0] = 1 - x[:, 0]
        out[start : start + _CHUNK, 1] = x[:, 2]

    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(one, range(0, len(points), _CHUNK)))
    maps = out.reshape(*film.shape, 2)
    return np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1])
