"""Strokes of a brush on the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.edits.box_kernel import box_of_change
from grainscope.edits.mending import mend
from grainscope.edits.patch import box_of, grown, patch_at, union

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Edit, Frame


def painted(
    labels_before: NDArray[np.int32],
    labels_after: NDArray[np.int32],
    next_label: int,
    frame: Frame,
) -> Edit:
    """Return what a brush did to the labels as an edit, mended to one region a label.

    What it painted outside the frame is left out. Of a label in several pieces
    the one that shares the most pixels with the label before keeps it, the
    others become grains; leftovers of fewer than four pixels become film. A
    label that was not there before, whatever its number, becomes ``next_label``.

    Parameters
    ----------
    labels_before, labels_after : ndarray of int32, shape (H, W)
        Stable labels; as they were, and as the brush left them.
    next_label : int
        First label never used.
    frame : Frame
        Where grains may be.

    Returns
    -------
    Edit
        Of kind ``"draw"``; ``grains`` are those that lost or won pixels.

    Raises
    ------
    ValueError
        The shapes differ, or nothing changed inside the frame.

    Examples
    --------
    >>> from grainscope.records import Frame
    >>> before = np.ones((1, 9), np.int32)
    >>> after = before.copy()
    >>> after[0, 4] = 0
    >>> painted(before, after, 8, Frame.whole((1, 9))).runs
    array([[0, 4, 5, 0],
           [0, 5, 9, 8]], dtype=int32)
    """
    if labels_before.shape != labels_after.shape:
        raise ValueError(f"paint: got {labels_after.shape}, expected {labels_before.shape}")
    changed = box_of_change(labels_before, labels_after)
    changed = _cut(changed, frame)
    if changed[0] >= changed[1] or changed[2] >= changed[3]:
        raise ValueError("paint: nothing changed inside the frame")
    rows, columns = slice(*changed[:2]), slice(*changed[2:])
    old, new = labels_before[rows, columns], labels_after[rows, columns]
    at = old != new
    touched = np.union1d(old[at], new[at])
    touched = touched[touched > 0]
    elsewhere = np.setdiff1d(touched, old)
    box, unknown = box_of(labels_before, elsewhere.tolist())
    here = grown(labels_before, changed, np.intersect1d(touched, old).tolist())
    patch = patch_at(labels_before, union(box, here))
    inner = rows.start - patch.row, columns.start - patch.column
    patch.after[inner[0] :, inner[1] :][: new.shape[0], : new.shape[1]] = new
    mend(patch, touched.tolist(), next_label)
    grains = [grain for grain in touched.tolist() if grain not in unknown]
    return patch.edit("draw", grains, {"brush": True})


def _cut(box: NDArray[np.int64], frame: Frame) -> NDArray[np.int64]:
    """Return the part of a box inside the frame."""
    return np.array(
        [
            max(box[0], frame.row_start),
            min(box[1], frame.row_stop),
            max(box[2], frame.column_start),
            min(box[3], frame.column_stop),
        ]
    )
