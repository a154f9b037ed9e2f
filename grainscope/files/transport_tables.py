"""Files of measured transport → TransportData: CSV, TSV, and Quantum Design's ``.dat``."""

from __future__ import annotations

import glob
import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import TransportDataError
from grainscope.files.inputs import path_text
from grainscope.files.text_table import has_numbers, read_text_rows
from grainscope.files.transport_columns import (
    MEASURED,
    TEXT_COLUMNS,
    find_columns,
    shortened,
    shown,
    unmatched,
)
from grainscope.files.transport_headers import with_units
from grainscope.records import TransportData, UnusableRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from grainscope.files.text_table import Row
    from grainscope.files.transport_columns import Column
    from grainscope.settings import Settings

#: Endings that are looked for in a folder.
ENDINGS = (".csv", ".tsv", ".txt", ".dat")
#: Beyond these a unit is likely to be wrong: T, K, Ω/□.
_LARGEST_FIELD_T, _COLDEST_K, _HOTTEST_K = 45.0, 1e-3, 1200.0
#: Instruments write an overload as 9.9e37 or so.
_OVERLOAD = 1e30
#: Names are shorter.
_LONGEST_TEXT = 300
#: How instruments write that there is no number.
_BLANK = frozenset({"", "nan", "na", "n/a", "-", "--", "null", "none"})


def find_transport_files(inputs: Iterable[Path]) -> list[Path]:
    """Return files as they are, those of a glob, and of each folder its tables by name.

    Hidden files and texts without numbers, such as a README, are no tables of a folder.
    What is given twice is taken once.

    Raises
    ------
    TransportDataError
        An input is absent, or a folder has no table or holds the results of a fit.
    """
    found: list[Path] = []
    for path in inputs:
        if path.is_dir():
            found += _tables_in(path)
        elif path.exists():
            found.append(path)
        elif matches := sorted(glob.glob(str(path), recursive=True)):  # noqa: PTH207 (any root)
            found += map(Path, matches)
        else:
            raise TransportDataError(f"{path}: no such file or folder")
    return list({os.path.realpath(path): path for path in reversed(found)}.values())[::-1]


def _tables_in(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise TransportDataError(f"{folder}: {error.strerror}") from error
    if any(path.name == "fit.json" for path in inside):
        raise TransportDataError(
            f"{folder}: holds the results of a fit, whose tables are no measurements; "
            "name the files of data"
        )
    tables = [
        path
        for path in inside
        if path.suffix.lower() in ENDINGS
        and not path.name.startswith(".")
        and not path.is_dir()
        and (path.suffix.lower() != ".txt" or has_numbers(path))
    ]
    if not tables:
        raise TransportDataError(
            f"{folder}: no table in this folder (expected {', '.join(ENDINGS)})"
        )
    return tables


def read_transport(
    paths: Sequence[Path], settings: Settings
) -> tuple[TransportData, dict[str, TransportDataError]]:
    """Read tables of measured transport together.

    Parameters
    ----------
    paths : sequence of Path
        Text files with one header line, and maybe a line of units below it; lines that
        start with ``#`` are skipped, and in a ``.dat`` of Quantum Design all before
        ``[Data]``.
    settings : Settings
        ``fitting.columns`` and the geometry; ``[[files]]`` may name each file's sample.

    Returns
    -------
    data : TransportData
        Rows without a number that is needed are listed in ``unusable``.
    failures : dict of str to TransportDataError
        Files that could not be read, and why; the others are in ``data``.

    Raises
    ------
    TransportDataError
        No file has a column that ``fitting.columns`` names.
    """
    tables: list[_Table] = []
    failures: dict[str, TransportDataError] = {}
    headers: list[list[str]] = []
    for place, path in enumerate(paths):
        try:
            rows = read_text_rows(path)
            headers += [rows[0][1]] if rows else []
            tables.append(_table(rows, path, place, settings))
        except TransportDataError as error:
            failures[path_text(path)] = error
    _check_chosen(headers, settings)
    names = (*TransportData.number_columns(), *TEXT_COLUMNS, "file", "line")
    empty = {n: np.empty(0, np.str_ if n in TEXT_COLUMNS else np.float64) for n in names}
    parts = [table.columns for table in tables] or [empty]
    joined: dict[str, Any] = {n: np.concatenate([part[n] for part in parts]) for n in names}
    unusable = tuple(row for table in tables for row in table.unusable)
    data = TransportData(**joined, files=tuple(map(path_text, paths)), unusable=unusable)
    odd = (*(table.warning for table in tables if table.warning), *_odd_units(data), *_twice(data))
    return replace(data, warnings=odd), failures


@dataclass(frozen=True)
class _Table:
    columns: dict[str, NDArray[Any]]
    unusable: list[UnusableRow]
    warning: str


def _check_chosen(headers: list[list[str]], settings: Settings) -> None:
    missing = unmatched(headers, settings.fitting.columns)
    if missing and headers:
        raise TransportDataError(
            f"fitting.columns: no file has a column {shortened(missing[0])!r} "
            f"(the first has: {shown(headers[0])})"
        )


def _table(rows: list[Row], path: Path, place: int, settings: Settings) -> _Table:
    if len(rows) < 2:
        raise TransportDataError(f"{path}: no rows of data (expected a header and numbers)")
    header = rows[0][1]
    named = with_units(header, rows[1][1])
    body = rows[2:] if named else rows[1:]
    name = path_text(Path(path.name))
    columns = find_columns(named or header, settings.fitting.columns, name)
    _check_geometry(columns, settings, name)
    lines = np.array([line for line, _cells in body], np.int64)
    values, reasons = _values([cells for _line, cells in body], columns, settings)
    measured = np.any([np.isfinite(values[name]) for name in MEASURED], axis=0)
    for bad, reason in (
        (~measured, "nothing measured"),
        (values["temperature_k"] <= 0, "temperature not above 0 K"),
        (_is_blank(values["temperature_k"]), "no temperature_k"),
        (_is_blank(values["field_t"]), "no field_t"),
    ):
        for row in np.flatnonzero(bad):
            reasons.setdefault(int(row), reason)
    good = np.ones(len(lines), bool)
    good[list(reasons)] = False
    sample = settings.for_file(path).input.sample or "unnamed"
    values["sample"] = np.where(values["sample"] == "", sample, values["sample"])
    values |= {"line": lines, "file": np.full(len(lines), place)}
    return _Table(
        {key: column[good] for key, column in values.items()},
        [UnusableRow(name, int(lines[row]), reasons[row]) for row in sorted(reasons)],
        _axes_not_found(columns, header, name),
    )


def _is_blank(column: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the rows without a number in a column that has some; nowhere if it has none."""
    unknown = np.isnan(column)
    return unknown & ~unknown.all()


def _axes_not_found(columns: Sequence[Column], header: list[str], where: str) -> str:
    """Say which axes a file lacks, where a column that was not read might be one."""
    lacking = [n for n in ("temperature_k", "field_t") if n not in {c.name for c in columns}]
    read = {column.place for column in columns}
    others = [text for place, text in enumerate(header) if place not in read and text.strip()]
    if not lacking or not others:
        return ""
    zero = "; the field counts as 0" if "field_t" in lacking else ""
    return (
        f"{where}: no {' and no '.join(lacking)}{zero}. Not read: {shown(others)}; if it is among "
        "them, name it in fitting.columns"
    )


def _check_geometry(columns: Sequence[Column], settings: Settings, where: str) -> None:
    in_ohm = [column.name for column in columns if column.of_bar]
    if in_ohm and settings.fitting.squares is None:
        word = "dV/dI" if in_ohm[0].startswith("dvdi") else "resistance"
        raise TransportDataError(
            f"{where}: {word} is in Ω of the bar, which takes its "
            "geometry: --set fitting.probe_spacing_um=200 --set fitting.bar_width_um=100 "
            "(or give Ω/□)"
        )


def _values(
    cells: list[list[str]], columns: Sequence[Column], settings: Settings
) -> tuple[dict[str, NDArray[Any]], dict[int, str]]:
    """Return the columns in their units, and of rows with a bad cell the reason."""
    n, squares = len(cells), settings.fitting.squares or 1.0
    values: dict[str, NDArray[Any]] = {
        name: np.full(n, np.nan) for name in TransportData.number_columns()
    }
    values |= {name: np.full(n, "", np.str_) for name in TEXT_COLUMNS}
    reasons: dict[int, str] = {}
    for column in columns:
        texts = [row[column.place].strip() if column.place < len(row) else "" for row in cells]
        if column.name in TEXT_COLUMNS:
            for place, text in enumerate(texts):
                if len(text) > _LONGEST_TEXT:
                    reasons.setdefault(
                        place, f"{column.name} is longer than {_LONGEST_TEXT} letters"
                    )
            values[column.name] = np.array([text[:_LONGEST_TEXT] for text in texts], np.str_)
            continue
        numbers = _numbers(texts)
        numbers[np.abs(numbers) >= _OVERLOAD] = np.nan
        for row in np.flatnonzero(~np.isfinite(numbers)):
            if texts[row].lower() not in _BLANK:
                reasons.setdefault(
                    int(row), f"{column.name}: {shortened(texts[row])!r} is no number"
                )
        factor = column.factor / (squares if column.of_bar else 1.0)
        values[column.name] = numbers * factor
    return values, reasons


def _numbers(texts: list[str]) -> NDArray[np.float64]:
    """Return the numbers, NaN for what is none."""
    try:
        return np.array([text or "nan" for text in texts], np.float64)
    except ValueError:
        return np.array([_number(text) for text in texts])


def _number(text: str) -> float:
    try:
        return float(text.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return np.nan


def _odd_units(data: TransportData) -> Iterable[str]:
    """Say what a plausible unit would not give."""
    field = np.nanmax(np.abs(data.field_t), initial=0.0)
    if field > _LARGEST_FIELD_T:
        yield (
            f"fields reach {field:.3g} T: is the column in Oe or G? Call it field_oe, field_g or "
            "field_mt"
        )
    coldest = np.nanmin(data.temperature_k, initial=np.inf)
    hottest = np.nanmax(data.temperature_k, initial=0.0)
    if coldest < _COLDEST_K or hottest > _HOTTEST_K:
        yield (
            f"temperatures go from {coldest:.3g} to {hottest:.3g} K: is the column in mK? Call it "
            "temperature_mk"
        )
    rho = data.resistivity_ohm_sq[np.isfinite(data.resistivity_ohm_sq)]
    if len(rho) and np.median(rho) < 0:
        yield "most resistivities are below 0: are the voltage leads swapped?"


def _twice(data: TransportData) -> Iterable[str]:
    """Say where files hold the same rows: a copy makes intervals too narrow."""
    seen: dict[bytes, str] = {}
    for number, name in enumerate(data.files):
        inside = data.file == number
        if not inside.any():
            continue
        columns = [getattr(data, column)[inside] for column in data.number_columns()]
        content = np.nan_to_num(np.stack(columns)).tobytes() + data.sample[inside].tobytes()
        digest = hashlib.sha256(content).digest()
        if digest in seen:
            yield f"{name} holds the same rows as {seen[digest]}: they count twice; remove one"
        seen.setdefault(digest, name)
