"""Run tests of a copied tree in a forked process that has all but grainscope loaded.

A fork saves the seconds that pytest, SciPy and Numba take to load. What a changed tree does to
memory, processor or the process itself stays in the fork.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_LIBRARIES = (
    *("numpy", "numba", "pytest", "hypothesis", "pydantic", "cv2", "skimage.measure", "coverage"),
    *("scipy.optimize", "scipy.special", "scipy.stats", "scipy.sparse.linalg", "scipy.ndimage"),
    *("scipy.spatial", "scipy.interpolate", "scipy.integrate", "scipy.signal", "tifffile"),
)
_OPTIONS = (
    *("-q", "-x", "--import-mode=importlib", "--doctest-modules", "-p", "no:cacheprovider"),
    *("-p", "no:xvfb", "-p", "no:napari", "-p", "no:xdist", "-p", "no:cov"),
    *("--no-header", "--no-summary", "--benchmark-disable", "-o", "addopts="),
    "--hypothesis-profile=mutations",  # after the tree's conftest has chosen its own
)
_MEMORY = 8 << 30


def load_libraries() -> None:
    """Load what every fork needs; the package under test must not be among it."""
    import importlib

    import hypothesis

    for name in _LIBRARIES:
        importlib.import_module(name)
    # The same examples each time, and no search for the smallest one that fails.
    hypothesis.settings.register_profile(
        "mutations",
        deadline=None,
        derandomize=True,
        database=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )


def fork_tests(
    tree: Path,
    cache: Path,
    tests: Sequence[str],
    processor_s: float,
    log: Path,
    plugins: Callable[[], Sequence[Any]] = tuple,
) -> str:
    """Run the tests; return passed, failed, crashed or timeout."""
    child = os.fork()
    if child == 0:
        try:
            _be_alone(processor_s, log)
            code = _pytest(tree, cache, tests, plugins())
        except BaseException:
            code = 3
        sys.stdout.flush()
        os._exit(code)
    state = _wait(child, 6 * processor_s + 30)
    if state is None or (
        os.WIFSIGNALED(state) and os.WTERMSIG(state) in (signal.SIGXCPU, signal.SIGKILL)
    ):
        return "timeout"
    if os.WIFSIGNALED(state):
        return "crashed"
    return "passed" if os.WEXITSTATUS(state) == 0 else "failed"


def copied_cache(cache: Path, place: Path) -> Path:
    """Copy the compiled functions by links: Numba replaces files, and never writes in them."""
    shutil.rmtree(place, ignore_errors=True)
    if cache.is_dir():
        shutil.copytree(cache, place, copy_function=os.link)
    return place


def _be_alone(processor_s: float, log: Path) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (int(processor_s) + 1, int(processor_s) + 5))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)


def _pytest(tree: Path, cache: Path, tests: Sequence[str], plugins: Sequence[Any]) -> int:
    import numba
    import pytest

    os.chdir(tree)
    sys.path.insert(0, str(tree))
    os.environ["PYTHONPATH"] = str(tree)
    os.environ["NUMBA_CACHE_DIR"] = str(cache)
    numba.config.reload_config()
    return int(pytest.main([*_OPTIONS, f"--rootdir={tree}", *tests], plugins=list(plugins)))


def _wait(child: int, seconds: float) -> int | None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, state = os.waitpid(child, os.WNOHANG)
        if done:
            return state
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
