"""``edits.jsonl`` read back, checked against the labels that it was made on."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from grainscope.errors import ResultError
from grainscope.files.edit_log_lines import (
    AUTOMATIC_LABELS,
    EDIT_LOG,
    EDITS_SCHEMA,
    LogHeader,
    LogLine,
)
from grainscope.files.file_hashes import file_sha256
from grainscope.files.label_images import read_label_image
from grainscope.records import Edit, LogEntry

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class StoredEdits:
    """A log read back, with the labels that it was made on.

    Attributes
    ----------
    automatic : ndarray of int32, shape (H, W)
        ``labels_automatic.tif``.
    entries : tuple of LogEntry
        In the order in which they were made.
    n_logged : int
        So many of them are in the file; later ones are to be added to it.
    sound_bytes, n_bytes : int
        Up to where the file could be read, and its length: a last line that was
        cut off is between them.
    """

    automatic: NDArray[np.int32]
    entries: tuple[LogEntry, ...] = ()
    n_logged: int = 0
    sound_bytes: int = 0
    n_bytes: int = 0

    @cached_property
    def labels(self) -> NDArray[np.int32]:
        """Stable labels as they are now."""
        from grainscope import edits

        return edits.replay(self.automatic, self.entries)

    @property
    def next_label(self) -> int:
        """First label never used."""
        from grainscope import edits

        made = (entry.edit for entry in self.entries if entry.edit is not None)
        return edits.next_label_after(self.automatic, made)

    @property
    def is_cut_off(self) -> bool:
        """Whether the last line is not whole: the process was killed while it wrote."""
        return self.sound_bytes < self.n_bytes

    def with_entry(self, entry: LogEntry) -> StoredEdits:
        """Return these edits and one more, which is not in the file yet."""
        return replace(self, entries=(*self.entries, entry))


def read_edit_log(folder: Path) -> StoredEdits | None:
    """Read the corrections of a result folder.

    Parameters
    ----------
    folder : Path
        OUT/STEM.

    Returns
    -------
    StoredEdits or None
        None where nothing was ever corrected.

    Raises
    ------
    ResultError
        The log is damaged before its last line, newer than the program, or was
        made on other labels than those beside it.
    """
    path = folder / EDIT_LOG
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResultError(f"{path}: cannot be read ({error.strerror})") from error
    sound_bytes, lines = _whole_lines(content)
    if not lines and not (folder / AUTOMATIC_LABELS).exists():
        return None
    if lines:
        _check_header(path, lines[0][1])
    automatic = read_label_image(folder / AUTOMATIC_LABELS)
    entries = tuple(_entry(path, number, line) for number, line in lines[1:])
    _check_entries(path, automatic, entries)
    return StoredEdits(automatic, entries, len(entries), sound_bytes, len(content))


def _whole_lines(content: bytes) -> tuple[int, list[tuple[int, bytes]]]:
    """Return where the last whole line ends, and each line with its number."""
    end = content.rfind(b"\n") + 1
    if _is_json(content[end:]):  # cut between the line and its end
        end = len(content)
    lines = enumerate(content[:end].split(b"\n"), start=1)
    return end, [(number, line) for number, line in lines if line.strip()]


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _parsed(path: Path, number: int, line: bytes, kind: type[LogHeader | LogLine]) -> Any:
    """Return a line as a header or an entry."""
    try:
        tables = json.loads(line)
        newer = number == 1 and isinstance(tables, dict) and tables.get("schema")
        if isinstance(newer, int) and newer > EDITS_SCHEMA:
            raise ResultError(
                f"{path}: schema {newer} is newer than this program's {EDITS_SCHEMA}; "
                "update grainscope"
            )
        return kind.model_validate(tables)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (ValueError, RecursionError) as error:
        what = str(error)
    raise _damaged(path, number, what)


def _damaged(path: Path, number: int, what: str) -> ResultError:
    reason = " ".join(what.split())[:120]
    return ResultError(
        f"{path} line {number}: damaged ({reason}); "
        "move it away to go on from labels.tif as it was last saved"
    )


def _check_header(path: Path, line: bytes) -> None:
    header = _parsed(path, 1, line, LogHeader)
    automatic = path.with_name(AUTOMATIC_LABELS)
    try:
        found = file_sha256(automatic)
    except OSError as error:
        raise ResultError(
            f"{automatic}: cannot be read ({error.strerror}), and {EDIT_LOG} was made on it; "
            f"put it back, or move {EDIT_LOG} away to go on from labels.tif as it was last saved"
        ) from error
    if found != header.labels_sha256:
        raise ResultError(
            f"{automatic}: is not the file that {EDIT_LOG} was made on; put that back, or move "
            f"{EDIT_LOG} away to go on from labels.tif as it was last saved"
        )


def _entry(path: Path, number: int, line: bytes) -> LogEntry:
    found = _parsed(path, number, line, LogLine)
    if (found.action == "edit") != (found.edit is not None):
        raise _damaged(path, number, f"action {found.action!r} does not go with what follows")
    if found.edit is None:
        return LogEntry(found.action, found.time)
    runs = np.array(found.edit.runs, np.int32).reshape(-1, 4)
    edit = Edit(found.edit.kind, tuple(found.edit.grains), runs, found.edit.asked)
    return LogEntry(found.action, found.time, edit)


def _check_entries(path: Path, automatic: NDArray[np.int32], entries: tuple[LogEntry, ...]) -> None:
    """Refuse edits that do not fit the image, one another, or labels as they are given."""
    from grainscope import edits

    largest = int(automatic.max(initial=0))
    for number, entry in enumerate(entries, start=2):
        if entry.edit is None:
            continue
        found = int(entry.edit.runs[:, 3].max(initial=0))
        if found > largest + len(entry.edit.runs):
            raise _damaged(path, number, f"label {found} was never given")
        largest = max(largest, found)
        try:
            edits.check_inside(automatic.shape, entry.edit)
        except ValueError as error:
            raise _damaged(path, number, str(error)) from error
    try:
        edits.edits_in_force(entries)
    except ValueError as error:
        raise ResultError(
            f"{path}: damaged ({error}); move it away to go on from labels.tif as it was last saved"
        ) from error
