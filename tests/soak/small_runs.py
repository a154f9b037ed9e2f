"""Run a folder through the real batch without what takes longest, so that a soak is many runs.

    python tests/soak/small_runs.py IMAGES... -o OUT [--workers 2] [--limit-s 300] [--limit-gb 4]

Everything of ``grainscope run`` is at work (plan, worker processes, result folders, pooled
tables, report) but for the charts of each image, which are its dearest part: of the pictures
only ``overview.png`` and the thumbnail are drawn. Tables are short and resampling is rare.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from functools import partial
from pathlib import Path

import numpy as np
from small_image import process

from grainscope.batch import BatchOptions, run_batch
from grainscope.batch.processes import process_map
from grainscope.cli.progress import ShownProgress
from grainscope.errors import GrainscopeError
from grainscope.settings import FileSettings, Settings

#: Few rows and draws: what is tested here is the frame around the physics.
SETTINGS = {
    "segmentation": {"method": "fast"},
    "grains": {"bootstrap_draws": 10, "goodness_draws": 0},
    "network": {"percolation_points": 10, "scan_diameters": 2, "scan_gaps": 2},
    "transport": {"temperature_points": 6},
    "run": {"uncertainty_draws": 2},
}
_TIMES = re.compile(
    r"<dt>Seconds</dt><dd>.*?</dd>|<p class=\"meta\">Written .*?</p>"
    r"|<meta name=\"made-from\" content=\"\w*\">",  # of the records, which hold seconds
    re.DOTALL,
)


def film(seed: int, shape: tuple[int, int] = (64, 80)) -> np.ndarray:
    """Return bright discs on a dark noisy ground."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    grey = rng.normal(50, 5, shape)
    for cy, cx in rng.uniform((8, 8), np.subtract(shape, 8), (25, 2)):
        grey[np.hypot(y - cy, x - cx) < rng.uniform(2.5, 6)] = 180
    return grey.clip(0, 255).astype(np.uint8)


def write_films(folder: Path, count: int, seed: int = 0) -> Path:
    """Write a folder of films."""
    import tifffile

    folder.mkdir(parents=True)
    for n in range(count):
        path = folder / f"film{n}.tif"
        tifffile.imwrite(path, film(seed + n), photometric="minisblack")
    return folder


def contents(out: Path) -> dict[str, bytes]:
    """Return every file of OUT but the log, without seconds and the time of writing."""
    found = {p.relative_to(out).as_posix(): p for p in sorted(out.rglob("*")) if p.is_file()}
    found.pop("log.jsonl", None)
    content = {name: path.read_bytes() for name, path in found.items()}
    for name in [name for name in content if name.endswith("record.json")]:
        record = json.loads(content[name])
        record.pop("seconds")
        content[name] = json.dumps(record).encode()
    if "report.html" in content:
        content["report.html"] = _TIMES.sub("", content["report.html"].decode()).encode()
    return content


def main() -> int:
    """Run; the exit code is that of ``grainscope run``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--gap-nm", type=float, default=20.0, help="so that results differ")
    parser.add_argument("--limit-s", type=float, default=300.0)
    parser.add_argument("--limit-gb", type=float, default=4.0)
    chosen = parser.parse_args()
    every = FileSettings(match="*", pixel_size_nm=5.0, pixel_size_source="option")
    tables = SETTINGS | {"network": SETTINGS["network"] | {"max_gap_nm": chosen.gap_nm}}
    settings = Settings(**tables, files=(every,))
    spread = partial(
        process_map,
        workers=chosen.workers,
        time_limit_s=chosen.limit_s,
        memory_limit_gb=chosen.limit_gb,
    )
    shown = ShownProgress()
    options = BatchOptions(progress=shown)
    try:
        outcomes = run_batch(chosen.inputs, chosen.out, settings, options, spread, process)
    except GrainscopeError as error:
        sys.stderr.write(f"grainscope: {error}\n")
        return 2
    shown.tell_end(chosen.out, outcomes)
    return int(any(outcome.status == "failed" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
