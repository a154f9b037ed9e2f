"""Feed thousands of damaged and hostile files to everything that reads files.

    python tests/soak/hostile.py [--files 2000] [--seed 0] [--data DIR] [--folder DIR]

Half of the files are micrographs (TIFF, PNG, JPEG, BMP; with DIR those of vendors too) or the
sidecars beside them: one batch takes them, in worker processes with a limit of 60 s and 2 GB, each
through ``info`` and then with a corner of its pixels through the whole pipeline. The others are
settings, models, tables of transport, and the files of result folders (records, tables, labels,
``edits.jsonl``), each read by what reads them. File names of every awkward kind are in the batch.

What must not be: a worker that dies or overruns a limit, an error that nobody foresaw (whatever is
not a message of grainscope's own), an input without its row, anything written outside OUT, a
process or connection started, a canary touched. One seed makes the same files again.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import pickle
import shutil
import sys
import tempfile
import zipfile
from collections import Counter
from functools import partial
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import small_image
import tifffile
from bombs import bombs
from hostile_jobs import Hostile, look, process_cropped
from mutations import IMAGE, TEXT, mutated
from PIL import Image
from small_runs import SETTINGS, film, write_films

from grainscope import files
from grainscope.batch import run_batch
from grainscope.batch.outcome import Lost
from grainscope.batch.processes import process_map
from grainscope.batch.threads import thread_map
from grainscope.settings import FileSettings, Settings, commented_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GRAINSCOPE_DATA", ROOT.parent / "shared" / "data"))
LIMIT_S, LIMIT_GB = 60.0, 2.0
#: Shares of the files; what is left over is images.
SHARES = {"sidecar": 0.08, "settings": 0.08, "model": 0.12, "transport": 0.12, "result": 0.16}
SIDECARS = {
    ".toml": b'pixel_size_nm = 5.0\npixel_size_uncertainty_nm = 0.1\npixel_size_source = "nominal"',
    ".txt": b"[SemImageFile]\r\nDataSize=80x64\r\nPixelSize=4.961\r\nCondition=Vacc=15kV\r\n",
    ".hdr": b"[MAIN]\nPixelSizeX=5e-09\nPixelSizeY=5e-09\n[SEM]\nImageStripSize=20\n",
    "-jeol.txt": b"$CM_MAG 10000\n$CM_FULL_SIZE 80 64\n$$SM_MICRON_BAR 100\n$$SM_MICRON_MARKER 1um",
}
LONG = "n" * 251
NAMES = (
    *("a film.tif", "Körner µm ½.tif", "粒子.tif", "e\u0301.tif", "\u00e9.tif", "new\nline.tif"),
    *("...tif", "..tif", "a..b..tif", f"{LONG}.tif", f"{'µ' * 125}.tif", "$(touch canary).tif"),
    *(
        "-rf.tif",
        "%s%n.tif",
        "{0}{{7*7}}.tif",
        "<script>alert(1)<.tif",
        "a$b$_{c}.tif",
        "a'b\"c.tif",
    ),
    *("\x1b[2J.tif", "tab\there.tif", "trailing .tif", "summary.csv.tif", "pooled_loops.csv.tif"),
    *(
        "Same.tif",
        "same.png",
        "SAME.jpg",
        ".grainscope.lock.tif",
        ".x.partial-1.tif",
        "log.jsonl.tif",
    ),
    *("CON.tif", "a\\b.tif", "*.tif", "[a].tif", "~.tif", "#.tif", "a;b&c|d.tif", "\u202egnp.tif"),
    os.fsdecode(b"\xff\xfe.tif"),
)


def image_seeds(data: Path | None) -> dict[str, bytes]:
    """Return sound images by the ending that goes with them: our own, and the vendors'."""
    grey = film(3)
    seeds: dict[str, bytes] = {}
    for name, options in {
        "plain": {},
        "ome": {"ome": True, "metadata": {"PhysicalSizeX": 5, "PhysicalSizeXUnit": "nm"}},
        "imagej": {"imagej": True, "resolution": (200, 200), "metadata": {"unit": "um"}},
        "tiled": {"tile": (32, 32), "compression": "deflate"},
        "lzw": {"compression": "lzw", "predictor": True},
        "jpeg": {"compression": "jpeg"},
        "big": {"bigtiff": True, "resolution": (2_000_000, 2_000_000), "resolutionunit": 3},
    }.items():
        stream = io.BytesIO()
        tifffile.imwrite(stream, grey, photometric="minisblack", **options)
        seeds[f"{name}.tif"] = stream.getvalue()
    picture = Image.fromarray(grey)
    for ending, options in {"png": {"dpi": (5_080_000, 5_080_000)}, "jpg": {}, "bmp": {}}.items():
        for mode in ("L", "P", "RGB"):
            stream = io.BytesIO()
            shown = picture.convert("RGB" if (ending, mode) == ("jpg", "P") else mode)
            shown.save(stream, {"jpg": "JPEG"}.get(ending, ending.upper()), **options)
            seeds[f"{mode}.{ending}"] = stream.getvalue()
    seeds |= {path.name: path.read_bytes() for path in sorted((ROOT / "images").glob("*.tif"))[:1]}
    for path in (
        sorted([*data.glob("vendor_tiffs/*.tif"), *data.glob("unlabelled/*")]) if data else []
    ):
        seeds[path.name] = path.read_bytes()
    return seeds


def write_images(folder: Path, count: int, n_sidecars: int, data: Path | None, rng) -> int:
    """Write damaged images, sound ones with damaged sidecars, and sound ones with odd names."""
    folder.mkdir()
    seeds, sound = list(image_seeds(data).items()), io.BytesIO()
    tifffile.imwrite(sound, film(5), photometric="minisblack")
    for number, (name, content) in zip(range(count), cycle(seeds), strict=False):
        ending = Path(name).suffix.lower()
        (folder / f"hostile{number}{ending}").write_bytes(mutated(content, IMAGE, rng))
    vendors = [path.read_bytes() for path in data.glob("vendor_tiffs/*.txt")] if data else []
    beside = [*SIDECARS.items(), *((".txt", content) for content in vendors)]
    for number, (ending, content) in zip(range(n_sidecars), cycle(beside), strict=False):
        (folder / f"beside{number}.tif").write_bytes(sound.getvalue())
        suffix = f".{ending.rpartition('.')[2]}"
        (folder / f"beside{number}{suffix}").write_bytes(mutated(content, TEXT, rng))
    (folder / "names").mkdir()
    for name in NAMES:
        (folder / "names" / name).write_bytes(sound.getvalue())
    os.mkfifo(folder / "pipe.tif")
    (folder / "nowhere.tif").symlink_to("/nowhere/at/all.tif")
    (folder / "zero.tif").symlink_to("/dev/zero")
    return count + n_sidecars + len([n for n in NAMES if not n.startswith(".")]) + 3


def write_bombs(folder: Path) -> int:
    """Write images that declare, or unpack to, more than they are."""
    contents = bombs()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return len(contents)


def hidden(names: tuple[str, ...]) -> list[str]:
    """Return the names that a folder does not give, and a user must name."""
    return [name for name in names if name.startswith(".")]


def run_images(folder: Path, out: Path, n_expected: int) -> tuple[Counter[str], list[str]]:
    """Take all images through one batch; return what became of them, and what must not be."""
    sized = (FileSettings(match=m, pixel_size_nm=5.0) for m in ("*/names/*", "*[02468].???"))
    settings = Settings(**SETTINGS, files=tuple(sized))
    spread = partial(process_map, workers=2, time_limit_s=LIMIT_S, memory_limit_gb=LIMIT_GB)
    named = folder / "names"
    inputs = [folder, named, *(named / name for name in hidden(NAMES)), folder / ("x" * 300)]
    outcomes = run_batch(inputs, out, settings, None, spread, process_cropped)
    with (out / "summary.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wrong = [f"{o.input}: {o.traceback or o.error}" for o in outcomes if is_wrong(o)]
    expected = n_expected + len(hidden(NAMES)) + 1
    if not len(rows) == len(outcomes) == expected:
        wrong.append(f"{len(rows)} rows, {len(outcomes)} outcomes, {expected} inputs")
    sound = [o for o in outcomes if "/names/" in o.input and o.status == "failed"]
    wrong += [f"sound image with an odd name: {o.input}: {o.error}" for o in sound]
    if any("\n" in row["error"] for row in csv_rows(out / "failures.csv")):
        wrong.append("an error of more than one line")
    return Counter(f"images {outcome.status}" for outcome in outcomes), wrong


def is_wrong(outcome) -> bool:
    """Whether an image broke something: an unforeseen error, a dead worker, a limit overrun.

    A bomb may be stopped by a limit; that is what limits are for.
    """
    signs = ("its worker process died", "raise run.time_limit_s", "raise run.memory_limit_gb")
    is_bomb = Path(outcome.input).name.startswith("bomb")
    return bool(outcome.traceback) or any(
        sign in outcome.error for sign in signs[: 3 - 2 * is_bomb]
    )


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Read a table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def text_jobs(folder: Path, counts: Mapping[str, int], rng) -> Iterator[Hostile]:
    """Write damaged settings, models and transport tables."""
    out = folder / "out"
    out.mkdir(parents=True)
    toml = commented_toml(Settings(**SETTINGS)).encode() + (
        b'\n[[files]]\nmatch = "*_5nm.tif"\npixel_size_nm = 5.0\nsample = "S0"\n'
    )
    for number in range(counts["settings"]):
        path = folder / f"settings{number}.toml"
        old = toml.replace(b"schema = 2", b"schema = 1") if number % 4 == 0 else toml
        path.write_bytes(mutated(old, TEXT, rng))
        yield Hostile("settings", path, out)
    tables = sorted((ROOT / "images" / "transport").glob("*.csv"))
    contents = [b"\n".join(path.read_bytes().split(b"\n")[:120]) for path in tables]
    quantum = b"[Header]\nBYAPP,PPMS\n[Data]\n"
    quantum += b"Temperature (K),Magnetic Field (Oe),Bridge 1 Resistance (Ohms)\n"
    contents.append(
        quantum + b"".join(b"%d.5,%d,%d.25\n" % (n, 10 * n, 100 + n) for n in range(60))
    )
    for number, content in zip(range(counts["transport"]), cycle(contents), strict=False):
        path = folder / f"table{number}{'.dat' if content.startswith(quantum) else '.csv'}"
        path.write_bytes(mutated(content, TEXT, rng))
        yield Hostile("transport", path, out)
    yield from model_jobs(folder, counts["model"], out, rng)


class Touch:
    """What a pickle would do that somebody opened."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.canary}",)


def model_jobs(folder: Path, count: int, out: Path, rng) -> Iterator[Hostile]:
    """Write damaged models: either half of the shipped one, a clustering, disguised pickles."""
    shipped = files.shipped_model_path()
    halves = {".json": shipped.read_bytes(), ".npz": shipped.with_suffix(".npz").read_bytes()}
    clustering = {
        "schema": 1, "kind": "clustering", "method": "kmeans", "features": ["intensity"],
        "means": [[0.1], [0.8]], "covariances": [[[0.01]], [[0.01]]], "weights": [0.7, 0.3],
        "scales_px": [1],
    }  # fmt: skip
    trap = pickle.dumps(Touch(folder / "canary"))
    objects = io.BytesIO()
    with zipfile.ZipFile(objects, "w") as archive:
        for name in zipfile.ZipFile(io.BytesIO(halves[".npz"])).namelist():
            head = b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
            archive.writestr(name, head.ljust(127) + b"\n" + trap)
    for number in range(count):
        path, kind = folder / f"model{number}.json", number % 6
        content = halves[".json"] if kind < 4 else json.dumps(clustering).encode()
        arrays = halves[".npz"]
        if kind in (0, 1, 4, 5):
            content = trap if number == 5 else mutated(content, TEXT, rng)
        if kind in (2, 3):
            arrays = mutated(arrays, IMAGE[:5], rng)
            arrays = {2: trap, 8: objects.getvalue()}.get(number, arrays)
        path.write_bytes(content)
        path.with_suffix(".npz").write_bytes(arrays)
        yield Hostile("model", path, out)


def result_jobs(folder: Path, count: int, rng) -> Iterator[Hostile]:
    """Write result folders of which one file is damaged; some have corrections by hand."""
    whole = folder / "whole"
    images = write_films(whole / "images", 2)
    every = FileSettings(match="*", pixel_size_nm=5.0, pixel_size_source="option")
    settings = Settings(**SETTINGS, files=(every,))
    serial = partial(thread_map, workers=1, time_limit_s=600)
    run_batch([images], whole / "out", settings, None, serial, small_image.process)
    correct(whole / "out" / "film0")
    targets = ["edits.jsonl", "labels_automatic.tif", "labels.tif", "record.json", "grains.csv"]
    targets = [f"film0/{name}" for name in [*targets, "edits.jsonl", "loops.csv", "histogram.csv"]]
    targets += ["film0/size_summary.csv", "film1/record.json", "film1/grains.csv", "summary.csv"]
    targets += ["failures.csv", "pooled_loops.csv", "pooled_histogram.csv", "pooled_flux.json"]
    targets += ["pooled_size_summary.csv", "pooled_loop_summary.csv", ".grainscope.lock"]
    for number, name in zip(range(count), cycle(targets), strict=False):
        case = folder / f"case{number}"
        shutil.copytree(whole, case)
        target = case / "out" / name
        before = (
            target.read_bytes() if target.exists() else b'{"host": "a", "pid": 1, "started": 2}'
        )
        target.write_bytes(mutated(before, IMAGE if name.endswith(".tif") else TEXT, rng))
        yield Hostile("result", target, case / "out")


def correct(folder: Path) -> None:
    """Delete a grain and merge two, as a person would."""
    from grainscope import edits
    from grainscope.records import LogEntry

    stored = files.read_result(folder)
    labels = stored.segmentation.labels
    log = files.open_edit_log(stored)
    log.append(LogEntry("edit", "2026-01-01T00:00:00+00:00", edits.delete(labels, [1])))
    log.append(LogEntry("undo", "2026-01-01T00:00:01+00:00"))
    log.append(LogEntry("edit", "2026-01-01T00:00:02+00:00", edits.delete(labels, [2])))


def read_all(jobs: list[Hostile]) -> tuple[Counter[str], list[str]]:
    """Have every file read in a worker; return what became of them, and what must not be."""
    counts: Counter[str] = Counter()
    wrong = []
    for index, result in process_map(look, jobs, 2, LIMIT_S, LIMIT_GB):
        job = jobs[index]
        status, told = ("lost", result.error) if isinstance(result, Lost) else result
        counts[f"{job.kind} {status}"] += 1
        if status not in ("taken", "refused"):
            wrong.append(f"{job.path}: {status}: {told}")
    if sum(counts.values()) != len(jobs):
        wrong.append(f"{len(jobs)} files, {sum(counts.values())} answers")
    return counts, wrong


def warm_up(folder: Path) -> None:
    """Have everything compiled before limits count."""
    images = write_films(folder / "images", 1)
    settings = Settings(**SETTINGS, files=(FileSettings(match="*", pixel_size_nm=5.0),))
    serial = partial(thread_map, workers=1, time_limit_s=1800)
    run_batch([images], folder / "out", settings, None, serial, small_image.process)


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of everything below a folder."""
    found = [path for path in folder.rglob("*") if not path.is_symlink() and path.is_file()]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


def main() -> None:
    """Write the files, have them read, tell what happened."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=DATA if DATA.is_dir() else None)
    parser.add_argument("--no-bombs", action="store_true", help="they take up to 2 GB")
    parser.add_argument("--folder", type=Path, help="where to work and keep what went wrong")
    chosen = parser.parse_args()
    rng = np.random.default_rng(chosen.seed)
    counts = {kind: round(chosen.files * share) for kind, share in SHARES.items()}
    n_images = chosen.files - sum(counts.values())
    start_s = perf_counter()
    work = Path(tempfile.mkdtemp(dir=chosen.folder))
    n_expected = write_images(work / "images", n_images, counts["sidecar"], chosen.data, rng)
    if not chosen.no_bombs:
        n_expected += write_bombs(work / "images")
    (work / "texts").mkdir()
    before = listing(work)
    warm_up(work / "warm")
    before |= listing(work / "warm")
    told, wrong = run_images(work / "images", work / "out", n_expected)
    after = {n: at for n, at in listing(work).items() if not n.startswith(f"{work}/out/")}
    wrong += [f"changed: {n}" for n in {*before, *after} if before.get(n) != after.get(n)]
    jobs = list(text_jobs(work / "texts" / "a", counts, rng))
    jobs += result_jobs(work / "texts" / "b", counts["result"], rng)
    more, also_wrong = read_all(jobs)
    wrong += also_wrong
    wrong += [f"a canary was touched: {path}" for path in work.rglob("*canary") if path.is_file()]
    for what, count in sorted((told + more).items()):
        print(f"{count:6} {what}")
    n_files = sum((told + more).values())
    print(
        f"{n_files} files of seed {chosen.seed} in {perf_counter() - start_s:.0f} s, "
        f"{len(wrong)} wrong"
    )
    if wrong:
        (work / "wrong.txt").write_text("\n\n".join(wrong), errors="backslashreplace")
        sys.exit(f"see {work}/wrong.txt: {wrong[0][:2000]}")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
