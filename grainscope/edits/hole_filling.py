"""Film that grains enclose becomes grain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.edits.patch import distinct, patch_of
from grainscope.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from grainscope.records import Edit


def fill_holes(labels: NDArray[np.int32], grains: Iterable[int]) -> Edit:
    """Fill the holes of grains, each for itself; other grains inside a hole stay.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Stable labels, 0 is film.
    grains : iterable of int
        Which; those without holes stay as they are.

    Returns
    -------
    Edit

    Raises
    ------
    ValueError
        None is given, one of them is not there, or none has a hole.

    Examples
    --------
    >>> ring = np.ones((3, 3), np.int32)
    >>> ring[1, 1] = 0
    >>> fill_holes(ring, [1]).runs
    array([[1, 1, 2, 1]], dtype=int32)
    """
    from scipy.ndimage import find_objects

    chosen = distinct(grains)
    patch = patch_of(labels, chosen)
    number = np.zeros(max(chosen) + 1, np.int32)
    number[list(chosen)] = np.arange(1, len(chosen) + 1)
    inside = np.isin(patch.before, chosen)
    numbered = number[np.where(inside, patch.before, 0)]
    for grain, box in zip(chosen, find_objects(numbered), strict=True):
        patch.after[box][_with_holes(patch.after[box], grain)] = grain
    edit = patch.edit("fill_holes", chosen, {})
    if edit.n_pixels == 0:
        raise ValueError(f"fill holes: {', '.join(map(str, chosen[:5]))} has no hole")
    return edit


def _with_holes(labels: NDArray[np.int32], grain: int) -> NDArray[np.bool_]:
    """Return the grain with its holes but for other grains, and for film that these enclose."""
    from scipy.ndimage import binary_fill_holes

    own = labels == grain
    # Film is 4-connected where grains are 8-connected.
    filled = binary_fill_holes(own) & (own | (labels == 0))
    pieces = cv2.connectedComponents(filled.astype(np.uint8), connectivity=8)[1]
    return np.asarray(pieces == pieces[own][0])
