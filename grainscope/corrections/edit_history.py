"""What was done to the labels of a film, what can be taken back, and which numbers are free."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.edits import edits_in_force, next_label_after
from grainscope.records import LogEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from grainscope.records import Edit


class Step(NamedTuple):
    """An edit that stands, the edit that takes it back, and the labels it changed."""

    edit: Edit
    back: Edit
    ids: NDArray[np.int32]


class EditHistory:
    """The edits of one film in order; it knows no labels but their numbers.

    Attributes
    ----------
    entries : list of LogEntry
        Everything that was done.
    done : list of Step
        Edits that stand.
    undone : list of Edit
        Edits taken back, the next one to make again last.
    next_label : int
        First label that was never used.
    """

    def __init__(
        self, labels: NDArray[np.int32], write: Callable[[LogEntry], None] | None = None
    ) -> None:
        self._write = write
        self.entries: list[LogEntry] = []
        self.done: list[Step] = []
        self.undone: list[Edit] = []
        self.next_label = next_label_after(labels)

    def go_on(self, entries: Sequence[LogEntry]) -> list[Edit]:
        """Take over a log, and return the edits to `stand`.

        Raises
        ------
        ValueError
            It takes back more than was done.
        """
        standing, self.undone = edits_in_force(entries)
        self.entries = list(entries)
        for entry in entries:
            if entry.edit is not None:
                self._use_numbers(entry.edit)
        return standing

    def stand(self, step: Step) -> None:
        """Count an edit among those that stand."""
        self.done.append(step)
        self._use_numbers(step.edit)

    def log(self, action: str, edit: Edit | None = None) -> None:
        """Write down what is about to be done; what cannot be written raises and does not count."""
        entry = LogEntry(action, datetime.now(UTC).isoformat(timespec="seconds"), edit)
        if self._write is not None:
            self._write(entry)
        self.entries.append(entry)

    def check_numbers(self, edit: Edit) -> None:
        """Refuse an edit whose labels are not those of this film or the next ones.

        Raises
        ------
        ValueError
            They are larger than as many new grains as changed pixels would need.
        """
        labels = edit.runs[:, 3]
        if labels.min(initial=0) < 0 or labels.max(initial=0) >= self.next_label + edit.n_pixels:
            raise ValueError(
                f"edit: got labels {labels.min()} to {labels.max()}, the next one is "
                f"{self.next_label}"
            )

    def labels_changed(self) -> NDArray[np.int32]:
        """Return the labels that any edit in force changed."""
        none = np.zeros(0, np.int32)
        return np.unique(np.concatenate([none, *(step.ids for step in self.done)]))

    def _use_numbers(self, edit: Edit) -> None:
        self.next_label = max(self.next_label, int(edit.runs[:, 3].max(initial=0)) + 1)
