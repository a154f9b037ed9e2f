"""Two runs never share an output folder; a dead one does not block it."""

from __future__ import annotations

import json
import os
import socket
from threading import Barrier, Thread

import psutil
import pytest

from grainscope.batch import lock
from grainscope.batch.lock import LOCK_NAME, locked
from grainscope.errors import OutputError


def test_a_second_run_is_refused_and_the_folder_is_free_afterwards(tmp_path):
    with locked(tmp_path / "out"):
        second = pytest.raises(OutputError, match=f"process {os.getpid()} is at work")
        with second, locked(tmp_path / "out"):
            pass
        assert (tmp_path / "out" / LOCK_NAME).exists()
    assert not (tmp_path / "out" / LOCK_NAME).exists()


@pytest.mark.parametrize("age_s", [0, 1000])
def test_the_lock_of_a_dead_process_or_of_another_with_its_number_is_taken_over(tmp_path, age_s):
    pid = os.getpid() if age_s else 2**22 + 12345
    started = psutil.Process().create_time() - age_s
    owner = {"host": socket.gethostname(), "pid": pid, "started": started}
    (tmp_path / LOCK_NAME).write_text(json.dumps(owner))
    with locked(tmp_path):
        assert json.loads((tmp_path / LOCK_NAME).read_text())["pid"] == os.getpid()


def test_a_lock_of_another_machine_is_left_alone(tmp_path):
    (tmp_path / LOCK_NAME).write_text('{"host": "elsewhere", "pid": 1, "started": 0}')
    with pytest.raises(OutputError, match="on elsewhere"), locked(tmp_path):
        pass


@pytest.mark.parametrize(
    "left", ["", '{"host": "h', "[" * 100_000, '{"host": "h", "pid": 1e999, "started": 0}']
)
def test_a_lock_that_was_cut_short_by_a_kill_is_taken_over(tmp_path, left):
    (tmp_path / LOCK_NAME).write_text(left)
    with locked(tmp_path):
        assert json.loads((tmp_path / LOCK_NAME).read_text())["pid"] == os.getpid()
    assert not (tmp_path / LOCK_NAME).exists()


@pytest.mark.parametrize("left", ["", '{"host": "h'])
def test_without_flock_a_lock_that_was_cut_short_is_left_to_the_user(tmp_path, left, monkeypatch):
    monkeypatch.setattr(lock, "fcntl", None)
    (tmp_path / LOCK_NAME).write_text(left)
    with pytest.raises(OutputError, match="cannot be read; delete"), locked(tmp_path):
        pass


def test_without_flock_the_owner_in_the_file_decides(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "fcntl", None)
    second = pytest.raises(OutputError, match="is at work here; wait")
    with locked(tmp_path), second, locked(tmp_path):
        pass
    for pid in (2**22 + 12345, 2**80, -1):
        owner = {"host": socket.gethostname(), "pid": pid, "started": 0}
        (tmp_path / LOCK_NAME).write_text(json.dumps(owner))
        with locked(tmp_path):
            pass
        assert not (tmp_path / LOCK_NAME).exists()


def test_of_many_that_find_the_lock_of_a_dead_run_one_takes_it(tmp_path):
    owner = {"host": socket.gethostname(), "pid": 2**22 + 12345, "started": 0}
    for _ in range(20):
        (tmp_path / LOCK_NAME).write_text(json.dumps(owner))
        inside, refused, gate = [], [], Barrier(6)

        def take(inside=inside, refused=refused, gate=gate):
            gate.wait()
            try:
                with locked(tmp_path):
                    inside.append(1)
                    gate.wait()
            except OutputError:
                refused.append(1)
                gate.wait()

        threads = [Thread(target=take) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(inside), len(refused)) == (1, 5)
