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

from grainscope.batch import BatchOptions, image_job, run_batch
from grainscope.batch.threads import thread_map
from grainscope.cli import run_command_line
from grainscope.dask_map import cluster_map, open_cluster
from grainscope.files import save_model
from grainscope.files.shipped import shipped_folder
from grainscope.mosaic import mosaic_settings
from grainscope.settings import Settings, parse_settings

pytestmark = pytest.mark.slow

ONE_THREAD = partial(thread_map, workers=1, time_limit_s=600)


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
    workers(3)  # one takes two with it
    found = dict(mapped(jobs(*words, time_limit_s=5, memory_limit_gb=0.4), told))
    assert sorted(found) == list(range(6))
    assert [(found[i].status, found[i].seconds) for i in (0, 5)] == [("ok", 1.0)] * 2
    assert found[1].error == "its worker process died (exit code 7)"
    assert found[2].error.endswith("limit 5 s; raise run.time_limit_s")
    assert found[2].stage == "measure"
    assert "limit 0.4 GB; raise run.memory_limit_gb" in found[3].error
    assert found[4].error.startswith("its worker died, 2 times (the last tcp://127.0.0.1:")
    assert told[0].startswith("cluster tcp://127.0.0.1:")
    assert "dashboard http://127.0.0.1:" in told[0]


def test_a_run_that_is_left_leaves_nothing_at_work(workers, jobs, mapped, wait_for, tmp_path):
    workers(2)
    results = mapped(jobs("fine", "sleep"))
    assert next(results)[0] == 0
    pids = wait_for(lambda: at_work(tmp_path / "1.at-work"))
    results.close()
    assert not psutil.pid_exists(pids[0])
    assert psutil.pid_exists(pids[1])


#: ``grainscope``, doing ``cluster_work.work`` with each image.
COMMAND = """
import signal, sys
from cluster_work import work
from grainscope.batch import image_job
from grainscope.cli import run_command_line

image_job.process_image = work
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
sys.exit(run_command_line(sys.argv[1:]))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=str)
def test_a_command_that_is_stopped_leaves_nothing_at_work(
    scheduler, workers, wait_for, tmp_path, modules, how
):
    (tmp_path / "a.png").write_text("sleep")
    out = tmp_path / "out"
    words = ["run", tmp_path / "a.png", "-o", out, "--scheduler", scheduler]
    words += ["--set", "segmentation.method=fast"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [modules, *sys.path]))}
    workers(1)
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, words)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        pids = wait_for(lambda: at_work(tmp_path / "a.at-work"))
        run.send_signal(how)
        _, told = run.communicate(timeout=60)
    wait_for(lambda: not psutil.pid_exists(pids[0]), 20)
    assert psutil.pid_exists(pids[1])
    if how == signal.SIGKILL:
        assert run.returncode == -signal.SIGKILL
        return
    assert run.returncode == 130
    assert told.splitlines()[-1].startswith("stopped: 0 of 1 inputs are done with")
    assert "Traceback" not in told
    assert (out / "summary.csv").exists()


#: What takes little time: no test here looks at a number.
LITTLE = (
    *("segmentation.method=fast", "run.uncertainty_draws=2", "run.print_figures=false"),
    *("grains.bootstrap_draws=20", "grains.goodness_draws=0"),
    *("network.scan_gaps=2", "network.scan_diameters=2"),
    *("transport.field_points=8", "transport.temperature_points=4"),
)


def pieces_of_films(folder, names):
    """Write pieces of a shipped micrograph."""
    folder.mkdir()
    whole = tifffile.imread(shipped_folder("images") / "dense_000.tif")
    for index, name in enumerate(names):
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

    images = pieces_of_films(tmp_path / "images", "ab")
    settings = parse_settings("", "test", ["input.pixel_size_nm=5", *LITTLE])
    killed = []

    def kill():
        supervisor = wait_for(lambda: at_work(images / "b.at-work"))[1]
        killed.append(supervisor)
        os.kill(supervisor, signal.SIGKILL)

    alone = run_batch([images], tmp_path / "alone", settings, None, ONE_THREAD, image)
    workers(2)
    with open_cluster(scheduler, settings) as cluster:
        spread = partial(cluster_map, cluster=cluster, settings=settings, note=str)
        killer = Thread(target=kill)
        killer.start()
        found = run_batch([images], tmp_path / "spread", settings, None, spread, once_slow_image)
        killer.join()
    assert killed
    assert [outcome.status for outcome in alone + found] == ["ok"] * 4
    serial, distributed = content(tmp_path / "alone"), content(tmp_path / "spread")
    assert sorted(serial) == sorted(distributed)
    report = {"report.html"}
    assert {name for name in serial if serial[name] != distributed[name]} <= report


@pytest.fixture
def tiled(tmp_path, tiny_grain_model):
    """A film in a folder, the settings of a mosaic by the default method, and its model."""
    save_model(tiny_grain_model, tmp_path / "tiny.json")
    chosen = [*LITTLE, "input.pixel_size_nm=5", "segmentation.method=default"]
    settings, _ = mosaic_settings(parse_settings("", "test", chosen))
    images = pieces_of_films(tmp_path / "images", "a")
    return images, settings, BatchOptions(model_path=tmp_path / "tiny.json")


def of_tiles(images):
    """Supervisors of the tiles, one for each."""
    return [int(path.name.partition("-")[0]) for path in images.glob("*.tile")]


def test_all_workers_do_the_tiles_of_a_mosaic_and_one_may_die(
    scheduler, workers, modules, wait_for, tmp_path, tiled
):
    from cluster_work import tiled_image

    images, settings, options = tiled
    run_batch([images], tmp_path / "alone", settings, options, ONE_THREAD, tiled_image)
    serial = content(tmp_path / "alone" / "a")
    assert len(of_tiles(images)) == 6
    assert serial["grains.csv"].count(b"\n") > 50

    (images / "hang").touch()
    told, killed = [], []

    def kill():
        killed.extend(wait_for(lambda: at_work(images / "tile.at-work"), 180))
        wait_for(lambda: "tile" in str(told))
        os.kill(killed[1], signal.SIGKILL)

    workers(2)
    killer = Thread(target=kill)
    killer.start()
    with open_cluster(scheduler, settings) as cluster:
        how = {"note": str, "tell": lambda *stage: told.append(stage), "portions_each": 6}
        spread = partial(cluster_map, cluster=cluster, settings=settings, **how)
        found = run_batch(
            [images / "a.tif"], tmp_path / "spread", settings, options, spread, tiled_image
        )
    killer.join()
    assert found[0].error == ""
    assert content(tmp_path / "spread" / "a") == serial
    by_workers = set(of_tiles(images)) - {os.getppid()}
    assert killed[1] in by_workers
    assert len(by_workers) > 1
    assert told[-1][0] == "a"


def test_a_mosaic_whose_run_is_killed_leaves_no_tile_at_work(
    scheduler, workers, modules, wait_for, tmp_path, tiled
):
    images, *_ = tiled
    (images / "hang").touch()
    words = ["run", images / "a.tif", "-o", tmp_path / "out", "--scheduler", scheduler]
    words += ["--memory", "4GB", "--model", tmp_path / "tiny.json", "--pixel-size-nm", "5"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [modules, *sys.path]))}
    workers(2)
    script = COMMAND.replace("import work", "import tiled_image as work")
    command = [sys.executable, "-c", script, *map(str, words)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as run:
        tile, supervisor = wait_for(lambda: at_work(images / "tile.at-work"), 180)
        run.kill()
    wait_for(lambda: not psutil.pid_exists(tile), 30)
    assert psutil.pid_exists(supervisor)


def test_local_workers_do_a_mosaic_of_the_command_line(tmp_path, capfd, monkeypatch, modules):
    from cluster_work import image

    monkeypatch.setattr(image_job, "process_image", image)
    images = pieces_of_films(tmp_path / "images", "a")
    (images / "b.tif").write_bytes(b"text")
    options = ["--pixel-size-nm", "5", *(word for each in LITTLE for word in ("--set", each))]
    command = ["run", str(images), "-o", str(tmp_path / "out"), *options]
    command += ["--memory", "1GB", "--scheduler", "local", "--workers", "1"]
    assert run_command_line(command) == 1
    told = capfd.readouterr()
    assert "a mosaic is measured with run.uncertainty_draws = 0" in told.err
    assert "cluster tcp://127.0.0.1:" in told.err
    assert "2 inputs: 1 ok, 1 failed" in told.out

    text = (tmp_path / "out" / "settings.toml").read_text()
    whole = parse_settings(text, "settings.toml")
    run_batch([images / "a.tif"], tmp_path / "whole", whole, None, ONE_THREAD, image)
    assert content(tmp_path / "out" / "a") == content(tmp_path / "whole" / "a")
