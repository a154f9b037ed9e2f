"""Two runs never share an output folder; a dead one does not block it."""

from __future__ import annotations

import json
import os
import socket

import psutil
import pytest

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
