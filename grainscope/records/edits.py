"""Corrections of labels by hand: what a person did, and which pixels it changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.records.record import freeze, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: What a person can do to labels.
EDIT_KINDS = ("merge", "split", "delete", "draw", "fill_holes", "reclassify")


@record
class Edit:
    """One correction. Labels keep their numbers; a new grain gets one never used before.

    An edit holds the pixels that it changed, and not only what was asked for:
    replaying it gives the same labels in every later version.

    Attributes
    ----------
    kind : str
        One of ``EDIT_KINDS``.
    grains : tuple of int
        Labels it was asked to work on, as they were before.
    runs : ndarray of int32, shape (R, 4)
        Row, first column, column after the last, label that these pixels get (0
        is background); sorted by row and column, without overlap.
    asked : mapping of str to object
        How it was asked for, such as ``{"line_px": [[3.0, 4.0], …]}``: for people
        who read the log; plain JSON values.
    """

    kind: str
    grains: tuple[int, ...]
    runs: NDArray[np.int32]
    asked: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in EDIT_KINDS:
            raise ValueError(f"Edit.kind: got {self.kind!r}, expected one of {EDIT_KINDS}")
        runs = np.asarray(self.runs, np.int32).reshape(-1, 4)
        object.__setattr__(self, "runs", runs)
        freeze(self, "runs", 2, np.int32)

    @property
    def box_px(self) -> tuple[slice, slice]:
        """Rows and columns that hold every changed pixel; empty where none changed."""
        if len(self.runs) == 0:
            return slice(0, 0), slice(0, 0)
        row, start, stop = self.runs[:, 0], self.runs[:, 1], self.runs[:, 2]
        return slice(int(row.min()), int(row.max()) + 1), slice(int(start.min()), int(stop.max()))

    @property
    def n_pixels(self) -> int:
        """Number of pixels changed."""
        return int((self.runs[:, 2] - self.runs[:, 1]).sum())


@dataclass(frozen=True)
class LogEntry:
    """One line of ``edits.jsonl``: an edit, or that the last one was taken back or done again.

    Attributes
    ----------
    action : str
        ``"edit"``, ``"undo"`` or ``"redo"``.
    time : str
        When, UTC, ISO 8601.
    edit : Edit or None
        The edit; None for the other two.
    """

    action: str
    time: str
    edit: Edit | None = None
