"""A click turns a grain into film, or a bright piece of film into a grain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.edits.grey_level import Neighbourhood, neighbourhood_of
from grainscope.edits.numbering import check_new
from grainscope.edits.patch import Patch, patch_of, points_of
from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from grainscope.records import Edit, Frame


def reclassify(
    labels: NDArray[np.int32],
    intensity: NDArray[Any],
    place_px: ArrayLike,
    next_label: int,
    frame: Frame,
) -> Edit:
    """Turn the grain at a place into film, or film that looks like grain into a grain.

    A new grain is the 4-connected piece of film around the place that is on the
    grains' side of the level halfway between the median grey of grains and that
    of film near by (the edge of a blurred step lies at half its height), smoothed
    over a pixel, holes filled. "Near by" is 32 px to each side, and twice as much
    until it holds three grains. The pixel next to another grain stays film, so
    that a bright rim is not taken for a grain. Without any grain the level is
    Otsu's of 128 px to each side, and grains are taken to be bright.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Stable labels, 0 is film.
    intensity : ndarray, shape (H, W)
        Grey levels of the micrograph.
    place_px : array_like, shape (2,)
        Row and column.
    next_label : int
        First label never used.
    frame : Frame
        Where grains may be.

    Returns
    -------
    Edit
        ``asked`` holds the place, and for a new grain the level and its source.

    Raises
    ------
    ValueError
        The place lies outside the frame, looks like film, is next to a grain, or
        what is around it has no end near by.

    Examples
    --------
    >>> from grainscope.records import Frame
    >>> labels = np.array([[0, 0, 4, 4]], np.int32)
    >>> reclassify(labels, labels, (0, 2), 5, Frame.whole((1, 4))).runs
    array([[0, 2, 4, 0]], dtype=int32)
    """
    point = points_of(np.reshape(place_px, (-1, 2)), "place", 1)[0]
    row, column = (int(value) for value in np.rint(point))
    asked: dict[str, Any] = {"place_px": [round(float(value), 2) for value in point]}
    if not (
        frame.row_start <= row < frame.row_stop and frame.column_start <= column < frame.column_stop
    ):
        raise ValueError(f"reclassify: ({row}, {column}) lies outside the frame")
    if labels[row, column] > 0:
        grain = int(labels[row, column])
        patch = patch_of(labels, [grain])
        patch.after[patch.before == grain] = 0
        return patch.edit("reclassify", [grain], asked)
    check_new(next_label)
    near = neighbourhood_of(labels, intensity, (row, column), frame)
    rows, columns = near.box
    before = labels[near.box]
    patch = Patch(before, before.astype(np.int32), rows.start, columns.start)
    piece = _piece(before, near, (row - rows.start, column - columns.start))
    _check_end(piece, near.box, frame)
    patch.after[piece] = next_label
    return patch.edit("reclassify", [], asked | {"level": near.level, "level_from": near.source})


def _piece(
    labels: NDArray[np.int32], near: Neighbourhood, place: tuple[int, int]
) -> NDArray[np.bool_]:
    from scipy.ndimage import binary_fill_holes

    like_grain = near.like_grain
    if not like_grain[place]:
        kind = "above" if near.brighter else "below"
        raise ValueError(
            f"reclassify: got grey {near.grey[place]:.4g} there, expected {kind} {near.level:.4g} "
            f"(halfway from film to {near.source}); draw the grain"
        )
    beside = cv2.dilate((labels > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if beside[place]:
        raise ValueError("reclassify: the place is next to a grain; draw or paint instead")
    candidate = (like_grain & ~beside).astype(np.uint8)
    pieces = cv2.connectedComponents(candidate, connectivity=4)[1]
    filled = binary_fill_holes(pieces == pieces[place]) & (labels == 0)
    whole = cv2.connectedComponents(filled.astype(np.uint8), connectivity=8)[1]
    return np.asarray(whole == whole[place])


def _check_end(piece: NDArray[np.bool_], box: tuple[slice, slice], frame: Frame) -> None:
    """Refuse a piece that goes on beyond the window, where film does too."""
    sides = zip(box, frame.slices, (piece, piece.T), strict=True)
    for part, whole, lines in sides:
        if (part.start > whole.start and lines[0].any()) or (
            part.stop < whole.stop and lines[-1].any()
        ):
            raise ValueError("reclassify: what is as bright there has no end near by; draw it")
