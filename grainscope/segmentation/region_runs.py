"""Candidate regions as rows of runs: a few hundred bytes each, however large the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Regions:
    """N regions of one image; a region is a list of runs, top to bottom, left to right.

    Attributes
    ----------
    first : ndarray of int64, shape (N + 1,)
        Runs ``first[i]`` to ``first[i + 1] - 1`` belong to region i.
    row, left, right : ndarray of int32, shape (R,)
        A run covers the pixels ``left`` to ``right - 1`` of one row.
    area_px : ndarray of int64, shape (N,)
        Pixels of each region.
    """

    first: NDArray[np.int64]
    row: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    area_px: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.area_px)

    def subset(self, keep: NDArray[np.int64]) -> Regions:
        """Return some of the regions, in the order of their numbers ``keep``."""
        n_runs = np.diff(self.first)[keep]
        first = np.concatenate([[0], np.cumsum(n_runs)]).astype(np.int64)
        shift = np.repeat(self.first[keep] - first[:-1], n_runs)
        run = np.arange(first[-1]) + shift
        return Regions(first, self.row[run], self.left[run], self.right[run], self.area_px[keep])

    def moved(self, rows: int, columns: int) -> Regions:
        """Return the regions shifted."""
        step, across = np.int32(rows), np.int32(columns)
        return Regions(
            self.first, self.row + step, self.left + across, self.right + across, self.area_px
        )


def joined(parts: Sequence[Regions]) -> Regions:
    """Put the regions of several sources behind one another.

    Examples
    --------
    >>> one = Regions(np.array([0, 1]), *np.array([[2], [0], [3]], "i4"), np.array([3]))
    >>> joined([one, one]).first
    array([0, 1, 2])
    """
    if not parts:
        nothing = np.empty(0, np.int32)
        return Regions(np.zeros(1, np.int64), nothing, nothing, nothing, np.empty(0, np.int64))
    runs = np.cumsum([0] + [len(part.row) for part in parts])
    first = [part.first[:-1] + n for part, n in zip(parts, runs[:-1], strict=True)]
    return Regions(
        np.concatenate([*first, runs[-1:]]).astype(np.int64),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("row", "left", "right", "area_px")
        ),
    )
