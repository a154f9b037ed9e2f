"""Boundaries of a phase diagram from the literature, in a user's CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import TransportDataError
from grainscope.files.text_table import read_text_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMNS = ("field_t", "vertical", "boundary")


def read_boundaries(path: str | Path) -> dict[str, NDArray[Any]]:
    """Read ``field_t``, ``vertical`` and ``boundary`` (a name) of each point.

    Raises
    ------
    TransportDataError
        The file is unreadable, lacks a column, or holds what is no number.
    """
    path = Path(path)
    rows = read_text_rows(path)
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise TransportDataError(f"{path}: no column {missing[0]} (expected {', '.join(_COLUMNS)})")
    short = next((number for number, row in rows[1:] if len(row) < len(header)), None)
    if short is not None:
        raise TransportDataError(f"{path} line {short}: fewer cells than the header")
    cells = {name: [row[header.index(name)].strip() for _n, row in rows[1:]] for name in _COLUMNS}
    try:
        numbers = {name: np.array(cells[name], np.float64) for name in _COLUMNS[:2]}
    except ValueError as error:
        raise TransportDataError(f"{path}: {error}") from error
    return {**numbers, "boundary": np.array(cells["boundary"], dtype=object)}
