"""The sizes of a sample: its micrographs taken together, and how much they differ."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope import files, grains
from grainscope.records import CORRECTIONS, SizedGrains, SizeFigure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grainscope.records import SizeLaws, SizeStatistics

#: Header of ``pooled_size_summary.csv``.
POOLED_SUMMARY = (
    *("sample", "n_micrographs", "figure", "correction", "value", "low", "high", "unit"),
    "between_micrographs",
)


@dataclass(frozen=True)
class PooledSizes:
    """The sizes of all micrographs of one sample.

    Attributes
    ----------
    sample : str
        Its name.
    sizes : SizedGrains
        Its grains.
    statistics : SizeStatistics
        Their figures, with intervals over micrographs, or over tiles of the only one.
    laws : SizeLaws
        Fitted to all of them.
    between : dict of (figure, correction) to float
        Standard deviation between micrographs beyond what each one's own
        interval explains; NaN for a single one.
    n_micrographs : int
    """

    sample: str
    sizes: SizedGrains
    statistics: SizeStatistics
    laws: SizeLaws
    between: dict[tuple[str, str], float]
    n_micrographs: int


def pool_sample(sample: str, folders: Sequence[Path], cut_um2: float = 0.0) -> PooledSizes:
    """Take the grains of several result folders together.

    Settings and seed are those of the first.

    Parameters
    ----------
    sample : str
        Name of the sample.
    folders : sequence of Path
        OUT/STEM, at least one.
    cut_um2 : float
        Leave out smaller grains; in any case those below the micrographs' own cuts.

    Returns
    -------
    PooledSizes

    Raises
    ------
    ResultError
        A folder is damaged, or older than the size laws.
    """
    record = files.read_record(folders[0])
    chosen, rng = record.read_settings().grains, np.random.default_rng(record.seed)
    sizes = grains.pooled_sizes([files.read_sizes(folder) for folder in folders], cut_um2)
    return PooledSizes(
        sample,
        sizes,
        grains.size_statistics(sizes, chosen.bootstrap_draws, rng),
        grains.fit_size_laws(sizes, chosen, rng),
        _between(folders),
        len(folders),
    )


def _between(folders: Sequence[Path]) -> dict[tuple[str, str], float]:
    """Return √(s² − mean of σ²): what micrographs differ by, beyond their own uncertainty.

    The moment estimator of a random effect (Hedges & Olkin 1985), σ being half
    the width of each micrograph's interval.
    """
    rows: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for folder in folders:
        with (folder / "size_summary.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                value, low, high = (float(row[name]) for name in ("value", "low", "high"))
                key = row["figure"], row["correction"]
                rows.setdefault(key, []).append((value, (high - low) / 2))
    return {key: _random_effect(np.array(found)) for key, found in rows.items()}


def _random_effect(found: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    known = found[np.isfinite(found).all(axis=1)]
    if len(known) < 2:
        return float("nan")
    excess = float(np.var(known[:, 0], ddof=1) - np.mean(known[:, 1] ** 2))
    return float(np.sqrt(max(excess, 0.0)))


def summary_rows(pooled: PooledSizes) -> Iterator[list[str]]:
    """Return the rows of ``pooled_size_summary.csv`` of one sample."""
    for correction in CORRECTIONS:
        for name in dict.fromkeys(pooled.statistics.figure.tolist()):
            figure: SizeFigure = pooled.statistics.of(name, correction)
            numbers = (figure.value, figure.low, figure.high)
            yield [
                *(pooled.sample, str(pooled.n_micrographs), name, correction),
                *(format(number, ".9g") for number in numbers),
                figure.unit,
                format(pooled.between.get((name, correction), float("nan")), ".9g"),
            ]
