"""Sizes and distributions of each sample, from the run's pooled tables."""

from __future__ import annotations

import csv
import json
import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import ResultError
from grainscope.figures import draw_histogram, draw_loops
from grainscope.files import read_table
from grainscope.records import GrainHistogram, LoopTable
from grainscope.report.definitions import LOOP_LABELS, SIZE_LABELS, definition_of
from grainscope.report.links import relative_href
from grainscope.report.numbers import format_interval, format_number, half_width
from grainscope.report.pictures import Picture, figure_uri

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_LOOP_COLUMNS = ("area_um2", "equivalent_diameter_um", "field_g", "edge_weight")
#: Past this size the loops of all micrographs together are left to the user's own tools.
_LARGEST_LOOPS_BYTES = 500_000_000


@dataclass(frozen=True)
class SizeRow:
    """One figure of the sizes of a sample, as texts; intervals are empty where not known."""

    label: str
    unit: str
    corrected: str
    interval: str
    excluded: str
    naive: str
    between: str


@dataclass(frozen=True)
class SampleSizes:
    """The rows of ``pooled_size_summary.csv`` of one sample."""

    sample: str
    n_micrographs: int
    rows: tuple[SizeRow, ...]


def pooled_sizes(out: Path) -> list[SampleSizes]:
    """Read the sizes of every sample; none where there is no such table.

    Raises
    ------
    ResultError
        The table is damaged.
    """
    path = out / "pooled_size_summary.csv"
    with _of_a_run(path):
        return _sizes(_rows(path))


@contextmanager
def _of_a_run(path: Path) -> Iterator[None]:
    """Tell in one line what another program made of a table."""
    try:
        yield
    except (ValueError, KeyError, TypeError, IndexError, csv.Error) as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())[:120]
        raise ResultError(f"{path}: damaged ({told}); run the images again") from error


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    except OSError:
        return []


def _sizes(found: list[dict[str, str]]) -> list[SampleSizes]:
    samples = dict.fromkeys(row["sample"] for row in found)
    return [_sample_sizes(name, [r for r in found if r["sample"] == name]) for name in samples]


def _sample_sizes(sample: str, found: list[dict[str, str]]) -> SampleSizes:
    cells = {(row["figure"], row["correction"]): row for row in found}
    names = dict.fromkeys(row["figure"] for row in found)
    rows = (_size_row(name, cells) for name in names)
    return SampleSizes(sample, int(found[0]["n_micrographs"]), tuple(rows))


def _size_row(name: str, cells: dict[tuple[str, str], dict[str, str]]) -> SizeRow:
    row = cells[name, "corrected"]
    value, low, high, between = (
        float(row[column]) for column in ("value", "low", "high", "between_micrographs")
    )
    step = half_width(low, high)
    excluded, naive = (float(cells[name, c]["value"]) for c in ("excluded", "naive"))
    return SizeRow(
        label=SIZE_LABELS.get(name) or definition_of(name).label,
        unit=row["unit"] if math.isfinite(value) else "",
        corrected=format_number(value, step),
        interval=format_interval(low, high),
        excluded=format_number(excluded, step),
        naive=format_number(naive, step),
        between=format_number(between, step),
    )


@dataclass(frozen=True)
class LoopRow:
    """One figure of the loops of a sample, as texts; the interval is empty where not known."""

    label: str
    unit: str
    value: str
    interval: str


@dataclass(frozen=True)
class PooledLoops:
    """The rows of ``pooled_loop_summary.csv`` of one sample."""

    sample: str
    n_micrographs: int
    rows: tuple[LoopRow, ...]
    statement: str


def pooled_loops(out: Path) -> list[PooledLoops]:
    """Read the loops of every sample; none where there is no such table.

    Raises
    ------
    ResultError
        The table is damaged.
    """
    path = out / "pooled_loop_summary.csv"
    with _of_a_run(path):
        return _loop_tables(_rows(path), _statements(out / "pooled_flux.json"))


def _loop_tables(found: list[dict[str, str]], statements: dict[str, str]) -> list[PooledLoops]:
    samples: dict[str, list[dict[str, str]]] = {}
    for row in found:
        samples.setdefault(row["sample"], []).append(row)
    return [
        PooledLoops(
            name,
            int(rows[0]["n_micrographs"]),
            tuple(map(_loop_row, rows)),
            statements.get(name, ""),
        )
        for name, rows in samples.items()
    ]


def _statements(path: Path) -> dict[str, str]:
    """Return what the loops of each sample predict; nothing where the file is not what it was."""
    try:
        samples = json.loads(path.read_text(encoding="utf-8"))["samples"]
        return {str(name): str(block["statement"]) for name, block in samples.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _loop_row(row: dict[str, str]) -> LoopRow:
    value, low, high = (float(row[column]) for column in ("value", "low", "high"))
    name = row["figure"]
    return LoopRow(
        label=LOOP_LABELS.get(name) or definition_of(name).label,
        unit=row["unit"] if math.isfinite(value) else "",
        value=format_number(value, half_width(low, high)),
        interval=format_interval(low, high),
    )


def pooled_figures(out: Path) -> list[Picture]:
    """Draw grain and loop distributions of every sample; tables that are not there are left out.

    Raises
    ------
    ResultError
        A table is damaged.
    """
    figures: list[tuple[str, Picture]] = []
    for name, draw in (("pooled_histogram.csv", _histograms), ("pooled_loops.csv", _loops)):
        with _of_a_run(out / name):
            figures += draw(out / name)
    samples = list(dict.fromkeys(sample for sample, _picture in figures))
    return [picture for _sample, picture in sorted(figures, key=lambda f: samples.index(f[0]))]


def _histograms(path: Path) -> Iterator[tuple[str, Picture]]:
    if not path.is_file():
        return
    table = read_table(path)
    width = table["log10_area_high"] - table["log10_area_low"]
    names = [n for n in GrainHistogram.__dataclass_fields__ if n != "resolution_cut_um2"]
    for sample in dict.fromkeys(table["sample"].tolist()):
        rows = table["sample"] == sample
        for bin_width in np.unique(width[rows].round(6)):
            chosen = rows & (width.round(6) == bin_width)
            columns: dict[str, Any] = {name: table[name][chosen] for name in names}
            histogram = GrainHistogram(**columns, resolution_cut_um2=math.nan)
            picture = Picture(
                f"Grain sizes, sample {sample}",
                f"{histogram.count.sum():,} grains of all micrographs of this sample.",
                figure_uri(draw_histogram(histogram)),
                relative_href(path.name),
            )
            yield sample, picture


def _loops(path: Path) -> Iterator[tuple[str, Picture]]:
    if not path.is_file() or path.stat().st_size > _LARGEST_LOOPS_BYTES:
        return
    import pandas as pd

    texts = {"sample": str}
    table = pd.read_csv(path, usecols=[*_LOOP_COLUMNS, *texts], dtype=texts, na_filter=False)
    for sample, rows in table.groupby("sample", sort=False):
        loops = _loop_table({n: rows[n].to_numpy(np.float64) for n in _LOOP_COLUMNS})
        picture = Picture(
            f"Loops, sample {sample}",
            f"{loops.n_loops:,} loops of all micrographs of this sample.",
            figure_uri(draw_loops(loops, *_mean_and_median(loops.area_um2, loops.edge_weight))),
            relative_href(path.name),
            wide=True,
        )
        yield str(sample), picture


def _mean_and_median(
    area_um2: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    if not 0 < weight.sum() < math.inf:
        return math.nan, math.nan
    median = np.quantile(area_um2, 0.5, weights=weight, method="inverted_cdf")
    return float(np.average(area_um2, weights=weight)), float(median)


def _loop_table(columns: dict[str, NDArray[np.float64]]) -> LoopTable:
    """Return loops without polygons; columns that no distribution needs are zero."""
    n = len(columns["area_um2"])
    names = [name for name in LoopTable.__dataclass_fields__ if not name.startswith("vertex")]
    values: dict[str, Any] = {name: columns.get(name, np.zeros(n)) for name in names}
    none = np.zeros(0)
    return LoopTable(
        **values, vertex_start=np.zeros(n + 1, np.int64), vertex_y_um=none, vertex_x_um=none
    )
