"""The size histogram of a sample: those of its micrographs added up, bin by bin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope import files
from grainscope.files.tables import TABLE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.batch.outcome import Outcome

    Columns = dict[str, NDArray[Any]]


def pooled_histogram(out: Path, outcomes: Sequence[Outcome]) -> Columns:
    """Add up the histograms of each sample's images, bin by bin.

    Edges are whole multiples of one over ``bins_per_decade``, so bins of all
    images coincide; those between are filled with zeros. Half-widths of the
    intervals add in quadrature; the completeness is the mean weighted with the
    corrected counts, NaN where one image has none.

    Returns
    -------
    dict of str to ndarray, each of shape (B,)
        Columns of ``histogram.csv`` and ``sample``.
    """
    names = TABLE_COLUMNS["histogram"]
    samples = dict.fromkeys(outcome.sample for outcome in outcomes)
    pooled: list[Columns] = []
    for sample in samples:
        members = [outcome.stem for outcome in outcomes if outcome.sample == sample]
        tables = [files.read_table(out / stem / "histogram.csv") for stem in members]
        for same_bins in _by_bin_width([t for t in tables if len(t["count"])]):
            table = _sum_of_histograms(same_bins)
            pooled.append({**table, "sample": np.full(len(table["count"]), sample)})
    if not pooled:
        return {name: np.empty(0) for name in (*names, "sample")}
    return {name: np.concatenate([t[name] for t in pooled]) for name in (*names, "sample")}


def _by_bin_width(tables: Sequence[Columns]) -> list[list[Columns]]:
    """Group histograms that share their bins; a protected folder may have older ones."""
    groups: dict[int, list[Columns]] = {}
    for table in tables:
        groups.setdefault(_bins_per_decade(table), []).append(table)
    return list(groups.values())


def _bins_per_decade(table: Columns) -> int:
    return round(1 / float(table["log10_area_high"][0] - table["log10_area_low"][0]))


def _sum_of_histograms(tables: Sequence[Columns]) -> Columns:
    per_decade = _bins_per_decade(tables[0])
    starts = [round(float(table["log10_area_low"][0]) * per_decade) for table in tables]
    stops = [start + len(table["count"]) for start, table in zip(starts, tables, strict=True)]
    first, n_bins = min(starts), max(stops) - min(starts)
    count, corrected = np.zeros(n_bins, np.int64), np.zeros(n_bins)
    below, above, found = np.zeros(n_bins), np.zeros(n_bins), np.zeros(n_bins)
    for start, stop, table in zip(starts, stops, tables, strict=True):
        bins = slice(start - first, stop - first)
        count[bins] += table["count"]
        corrected[bins] += table["corrected_count"]
        below[bins] += (table["corrected_count"] - table["corrected_low"]) ** 2
        above[bins] += (table["corrected_high"] - table["corrected_count"]) ** 2
        found[bins] += table["corrected_count"] * table["completeness"]
    edges = np.arange(first, first + n_bins + 1) / per_decade
    diameters_um = 2 * np.sqrt(10**edges / np.pi)
    with np.errstate(invalid="ignore"):
        completeness = found / corrected
    return {
        "log10_area_low": edges[:-1],
        "log10_area_high": edges[1:],
        "diameter_low_um": diameters_um[:-1],
        "diameter_high_um": diameters_um[1:],
        "count": count,
        "corrected_count": corrected,
        "corrected_low": corrected - np.sqrt(below),
        "corrected_high": corrected + np.sqrt(above),
        "completeness": completeness,
    }
