"""Files that are there whole or not at all: made under a hidden name beside, then moved."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from grainscope.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: In the name of everything that is not whole yet, and of what a killed process leaves of it.
PARTIAL = ".partial-"


def hidden_beside(path: Path) -> Path:
    """Return a new name beside a file or folder to make it under; its ending stays.

    Examples
    --------
    >>> from pathlib import Path
    >>> hidden_beside(Path("out/summary.csv")).name[:21], hidden_beside(Path("a.png")).suffix
    ('.summary.csv.partial-', '.png')
    """
    # Shortened, as file systems take names of 255 bytes.
    return path.with_name(f".{path.name[:40]}{PARTIAL}{uuid4().hex[:8]}{path.suffix[:8]}")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system refuses into an error that names the file or folder.

    Raises
    ------
    OutputError
        The disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside to write to, and move what was written into its place.

    Raises
    ------
    OutputError
        The disk is full, or the folder cannot be written; the file is as it was.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as path:
    ...         _ = path.write_text("whole")
    ...     [found.name for found in Path(folder).iterdir()]
    ['a.txt']
    """
    partial = hidden_beside(path)
    try:
        with writing(path):
            yield partial
            partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Replace a file of text in one step, so that a reader never meets half of it.

    Raises
    ------
    OutputError
        It cannot be written; the file is as it was.
    """
    with replacing(path) as partial:
        # A hostile file name may hold lone surrogates, which UTF-8 cannot.
        partial.write_text(text, encoding="utf-8", errors="replace")
