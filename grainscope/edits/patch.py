"""The part of a label image that an edit works on: its copy is changed, the difference is the edit.

Cost is that of the grains concerned, and one comparison of the whole image to
find them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.edits.box_kernel import box_of_grain, box_of_many
from grainscope.edits.run_kernel import find_runs
from grainscope.records import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

#: Up to so many grains are looked for one by one, which is faster.
_FEW = 8
_STEP_PX = 32


@dataclass(frozen=True)
class Patch:
    """A window of the labels, before and after an edit.

    Attributes
    ----------
    before : ndarray of int32, shape (h, w)
        A view of the labels.
    after : ndarray of int32, shape (h, w)
        A copy, to be changed.
    row, column : int
        Where the first pixel lies in the whole image.
    """

    before: NDArray[np.int32]
    after: NDArray[np.int32]
    row: int
    column: int

    @property
    def box(self) -> NDArray[np.int64]:
        """First row, row after the last, first column, column after the last of the window."""
        height, width = self.before.shape
        return np.array([self.row, self.row + height, self.column, self.column + width])

    def local(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points (N, 2) of the whole image in rows and columns of the window."""
        return points_px - (self.row, self.column)

    def edit(self, kind: str, grains: Sequence[int], asked: Mapping[str, Any]) -> Edit:
        """Return what was changed as an ``Edit``."""
        runs = find_runs(self.before, self.after, self.row, self.column)
        return Edit(kind, tuple(int(grain) for grain in grains), runs, asked)


def patch_at(labels: NDArray[np.int32], box: Iterable[int]) -> Patch:
    """Cut a box (first row, row after the last, first column, column after the last) out."""
    top, bottom, left, right = (int(edge) for edge in box)
    window = labels[max(top, 0) : bottom, max(left, 0) : right]
    return Patch(window, window.astype(np.int32), max(top, 0), max(left, 0))


def patch_of(labels: NDArray[np.int32], grains: Iterable[int]) -> Patch:
    """Cut the box of some grains out.

    Raises
    ------
    ValueError
        None is given, or one of them is not there.
    """
    wanted = distinct(grains)
    box, missing = box_of(labels, wanted)
    if not wanted or missing:
        raise ValueError(f"no grain {missing[0]}" if wanted else "no grain is chosen")
    return patch_at(labels, box)


def distinct(grains: Iterable[int]) -> tuple[int, ...]:
    """Return labels sorted, each once."""
    return tuple(sorted({int(grain) for grain in grains}))


def box_of(labels: NDArray[np.int32], grains: Sequence[int]) -> tuple[NDArray[np.int64], list[int]]:
    """Return the box of all pixels of some labels, and the labels that are not there."""
    real = [grain for grain in grains if 0 < grain <= np.iinfo(np.int32).max]
    if len(real) <= _FEW:
        boxes = np.array([box_of_grain(labels, grain) for grain in real]).reshape(-1, 4)
        found = {grain for grain, box in zip(real, boxes, strict=True) if box[0] < box[1]}
        boxes = np.vstack([boxes, empty_box(labels)])
        box = union(*boxes)
    else:
        largest = max(real) if max(real) < labels.size else min(max(real), int(labels.max()))
        wanted = np.zeros(largest + 1, np.bool_)
        wanted[[grain for grain in real if grain < len(wanted)]] = True
        box, present = box_of_many(labels, wanted)
        found = set(np.flatnonzero(present).tolist())
    return box, [grain for grain in grains if grain not in found]


def grown(
    labels: NDArray[np.int32], box: NDArray[np.int64], grains: Sequence[int]
) -> NDArray[np.int64]:
    """Widen a box until it holds all of some grains, each of which has pixels in it already."""
    top, bottom, left, right = (int(edge) for edge in box)
    height, width = labels.shape
    while True:
        window = labels[top:bottom, left:right]
        crossed = [
            bool(np.isin(side, grains).any())
            for side in (window[0], window[-1], window[:, 0], window[:, -1])
        ]
        wider = (
            max(top - _STEP_PX * crossed[0], 0),
            min(bottom + _STEP_PX * crossed[1], height),
            max(left - _STEP_PX * crossed[2], 0),
            min(right + _STEP_PX * crossed[3], width),
        )
        if wider == (top, bottom, left, right):
            return np.array(wider)
        top, bottom, left, right = wider


def empty_box(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the box that holds nothing, to unite others with."""
    height, width = labels.shape
    return np.array([height, 0, width, 0])


def union(*boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the smallest box that holds all of some."""
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    return np.array([low[0], high[1], low[2], high[3]])


def points_of(points_px: ArrayLike, what: str, at_least: int) -> NDArray[np.float64]:
    """Gate points (N, 2) of row and column: finite, and enough of them.

    Raises
    ------
    ValueError
        They are not.
    """
    points = np.asarray(points_px, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < at_least:
        raise ValueError(f"{what}: got shape {points.shape}, expected ({at_least} or more, 2)")
    if not (np.abs(points) < 1e9).all():
        raise ValueError(f"{what}: got points that are not finite")
    return points


def listed(points: NDArray[np.float64]) -> list[list[float]]:
    """Return points as plain numbers to a hundredth of a pixel, for the log."""
    rounded: list[list[float]] = np.round(points, 2).tolist()
    return rounded
