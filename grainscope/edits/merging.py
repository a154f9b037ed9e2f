"""Several grains become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.edits.patch import distinct, patch_of
from grainscope.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from grainscope.records import Edit

    Mask = NDArray[np.bool_]


def merge(labels: NDArray[np.int32], grains: Iterable[int]) -> Edit:
    """Merge grains into the one of the smallest label.

    Where they do not touch, the film straight between them becomes grain too:
    all pixels whose distances to the two pieces add up to the shortest way
    between them, within a pixel. A crack along a facet is filled along the
    facet; two discs are joined by a strip.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Stable labels, 0 is film.
    grains : iterable of int
        Two or more.

    Returns
    -------
    Edit

    Raises
    ------
    ValueError
        Fewer than two, one of them is not there, or another grain lies between them.

    Examples
    --------
    >>> merge(np.array([[4, 0, 0, 2, 0, 7]], np.int32), [4, 2]).runs
    array([[0, 0, 3, 2]], dtype=int32)
    """
    chosen = distinct(grains)
    if len(chosen) < 2:
        raise ValueError(f"merge: got {len(chosen)} grains, expected 2 or more")
    patch = patch_of(labels, chosen)
    whole = np.isin(patch.before, chosen)
    film = patch.before == 0
    pieces = _pieces(whole)
    while pieces.max(initial=0) > 1:
        whole |= _bridge(pieces, film)
        pieces = _pieces(whole)
    patch.after[whole] = chosen[0]
    return patch.edit("merge", chosen, {})


def _bridge(pieces: NDArray[np.int32], film: Mask) -> Mask:
    """Return the strip from the first piece to the nearest one that film alone parts from it."""
    to_first = _distance_px(pieces == 1)
    others = np.arange(2, pieces.max() + 1)
    gaps_px = [to_first[pieces == other].min() for other in others]
    for index in np.argsort(gaps_px, kind="stable"):
        target = pieces == others[index]
        way_px = to_first + _distance_px(target)
        strip = film & (way_px <= gaps_px[index] + 1.0)
        joined = _pieces(strip | (pieces == 1) | target)
        tree = joined[pieces == 1][0]
        if joined[target][0] == tree:
            return np.asarray(strip & (joined == tree))
    raise ValueError("merge: other grains lie between these; merge those too")


def _pieces(mask: Mask) -> NDArray[np.int32]:
    pieces: NDArray[Any] = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[1]
    return pieces


def _distance_px(mask: Mask) -> NDArray[np.float32]:
    outside = (~mask).astype(np.uint8)
    distance: NDArray[np.float32] = cv2.distanceTransform(
        outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    return distance
