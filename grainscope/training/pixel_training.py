"""Teach the pixel network what film, rim and core of a grain look like."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from grainscope.opencv import cv2
from grainscope.records import PixelNetwork
from grainscope.scoring import IGNORE_LABEL
from grainscope.segmentation.pixel_features import pixel_feature_names, stacked_pixel_features
from grainscope.segmentation.pixel_network import MAX_Z

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.training.examples import Example

FILM, RIM, CORE = 0, 1, 2
#: The core of a grain begins this far from its outline, or at this share of its inner radius.
_RIM_PX, _RIM_SHARE = 2.5, 0.6
#: Half of the pixels come from this close to an outline, where classes are hard to tell.
_NEAR_PX = 3
_PER_EXAMPLE = 3000
_LAYERS = (64, 64)
_PASSES = 14


def pixel_classes(labels: NDArray[np.int32]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Class of each pixel by its distance to the outline of its grain, and the outlines.

    Examples
    --------
    >>> labels = np.zeros((9, 9), np.int32)
    >>> labels[1:8, 1:8] = 1
    >>> pixel_classes(labels)[0][4]
    array([0, 1, 1, 2, 2, 2, 1, 1, 0], dtype=uint8)
    """
    ringed = np.pad(labels, 1, mode="edge")
    height, width = labels.shape
    outline = np.zeros(labels.shape, bool)
    for dy, dx in ((0, 1), (1, 0), (1, 2), (2, 1)):
        outline |= ringed[dy : dy + height, dx : dx + width] != labels
    inside = ((labels > 0) & ~outline).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_5) + (labels > 0)
    radius = np.zeros(int(labels.max(initial=0)) + 1)
    np.maximum.at(radius, labels.ravel(), depth.ravel())
    core = (labels > 0) & (depth > np.minimum(_RIM_PX, _RIM_SHARE * radius[labels]))
    classes = np.where(core, CORE, np.where(labels > 0, RIM, FILM)).astype(np.uint8)
    return classes, outline


def train_pixel_network(examples: Sequence[Example], seed: int) -> PixelNetwork:
    """Fit the network to pixels drawn from every example alike.

    Parameters
    ----------
    examples : sequence of Example
    seed : int
        Of the sample and of the first weights.

    Returns
    -------
    PixelNetwork
        29 features, two layers of 64.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(seed)
    drawn = [_sample(example, rng) for example in examples]
    points = np.concatenate([features for features, _ in drawn])
    classes = np.concatenate([target for _, target in drawn])
    mean, scale = points.mean(axis=0), points.std(axis=0) + np.float32(1e-6)
    network = MLPClassifier(
        _LAYERS, batch_size=1024, max_iter=_PASSES, alpha=1e-5, learning_rate_init=2e-3,
        random_state=seed, tol=0, n_iter_no_change=_PASSES,
    )  # fmt: skip
    # One thread: how a matrix product is shared out decides its last bit.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed number of passes is meant
        network.fit(np.clip((points - mean) / scale, -MAX_Z, MAX_Z), classes)
    return PixelNetwork(
        pixel_feature_names(),
        mean,
        scale,
        tuple(weight.astype(np.float32) for weight in network.coefs_),
        tuple(offset.astype(np.float32) for offset in network.intercepts_),
    )


def _sample(
    example: Example, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    known = example.labels != IGNORE_LABEL
    classes, outline = pixel_classes(np.where(known, example.labels, 0))
    square = np.ones((2 * _NEAR_PX + 1,) * 2, np.uint8)
    near = np.flatnonzero(known & (cv2.dilate(outline.astype(np.uint8), square) > 0))
    half = _PER_EXAMPLE // 2
    pixels = np.concatenate(
        [
            rng.choice(near, min(len(near), half), replace=False) if len(near) else near,
            rng.choice(np.flatnonzero(known), half),
        ]
    )
    features = stacked_pixel_features(example.film)
    return features.reshape(-1, features.shape[-1])[pixels], classes.ravel()[pixels]
