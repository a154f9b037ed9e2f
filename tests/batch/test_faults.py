"""What goes wrong around a run: each fault costs what it must and is told in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from grainscope import files
from grainscope.batch import run_batch, summaries
from grainscope.batch.log import RunLog
from grainscope.batch.outcome import one_line
from grainscope.batch.summaries import read_outcomes
from grainscope.errors import OutputError, ResultError
from grainscope.files.whole_files import replacing
from grainscope.settings import FileSettings, Settings

SAMPLES = Settings(files=(FileSettings(match="c*", sample="other"),))
SLEEPER = """
import time

def work(job, report):
    report("measure")
    time.sleep(60)
"""
MISFITS = """
import os
from time import sleep

def work(job, report):
    report("measure")
    word = job.path.read_text()
    if word == "exit":
        os._exit(7)
    held = bytearray(b"1") * 700_000_000 if word == "eat" else b""
    while word == "talk":
        report("measure")
    sleep(60)
"""


def test_an_image_that_vanishes_after_the_start_costs_its_row(images, in_one_thread, tmp_path):
    from grainscope.batch.image_job import process_image

    def remove_next(job, report):
        (images / "b.png").unlink(missing_ok=True)
        return process_image(job, report)

    found = run_batch([images], tmp_path / "out", Settings(), None, in_one_thread, remove_next)
    assert [outcome.status for outcome in found] == ["ok", "failed", "ok"]
    assert found[1].error == f"{images / 'b.png'}: cannot be read (No such file or directory)"


def test_inputs_on_a_read_only_place_are_only_read(images, tmp_path):
    for path in [*images.iterdir(), images]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path: path.stat().st_mtime_ns for path in [*images.iterdir(), images]}
    outcomes = run_batch([images], tmp_path / "out", Settings())
    assert [outcome.status for outcome in outcomes] == ["ok", "empty", "ok"]
    assert {path: path.stat().st_mtime_ns for path in [*images.iterdir(), images]} == before


def test_a_sample_that_cannot_be_pooled_costs_its_rows_and_not_the_run(
    images, tmp_path, monkeypatch
):
    pool = summaries.pool_sample

    def broken(sample, folders):
        if sample == "other":
            raise ZeroDivisionError("nobody\nforesaw")
        return pool(sample, folders)

    monkeypatch.setattr(summaries, "pool_sample", broken)
    out = tmp_path / "out"
    outcomes = run_batch([images], out, SAMPLES)
    assert [outcome.status for outcome in outcomes] == ["ok", "empty", "ok"]
    events = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    told = [event["message"] for event in events if "was not pooled" in event["message"]]
    assert told == [
        "sample other: sizes was not pooled: ZeroDivisionError: nobody foresaw "
        "(the images stand; traceback in log.jsonl)"
    ]
    assert any("in broken" in event["message"] for event in events if event["stage"] == "pool")
    assert "other" in (out / "pooled_histogram.csv").read_text()
    sizes = (out / "pooled_size_summary.csv").read_text()
    assert "unnamed" in sizes
    assert "other" not in sizes


def test_a_table_that_cannot_be_pooled_is_not_left_from_an_older_run(images, tmp_path, monkeypatch):
    out = tmp_path / "out"
    run_batch([images], out, Settings())
    monkeypatch.setattr(summaries, "pooled_histogram", lambda *_: {}["nothing"])
    run_batch([images], out, Settings())
    assert not (out / "pooled_histogram.csv").exists()
    assert (out / "pooled_loops.csv").exists()
    assert len((out / "summary.csv").read_text().splitlines()) == 1 + 3


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")  # noqa: PTH110
def test_a_log_on_a_full_disk_is_no_reason_to_stop(tmp_path):
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    RunLog(tmp_path / "log.jsonl").write("info", "nobody will read this")


def test_a_file_that_cannot_be_written_whole_is_as_it_was(tmp_path):
    path = tmp_path / "summary.csv"
    path.write_text("old")

    def write_half():
        with replacing(path) as partial_path:
            partial_path.write_text("ne")
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"summary.csv cannot be written: No space left"):
        write_half()
    assert [p.name for p in tmp_path.iterdir()] == ["summary.csv"]
    assert path.read_text() == "old"


def test_odd_characters_of_a_name_steer_neither_terminal_nor_log(tmp_path):
    name = os.fsdecode(b"\xff\x1b[2J\n.tif")
    assert one_line(name) == "\\udcff\\x1b[2J .tif"
    RunLog(tmp_path / "log.jsonl").write("info", name)
    assert json.loads((tmp_path / "log.jsonl").read_text())["message"] == name


@pytest.mark.parametrize("harm", [lambda text: text.replace("stem", "s"), lambda text: text + "x"])
def test_a_damaged_summary_is_told_in_one_line(images, tmp_path, harm):
    run_batch([images], tmp_path / "out", Settings())
    path = tmp_path / "out" / "summary.csv"
    path.write_text(harm(path.read_text()))
    with pytest.raises(ResultError, match=r"damaged \(.*\); run the images again"):
        read_outcomes(tmp_path / "out")


@pytest.mark.parametrize("name", ["../../precious", "/etc/precious", "a/../../precious"])
def test_a_record_that_names_files_outside_its_folder_is_refused(images, tmp_path, name):
    (tmp_path / "precious").write_text("keep me")
    run_batch([images], tmp_path / "out", Settings())
    path = tmp_path / "out" / "a" / "record.json"
    record = json.loads(path.read_text())
    record["files"][name] = "0" * 64
    path.write_text(json.dumps(record))
    with pytest.raises(ResultError, match="damaged at files"):
        files.read_record(path.parent)
    outcomes = run_batch([images], tmp_path / "out", Settings())
    assert [outcome.status for outcome in outcomes] == ["ok", "skipped", "skipped"]
    assert (tmp_path / "precious").read_text() == "keep me"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    script = (
        "from sleeper import work\n"
        "from grainscope.batch.processes import process_map\n"
        "tell = lambda job, stage: print(stage, flush=True)\n"
        "list(process_map(work, [1, 2], 2, 90, 8, tell))\n"
    )
    (tmp_path / "run.py").write_text(script)
    run = subprocess.Popen([sys.executable, tmp_path / "run.py"], stdout=subprocess.PIPE, text=True)
    assert [run.stdout.readline().strip() for _ in range(2)] == ["measure", "measure"]
    children = psutil.Process(run.pid).children(recursive=True)
    assert len(children) >= 2
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert psutil.wait_procs(children, timeout=10)[1] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "limit", "told"),
    [
        ("hang", {"time_limit_s": 0.5}, "limit 0.5 s; raise run.time_limit_s"),
        ("talk", {"time_limit_s": 0.5}, "limit 0.5 s; raise run.time_limit_s"),
        ("eat", {"memory_limit_gb": 0.6}, "limit 0.6 GB; raise run.memory_limit_gb"),
        ("exit", {}, "its worker process died (exit code 7)"),
    ],
)
def test_a_single_image_is_stopped_by_the_parent(tmp_path, monkeypatch, word, limit, told):
    (tmp_path / "misfits.py").write_text(MISFITS)
    monkeypatch.syspath_prepend(tmp_path)
    from misfits import work

    (tmp_path / "a.png").write_text(word)
    settings = Settings(run=limit | {"workers": 1}, segmentation={"method": "fast"})
    (outcome,) = run_batch([tmp_path / "a.png"], tmp_path / "out", settings, process=work)
    assert outcome.status == "failed"
    assert outcome.stage == "measure"
    assert told in outcome.error
    assert told in (tmp_path / "out" / "failures.csv").read_text()


@pytest.mark.parametrize("harm", [("edge_weight", "weight"), ("y_um", "why")])
def test_a_table_of_grains_without_a_column_is_damaged(images, tmp_path, harm):
    run_batch([images], tmp_path / "out", Settings())
    path = tmp_path / "out" / "a" / "grains.csv"
    path.write_text(path.read_text().replace(*harm))
    with pytest.raises(ResultError, match=f"damaged at {harm[0]}"):
        files.read_sizes(path.parent)
