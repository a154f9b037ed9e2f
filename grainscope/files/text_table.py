"""A table in a text file: its delimiter, its encoding, its header, its line numbers."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from grainscope.errors import TransportDataError

if TYPE_CHECKING:
    from pathlib import Path

#: A larger file is no table of a transport measurement.
_MOST_BYTES = 1 << 28
#: How a zip archive (.xlsx, .ods) and an old Excel file (.xls) begin.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: So many lines tell what a table looks like.
_LOOKED_AT = 50
_SPACES = " "
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d*,\d+(?:[eE][-+]?\d+)?\s*")

Line = tuple[int, str]
Row = tuple[int, list[str]]


def read_text_rows(path: Path) -> list[Row]:
    """Return line numbers and cells of a table, the header first.

    Cells are parted by tabs, semicolons, commas or else spaces, whichever most lines
    have; a comma between digits is a decimal sign where it parts no cells. Left out are
    empty lines, those that begin with ``#``, those above the header that have another
    number of cells, and where the file begins with ``[Header]``, as Quantum Design's do,
    all before ``[Data]``. A header may stand behind a ``#``, as numpy writes it.

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
        Unreadable, larger than 256 MiB, or no table of text.
    """
    # Not splitlines: that also splits at characters which Latin-1 texts hold.
    lines = re.split(r"\r\n|\n|\r", _text(_bytes(path), path))
    start = _data_start(lines, path)
    filled = [(n, line) for n, line in enumerate(lines[start:], start + 1) if line.strip()]
    kept = [(n, line) for n, line in filled if not line.lstrip().startswith("#")]
    if not kept:
        return []
    delimiter, n_cells = _layout([line for _n, line in kept[:_LOOKED_AT]])
    kept = _from_header(kept, filled, delimiter, n_cells)
    cells = _cells([line for _n, line in kept], delimiter, path)
    if delimiter != ",":
        cells = [cells[0], *_with_points(cells[1:], delimiter)]
    return [(number, row) for (number, _line), row in zip(kept, cells, strict=True)]


def has_numbers(path: Path) -> bool:
    """Whether a text file has a line of two numbers or more, and may be a table.

    What cannot be read may be one: reading it says why not.
    """
    try:
        lines = _text(_bytes(path), path).splitlines()
    except TransportDataError:
        return True
    return any(len(cells) > 1 and all(map(_is_number, cells)) for cells in map(_words, lines))


def _words(line: str) -> list[str]:
    return [word for word in re.split(r"[\t;, ]+", line) if word]


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _layout(lines: list[str]) -> tuple[str, int]:
    """Return the delimiter, and how many cells most lines have."""
    found = {}
    for delimiter in "\t;,":
        counts = Counter(len(_parted(line, delimiter)) for line in lines)
        n_cells, n_lines = counts.most_common(1)[0]
        found[delimiter] = (n_lines if n_cells > 1 else 0), n_cells
    best = max(found, key=lambda mark: found[mark])
    if found[best][1] > 1:
        return best, found[best][1]
    spaced = Counter(len(line.split()) for line in lines[1:] or lines).most_common(1)[0][0]
    return (_SPACES, spaced) if spaced > 1 else (",", 1)


def _parted(line: str, delimiter: str) -> list[str]:
    if delimiter == _SPACES:
        return line.split()
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # said when the whole table is read
        return line.split(delimiter)


def _from_header(kept: list[Line], filled: list[Line], delimiter: str, n_cells: int) -> list[Line]:
    """Leave out what stands above the header; take the header from a comment if need be."""
    counts = [len(_parted(line, delimiter)) for _n, line in kept[:_LOOKED_AT]]
    first = counts.index(n_cells) if n_cells in counts else 0
    number, line = kept[first]
    if not all(_is_number(cell) for cell in _parted(line, delimiter)):
        return kept[first:]
    if first:
        return kept[first - 1 :]
    above = [text.lstrip("# \t") for n, text in filled if n < number]
    named = [text for text in above if len(_parted(text, delimiter)) == n_cells]
    return [(number - 1, named[-1]), *kept] if named else kept


def _with_points(rows: list[list[str]], delimiter: str) -> list[list[str]]:
    """Return rows with decimal commas as points, unless points are there already."""
    if delimiter != ";":
        some = [cell.strip() for row in rows[:_LOOKED_AT] for cell in row]
        if any("." in cell and _is_number(cell) for cell in some):
            return rows
    return [
        [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in row]
        for row in rows
    ]


def _bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise TransportDataError(f"{path}: no file (a device, pipe or folder)")
        size = path.stat().st_size
        if size > _MOST_BYTES:
            most = _MOST_BYTES >> 20
            raise TransportDataError(f"{path}: {size >> 20} MiB, expected at most {most}")
        return path.read_bytes()
    except OSError as error:
        raise TransportDataError(f"{path}: {error.strerror}") from error


def _text(raw: bytes, path: Path) -> str:
    if raw.startswith(_UTF16):
        return raw.decode("utf-16", errors="replace")
    if raw.startswith(_WORKBOOKS):
        raise TransportDataError(
            f"{path}: an Excel or LibreOffice workbook; save the sheet as CSV and give that file"
        )
    if b"\0" in raw:
        raise TransportDataError(f"{path}: not a text file (it holds zero bytes)")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Files put together from parts may be partly one, partly the other.
        return "\n".join(_decoded(line) for line in raw.split(b"\n"))


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _data_start(lines: list[str], path: Path) -> int:
    if not lines or lines[0].strip().lower() != "[header]":
        return 0
    for number, line in enumerate(lines):
        if line.strip().lower() == "[data]":
            return number + 1
    raise TransportDataError(f"{path}: [Header] without [Data]; the file is cut short")


def _cells(lines: list[str], delimiter: str, path: Path) -> list[list[str]]:
    if delimiter == _SPACES:
        return [_spaced(lines[0], lines[1:]), *(line.split() for line in lines[1:])]
    try:
        cells = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    except csv.Error as error:
        raise TransportDataError(f"{path}: not a table ({error})") from error
    if len(cells) != len(lines):
        raise TransportDataError(f"{path}: a quoted cell runs over several lines")
    return cells


def _spaced(header: str, rows: list[str]) -> list[str]:
    """Part a header at single spaces, or at wider ones where its names hold single ones."""
    cells, wider = header.split(), re.split(r"\s{2,}|\t", header.strip())
    expected = len(rows[0].split()) if rows else len(cells)
    return wider if len(wider) == expected else cells
