"""``edits.jsonl``: every correction by hand, one a line, made on ``labels_automatic.tif``.

The log is only ever added to, line by line, each on the disk before the next;
so a process that is killed loses at most the line it was writing. What the
labels are now is what the log replays to.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from grainscope.errors import OutputError, ResultError
from grainscope.files.label_images import read_label_image, write_label_image
from grainscope.files.result_record import ProgramRecord, file_sha256
from grainscope.records import Edit, LogEntry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.records import PixelSize

EDITS_SCHEMA = 1
EDIT_LOG = "edits.jsonl"
AUTOMATIC_LABELS = "labels_automatic.tif"

_Whole = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class LogHeader(_Part):
    """The first line of ``edits.jsonl``."""

    schema_: int = Field(EDITS_SCHEMA, alias="schema", ge=1, description="Version of this layout")
    program: ProgramRecord = ProgramRecord()
    labels_sha256: str = Field(description="SHA-256 of labels_automatic.tif, hex")


class LoggedEdit(_Part):
    """What a person did, and the pixels that it changed."""

    kind: Literal["merge", "split", "delete", "draw", "fill_holes", "reclassify"]
    grains: list[_Whole] = Field(description="Stable labels it worked on, as they were before")
    runs: list[tuple[_Whole, _Whole, _Whole, _Whole]] = Field(
        description="Row, first column, column after the last, stable label that they get"
    )
    asked: dict[str, Any] = Field({}, description="How it was asked for; replay does not need it")


class LogLine(_Part):
    """Every other line of ``edits.jsonl``."""

    action: Literal["edit", "undo", "redo"]
    time: str = Field(description="UTC, ISO 8601")
    edit: LoggedEdit | None = Field(None, description="Absent for undo and redo")


def edits_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a line."""
    return TypeAdapter(LogHeader | LogLine).json_schema(by_alias=True)


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


def _parsed(path: Path, number: int, line: bytes, kind: type[_Part]) -> Any:
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


class EditLog:
    """Writes the corrections of one result folder, each to the disk before the next.

    The two files appear with the first entry. One writer at a time: when
    something else wrote to the log, no entry is added.

    Parameters
    ----------
    folder : Path
        OUT/STEM.
    labels : ndarray of int32, shape (H, W)
        1…n, each one region; they become ``labels_automatic.tif`` with the first entry.
    pixel_size : PixelSize
        Goes into that file.
    stored : StoredEdits, optional
        The log that is there already: its last line is mended and its entries
        that the file lacks are added, at once.

    Raises
    ------
    ResultError, OutputError
        As of ``append``.
    """

    def __init__(
        self,
        folder: Path,
        labels: NDArray[np.int32],
        pixel_size: PixelSize,
        stored: StoredEdits | None = None,
    ) -> None:
        self._path = folder / EDIT_LOG
        self._labels, self._pixel_size = labels, pixel_size
        self._n_bytes = stored.n_bytes if stored else 0
        if stored is not None:
            self._mend(stored)

    def append(self, entry: LogEntry) -> None:
        """Add an entry and wait until it is on the disk.

        Raises
        ------
        ResultError
            Another program wrote to the log, or removed it.
        OutputError
            It cannot be written; the log is as it was.
        """
        if self._n_bytes == 0:
            self._begin()
        line = log_line(entry).encode()
        with _writing(self._path):
            self._write(self._n_bytes, line)

    def _begin(self) -> None:
        """Write the labels that the log is made on, then its first line."""
        automatic = self._path.with_name(AUTOMATIC_LABELS)
        partial = self._path.with_name(f".{AUTOMATIC_LABELS}.partial")
        with _writing(self._path):
            if self._path.exists() and self._path.stat().st_size:
                raise _changed(self._path)
            write_label_image(partial, self._labels, self._pixel_size)
            with partial.open("rb+") as stream:
                os.fsync(stream.fileno())
            header = LogHeader(labels_sha256=file_sha256(partial))
            partial.replace(automatic)
            self._path.touch()
            _sync_folder(self._path.parent)
            self._write(0, (header.model_dump_json(by_alias=True) + "\n").encode())

    def _mend(self, stored: StoredEdits) -> None:
        """Take off what is left of a line that was cut, and add what the file lacks."""
        with _writing(self._path):
            whole = self._path.read_bytes()[: stored.sound_bytes]
            ending = b"\n" if whole and not whole.endswith(b"\n") else b""
            if ending or stored.is_cut_off:
                self._write(stored.sound_bytes, ending)
        if self._n_bytes == 0:
            self._labels = stored.automatic
        for entry in stored.entries[stored.n_logged :]:
            self.append(entry)

    def _write(self, start: int, content: bytes) -> None:
        """Put content at a place, and end the file after it; what fails is taken off again."""
        with self._path.open("rb+", buffering=0) as stream:
            if stream.seek(0, os.SEEK_END) != self._n_bytes:
                raise _changed(self._path)
            self._n_bytes = start
            try:
                stream.truncate(start)
                stream.seek(start)
                left = memoryview(content)
                while left:
                    left = left[stream.write(left) :]
                os.fsync(stream.fileno())
            except OSError:
                stream.truncate(start)
                raise
        self._n_bytes = start + len(content)


def _changed(path: Path) -> ResultError:
    return ResultError(
        f"{path}: another program wrote to it meanwhile; close one of the two and open "
        "the result again (what was corrected before is in the log)"
    )


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path} cannot be written: {reason}") from error


def _sync_folder(folder: Path) -> None:
    """Make new names in a folder last, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def log_line(entry: LogEntry) -> str:
    r"""Return an entry as a line of the log.

    Examples
    --------
    >>> log_line(LogEntry("undo", "2026-01-01T00:00:00Z"))
    '{"action":"undo","time":"2026-01-01T00:00:00Z"}\n'
    """
    tables: dict[str, Any] = {"action": entry.action, "time": entry.time}
    if entry.edit is not None:
        edit = entry.edit
        tables["edit"] = {
            "kind": edit.kind,
            "grains": list(edit.grains),
            "runs": edit.runs.tolist(),
            "asked": dict(edit.asked),
        }
    return json.dumps(tables, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
