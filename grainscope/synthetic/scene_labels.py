"""What a label image tells of place: borders, contacts, distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray


def distance_px(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the distance of each pixel to the nearest one that is not inside.

    OpenCV's last digits depend on its number of threads; squares of distances
    are whole numbers, so rounding them gives equal bytes on every machine.

    Examples
    --------
    >>> distance_px(np.array([[False, True, True]])).tolist()
    [[0.0, 1.0, 2.0]]
    """
    rough = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.sqrt(np.rint(rough * rough)), np.float32)


def borders(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Mark the pixels that touch a pixel of another label, bare film included.

    Examples
    --------
    >>> borders(np.array([[1, 1, 1, 2, 2]], np.int32)).astype(int).tolist()
    [[0, 0, 1, 1, 0]]
    """
    marked = np.zeros(labels.shape, np.bool_)
    down, right = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    marked[1:] |= down
    marked[:-1] |= down
    marked[:, 1:] |= right
    marked[:, :-1] |= right
    return marked


def contacts(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Mark the pixels of a grain that touch a grain of a higher number.

    Examples
    --------
    >>> contacts(np.array([[1, 1, 2, 2, 0, 3]], np.int32)).astype(int).tolist()
    [[0, 1, 0, 0, 0, 0]]
    """
    highest = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8))
    return np.asarray((labels > 0) & (highest != labels))


def depth_px(labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the distance of each grain pixel to its grain's outline, 0 on bare film."""
    inner = (labels > 0) & ~borders(labels)
    depth = distance_px(inner)
    return np.where(labels > 0, depth + np.float32(0.5), np.float32(0)).astype(np.float32)
