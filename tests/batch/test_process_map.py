"""Worker processes: outcomes by index, limits enforced, a lost worker costs one job."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing

import psutil
import pytest

from grainscope.batch.outcome import Lost
from grainscope.batch.processes import process_map
from grainscope.batch.threads import one_thread_each, thread_map
from grainscope.batch.worker_process import _cause
from grainscope.errors import GrainscopeError

WORK = """
import os, time
from functools import partial
from grainscope.batch.portions import share_out

def square(driver, value):
    elsewhere = os.getpid() != driver
    if value == "exit" and elsewhere:
        os._exit(3)
    if value == "raise":
        raise ValueError("no number")
    time.sleep(0.1 if value == 0 else 0)
    return os.getpid(), value if value == "exit" else value**2

def work(job, report):
    report("measure")
    kind, value = job
    if kind == "square":
        return value**2, os.getpid(), os.environ["OMP_NUM_THREADS"]
    if kind == "exit":
        os._exit(value)
    if kind == "sleep":
        time.sleep(value)
    if kind == "eat":
        held = bytearray(b"1") * value
        time.sleep(60)
    if kind == "share":
        portions = list(share_out(partial(square, os.getpid()), value))
        return os.getpid(), [pid for pid, _ in portions], [found for _, found in portions]
    if kind == "raise":
        raise ValueError("two\\nlines")
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A function that a fresh process can import."""
    (tmp_path / "work_of_a_test.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import work_of_a_test

    return work_of_a_test.work


def test_two_workers_bring_every_job_back_whatever_happens_to_one(work):
    jobs = [("square", 3), ("exit", 7), ("raise", 0), ("square", 4), ("sleep", 60), ("square", 5)]
    found = dict(process_map(work, jobs, 2, time_limit_s=1.0, memory_limit_gb=8))
    assert sorted(found) == list(range(6))
    assert [found[i][0] for i in (0, 3, 5)] == [9, 16, 25]
    assert {found[i][2] for i in (0, 3, 5)} == {"1"}
    assert os.getpid() not in {found[i][1] for i in (0, 3, 5)}
    died, raised, late = found[1], found[2], found[4]
    assert isinstance(died, Lost)
    assert (died.stage, died.error) == ("measure", "its worker process died (exit code 7)")
    assert raised.error == "ValueError: two lines"
    assert late.error.endswith("limit 1 s; raise run.time_limit_s")


@pytest.mark.parametrize(
    ("exit_code", "told"),
    [(7, "exit code 7"), (-11, "SIGSEGV"), (-9, "SIGKILL: most likely out of memory"),
     (-40, "exit code -40")],
)  # fmt: skip
def test_why_a_worker_died_is_told_for_any_signal(exit_code, told):
    assert _cause(exit_code) == told


def test_a_worker_past_the_memory_limit_is_stopped(work):
    jobs = [("eat", 700_000_000), ("square", 2)]
    found = dict(process_map(work, jobs, 1, time_limit_s=60, memory_limit_gb=0.5))
    assert "limit 0.5 GB; raise run.memory_limit_gb" in found[0].error
    assert found[1][0] == 4


def test_a_map_that_is_left_takes_its_workers_with_it(work):
    before = set(psutil.Process().children(recursive=True))
    with closing(process_map(work, [("square", 1), ("sleep", 60)], 2, 90, 8)) as results:
        assert next(results)[0] == 0
        assert set(psutil.Process().children(recursive=True)) > before
    left = {
        p for p in set(psutil.Process().children(recursive=True)) - before if "worker" in str(p)
    }
    assert not left


def test_portions_of_a_job_go_to_other_processes_and_come_back_in_order(work):
    before = set(psutil.Process().children(recursive=True))
    found = process_map(work, [("share", range(6))], 1, 60, 8, portions_at_once=2)
    driver, pids, squares = next(found)[1]
    left = set(psutil.Process().children(recursive=True)) - before
    assert squares == [0, 1, 4, 9, 16, 25]
    assert driver not in pids
    assert len(set(pids)) == 2
    assert not {p for p in left if p.pid in pids}  # what waits for work holds memory
    assert list(found) == []


def test_a_portion_that_is_lost_is_done_by_the_job_itself(work):
    found = dict(process_map(work, [("share", [1, "exit", 3])], 1, 60, 8, portions_at_once=2))
    driver, pids, squares = found[0]
    assert squares == [1, "exit", 9]
    assert [pid == driver for pid in pids] == [False, True, False]


def test_what_is_wrong_with_a_portion_is_told_as_of_the_job(work):
    jobs = [("share", [1, "raise", 3]), ("square", 2)]
    found = dict(process_map(work, jobs, 1, 60, 8, portions_at_once=2))
    assert (found[0].stage, found[0].error) == ("measure", "ValueError: no number")
    assert found[1][0] == 4


def test_where_every_process_has_a_job_nothing_is_shared_out(work):
    jobs = [("share", [1, 2]), ("sleep", 60)]
    with closing(process_map(work, jobs, 2, 90, 8, portions_at_once=2)) as results:
        driver, pids, squares = next(results)[1]
    assert squares == [1, 4]
    assert set(pids) == {driver}


def test_a_script_needs_no_main_guard(tmp_path, work):
    script = tmp_path / "script.py"
    script.write_text(
        "from work_of_a_test import work\n"
        "from grainscope.batch.processes import process_map\n"
        "print(next(process_map(work, [('square', 6)], 1, 60, 8))[1][0])\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("36\n", 0)


def test_threads_look_at_the_clock_between_stages():
    def slow(job, report):
        for stage in ("segment", "measure"):
            report(stage)
            if job == "slow":
                from time import sleep

                sleep(0.05)
        return job

    assert dict(thread_map(slow, ["fast"], 1, 60)) == {0: "fast"}
    with pytest.raises(GrainscopeError, match=r"limit 0.01 s; raise run.time_limit_s"):
        dict(thread_map(slow, ["slow"], 1, 0.01))


def test_threads_inside_libraries_are_put_back():
    from grainscope.opencv import cv2

    before = cv2.getNumThreads(), os.environ.get("OMP_NUM_THREADS")
    with one_thread_each():
        assert cv2.getNumThreads() == 1
        assert os.environ["OMP_NUM_THREADS"] == "1"
    assert (cv2.getNumThreads(), os.environ.get("OMP_NUM_THREADS")) == before
