"""Sums over the pixels of grains, done again only for grains that an edit changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.grains import GrainSums, sums_of_some

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Frame


class LiveSums:
    """What the grain table is made from, kept up with labels that change.

    Attributes
    ----------
    ids : ndarray of int32, shape (N,)
        Labels in ascending order.
    sums : GrainSums
        One row each.
    """

    def __init__(self, labels: NDArray[np.int32], intensity: NDArray[Any], frame: Frame) -> None:
        self._intensity = intensity
        there = np.zeros(int(labels.max(initial=0)) + 1, np.bool_)
        there[labels[frame.slices]] = True
        every = np.flatnonzero(there[1:]).astype(np.int32) + 1
        self.ids = _frozen(every)
        self.sums: GrainSums
        self.sums, _ = sums_of_some(labels, intensity, frame.slices, every)

    def change(
        self,
        labels: NDArray[np.int32],
        window: tuple[slice, slice],
        before: NDArray[np.int32],
    ) -> NDArray[np.int32]:
        """Follow labels that changed in a window; return which grains did, gone ones too.

        Parameters
        ----------
        labels : ndarray of int32, shape (H, W)
            As they are now.
        window : tuple of slice
            Rows and columns that hold every changed pixel.
        before : ndarray of int32
            The labels there as they were.
        """
        changed = changed_labels(before, labels[window])
        if len(changed) == 0:
            return changed
        known = np.isin(self.ids, changed)
        box = self.sums.box[known]
        held = (
            slice(
                min(window[0].start, int(box[:, 0].min(initial=window[0].start))),
                max(window[0].stop, int(box[:, 1].max(initial=0)) + 1),
            ),
            slice(
                min(window[1].start, int(box[:, 2].min(initial=window[1].start))),
                max(window[1].stop, int(box[:, 3].max(initial=0)) + 1),
            ),
        )
        fresh, present = sums_of_some(labels, self._intensity, held, changed)
        ids = np.concatenate((self.ids[~known], changed[present]))
        order = np.argsort(ids, kind="stable")
        self.ids = _frozen(ids[order])
        self.sums = GrainSums(
            *(
                np.concatenate((old[~known], new))[order]
                for old, new in zip(self.sums, fresh, strict=True)
            )
        )
        return changed

    def boxes_in(self, frame: Frame) -> NDArray[np.int32]:
        """Return first row, first column, last row, last column of each grain in the frame."""
        corner = np.array([frame.row_start, frame.column_start] * 2)
        return np.ascontiguousarray(self.sums.box[:, [0, 2, 1, 3]] - corner, np.int32)


def changed_labels(before: NDArray[np.int32], after: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the labels that lost or won pixels, ascending.

    Examples
    --------
    >>> changed_labels(np.array([1, 1, 2, 0]), np.array([1, 3, 2, 0])).tolist()
    [1, 3]
    """
    other = before != after
    changed = np.unique(np.concatenate((before[other], after[other])))
    return changed[changed > 0]


def _frozen(ids: NDArray[np.int32]) -> NDArray[np.int32]:
    ids.flags.writeable = False
    return ids
