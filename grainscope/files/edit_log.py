"""``edits.jsonl``: every correction by hand, one a line, made on ``labels_automatic.tif``.

The log is only ever added to, line by line, each on the disk before the next;
so a process that is killed loses at most the line it was writing. What the
labels are now is what the log replays to.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from grainscope.errors import ResultError
from grainscope.files.edit_log_lines import AUTOMATIC_LABELS, EDIT_LOG, LogHeader, log_line
from grainscope.files.file_hashes import file_sha256
from grainscope.files.label_images import write_label_image
from grainscope.files.whole_files import writing

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from grainscope.files.stored_edits import StoredEdits
    from grainscope.records import LogEntry, PixelSize


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
        with writing(self._path):
            self._write(self._n_bytes, line)

    def _begin(self) -> None:
        """Write the labels that the log is made on, then its first line."""
        automatic = self._path.with_name(AUTOMATIC_LABELS)
        partial = self._path.with_name(f".{AUTOMATIC_LABELS}.partial")
        with writing(self._path):
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
        with writing(self._path):
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


def _sync_folder(folder: Path) -> None:
    """Make new names in a folder last, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
