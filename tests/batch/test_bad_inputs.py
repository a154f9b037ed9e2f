"""The real pipeline on bad files: each costs one row with one clear line, the rest is done."""

from __future__ import annotations

import csv
import json
import os
import signal
import struct
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from grainscope.batch import BatchOptions, run_batch
from grainscope.batch.lock import LOCK_NAME
from grainscope.batch.processes import process_map
from grainscope.batch.threads import thread_map
from grainscope.settings import (
    FileSettings,
    GrainSettings,
    RunSettings,
    SegmentationSettings,
    Settings,
    TransportSettings,
)

pytestmark = pytest.mark.slow
#: Few points and draws, figures for the screen: no test here looks at a number.
FAST = Settings(
    segmentation=SegmentationSettings(method="fast"),
    grains=GrainSettings(bootstrap_draws=20, goodness_draws=0),
    transport=TransportSettings(field_points=12, temperature_points=12),
    run=RunSettings(print_figures=False, uncertainty_draws=2),
)
SIZED = FAST.model_copy(update={"files": (FileSettings(match="*", pixel_size_nm=5.0),)})


def one_by_one(function, jobs):
    return thread_map(function, jobs, workers=1, time_limit_s=60)


def film(n_grains: int = 30, shape: tuple[int, int] = (96, 128), seed: int = 1) -> np.ndarray:
    """Bright discs on a dark noisy ground."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    grey = rng.normal(50, 5, shape)
    for cy, cx in rng.uniform((8, 8), np.subtract(shape, 8), (n_grains, 2)):
        grey[np.hypot(y - cy, x - cx) < rng.uniform(3, 7)] = 180
    return grey.clip(0, 255).astype(np.uint8)


def rows(path):
    with path.open(newline="") as stream:
        return {row["input"].rsplit("/", 1)[1]: row for row in csv.DictReader(stream)}


@pytest.fixture
def bad_files(tmp_path):
    """A folder with everything that can be wrong with a file, and one good image."""
    folder = tmp_path / "images"
    (folder / "empty_folder").mkdir(parents=True)
    good = film()

    def tiff(name, array, **options):
        tifffile.imwrite(folder / f"{name}.tif", array, photometric="minisblack", **options)

    tiff("good", good)
    whole = (folder / "good.tif").read_bytes()
    (folder / "truncated.tif").write_bytes(whole[: len(whole) // 2])
    (folder / "text.tif").write_text("dear diary")
    (folder / "no_bytes.tif").write_bytes(b"")
    tiff("one_pixel", np.full((1, 1), 7, np.uint8))
    tiff("constant", np.full((60, 80), 99, np.uint8))
    tiff("not_a_number", np.where(good > 100, np.nan, good).astype(np.float32))
    tiff("infinite", np.where(good > 100, np.inf, good).astype(np.float32))
    tiff("twelve_bits", good.astype(np.uint16) * 16)
    tiff("two_pages", np.stack([good, good]))
    tifffile.imwrite(folder / "colour.tif", np.stack([good] * 3, -1), photometric="rgb")
    (folder / "enormous.tif").write_bytes(enormous_tiff())
    return folder


def enormous_tiff() -> bytes:
    """A TIFF that declares 100,000 × 100,000 pixels and holds none."""
    tags = [(256, 100_000), (257, 100_000), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1)]
    tags += [(278, 100_000), (279, 10_000)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0)


def test_every_bad_file_costs_one_row_and_the_rest_is_done(bad_files, tmp_path):
    inputs = [bad_files, bad_files / "empty_folder", bad_files / "missing.tif"]
    outcomes = run_batch(inputs, tmp_path / "out", SIZED, BatchOptions(), one_by_one)
    found = rows(tmp_path / "out" / "summary.csv")
    failed = rows(tmp_path / "out" / "failures.csv")
    assert len(outcomes) == len(found) == 14
    done = {"good.tif", "constant.tif", "one_pixel.tif", "twelve_bits.tif", "two_pages.tif"}
    done |= {"colour.tif"}
    refused = {"truncated.tif", "text.tif", "no_bytes.tif", "enormous.tif", "missing.tif"}
    refused |= {"empty_folder"}
    assert {name for name, row in found.items() if row["status"] in ("ok", "empty")} >= done
    assert refused <= set(failed)
    assert {found[name]["status"] for name in ("constant.tif", "one_pixel.tif")} == {"empty"}
    assert int(found["good.tif"]["n_grains"]) > 10
    for name in refused:
        error = failed[name]["error"]
        assert "\n" not in error
        assert name in error or "empty_folder" in error
        assert failed[name]["stage"] == "read"
    assert not any(outcome.traceback for outcome in outcomes)


def test_without_a_pixel_size_the_row_says_which_option_gives_it(bad_files, tmp_path):
    outcomes = run_batch([bad_files / "good.tif"], tmp_path / "out", FAST)
    assert outcomes[0].status == "failed"
    assert "--pixel-size-nm" in outcomes[0].error


def test_two_processes_and_one_thread_write_the_same_bytes(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for seed in range(2):
        tifffile.imwrite(folder / f"film{seed}.tif", film(seed=seed), photometric="minisblack")

    def two_workers(function, jobs):
        return process_map(function, jobs, 2, time_limit_s=120, memory_limit_gb=8)

    run_batch([folder], tmp_path / "one", SIZED, None, one_by_one)
    outcomes = run_batch([folder], tmp_path / "two", SIZED, None, two_workers)
    assert [outcome.status for outcome in outcomes] == ["ok"] * 2
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert list(one) == list(two)
    assert [name for name in one if one[name] != two[name]] == []


def contents(out):
    """Return every file that has no times in it; records without their seconds."""
    found = {p.relative_to(out).as_posix(): p for p in sorted(out.rglob("*")) if p.is_file()}
    for name in ("summary.csv", "log.jsonl", "report.html"):
        del found[name]
    content = {name: path.read_bytes() for name, path in found.items()}
    for name in [name for name in content if name.endswith("record.json")]:
        record = json.loads(content[name])
        assert record.pop("seconds")
        content[name] = record
    return content


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_leaves_everything_valid(tmp_path):
    folder, out = tmp_path / "images", tmp_path / "out"
    folder.mkdir()
    for seed in range(40):
        tifffile.imwrite(folder / f"film{seed}.tif", film(seed=seed), photometric="minisblack")
    command = [sys.executable, "-m", "grainscope", "run", str(folder), "-o", str(out)]
    command += ["--set", "segmentation.method=fast", "--set", "run.print_figures=false"]
    run = subprocess.Popen(
        [*command, "--pixel-size-nm", "5", "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in run.stdout:  # the first image that is done
        assert line.startswith("[1/40]")
        break
    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "run the same command again" in told
    done = rows(out / "summary.csv")
    assert 1 <= len(done) < 40
    folders = {path.name for path in out.iterdir() if path.is_dir()}
    assert folders >= {row["stem"] for row in done.values()}
    assert all((out / name / "record.json").exists() for name in folders)
    assert not (out / LOCK_NAME).exists()
