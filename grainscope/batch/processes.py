"""The map of a run: long-lived worker processes whose parent enforces the limits.

One image has a process of its own too: a thread could not be stopped, and nothing
else helps where a library hangs or takes all memory. Such a process is there in a
third of a second, less than the command itself takes to start.

Workers are spawned, not forked (a fork after OpenMP has started threads dies), and
never import the caller's script, so that it needs no ``__main__`` guard. Each has a
pipe: jobs go in, names of stages and outcomes come back. A worker that dies, or that
the parent kills because it overran a limit, costs the image it had, and is replaced.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from threading import Lock, Thread
from time import monotonic
from types import ModuleType
from typing import TYPE_CHECKING, Any

from grainscope.batch.memory import return_freed_images
from grainscope.batch.outcome import Lost, one_line
from grainscope.batch.threads import one_thread_environment, over_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.process import BaseProcess

    from grainscope.batch.outcome import Job, Outcome, Report

_POLL_S = 0.1
#: A worker imports everything before it starts; on a cold, shared disk that takes its time.
_START_LIMIT_S = 300.0
_BYTES_PER_GB = 1e9
#: What a start changes belongs to the whole process.
_STARTING = Lock()


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    index: int = -1  # of the job at hand
    stage: str = "start"
    began: bool = False
    since: float = field(default_factory=monotonic)

    def give(self, index: int, job: Any) -> None:
        self.index, self.stage, self.began, self.since = index, "start", False, monotonic()
        with suppress(ConnectionError):  # it died: the pipe's end will tell
            self.pipe.send(job)

    def lost(self, error: str) -> tuple[int, Lost]:
        stage, _, _part = self.stage.partition(" ")
        return self.index, Lost(stage, error, monotonic() - self.since)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def process_map(
    function: Callable[[Job, Report], Outcome],
    jobs: Sequence[Job],
    workers: int,
    time_limit_s: float,
    memory_limit_gb: float,
    tell: Callable[[Job, str], None] = lambda job, stage: None,
) -> Iterator[tuple[int, Outcome | Lost]]:
    """Call ``function(job, report)`` for each job in worker processes.

    Parameters
    ----------
    function : callable
        Importable by its name; ``report(stage)`` says what it is at.
    jobs : sequence
        Picklable.
    workers : int
        Processes, each with one thread.
    time_limit_s, memory_limit_gb : float
        Per job and per worker (memory that is not that of files, in 1e9 bytes);
        a worker past them is killed and replaced.
    tell : callable
        Is told what each job is at.

    Yields
    ------
    (int, Outcome or Lost)
        Index of the job and what came of it, as they end.
    """
    waiting = deque(enumerate(jobs))
    pool: list[_Worker] = []
    try:
        while waiting or pool:
            while waiting and len(pool) < workers:
                pool.append(_start(function))
                pool[-1].give(*waiting.popleft())
            ready = wait([worker.pipe for worker in pool], timeout=_POLL_S)
            for worker in list(pool):
                ended = _hear(worker) if worker.pipe in ready else None
                if worker.pipe in ready and ended is None:
                    tell(jobs[worker.index], worker.stage)
                # One that talks all the time is looked at like one that is silent.
                ended = ended or _overrun(worker, time_limit_s, memory_limit_gb)
                if ended is not None:
                    _go_on(worker, ended[1], pool, waiting)
                    yield ended
    finally:
        for worker in pool:
            worker.end()


@dataclass
class LentProcesses:
    """Worker processes that are lent for one job at a time, from any thread.

    For a map that shares the jobs out itself and only wants each of them done
    in a process of its own, with the same limits.

    Attributes
    ----------
    function : callable
        As in ``process_map``.
    time_limit_s, memory_limit_gb : float
        As in ``process_map``.
    """

    function: Callable[[Job, Report], Outcome]
    time_limit_s: float
    memory_limit_gb: float
    _idle: list[_Worker] = field(default_factory=list, init=False)
    _busy: list[_Worker] = field(default_factory=list, init=False)
    _ended: bool = field(default=False, init=False)
    _lock: Any = field(default_factory=Lock, init=False)

    def work(self, job: Job) -> Outcome | Lost:
        """Do one job in a process that waits for work, or in a new one."""
        worker = self._take()
        worker.give(0, job)
        ended = None
        while ended is None:
            if wait([worker.pipe], timeout=_POLL_S):
                ended = _hear(worker)
            ended = ended or _overrun(worker, self.time_limit_s, self.memory_limit_gb)
        self._take_back(worker, ended[1])
        return ended[1]

    def end(self) -> None:
        """Kill all processes and return when they are no more; jobs at work are lost."""
        with self._lock:
            self._ended = True
            workers = [*self._idle, *self._busy]
            for worker in workers:
                worker.process.kill()
            self._idle.clear()
        for worker in workers:
            wait([worker.process.sentinel])

    def _take(self) -> _Worker:
        with self._lock:
            if self._ended:
                raise RuntimeError("the run has ended")
            worker = self._idle.pop() if self._idle else _start(self.function)
            self._busy.append(worker)
        return worker

    def _take_back(self, worker: _Worker, result: Outcome | Lost) -> None:
        with self._lock:
            self._busy.remove(worker)
            keep = not (isinstance(result, Lost) or self._ended)
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.end()


def _go_on(
    worker: _Worker, result: Outcome | Lost, pool: list[_Worker], waiting: deque[tuple[int, Any]]
) -> None:
    """Give a worker its next job, or send it home; a lost one is not asked again."""
    if waiting and not isinstance(result, Lost):
        worker.give(*waiting.popleft())
    else:
        pool.remove(worker)
        worker.end()


def _hear(worker: _Worker) -> tuple[int, Outcome | Lost] | None:
    try:
        kind, content = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join(5)
        return worker.lost(f"its worker process died ({_cause(worker.process.exitcode)})")
    if kind == "stage":
        if not worker.began:
            worker.began, worker.since = True, monotonic()
        worker.stage = content
        return None
    if kind == "error":
        return worker.lost(content)
    return worker.index, content


def _cause(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        more = ": most likely out of memory" if name == "SIGKILL" else ""
        return f"{name}{more}"
    return f"exit code {exit_code}"


def _overrun(
    worker: _Worker, time_limit_s: float, memory_limit_gb: float
) -> tuple[int, Lost] | None:
    seconds = monotonic() - worker.since
    limit_s = time_limit_s if worker.began else _START_LIMIT_S
    if seconds > limit_s:
        return worker.lost(over_time(seconds, limit_s))
    memory_gb = _held_gb(worker.process)
    if memory_gb > memory_limit_gb:
        return worker.lost(
            f"took {memory_gb:.2g} GB of memory, limit {memory_limit_gb:g} GB; "
            "raise run.memory_limit_gb or use segmentation.method = 'fast'"
        )
    return None


def _held_gb(process: BaseProcess) -> float:
    """Return what only this process can give back; pages of files the system takes by itself."""
    import psutil

    try:
        found = psutil.Process(process.pid).memory_info()
        return float(found.rss - getattr(found, "shared", 0)) / _BYTES_PER_GB
    except psutil.Error:  # it has just ended; its pipe will tell
        return 0.0


def _start(function: Callable[[Job, Report], Outcome]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_work, args=(function, theirs), daemon=True, name="grainscope-worker"
    )
    with _STARTING, _plain_start():
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextmanager
def _plain_start() -> Iterator[None]:
    """Start a process with one thread a library, and without the caller's script.

    ``spawn`` imports ``__main__`` again in the child. Nothing of ours lives
    there, and a script without a guard would start the run once more.
    """
    caller = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        with one_thread_environment():
            yield
    finally:
        sys.modules["__main__"] = caller


def _work(function: Callable[[Any, Report], Any], pipe: Connection) -> None:
    """Live as a worker until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    Thread(target=_end_with_parent, daemon=True).start()
    from grainscope.opencv import cv2

    cv2.setNumThreads(1)
    return_freed_images()

    def report(stage: str) -> None:
        pipe.send(("stage", stage))

    with suppress(EOFError, OSError):  # the parent is gone
        while True:
            job = pipe.recv()
            try:
                answer = ("done", function(job, report))
            except Exception as error:
                answer = ("error", one_line(f"{type(error).__name__}: {error}"))
            pipe.send(answer)


def _end_with_parent() -> None:
    """End this process as soon as its parent is no more, even if it was killed.

    The next run in the same folder must not find a worker of the last one at work.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
