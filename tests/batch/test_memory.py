"""Freed images leave the process."""

import os
import platform
import subprocess
import sys

import pytest

SCRIPT = """
import os, numpy as np
from pathlib import Path
from grainscope.batch.memory import return_freed_images

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20

if {give_back}:
    return_freed_images()
before = resident_mb()
for _ in range(3):
    images = [np.ones(20 << 20, np.uint8) for _ in range(3)]
    after_last = np.ones(1 << 16, np.uint8)  # keeps the heap from being trimmed
    del images
print(resident_mb() - before)
"""


def kept_mb(give_back: bool) -> float:
    command = [sys.executable, "-c", SCRIPT.format(give_back=give_back)]
    # Workers of a cluster that another test started leave such a variable behind.
    as_it_comes = {name: text for name, text in os.environ.items() if name[:7] != "MALLOC_"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=as_it_comes)
    return float(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps freed images")
def test_freed_images_go_back_to_the_system():
    assert kept_mb(give_back=False) > 20
    assert kept_mb(give_back=True) < 5
