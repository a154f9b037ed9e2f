"""Measure what an image costs a core: writes docs/cluster_times.csv, which cluster_plan.py reads.

    python docs/cluster_times.py images/*.tif data/images/*.png --pixel-size-nm 5

Every image is taken by the default settings in this one process, with one thread, and its result
written as ``grainscope run`` does. Seconds are processor time, so that other jobs on the machine
count little; the first image is taken twice, and once only its kernels are compiled.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import tempfile
from pathlib import Path
from time import process_time

from grainscope.batch import Job, process_image
from grainscope.batch.threads import one_thread_each
from grainscope.files import shipped_model_path
from grainscope.settings import parse_settings

TIMES = Path(__file__).with_name("cluster_times.csv")


def measured(image: Path, out: Path, pixel_size_nm: float) -> dict[str, str] | None:
    """Return the row of one image, or nothing where it has no result."""
    settings = parse_settings("", "times", [f"input.pixel_size_nm={pixel_size_nm}"])
    folder = out / image.stem
    start_s = process_time()
    outcome = process_image(Job(image, folder, settings, shipped_model_path()), lambda stage: None)
    seconds = process_time() - start_s
    if outcome.status == "failed":
        print(f"{image.name}: {outcome.error}")
        return None
    written = [path for path in folder.rglob("*") if path.is_file()]
    megapixels = outcome_pixels(folder) / 1e6
    megabytes = sum(path.stat().st_size for path in written) / 1e6
    shutil.rmtree(folder)
    return {
        "image": image.stem,
        "megapixels": f"{megapixels:.3f}",
        "seconds": f"{seconds:.1f}",
        "megabytes": f"{megabytes:.2f}",
        "files": str(len(written)),
    }


def outcome_pixels(folder: Path) -> int:
    """Return how many pixels the labels of a result have."""
    from grainscope.files import read_label_image

    return int(read_label_image(folder / "labels.tif").size)


def main() -> None:
    """Measure all images and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="+", type=Path)
    parser.add_argument("--pixel-size-nm", type=float, required=True)
    chosen = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name, one_thread_each():
        measured(chosen.images[0], Path(name), chosen.pixel_size_nm)
        for image in chosen.images:
            row = measured(image, Path(name), chosen.pixel_size_nm)
            if row:
                rows.append(row)
                print(*row.values(), flush=True)
    with TIMES.open("w", newline="", encoding="utf-8") as stream:
        stream.write("# python docs/cluster_times.py: processor seconds of one thread.\n")
        table = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    main()
