"""Pooled distributions of each sample, drawn from the run's pooled tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import ResultError
from grainscope.figures import draw_histogram, draw_loops
from grainscope.files import read_table
from grainscope.records import GrainHistogram, LoopTable
from grainscope.report.links import relative_href
from grainscope.report.pictures import Picture, figure_uri

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_LOOP_COLUMNS = ("area_um2", "equivalent_diameter_um", "field_g", "edge_weight")
#: Past this size the loops of all micrographs together are left to the user's own tools.
_LARGEST_LOOPS_BYTES = 500_000_000


def pooled_figures(out: Path) -> list[Picture]:
    """Draw grain and loop distributions of every sample; tables that are not there are left out."""
    figures = [*_histograms(out / "pooled_histogram.csv"), *_loops(out / "pooled_loops.csv")]
    samples = list(dict.fromkeys(sample for sample, _picture in figures))
    return [picture for _sample, picture in sorted(figures, key=lambda f: samples.index(f[0]))]


def _histograms(path: Path) -> Iterator[tuple[str, Picture]]:
    try:
        table = read_table(path)
        width = table["log10_area_high"] - table["log10_area_low"]
    except (ResultError, KeyError):
        return
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
    if not weight.sum() > 0:
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
