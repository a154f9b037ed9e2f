"""Soaks of tests/soak at a small count: the same scripts, a few seconds each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[1] / "soak"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Windows has neither SIGKILL nor mkfifo"),
]


def soak(script, folder, *options):
    """Run one script; what it says."""
    command = [sys.executable, SOAK / script, "--folder", folder, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if "nothing was tried" in done.stdout:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_run_that_is_killed_goes_on_to_the_same_bytes(tmp_path):
    assert soak("kills.py", tmp_path, "--kills", "1", "--images", "4").splitlines()[-1] == (
        "1 kills survived: no partial folder was seen, all outputs equal to the undisturbed run's"
    )


def test_hostile_files_and_names_break_nothing(tmp_path):
    assert soak("hostile.py", tmp_path, "--files", "12", "--no-bombs").rstrip().endswith(" 0 wrong")
