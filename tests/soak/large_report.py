"""Measure the report of a run of thousands of micrographs.

    python tests/soak/large_report.py [--micrographs 2000] [--film FILE.tif] [--limit-mb 30]

One film is run in full; its result folder is copied under as many names (the record says which),
the summary is written as a run would, pooled tables included, and the report is rebuilt.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import psutil
import tifffile
from small_runs import film

from grainscope.batch import run_batch
from grainscope.batch.outcome import Outcome, outcome_of
from grainscope.batch.summaries import try_report, write_summaries
from grainscope.files import read_record
from grainscope.settings import FileSettings, Settings


def full_result(folder: Path, image: Path | None) -> Path:
    """Run one film with every figure, as ``grainscope run`` does."""
    if image is None:
        image = folder / "film.tif"
        tifffile.imwrite(image, film(1, (192, 256)), photometric="minisblack")
    every = FileSettings(match="*", pixel_size_nm=5.0, pixel_size_source="option")
    settings = Settings(segmentation={"method": "fast"}, files=(every,))
    outcome = run_batch([image], folder / "one", settings)[0]
    if outcome.status != "ok":
        raise SystemExit(f"the film gave no result: {outcome.error}")
    return folder / "one" / outcome.stem


def copies(result: Path, out: Path, count: int) -> list[Outcome]:
    """Fill OUT with copies of a result, without the charts that no large report shows."""
    out.mkdir()
    charts = shutil.ignore_patterns("*.pdf", "loop*.png", "b*.png", "c*.png", "d*.png")
    first = out / "film_0000"
    shutil.copytree(result, first, ignore=charts)
    outcomes = []
    for number in range(count):
        folder = out / f"film_{number:04d}"
        if number:
            shutil.copytree(first, folder)
        record = json.loads((folder / "record.json").read_text())
        record["input"]["path"] = f"/data/films/of/sample/film_{number:04d}.tif"
        (folder / "record.json").write_text(json.dumps(record))
        outcomes.append(outcome_of(read_record(folder), folder.name, seconds=1.0))
    return outcomes


def main() -> None:
    """Make the report and tell its size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--micrographs", type=int, default=2000)
    parser.add_argument("--film", type=Path, help="a micrograph; by default a small film is made")
    parser.add_argument("--limit-mb", type=float, default=30.0)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary one by default")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        result = full_result(Path(name), chosen.film)
        out = Path(name) / "out"
        outcomes = copies(result, out, chosen.micrographs)
        start_s = perf_counter()
        missing = write_summaries(out, outcomes)
        pooled_s = perf_counter() - start_s
        failure = try_report(out)
        report_s = perf_counter() - start_s - pooled_s
        if missing or failure:
            raise SystemExit(f"{failure} {[one.text for one in missing]}")
        size_mb = (out / "report.html").stat().st_size / 1e6
        peak_gb = psutil.Process().memory_info().rss / 1e9
        thumbnail_kb = (result / "figures" / "thumbnail.jpg").stat().st_size / 1e3
    print(
        f"{chosen.micrographs} micrographs: report {size_mb:.1f} MB ({thumbnail_kb:.1f} kB a "
        f"thumbnail file) in {report_s:.0f} s, pooled tables in {pooled_s:.0f} s, "
        f"memory at the end {peak_gb:.2f} GB"
    )
    if size_mb >= chosen.limit_mb:
        sys.exit(f"expected less than {chosen.limit_mb:g} MB")


if __name__ == "__main__":
    main()
