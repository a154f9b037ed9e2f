"""An outline drawn by hand becomes a grain, or part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from grainscope.edits.mending import mend
from grainscope.edits.numbering import check_new
from grainscope.edits.patch import Patch, grown, listed, patch_at, patch_of, points_of, union

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from grainscope.records import Edit, Frame


def draw(
    labels: NDArray[np.int32],
    outline_px: ArrayLike,
    next_label: int,
    frame: Frame,
    grain: int | None = None,
    over: Literal["film", "grains"] = "film",
) -> Edit:
    """Draw a grain, or add to one.

    Pixels whose centre lies inside the outline and the frame become grain.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Stable labels, 0 is film.
    outline_px : array_like, shape (P, 2)
        Row and column of a polygon's vertices; it closes by itself.
    next_label : int
        First label never used.
    frame : Frame
        Where grains may be.
    grain : int, optional
        Grain to add to, instead of a new one.
    over : {"film", "grains"}
        What it may cover. Over film only, other grains keep their pixels; where
        they leave several pieces of the outline, the largest is taken, or all
        that touch ``grain``. Over grains, these lose what is covered; one that is
        cut in pieces becomes several, as in `painted`.

    Returns
    -------
    Edit

    Raises
    ------
    ValueError
        Nothing to draw on inside the outline, or it does not touch ``grain``.

    Examples
    --------
    >>> from grainscope.records import Frame
    >>> labels = np.array([[0, 0, 0, 4]], np.int32)
    >>> draw(labels, [[-1, 0.5], [1, 0.5], [1, 9], [-1, 9]], 7, Frame.whole((1, 4))).runs
    array([[0, 1, 3, 7]], dtype=int32)
    """
    outline = points_of(outline_px, "outline", 3)
    check_new(next_label)
    label = next_label if grain is None else int(grain)
    patch = _patch(labels, outline, frame, grain)
    drawn = _inside(patch, outline, frame)
    if over == "film":
        patch.after[_one_region(patch, drawn & (patch.before == 0), grain)] = label
        chosen = [] if grain is None else [label]
    else:
        chosen = np.setdiff1d(patch.before[drawn], [0, label]).tolist()
        patch = patch_at(labels, grown(labels, patch.box, chosen))
        drawn = _inside(patch, outline, frame)
        patch.after[_one_region(patch, drawn & (patch.before != label), grain)] = label
        mend(patch, chosen, next_label + (grain is None))
        chosen = sorted({*chosen, *([] if grain is None else [label])})
    asked = {"outline_px": listed(outline), "over": over}
    return patch.edit("draw", chosen, asked)


def _patch(
    labels: NDArray[np.int32], outline: NDArray[np.float64], frame: Frame, grain: int | None
) -> Patch:
    """Cut the outline's box out, with a pixel around it, and all of the grain it adds to."""
    low, high = np.floor(outline.min(axis=0)), np.ceil(outline.max(axis=0))
    top, left = np.maximum(low, (frame.row_start, frame.column_start)).astype(int)
    bottom, right = np.minimum(high + 1, (frame.row_stop, frame.column_stop)).astype(int)
    if top >= bottom or left >= right:
        raise ValueError("draw: the outline lies outside the frame")
    box = np.array([top, bottom, left, right])
    if grain is None:
        return patch_at(labels, box)
    return patch_at(labels, union(box, patch_of(labels, [grain]).box))


def _inside(patch: Patch, outline: NDArray[np.float64], frame: Frame) -> NDArray[np.bool_]:
    from skimage.draw import polygon

    mask = np.zeros(patch.before.shape, np.bool_)
    rows, columns = patch.local(outline).T
    mask[polygon(rows, columns, mask.shape)] = True
    top, left = max(frame.row_start - patch.row, 0), max(frame.column_start - patch.column, 0)
    within = np.zeros_like(mask)
    within[top : frame.row_stop - patch.row, left : frame.column_stop - patch.column] = True
    return mask & within


def _one_region(patch: Patch, drawn: NDArray[np.bool_], grain: int | None) -> NDArray[np.bool_]:
    """Return the largest piece of what was drawn, or all that touch the grain."""
    from skimage.measure import label

    if not drawn.any():
        raise ValueError("draw: no film inside the outline that is not grain already")
    if grain is None:
        pieces = label(drawn, connectivity=2)
        return np.asarray(pieces == np.bincount(pieces[drawn]).argmax())
    own = patch.before == grain
    pieces = label(drawn | own, connectivity=2)
    added: NDArray[np.bool_] = (pieces == pieces[own][0]) & drawn
    if not added.any():
        raise ValueError(f"draw: the outline does not touch grain {grain}")
    return added
