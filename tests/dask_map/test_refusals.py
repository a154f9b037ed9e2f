"""What does not fit is told in one line, before any work."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from threading import Thread

import pytest

from grainscope.cli import run_command_line
from grainscope.dask_map import cluster_map, clusters, open_cluster
from grainscope.dask_map.agreement import disagreement, shared_by
from grainscope.errors import ClusterError
from grainscope.settings import Settings


def refused(capsys, tmp_path, scheduler):
    (tmp_path / "a.png").write_bytes(b"")
    code = run_command_line(
        ["run", str(tmp_path / "a.png"), "-o", str(tmp_path / "out"), "--scheduler", scheduler]
    )
    told = capsys.readouterr().err
    assert code == 2
    assert told.count("\n") == 1
    return told


def test_a_scheduler_that_does_not_answer(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "_CONNECT_LIMIT_S", 1)
    told = refused(capsys, tmp_path, "tcp://127.0.0.1:9")
    assert told.startswith(
        "grainscope: --scheduler tcp://127.0.0.1:9: no scheduler answers within 1 s"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("scheduler", ["nowhere", "http://127.0.0.1:9", "tcp://127.0.0.1:x"])
def test_what_is_no_address(capsys, tmp_path, scheduler):
    assert "--scheduler" in refused(capsys, tmp_path, scheduler)


def test_without_the_extra(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "pip install 'grainscope[cluster]'" in refused(capsys, tmp_path, "local")


def test_slurm_where_there_is_none(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no sbatch here" in refused(capsys, tmp_path, "slurm")


def spread(scheduler, jobs, wait_s=60.0):
    from cluster_work import work

    settings = Settings.model_validate({"cluster": {"wait_s": wait_s}})
    with open_cluster(scheduler, settings) as cluster:
        return list(cluster_map(work, jobs, cluster, settings, str))


@pytest.mark.slow
def test_a_worker_of_another_version(scheduler, workers, other_worker, jobs, tmp_path):
    other = tmp_path / "tifffile-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: tifffile\nVersion: 1.0\n")
    other_worker(scheduler, tmp_path, len(workers(1)) + 1)
    with pytest.raises(
        ClusterError, match=r"^the worker at tcp://\S+ has tifffile 1.0, this side "
    ):
        spread(scheduler, jobs("fine"))


@pytest.mark.slow
def test_a_cluster_that_lacks_a_worker_the_program_or_its_scheduler(
    start_scheduler, start_worker, other_worker, jobs, tmp_path, wait_for, monkeypatch
):
    process, address = start_scheduler("--no-dashboard")
    todo = jobs("sleep")
    with pytest.raises(ClusterError, match=r"^no worker at tcp://.* for 0.2 s \(cluster.wait_s\)"):
        spread(address, todo, wait_s=0.2)

    (tmp_path / "grainscope.py").write_text("raise ImportError('not here')")
    stop = other_worker(address, tmp_path)
    with pytest.raises(
        ClusterError, match=r"cannot load grainscope .*not here.*; install "
    ) as told:
        spread(address, todo)
    assert "\n" not in str(told.value)
    stop()

    monkeypatch.setattr(clusters, "_CONNECT_LIMIT_S", 4)
    Thread(target=lambda: wait_for((tmp_path / "0.at-work").exists) and process.kill()).start()
    start_worker(address)
    with pytest.raises(ClusterError, match="went away; run the same"):
        spread(address, todo)


def test_ctrl_c_stays_a_keyboard_interrupt():
    pytest.importorskip("dask_jobqueue")
    script = (
        "import signal\n"
        "from grainscope.dask_map import clusters\n"
        "clusters._require_extra()\n"
        "clusters._slurm_cluster_class()\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
    )
    script = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n" + script
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_what_a_worker_must_see(jobs, tmp_path):
    job = replace(jobs("fine")[0], model_path=tmp_path / "model.json")
    job.model_path.write_text("{}")
    lock = tmp_path / "out" / ".grainscope.lock"
    lock.write_text("this run")
    shared = shared_by([job])
    assert disagreement(shared) == ""
    older = replace(shared, versions=shared.versions | {"stage 'read'": "0"})
    assert disagreement(older).startswith("has stage 'read' 1, this side 0; ")
    for path, words in (
        (job.path, "does not see the input"),
        (job.model_path, "does not see the model"),
        (lock, "does not see the output folder"),
    ):
        was = path.read_text()
        path.write_text("longer than before")
        assert disagreement(shared).startswith(words)
        path.write_text(was)
