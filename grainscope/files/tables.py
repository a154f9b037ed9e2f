"""Tables of an analysis ↔ CSV. Field name = header; units are in the names."""

from __future__ import annotations

import csv
import os
from dataclasses import fields
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import MissingDependencyError, ResultError
from grainscope.records import (
    BarrierLaws,
    ChargingEnergies,
    Conductance,
    Couplings,
    GrainTable,
    LogSlopes,
    LogWindows,
    LoopScan,
    Magnetoresistance,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from numpy.typing import NDArray

    from grainscope.records import Analysis

    Columns = Mapping[str, NDArray[Any]]

#: Columns of each table in the order of its file, as docs/files.md describes them.
TABLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "grains": tuple(field.name for field in fields(GrainTable)),
    "histogram": (
        *("log10_area_low", "log10_area_high", "diameter_low_um", "diameter_high_um", "count"),
        *("corrected_count", "corrected_low", "corrected_high", "completeness"),
    ),
    "size_summary": ("figure", "correction", "value", "low", "high", "unit"),
    "completeness": (
        *("log10_area_low", "log10_area_high", "painted", "found", "share_low", "share_high"),
        *("completeness", "completeness_low", "completeness_high", "area_shift"),
    ),
    "cumulative": (
        *("log10_area_um2", "diameter_um", "fraction", "fraction_low", "fraction_high"),
        *("excluded", "lognormal", "log_uniform", "power_law", "weibull", "two_lognormals"),
    ),
    "contacts": ("grain_a", "grain_b", "gap_nm", "facet_nm", "y_um", "x_um"),
    "loops": (
        *("loop", "n_grains", "area_um2", "hole_area_um2", "equivalent_diameter_um", "field_mt"),
        *("field_g", "max_gap_nm", "min_grain_diameter_um", "edge_weight", "y_um", "x_um"),
    ),
    "percolation": (
        *("gap_nm", "largest_component_fraction", "n_components", "mean_component_size"),
        *("spans_x", "spans_y", "correlation_length_um", "area_fraction", "wraps_x", "wraps_y"),
    ),
    "components": (
        *("component", "n_grains", "area_um2", "y_um", "x_um", "radius_of_gyration_um"),
        *("spans_x", "spans_y"),
    ),
    "bottleneck": ("step", "grain_a", "grain_b", "gap_nm", "y_um", "x_um"),
    "loop_summary": ("figure", "value", "low", "high", "unit"),
    "loop_scan": LoopScan.columns(),
    "commensuration": (
        *("field_mt", "field_g", "loop_sum", "log_determinant", "stiffness"),
        *("loop_sum_low", "loop_sum_high"),
    ),
    "flux_features": (
        *("quantity", "field_mt", "field_g", "equivalent_diameter_um", "value", "prominence"),
        *("significance", "predicted"),
    ),
    "magnetoresistance": Magnetoresistance.columns(),
    "charging": tuple(field.name for field in fields(ChargingEnergies)),
    "couplings": Couplings.columns(),
    "barriers": (
        *("kind", "energy_k_low", "energy_k_high", "count", "density", "log_uniform_density"),
        *("density_low", "density_high"),
    ),
    "barrier_laws": tuple(field.name for field in fields(BarrierLaws)),
    "conductance": tuple(field.name for field in fields(Conductance)),
    "log_windows": tuple(field.name for field in fields(LogWindows)),
    "log_slopes": tuple(field.name for field in fields(LogSlopes)),
}
#: Columns that hold names: texts, even where all of them look like numbers.
_OF_NAMES = frozenset({"sample", "stem"})
#: Tables that grow with the number of grains; with ``run.tables = "parquet"`` they come twice.
BIG_TABLES = ("grains", "contacts", "loops", "charging", "couplings")


def analysis_tables(analysis: Analysis) -> dict[str, Columns]:
    """Return the tables of an analysis by file name (without ending).

    Tables and columns that were not computed (``None``) are left out.
    """
    sources = {
        "grains": analysis.grains,
        "histogram": analysis.histogram,
        "size_summary": analysis.statistics,
        "completeness": analysis.completeness,
        "cumulative": analysis.cumulative,
        "contacts": analysis.network,
        "loops": analysis.loops,
        "loop_summary": analysis.loop_statistics,
        "loop_scan": analysis.loop_scan,
        "percolation": analysis.percolation,
        "components": analysis.percolation.components,
        "bottleneck": analysis.percolation.bottleneck,
        "commensuration": analysis.commensuration,
        "flux_features": analysis.flux_features,
        "magnetoresistance": analysis.magnetoresistance,
        "charging": analysis.charging,
        "couplings": analysis.couplings,
        "barriers": analysis.barriers,
        "barrier_laws": analysis.barrier_laws,
        "conductance": analysis.conductance,
        "log_windows": analysis.log_windows,
        "log_slopes": analysis.log_slopes,
    }
    return {
        name: _columns(source, TABLE_COLUMNS[name])
        for name, source in sources.items()
        if source is not None
    }


def _columns(source: object, names: Sequence[str]) -> Columns:
    values = {name: getattr(source, name) for name in names}
    return {name: np.asarray(value) for name, value in values.items() if value is not None}


def write_table(path: Path, columns: Columns) -> None:
    """Write a CSV file: a header, no index, nine digits, ``true``/``false``, ``nan``.

    The same columns give the same bytes on every machine.

    Parameters
    ----------
    path : Path
        File to write.
    columns : mapping of str to ndarray, each of shape (N,)
        In the order of the file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "t.csv"
    >>> flags = np.array([True, False])
    >>> write_table(path, {"area_um2": np.array([0.1, np.nan]), "resolved": flags})
    >>> path.read_text().splitlines()
    ['area_um2,resolved', '0.1,true', 'nan,false']
    """
    write_rows(path, list(columns), zip(*map(_texts, columns.values()), strict=True))


def write_rows(path: Path, header: Sequence[str], rows: Any) -> None:
    """Write rows of text under a header, as every CSV of a run is written."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(_Lines(stream), lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)


class _Lines:
    r"""Ends rows with ``\n`` alone, though the writer knows of both line ends and quotes both."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, row: str) -> int:
        return self._stream.write(f"{row[:-2]}\n")


def _texts(column: NDArray[Any]) -> list[str]:
    values = column.tolist()
    if column.dtype.kind == "b":
        return ["true" if value else "false" for value in values]
    if column.dtype.kind == "f":
        return [format(value, ".9g") for value in values]
    return [str(value) for value in values]


def read_table(path: Path, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """Read a CSV file that ``write_table`` wrote.

    Parameters
    ----------
    path : Path
        The file.
    names : sequence of str, optional
        Columns to read, those that are there; all by default.

    Returns
    -------
    dict of str to ndarray, each of shape (N,)
        bool, int64, float64 or str, whichever holds every cell; an empty
        column is float64, and ``sample`` and ``stem`` are str.

    Raises
    ------
    ResultError
        The file is absent or no table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        cells = zip(*rows, strict=True) if rows else ([] for _ in header)
        return {
            name: np.array(column, np.str_) if name in _OF_NAMES else _values(column)
            for name, column in zip(header, cells, strict=True)
            if names is None or name in names
        }
    except OSError as error:
        raise ResultError(f"{path}: {error.strerror}; run the image again") from error
    except (ValueError, csv.Error) as error:
        told = " ".join(str(error).split())[:120]
        raise ResultError(f"{path}: not a table of grainscope ({told})") from error


def _values(texts: Sequence[str]) -> NDArray[Any]:
    if texts and set(texts) <= {"true", "false"}:
        return np.array([text == "true" for text in texts])
    for kind in (np.int64, np.float64):
        try:
            values = [int(text) for text in texts] if kind is np.int64 else list(map(float, texts))
            return np.array(values, np.float64 if not texts else kind)
        except (ValueError, OverflowError):
            continue
    return np.array(texts)


def write_parquet(path: Path, columns: Columns) -> None:
    """Write the same table as Parquet, full precision, through pyarrow."""
    require_parquet()
    table = import_module("pyarrow").table(dict(columns))
    import_module("pyarrow.parquet").write_table(table, os.fspath(path))


def require_parquet() -> None:
    """Raise unless Parquet can be written, before any image is worked on."""
    if find_spec("pyarrow") is None:
        raise MissingDependencyError(
            'run.tables = "parquet" needs pyarrow: pip install "grainscope[parquet]"'
        )
