"""A scheduler and workers in processes of their own, on the loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest

from grainscope.batch import Job
from grainscope.settings import Settings

pytest.importorskip("distributed", reason="needs the extra 'cluster'")

ROOT = Path(__file__).parents[2]
WORK = """
import os
from functools import partial
from time import sleep
from unittest.mock import patch
from uuid import uuid4

from grainscope import figures
from grainscope.batch import Outcome
from grainscope.batch.image_job import process_image, whole_image
from grainscope.batch.portions import share_out
from grainscope.mosaic import in_strips
from grainscope.segmentation import tiles


def work(job, report):
    report("measure")
    word = job.path.read_text()
    marker = job.path.with_suffix(".at-work")
    if word == "exit":
        os._exit(7)
    if word == "eat":
        held = bytearray(b"1") * 500_000_000
        sleep(60)
    if word == "kill":  # the supervisor, whoever it is this time
        os.kill(os.getppid(), 9)
    if word == "sleep" or (word == "sleep once" and not marker.exists()):
        marker.write_text(f"{os.getpid()} {os.getppid()}")
        sleep(60)
    n_threads = float(os.environ["OMP_NUM_THREADS"])
    return Outcome(str(job.path), job.folder.name, "ok", seconds=n_threads)


def overview_only(folder, micrograph, segmented, analysis, for_print):
    figures.paint_overview(micrograph, segmented).save(folder / "overview.png")


def image(job, report, take=whole_image):  # the other figures take most of the time
    with patch.object(figures, "write_figures", overview_only):
        return process_image(job, report, take)


def once_slow_image(job, report):
    marker = job.path.with_suffix(".at-work")

    def slow_report(stage):
        report(stage)
        if stage == "write" and job.path.stem == "b" and not marker.exists():
            marker.write_text(f"{os.getpid()} {os.getppid()}")
            sleep(60)

    return image(job, slow_report)


def marked(folder, driver, function, tile):  # by whom it was done
    supervisor, marker = os.getppid(), folder / "tile.at-work"
    done = list(folder.glob(f"{supervisor}-*.tile"))
    if (folder / "hang").exists() and not marker.exists():
        if supervisor == driver:  # leaves the others their tiles
            for _ in range(2400):
                marker.exists() or sleep(0.05)
        elif done:
            marker.write_text(f"{os.getpid()} {supervisor}")
            sleep(60)
    (folder / f"{supervisor}-{uuid4().hex}.tile").touch()
    return function(tile)


def share_out_marked(folder, function, tiles):
    return share_out(partial(marked, folder, os.getppid(), function), tiles)


def tiled_image(job, report, take=None):  # a mosaic of six tiles
    share = partial(share_out_marked, job.path.parent)
    take = partial(in_strips, memory_bytes=10**10, map_tiles=share)
    with patch.object(tiles, "_SIDE_PX", 100), patch.object(tiles, "HALO_PX", 12):
        return image(job, report, take)
"""


def _wait_for(condition, limit_s=60.0):
    end_s = monotonic() + limit_s
    while not (found := condition()):
        assert monotonic() < end_s, "waited in vain"
        sleep(0.05)
    return found


@pytest.fixture
def wait_for():
    """Wait until something is so."""
    return _wait_for


@pytest.fixture(scope="session")
def modules(tmp_path_factory):
    """A folder whose modules this process and every worker can import."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "cluster_work.py").write_text(WORK)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder


@pytest.fixture(scope="session")
def start(modules):
    """Start one of Dask's programs; what still runs in the end is killed."""
    started = []

    def begin(program, *arguments, path=(), **variables):
        search = os.pathsep.join(map(str, [*path, modules, ROOT]))
        quiet = {
            "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"
        }  # it looks 100 times a second
        known = {"PYTHONPATH": search, "OMP_NUM_THREADS": "2"} | quiet
        environment = os.environ | known | variables
        command = [sys.executable, "-m", f"distributed.cli.{program}", *map(str, arguments)]
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=modules,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def start_scheduler(start, tmp_path_factory):
    """Start a scheduler that gives an image up after two dead workers."""

    def begin(*dashboard):
        file = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
        allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        options = ("--host", "127.0.0.1", "--port", 0, "--scheduler-file", file, *dashboard)
        process = start("dask_scheduler", *options, **allowed)
        _wait_for(lambda: file.exists() and file.read_text())
        return process, json.loads(file.read_text())["address"]

    return begin


@pytest.fixture(scope="session")
def scheduler(start_scheduler):
    """Address of a scheduler without workers."""
    return start_scheduler("--dashboard-address", "127.0.0.1:0")[1]


@pytest.fixture(scope="session")
def start_worker(start):
    """Start a worker of one thread, without a nanny: one that is killed stays away."""

    def begin(address, path=()):
        options = ("--nthreads", 1, "--no-dashboard", "--no-nanny", "--host", "127.0.0.1")
        return start("dask_worker", address, *options, path=path)

    return begin


@pytest.fixture(scope="session")
def workers(start_worker, scheduler):
    """Have so many workers or more at the scheduler; they stay for the tests to come."""
    running = []

    def have(count):
        running[:] = [process for process in running if process.poll() is None]
        running.extend(start_worker(scheduler) for _ in range(count - len(running)))
        _wait_for_workers(scheduler, count)
        return running

    return have


def _wait_for_workers(address, count):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=90)


@pytest.fixture
def other_worker(start_worker):
    """Have one more worker, that finds other modules first; return what ends it."""
    started = []

    def begin(address, path, count=1):
        started.append(start_worker(address, [path]))
        _wait_for_workers(address, count)
        return partial(_end, started[-1])

    yield begin
    for process in started:
        _end(process)


def _end(process):
    process.kill()
    process.wait()


@pytest.fixture
def jobs(tmp_path):
    """Turn words into jobs for ``cluster_work.work``: each input holds its word."""

    def build(*words, **limits):
        settings = Settings.model_validate({"run": limits})
        (tmp_path / "out").mkdir()
        for index, word in enumerate(words):
            (tmp_path / f"{index}.png").write_text(word)
        folder = tmp_path / "out"
        return [Job(tmp_path / f"{i}.png", folder / str(i), settings) for i in range(len(words))]

    return build
