"""Edits onto labels, and the edits that take them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.edits.patch import Patch, patch_at
from grainscope.edits.run_kernel import paint_runs
from grainscope.records import Edit

if TYPE_CHECKING:
    from numpy.typing import NDArray


def apply_edit(labels: NDArray[np.int32], edit: Edit) -> NDArray[np.int32]:
    """Return labels with an edit made.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        As they were when the edit was made.
    edit : Edit
        From any function of this package.

    Returns
    -------
    ndarray of int32, shape (H, W)
        A new array.

    Raises
    ------
    ValueError
        The edit reaches outside the image.

    Examples
    --------
    >>> apply_edit(np.array([[1, 0, 2]], np.int32), Edit("delete", (2,), np.array([[0, 2, 3, 0]])))
    array([[1, 0, 0]], dtype=int32)
    """
    changed = np.array(labels, np.int32)
    apply_in_place(changed, edit)
    return changed


def apply_in_place(labels: NDArray[np.int32], edit: Edit) -> None:
    """Make an edit in the array itself: for the owner of a film that is being corrected.

    Raises
    ------
    ValueError
        The edit reaches outside the image; nothing was changed.
    """
    check_inside(labels.shape, edit)
    paint_runs(labels, edit.runs)


def check_inside(shape_px: tuple[int, ...], edit: Edit) -> None:
    """Refuse an edit of another image.

    Raises
    ------
    ValueError
        A run lies outside, or is not one.
    """
    if len(edit.runs) == 0:
        return
    row, start, stop, label = edit.runs.T
    height, width = shape_px
    if row.min() < 0 or start.min() < 0 or row.max() >= height or stop.max() > width:
        raise ValueError(f"an edit reaches outside the image of {height} × {width} pixels")
    if (start >= stop).any() or label.min() < 0:
        raise ValueError("an edit holds runs without pixels, or labels below 0")


def reverted(labels_before: NDArray[np.int32], edit: Edit) -> Edit:
    """Return the edit that takes another one back.

    Parameters
    ----------
    labels_before : ndarray of int32, shape (H, W)
        As they were before it.
    edit : Edit
        What is to be taken back.

    Returns
    -------
    Edit
        Of the same kind; ``asked`` holds ``{"undo": true}``.

    Examples
    --------
    >>> labels = np.array([[1, 1, 2]], np.int32)
    >>> edit = Edit("delete", (2,), np.array([[0, 2, 3, 0]]))
    >>> reverted(labels, edit).runs
    array([[0, 2, 3, 2]], dtype=int32)
    """
    check_inside(labels_before.shape, edit)
    rows, columns = edit.box_px
    patch = patch_at(labels_before, (rows.start, rows.stop, columns.start, columns.stop))
    paint_runs(patch.after, edit.runs - np.array([patch.row, patch.column, patch.column, 0]))
    back = Patch(patch.after, patch.before, patch.row, patch.column)
    return back.edit(edit.kind, edit.grains, {"undo": True})
