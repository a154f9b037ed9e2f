"""The loops of a sample: its micrographs taken together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope import files, network, transport
from grainscope.records import Commensuration, Frame, PiecedLoops, PixelSize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grainscope.records import FluxFeatures, LoopStatistics

#: Header of ``pooled_loop_summary.csv``.
POOLED_LOOP_SUMMARY = ("sample", "n_micrographs", "figure", "value", "low", "high", "unit")
_COLUMNS = ("area_um2", "edge_weight", "y_um", "x_um")


@dataclass(frozen=True)
class SampleLoops:
    """The loops of all micrographs of one sample.

    Attributes
    ----------
    sample : str
        Its name.
    statistics : LoopStatistics
        Figures with intervals over micrographs; those of the only one over its tiles.
    features : FluxFeatures
        Of the loop sum of all loops.
    n_micrographs : int
    """

    sample: str
    statistics: LoopStatistics
    features: FluxFeatures
    n_micrographs: int


def pool_loops(sample: str, folders: Sequence[Path]) -> SampleLoops:
    """Take the loops of several result folders together.

    For the intervals a micrograph is one piece of film, as loops of one place have
    more in common than those of several; the loops of a single one keep their
    tiles. Features are judged by the tiles of all.

    Parameters
    ----------
    sample : str
        Name of the sample.
    folders : sequence of Path
        OUT/STEM, at least one. Settings and seed are those of the first.

    Returns
    -------
    SampleLoops

    Raises
    ------
    ResultError
        A folder is damaged.
    """
    record = files.read_record(folders[0])
    settings, rng = record.read_settings(), np.random.default_rng(record.seed)
    parts = [_tiled(folder) for folder in folders]
    pieces = parts[0] if len(parts) == 1 else _micrographs(parts)
    statistics = network.loop_statistics(pieces, settings.grains.bootstrap_draws, rng)
    none = Commensuration(*(np.empty(0),) * 3)
    features = transport.flux_features(none, _tiles(parts), statistics, settings.transport, rng)
    return SampleLoops(sample, statistics, features, len(folders))


def _micrographs(parts: Sequence[PiecedLoops]) -> PiecedLoops:
    """Take each micrograph as one piece."""
    return PiecedLoops(
        np.concatenate([part.area_um2 for part in parts]),
        np.concatenate([part.edge_weight for part in parts]),
        np.repeat(np.arange(len(parts)), [len(part.area_um2) for part in parts]),
        np.array([part.film_um2.sum() for part in parts]),
    )


def _tiles(parts: Sequence[PiecedLoops]) -> PiecedLoops:
    """Take each tile of each micrograph as one piece: two or three would tell no deviation."""
    first = np.cumsum([0, *(part.n_pieces for part in parts)])
    return PiecedLoops(
        np.concatenate([part.area_um2 for part in parts]),
        np.concatenate([part.edge_weight for part in parts]),
        np.concatenate([part.piece + start for part, start in zip(parts, first, strict=False)]),
        np.concatenate([part.film_um2 for part in parts]),
    )


def _tiled(folder: Path) -> PiecedLoops:
    record, table = files.read_record(folder), files.read_table(folder / "loops.csv", _COLUMNS)
    size = record.pixel_size_nm
    return network.tiled_loops(
        table["area_um2"],
        table["edge_weight"],
        np.stack((table["y_um"], table["x_um"])),
        Frame(*record.frame.rows, *record.frame.columns),
        PixelSize(size.value, size.uncertainty, size.source),
    )


def loop_summary_rows(pooled: SampleLoops) -> Iterator[list[str]]:
    """Return the rows of ``pooled_loop_summary.csv`` of one sample."""
    for name in pooled.statistics.figure.tolist():
        figure = pooled.statistics.of(name)
        numbers = (format(v, ".9g") for v in (figure.value, figure.low, figure.high))
        yield [pooled.sample, str(pooled.n_micrographs), name, *numbers, figure.unit]
