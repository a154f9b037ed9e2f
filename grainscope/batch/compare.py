"""Two runs side by side: distances of their size distributions, differences of their figures."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope import figures, files, grains
from grainscope.batch.pooled_sizes import PooledSizes, pool_sample
from grainscope.errors import ResultError
from grainscope.files.versioned_json import json_text
from grainscope.files.whole_files import replacing, write_whole, writing

if TYPE_CHECKING:
    from grainscope.files import ResultRecord
    from grainscope.records import SizeDistances, SizeFigure

COMPARISON_SCHEMA = 1
#: Settings that differ, of which so many are told.
_MOST_TOLD = 3
_NOMINAL = "a pixel size is nominal: a difference of lengths and areas may be that of two guesses"
_HEADER = ("figure", "unit", *(f"{n}_{w}" for w in "ab" for n in ("value", "low", "high")))


@dataclass(frozen=True)
class Comparison:
    """What two samples have in common and what not; differences are B − A.

    Attributes
    ----------
    a, b : PooledSizes
        Each of grains above the larger of both cuts.
    distances : SizeDistances
        Of the corrected distributions.
    differences : dict of str to SizeFigure
        By figure.
    warnings : tuple of str
        What else than the films may make the difference.
    """

    a: PooledSizes
    b: PooledSizes
    distances: SizeDistances
    differences: dict[str, SizeFigure]
    warnings: tuple[str, ...] = ()


def compare_runs(run_a: Path, run_b: Path, sample_a: str = "", sample_b: str = "") -> Comparison:
    """Compare the grain sizes of two runs.

    Parameters
    ----------
    run_a, run_b : Path
        Each OUT of a run, all of whose results count, or one OUT/STEM.
    sample_a, sample_b : str
        Only the micrographs of this sample; all by default.

    Returns
    -------
    Comparison

    Raises
    ------
    ResultError
        No result there, or none of that sample.
    """
    folders = [_folders(run, sample) for run, sample in ((run_a, sample_a), (run_b, sample_b))]
    cut_um2 = max(files.read_sizes(folder).cut_um2 for part in folders for folder in part)
    a, b = (
        pool_sample(sample or run.resolve().name, part, cut_um2)
        for run, sample, part in zip((run_a, run_b), (sample_a, sample_b), folders, strict=True)
    )
    record = files.read_record(folders[0][0])
    n_draws = max(record.read_settings().grains.bootstrap_draws, 1)
    rng = np.random.default_rng(record.seed)
    return Comparison(
        a,
        b,
        grains.size_distances(a.sizes, b.sizes, 5 * n_draws, rng),
        grains.size_differences(a.statistics, b.statistics),
        _unlike(*([files.read_record(folder) for folder in part] for part in folders)),
    )


def _unlike(records_a: list[ResultRecord], records_b: list[ResultRecord]) -> tuple[str, ...]:
    """Tell where the grains of both were not found in the same way, or lengths are a guess."""
    ways_a, ways_b = _ways(records_a), _ways(records_b)
    differ = [
        f"{name} {' and '.join(sorted(ways_a[name]))} against {' and '.join(sorted(ways_b[name]))}"
        for name in ways_a
        if ways_a[name] != ways_b[name]
    ]
    told = []
    if differ:
        told.append(
            f"grains of A and B were not found in the same way ({'; '.join(differ[:_MOST_TOLD])}): "
            "run both alike before a difference is taken for one of the films"
        )
    nominal = any(r.pixel_size_nm.source == "nominal" for r in (*records_a, *records_b))
    return (*told, *([_NOMINAL] if nominal else []))


def _ways(records: list[ResultRecord]) -> dict[str, set[str]]:
    """Return what decided which grains were found; polarity is the microscope's."""
    ways: dict[str, set[str]] = {"model": set()}
    for record in records:
        ways["model"].add(record.model.sha256[:8] if record.model else "none")
        settings = record.read_settings()
        for table in ("preprocessing", "segmentation"):
            for key, value in getattr(settings, table).model_dump().items():
                if key != "polarity":
                    ways.setdefault(f"{table}.{key}", set()).add(str(value))
    return ways


def _folders(run: Path, sample: str) -> list[Path]:
    found = [run] if (run / "record.json").is_file() else files.result_folders(run)
    if not found:
        raise ResultError(
            f"{run}: no result here (neither record.json nor folders with one); "
            f"start a run with: grainscope run FOLDER -o {run}"
        )
    samples = {folder: files.read_record(folder).sample for folder in found}
    if sample and sample not in samples.values():
        known = ", ".join(dict.fromkeys(samples.values()))
        raise ResultError(f"{run}: no micrograph of sample {sample!r}; there are: {known}")
    return [folder for folder in found if not sample or samples[folder] == sample]


def write_comparison(out: Path, comparison: Comparison) -> None:
    """Write ``comparison.csv``, ``.json``, ``.png`` and ``.pdf``, each whole or not at all.

    Raises
    ------
    OutputError
        OUT cannot be written.
    """
    figure = figures.draw_comparison(
        *((side.sample, side.sizes, side.laws) for side in (comparison.a, comparison.b))
    )
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    with replacing(out / "comparison.csv") as path:
        files.write_rows(path, comparison_header(), comparison_rows(comparison))
    write_whole(out / "comparison.json", json_text(_content(comparison)))
    for ending in ("png", "pdf"):
        with replacing(out / f"comparison.{ending}") as path:
            figures.save_figure(figure, path)


def comparison_header() -> tuple[str, ...]:
    """Return the columns of ``comparison.csv``."""
    return (*_HEADER, "difference", "difference_low", "difference_high")


def comparison_rows(comparison: Comparison) -> list[list[str]]:
    """Return one row a corrected figure: both samples and their difference."""
    rows = []
    for name, difference in comparison.differences.items():
        sides = [side.statistics.of(name) for side in (comparison.a, comparison.b)]
        numbers = [v for f in (*sides, difference) for v in (f.value, f.low, f.high)]
        rows.append([name, difference.unit, *(format(number, ".9g") for number in numbers)])
    return rows


def _content(comparison: Comparison) -> dict[str, Any]:
    sides = {}
    for key, side in (("a", comparison.a), ("b", comparison.b)):
        law = json.loads(files.size_laws_json({"law": files.size_law_record(side.laws)}))
        sides[key] = {
            "sample": side.sample,
            "n_micrographs": side.n_micrographs,
            "size_law": law["samples"]["law"],
        }
    distances = {
        name: _finite(getattr(comparison.distances, name)) for name in ("ks", "ks_p", "ad", "ad_p")
    }
    differences = {
        name: {k: _finite(getattr(f, k)) for k in ("value", "low", "high")} | {"unit": f.unit}
        for name, f in comparison.differences.items()
    }
    return {
        "schema": COMPARISON_SCHEMA,
        **sides,
        "distances": distances,
        "differences": differences,
        "warnings": list(comparison.warnings),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
