"""A real scheduler and real workers: the same results, whatever happens to a worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from functools import partial
from threading import Thread

import psutil
import pytest
import tifffile

from grainscope import batch
from grainscope.batch import run_batch
from grainscope.batch.threads import thread_map
from grainscope.cli import run_command_line
from grainscope.dask_map import cluster_map, open_cluster
from grainscope.files.shipped import shipped_folder
from grainscope.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def mapped(scheduler, modules):
    """Map ``cluster_work.work`` over jobs on the cluster; the block may leave early."""
    from cluster_work import work

    def build(jobs, told=None, **cluster_settings):
        run = jobs[0].settings.run
        settings = Settings.model_validate({"run": run, "cluster": cluster_settings})
        with open_cluster(scheduler, settings) as cluster:
            note = (told if told is not None else []).append
            with closing(cluster_map(work, jobs, cluster, settings, note)) as results:
                yield from results

    return build


def at_work(marker):
    """Ids of the process that does an image and of its supervisor."""
    return [int(word) for word in marker.read_text().split()] if marker.exists() else None


def test_every_job_comes_back_whatever_happens_to_one(workers, jobs, mapped):
    words = ("fine", "exit", "sleep", "eat", "kill", "fine")
    told = []
    with workers(2):
        found = dict(mapped(jobs(*words, time_limit_s=3, memory_limit_gb=0.6), told))
    assert sorted(found) == list(range(6))
    assert [(found[i].status, found[i].seconds) for i in (0, 5)] == [("ok", 1.0)] * 2
    assert found[1].error == "its worker process died (exit code 7)"
    assert found[2].error.endswith("limit 3 s; raise run.time_limit_s")
    assert found[2].stage == "measure"
    assert "limit 0.6 GB; raise run.memory_limit_gb" in found[3].error
    assert found[4].error.startswith("its worker died, 2 times (the last tcp://127.0.0.1:")
    assert told[0].startswith("cluster tcp://127.0.0.1:")
    assert "dashboard http://127.0.0.1:" in told[0]


def test_a_run_that_is_left_leaves_nothing_at_work(workers, jobs, mapped, wait_for, tmp_path):
    with workers(1, "--nthreads", 2):
        results = mapped(jobs("fine", "sleep"))
        assert next(results)[0] == 0
        pids = wait_for(lambda: at_work(tmp_path / "1.at-work"))
        results.close()
        assert not psutil.pid_exists(pids[0])
        assert psutil.pid_exists(pids[1])


def test_a_run_that_is_killed_leaves_nothing_at_work(
    scheduler, workers, jobs, wait_for, tmp_path, modules
):
    jobs("sleep")
    script = (
        "from pathlib import Path; from cluster_work import work\n"
        "from grainscope.batch import Job\n"
        "from grainscope.dask_map import cluster_map, open_cluster\n"
        "from grainscope.settings import Settings\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "job = Job(folder / '0.png', folder / 'out' / '0', Settings())\n"
        f"with open_cluster({scheduler!r}, Settings()) as cluster:\n"
        "    list(cluster_map(work, [job], cluster, Settings(), print))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [modules, *sys.path]))}
    with workers(1):
        run = subprocess.Popen([sys.executable, "-c", script], env=environment)
        pids = wait_for(lambda: at_work(tmp_path / "0.at-work"))
        run.kill()
        run.wait()
        wait_for(lambda: not psutil.pid_exists(pids[0]), 20)
        assert psutil.pid_exists(pids[1])


def pieces_of_films(folder):
    """Write three pieces of a shipped micrograph."""
    folder.mkdir()
    whole = tifffile.imread(shipped_folder("images") / "dense_000.tif")
    for index, name in enumerate("abc"):
        tifffile.imwrite(folder / f"{name}.tif", whole[60 * index :][:120, :160])
    return folder


def content(out):
    """Return all that a run wrote but times, and the log."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_dir() or name == "log.jsonl":
            continue
        data = path.read_bytes()
        if path.name == "record.json":
            record = json.loads(data)
            assert record.pop("seconds")
            data = json.dumps(record).encode()
        if name == "summary.csv":
            lines = data.decode().splitlines()
            assert lines[0].endswith(",seconds")
            data = "\n".join(line.rpartition(",")[0] for line in lines).encode()
        found[name] = data
    return found


def test_a_run_whose_worker_is_killed_equals_a_serial_one(
    scheduler, workers, modules, wait_for, tmp_path
):
    from cluster_work import image, once_slow_image

    images = pieces_of_films(tmp_path / "images")
    settings = Settings.model_validate(
        {
            "input": {"pixel_size_nm": 5.0},
            "segmentation": {"method": "fast"},
            "run": {"uncertainty_draws": 2},
        }
    )
    killed = []

    def kill():
        supervisor = wait_for(lambda: at_work(images / "b.at-work"))[1]
        killed.append(supervisor)
        os.kill(supervisor, signal.SIGKILL)

    one_thread = partial(thread_map, workers=1, time_limit_s=600)
    alone = run_batch([images], tmp_path / "alone", settings, None, one_thread, image)
    with workers(2), open_cluster(scheduler, settings) as cluster:
        spread = partial(cluster_map, cluster=cluster, settings=settings, note=str)
        killer = Thread(target=kill)
        killer.start()
        found = run_batch([images], tmp_path / "spread", settings, None, spread, once_slow_image)
        killer.join()
    assert killed
    assert [outcome.status for outcome in alone + found] == ["ok"] * 6
    serial, distributed = content(tmp_path / "alone"), content(tmp_path / "spread")
    assert sorted(serial) == sorted(distributed)
    report = {"report.html"}
    assert {name for name in serial if serial[name] != distributed[name]} <= report


def test_local_workers_do_a_run_of_the_command_line(tmp_path, capfd, monkeypatch, modules):
    from cluster_work import image

    monkeypatch.setattr(batch, "run_batch", partial(run_batch, process=image))
    images = pieces_of_films(tmp_path / "images")
    for name in "bc":
        (images / f"{name}.tif").write_bytes(b"text")
    options = ["--set", "segmentation.method=fast", "--set", "run.uncertainty_draws=0"]
    command = ["run", str(images), "-o", str(tmp_path / "out"), "--pixel-size-nm", "5", *options]
    command += ["--scheduler", "local", "--workers", "1"]
    assert run_command_line([*command, "--fail-fast"]) == 1
    told = capfd.readouterr()
    assert told.err.startswith("cluster tcp://127.0.0.1:")
    assert "2 inputs: 1 ok, 1 failed" in told.out
    assert run_command_line(command) == 1
    assert "3 inputs: 1 skipped, 2 failed" in capfd.readouterr().out
