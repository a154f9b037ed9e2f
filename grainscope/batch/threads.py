"""A map over threads of this process: for a debugger, or a function that cannot be imported.

A thread cannot be killed. The time limit is therefore looked at between two
stages only, the memory limit not at all, and a crash of a compiled library
takes the run with it. A run uses processes, where all three are safe.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from grainscope.errors import GrainscopeError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from grainscope.batch.outcome import Job, Outcome, Report

_THREAD_VARIABLES = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
)


def thread_map(
    function: Callable[[Job, Report], Outcome],
    jobs: Sequence[Job],
    workers: int,
    time_limit_s: float,
    tell: Callable[[Job, str], None] = lambda job, stage: None,
) -> Iterator[tuple[int, Outcome]]:
    """Call ``function(job, report)`` for each job in threads of this process.

    Parameters
    ----------
    function : callable
        Its ``report`` raises ``LimitError`` past the time limit.
    jobs : sequence of Job
        What to work on.
    workers : int
        Threads; each job runs in one, libraries inside use one.
    time_limit_s : float
        Per job, looked at between two stages.
    tell : callable
        Is told what each job is at, from any thread.

    Yields
    ------
    (int, Outcome)
        Index of the job and its outcome, as they end.
    """
    stopped = Event()

    def timed(job: Job) -> Outcome:
        return function(job, _watch(stopped, time_limit_s, partial(tell, job)))

    with one_thread_each():
        pool = ThreadPoolExecutor(workers, thread_name_prefix="grainscope")
        try:
            indices = {pool.submit(timed, job): index for index, job in enumerate(jobs)}
            for future in as_completed(indices):
                yield indices[future], future.result()
        finally:
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _watch(stopped: Event, time_limit_s: float, tell: Report) -> Report:
    start = monotonic()

    def report(stage: str) -> None:
        if stopped.is_set():
            raise GrainscopeError("the run was stopped")
        seconds = monotonic() - start
        if seconds > time_limit_s:
            raise LimitError(over_time(seconds, time_limit_s))
        tell(stage)

    return report


def over_time(seconds: float, limit_s: float) -> str:
    """Return what to tell of an image that took too long."""
    return f"took {seconds:.3g} s, limit {limit_s:g} s; raise run.time_limit_s"


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Keep libraries to one thread inside, so that sums do not depend on how many share the work.

    Set for libraries that are loaded already and, through the environment, for
    those yet to be loaded; all is put back afterwards.
    """
    from threadpoolctl import threadpool_limits

    from grainscope.opencv import cv2

    cv2_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with one_thread_environment(), threadpool_limits(limits=1):
            yield
    finally:
        cv2.setNumThreads(cv2_threads)


@contextmanager
def one_thread_environment() -> Iterator[None]:
    """Set the variables that keep a library to one thread when it is loaded; then put them back."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
