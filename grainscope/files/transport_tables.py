"""Files of measured transport → TransportData: CSV, TSV, and Quantum Design's ``.dat``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import TransportDataError
from grainscope.files.text_table import read_text_rows
from grainscope.files.transport_columns import TEXT_COLUMNS, find_columns
from grainscope.records import TransportData, UnusableRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.files.transport_columns import Column
    from grainscope.settings import Settings

#: Endings that are looked for in a folder.
ENDINGS = (".csv", ".tsv", ".txt", ".dat")
#: Beyond these a unit is likely to be wrong: T, K, Ω/□.
_LARGEST_FIELD_T, _COLDEST_K, _HOTTEST_K = 45.0, 1e-3, 1200.0
#: How instruments write that there is no number.
_BLANK = frozenset({"", "nan", "na", "n/a", "-", "--", "null", "none"})
_MEASURED = ("resistivity_ohm_sq", "hall_resistance_ohm", "dvdi_ohm_sq")


def find_transport_files(inputs: Iterable[Path]) -> list[Path]:
    """Return files as they are, and of each folder its tables by name.

    Raises
    ------
    TransportDataError
        An input is absent, or a folder has no table.
    """
    found: list[Path] = []
    for path in inputs:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in ENDINGS)
            if not inside:
                raise TransportDataError(
                    f"{path}: no table in this folder (expected {', '.join(ENDINGS)})"
                )
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise TransportDataError(f"{path}: no such file or folder")
    return list(dict.fromkeys(found))


def read_transport(
    paths: Sequence[Path], settings: Settings
) -> tuple[TransportData, dict[str, TransportDataError]]:
    """Read tables of measured transport together.

    Parameters
    ----------
    paths : sequence of Path
        Text files with one header line; lines that start with ``#`` are skipped, and
        in a ``.dat`` of Quantum Design all before ``[Data]``.
    settings : Settings
        ``fitting.columns`` and the geometry; ``[[files]]`` may name each file's sample.

    Returns
    -------
    data : TransportData
        Rows without a number that is needed are listed in ``unusable``.
    failures : dict of str to TransportDataError
        Files that could not be read, and why; the others are in ``data``.
    """
    parts, unusable = [], []
    failures: dict[str, TransportDataError] = {}
    for place, path in enumerate(paths):
        try:
            columns, left_out = _read(path, settings)
        except TransportDataError as error:
            failures[str(path)] = error
            continue
        parts.append({**columns, "file": np.full(len(columns["line"]), place)})
        unusable += left_out
    names = (*TransportData.number_columns(), *TEXT_COLUMNS, "file", "line")
    empty = {n: np.empty(0, np.str_ if n in TEXT_COLUMNS else np.float64) for n in names}
    joined: dict[str, Any] = {n: np.concatenate([p[n] for p in parts or [empty]]) for n in names}
    data = TransportData(**joined, files=tuple(map(str, paths)), unusable=tuple(unusable))
    return replace(data, warnings=tuple(_odd_units(data))), failures


def _read(path: Path, settings: Settings) -> tuple[dict[str, NDArray[Any]], list[UnusableRow]]:
    rows = read_text_rows(path)
    if len(rows) < 2:
        raise TransportDataError(f"{path}: no rows of data (expected a header and numbers)")
    columns = find_columns(rows[0][1], settings.fitting.columns, path.name)
    _check_geometry(columns, settings, path.name)
    lines = np.array([line for line, _cells in rows[1:]], np.int64)
    values, reasons = _values([cells for _line, cells in rows[1:]], columns, settings)
    measured = np.any([np.isfinite(values[name]) for name in _MEASURED], axis=0)
    for bad, reason in (
        (~measured, "nothing measured"),
        (values["temperature_k"] <= 0, "temperature not above 0 K"),
    ):
        for row in np.flatnonzero(bad):
            reasons.setdefault(int(row), reason)
    good = np.ones(len(lines), bool)
    good[list(reasons)] = False
    sample = settings.for_file(path).input.sample or "unnamed"
    values["sample"] = np.where(values["sample"] == "", sample, values["sample"])
    unusable = [UnusableRow(path.name, int(lines[row]), reasons[row]) for row in sorted(reasons)]
    return {"line": lines[good], **{n: column[good] for n, column in values.items()}}, unusable


def _check_geometry(columns: Sequence[Column], settings: Settings, where: str) -> None:
    in_ohm = [column.name for column in columns if column.of_bar]
    if in_ohm and settings.fitting.squares is None:
        raise TransportDataError(
            f"{where}: {in_ohm[0].removesuffix('_ohm_sq')} is in Ω of the bar, which takes its "
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
            values[column.name] = np.array(texts, np.str_)
            continue
        numbers = _numbers(texts)
        for row in np.flatnonzero(~np.isfinite(numbers)):
            if texts[row].lower() not in _BLANK:
                reasons.setdefault(int(row), f"{column.name}: {texts[row]!r} is no number")
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
        return float(text)
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
