"""Labels that another program saved, as an edit of those that were there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.edits.numbering import check_new
from grainscope.edits.patch import patch_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Edit, Frame


def adopt(
    labels: NDArray[np.int32], other: NDArray[np.int32], next_label: int, frame: Frame
) -> Edit:
    """Return the edit that takes labels to those of another image, whose numbers mean nothing.

    A grain keeps its label where it and one region of the other image are each
    the one that shares the most pixels with the other; regions without such a
    partner get new labels in the order in which rows meet them.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Stable labels, 0 is film.
    other : ndarray of int32, shape (H, W)
        Whole numbers from 0; each 8-connected piece of a number is a grain.
    next_label : int
        First label never used.
    frame : Frame
        What ``other`` has outside is left out.

    Returns
    -------
    Edit
        Of kind ``"draw"``; ``grains`` are those that are no longer there.

    Raises
    ------
    ValueError
        The shapes differ.

    Examples
    --------
    >>> from grainscope.records import Frame
    >>> labels, other = np.array([[9, 9, 0, 0, 4]], np.int32), np.array([[0, 1, 0, 3, 0]], np.int32)
    >>> adopt(labels, other, 10, Frame.whole((1, 5))).runs
    array([[ 0,  0,  1,  0],
           [ 0,  3,  4, 10],
           [ 0,  4,  5,  0]], dtype=int32)
    """
    from skimage.measure import label

    if labels.shape != other.shape:
        raise ValueError(f"labels: got {other.shape}, expected {labels.shape}")
    patch = patch_at(labels, (0, labels.shape[0], 0, labels.shape[1]))
    inside = np.zeros_like(other)
    inside[frame.slices] = other[frame.slices]
    pieces = label(inside, connectivity=2)
    number = _partners(pieces, labels)
    new = np.flatnonzero(number == 0)[1:]
    check_new(next_label, max(len(new), 1))
    number[new] = next_label + np.arange(len(new))
    patch.after[...] = number[pieces]
    gone = np.setdiff1d(labels, number)
    return patch.edit("draw", gone[gone > 0].tolist(), {"labels_of": "another program"})


def _partners(pieces: NDArray[np.int32], labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the label of each piece that has a partner, 0 for others and for film."""
    n_pieces = int(pieces.max(initial=0))
    both = (pieces > 0) & (labels > 0)
    codes = pieces[both].astype(np.int64) << 32 | labels[both]
    pairs, shared = np.unique(codes, return_counts=True)
    piece, grain = pairs >> 32, pairs & 0xFFFFFFFF
    best_of_piece, best_of_grain = (_best(keys, shared) for keys in (piece, grain))
    mutual = best_of_piece & best_of_grain
    number = np.zeros(n_pieces + 1, np.int64)
    number[piece[mutual]] = grain[mutual]
    return number


def _best(keys: NDArray[np.int64], shared: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the pair of each key that shares the most, the first of equals."""
    order = np.lexsort((np.arange(len(keys)), -shared, keys))
    best = np.zeros(len(keys), np.bool_)
    best[order[np.unique(keys[order], return_index=True)[1]]] = True
    return best
