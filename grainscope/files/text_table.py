"""A table in a text file: its delimiter, its encoding, its line numbers."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from grainscope.errors import TransportDataError

if TYPE_CHECKING:
    from pathlib import Path

#: A larger file is no table of a transport measurement.
_MOST_BYTES = 1 << 30
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_text_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return line numbers and cells of a table, the header first.

    Cells are parted by tabs, semicolons (a comma is then a decimal sign) or commas,
    whichever the header has most of. Empty lines and those that begin with ``#`` are left
    out, and where the file begins with ``[Header]``, as Quantum Design's do, all before
    ``[Data]``.

    Parameters
    ----------
    path : Path
        UTF-8, UTF-16 with its mark, or else Latin-1.

    Returns
    -------
    list of (int, list of str)
        Empty for an empty file; the first line of a file is 1.

    Raises
    ------
    TransportDataError
        Unreadable, larger than 1 GiB, or no table of text.
    """
    lines = _text(_bytes(path), path).splitlines()
    start = _data_start(lines, path)
    kept = [
        (number, line)
        for number, line in enumerate(lines[start:], start + 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not kept:
        return []
    delimiter = max("\t;,", key=kept[0][1].count)
    cells = _cells([line for _number, line in kept], delimiter, path)
    if delimiter == ";":
        cells = [cells[0], *([cell.replace(",", ".") for cell in row] for row in cells[1:])]
    return [(number, row) for (number, _line), row in zip(kept, cells, strict=True)]


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise TransportDataError(f"{path}: {size >> 20} MB, expected at most 1024 in a table")
        return path.read_bytes()
    except OSError as error:
        raise TransportDataError(f"{path}: {error.strerror}") from error


def _text(raw: bytes, path: Path) -> str:
    if raw.startswith(_UTF16):
        return raw.decode("utf-16", errors="replace")
    if b"\0" in raw:
        raise TransportDataError(f"{path}: not a text file (it holds zero bytes)")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _data_start(lines: list[str], path: Path) -> int:
    if not lines or lines[0].strip().lower() != "[header]":
        return 0
    for number, line in enumerate(lines):
        if line.strip().lower() == "[data]":
            return number + 1
    raise TransportDataError(f"{path}: [Header] without [Data]; the file is cut short")


def _cells(lines: list[str], delimiter: str, path: Path) -> list[list[str]]:
    try:
        cells = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    except csv.Error as error:
        raise TransportDataError(f"{path}: not a table ({error})") from error
    if len(cells) != len(lines):
        raise TransportDataError(f"{path}: a quoted cell runs over several lines")
    return cells
