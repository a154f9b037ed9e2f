"""One worker process and its pipe, both ends: jobs go in, stages and outcomes come back.

Workers are spawned, not forked (a fork after OpenMP has started threads dies), and
never import the caller's script, so that it needs no ``__main__`` guard. Portions of a
job that is shared out take the same way (``portions``).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from threading import Lock, Thread
from time import monotonic
from types import ModuleType
from typing import TYPE_CHECKING, Any

from grainscope.batch.memory import return_freed_images
from grainscope.batch.outcome import Lost, one_line
from grainscope.batch.portions import Elsewhere, Portion, listen_to, nowhere
from grainscope.batch.threads import one_thread_environment, over_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess

    from grainscope.batch.outcome import Job, Outcome, Report

#: A worker imports everything before it starts; on a cold, shared disk that takes its time.
_START_LIMIT_S = 300.0
_BYTES_PER_GB = 1e9
#: What a start changes belongs to the whole process.
_STARTING = Lock()


@dataclass
class WorkerProcess:
    """A worker as its parent sees it.

    Attributes
    ----------
    process : BaseProcess
    pipe : Connection
        Our end.
    index : int
        Of the job at hand.
    stage : str
        What it is at.
    began : bool
        Whether it has told a stage yet: before that it starts.
    since : float
        When it began.
    elsewhere : Elsewhere
        The portions of its job that others have.
    asks : bool
        Whether it waits for one of them.
    key : str
        Another name of the job.
    """

    process: BaseProcess
    pipe: Connection
    index: int = -1
    stage: str = "start"
    began: bool = False
    since: float = field(default_factory=monotonic)
    elsewhere: Elsewhere = field(default_factory=nowhere)
    asks: bool = False
    key: str = ""

    def give(self, index: int, job: Any, elsewhere: Elsewhere | None = None) -> None:
        """Have it do a job, or a portion of one."""
        self.index, self.stage, self.began, self.since = index, "start", False, monotonic()
        self.elsewhere, self.asks = elsewhere or nowhere(), False
        self.send(job)

    def send(self, content: Any) -> None:
        """Write to its pipe."""
        with suppress(ConnectionError):  # it died: the pipe's end will tell
            self.pipe.send(content)

    def answer(self) -> None:
        """Give it a portion that is back, if it waits for one."""
        if self.asks and (found := self.elsewhere.take()) is not None:
            self.asks = False
            self.send(found)

    def lost(self, error: str) -> tuple[int, Lost]:
        """Return that the job is lost."""
        stage, _, _part = self.stage.partition(" ")
        return self.index, Lost(stage, error, monotonic() - self.since)

    def hear(self) -> tuple[int, Any] | None:
        """Read one message, and return what came of the job where it is the last one."""
        try:
            kind, content = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(5)
            return self.lost(f"its worker process died ({_cause(self.process.exitcode)})")
        if kind == "error":
            return self.lost(content)
        if kind == "done":
            return self.index, content
        if kind == "stage":
            if not self.began:
                self.began, self.since = True, monotonic()
            self.stage = content
        else:
            self._pass_on(kind, content)
        return None

    def _pass_on(self, kind: str, content: Any) -> None:
        """Do what a job asks that shares itself out (``portions.share_out``)."""
        if kind == "room":
            self.send(self.elsewhere.room())
        elif kind == "portion":
            self.elsewhere.put(*content)
        elif kind == "answer":
            self.asks = True
        else:  # all are back
            self.elsewhere.end()

    def overrun(self, time_limit_s: float, memory_limit_gb: float) -> tuple[int, Lost] | None:
        """Return what becomes of the job where it is past a limit."""
        seconds = monotonic() - self.since
        limit_s = time_limit_s if self.began else _START_LIMIT_S
        if seconds > limit_s:
            return self.lost(over_time(seconds, limit_s))
        memory_gb = _held_gb(self.process)
        if memory_gb > memory_limit_gb:
            return self.lost(
                f"took {memory_gb:.2g} GB of memory, limit {memory_limit_gb:g} GB; "
                "raise run.memory_limit_gb or use segmentation.method = 'fast'"
            )
        return None

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _cause(exit_code: int | None) -> str:
    if exit_code == -signal.SIGKILL:
        return "SIGKILL: most likely out of memory"
    if exit_code in {-one for one in signal.Signals}:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"


def _held_gb(process: BaseProcess) -> float:
    """Return what only this process can give back; pages of files the system takes by itself."""
    import psutil

    try:
        found = psutil.Process(process.pid).memory_info()
        return float(found.rss - getattr(found, "shared", 0)) / _BYTES_PER_GB
    except psutil.Error:  # it has just ended; its pipe will tell
        return 0.0


def start_worker(function: Callable[[Job, Report], Outcome]) -> WorkerProcess:
    """Start a process that calls ``function(job, report)`` for each job that it is given."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_work, args=(function, theirs), daemon=True, name="grainscope-worker"
    )
    with _STARTING, _plain_start():
        process.start()
    theirs.close()
    return WorkerProcess(process, ours)


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
    listen_to(pipe)

    def report(stage: str) -> None:
        pipe.send(("stage", stage))

    with suppress(EOFError, OSError):  # the parent is gone
        while True:
            job = pipe.recv()
            try:
                answer = ("done", _done(job, function, report))
            except Exception as error:
                answer = ("error", one_line(f"{type(error).__name__}: {error}"))
            pipe.send(answer)


def _done(job: Any, function: Callable[[Any, Report], Any], report: Report) -> Any:
    if not isinstance(job, Portion):
        return function(job, report)
    report("portion")
    return job.work()


def _end_with_parent() -> None:
    """End this process as soon as its parent is no more, even if it was killed.

    The next run in the same folder must not find a worker of the last one at work.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
