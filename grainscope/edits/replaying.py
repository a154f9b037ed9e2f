"""A log of edits, folded: undo takes the last one back, redo makes it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.edits.applying import apply_in_place, reverted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from grainscope.records import Edit, LogEntry


def edits_in_force(entries: Iterable[LogEntry]) -> tuple[list[Edit], list[Edit]]:
    """Return the edits that stand, in order, and those that redo would make again, last first.

    A new edit forgets what could have been made again.

    Raises
    ------
    ValueError
        An undo or redo where there is none, or an edit without its pixels.

    Examples
    --------
    >>> from grainscope.records import Edit, LogEntry
    >>> edit = Edit("delete", (2,), np.array([[0, 2, 3, 0]]))
    >>> done, undone = edits_in_force([LogEntry("edit", "", edit), LogEntry("undo", "")])
    >>> len(done), len(undone)
    (0, 1)
    """
    done: list[Edit] = []
    undone: list[Edit] = []
    for number, entry in enumerate(entries, start=1):
        if entry.action == "edit" and entry.edit is not None:
            done.append(entry.edit)
            undone.clear()
        elif entry.action == "undo" and done:
            undone.append(done.pop())
        elif entry.action == "redo" and undone:
            done.append(undone.pop())
        else:
            raise ValueError(f"entry {number}: nothing to {entry.action}")
    return done, undone


def replay(labels: NDArray[np.int32], entries: Iterable[LogEntry]) -> NDArray[np.int32]:
    """Return labels with every edit of a log made that was not taken back.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        As they were before the first entry.
    entries : iterable of LogEntry
        In the order in which they were logged.

    Returns
    -------
    ndarray of int32, shape (H, W)
        A new array, with stable labels; `compact` gives those that are saved.

    Raises
    ------
    ValueError
        An undo or redo where there is none, or an edit of another image.
    """
    replayed = np.array(labels, np.int32)
    for edit in edits_in_force(entries)[0]:
        apply_in_place(replayed, edit)
    return replayed


def states(labels: NDArray[np.int32], entries: Iterable[LogEntry]) -> Iterator[NDArray[np.int32]]:
    """Yield what labels were at first and after each entry of a log.

    Yields
    ------
    ndarray of int32, shape (H, W)
        The same array each time, which goes on to change.

    Raises
    ------
    ValueError
        As of `replay`.
    """
    now = np.array(labels, np.int32)
    backs: list[Edit] = []
    undone: list[Edit] = []
    yield now
    for number, entry in enumerate(entries, start=1):
        if entry.action == "undo" and backs:
            edit, stack = backs.pop(), undone
        elif entry.action == "redo" and undone:
            edit, stack = undone.pop(), backs
        elif entry.action == "edit" and entry.edit is not None:
            edit, stack = entry.edit, backs
            undone.clear()
        else:
            raise ValueError(f"entry {number}: nothing to {entry.action}")
        stack.append(reverted(now, edit))
        apply_in_place(now, edit)
        yield now
