"""The map of a run: long-lived worker processes whose parent enforces the limits.

One image has a process of its own too: a thread could not be stopped, and nothing
else helps where a library hangs or takes all memory. Such a process is there in a
third of a second, less than the command itself takes to start. A worker that dies, or
that the parent kills because it overran a limit, costs the image it had, and is
replaced.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from threading import Lock
from typing import TYPE_CHECKING, Any

from grainscope.batch.outcome import Lost, one_line
from grainscope.batch.portions import Elsewhere
from grainscope.batch.worker_process import WorkerProcess, start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from grainscope.batch.outcome import Job, Outcome, Report
    from grainscope.batch.portions import Portion

_POLL_S = 0.1
#: A job that waits for its portions is looked at more often.
_ASKED_POLL_S = 0.02


def process_map(
    function: Callable[[Job, Report], Outcome],
    jobs: Sequence[Job],
    workers: int,
    time_limit_s: float,
    memory_limit_gb: float,
    tell: Callable[[Job, str], None] = lambda job, stage: None,
    portions_at_once: int = 1,
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
    portions_at_once : int
        Processes for the portions of jobs that are shared out, beside those that wait
        for them; 1 = each job does its own.

    Yields
    ------
    (int, Outcome or Lost)
        Index of the job and what came of it, as they end.
    """
    waiting = deque(enumerate(jobs))
    pool: list[WorkerProcess] = []
    lent = LentProcesses(function, time_limit_s, memory_limit_gb)
    with _lending(lent, portions_at_once, lambda: len(pool)) as elsewhere:
        try:
            while waiting or pool:
                while waiting and len(pool) < workers:
                    pool.append(start_worker(function))
                    pool[-1].give(*waiting.popleft(), elsewhere())
                ready = wait([worker.pipe for worker in pool], timeout=_poll_s(pool))
                for worker in list(pool):
                    worker.answer()
                    ended = worker.hear() if worker.pipe in ready else None
                    if worker.pipe in ready and ended is None:
                        tell(jobs[worker.index], worker.stage)
                    # One that talks all the time is looked at like one that is silent.
                    ended = ended or worker.overrun(time_limit_s, memory_limit_gb)
                    if ended is not None:
                        worker.elsewhere.end()
                        _go_on(worker, ended[1], pool, waiting, elsewhere())
                        yield ended
        finally:
            for worker in pool:
                worker.end()


@contextmanager
def _lending(
    lent: LentProcesses, at_once: int, n_jobs: Callable[[], int]
) -> Iterator[Callable[[], Elsewhere]]:
    """Lend processes of this machine to the portions of jobs, an equal share to each."""
    threads = ThreadPoolExecutor(at_once, thread_name_prefix="grainscope-portions")
    try:
        yield lambda: Elsewhere(
            submit=lambda portion: threads.submit(lent.work, portion),
            room=lambda: at_once // max(n_jobs(), 1),
            result_of=_result_of,
            rest=lent.rest,
        )
    finally:
        lent.end()
        threads.shutdown(cancel_futures=True)


def _result_of(portion: Future[Any]) -> Any:
    try:
        return portion.result()
    except OSError as error:  # no more processes can be had: the job does it by itself
        return Lost("start", one_line(error), 0.0)


def _poll_s(workers: Sequence[WorkerProcess]) -> float:
    return _ASKED_POLL_S if any(worker.asks for worker in workers) else _POLL_S


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
    _idle: list[WorkerProcess] = field(default_factory=list, init=False)
    _busy: list[WorkerProcess] = field(default_factory=list, init=False)
    _ended: bool = field(default=False, init=False)
    _lock: Any = field(default_factory=Lock, init=False)

    def work(
        self,
        job: Job | Portion,
        elsewhere: Elsewhere | None = None,
        key: str = "",
        tell: Report = lambda stage: None,
    ) -> Any:
        """Do one job, or a portion of one, in a process that waits for work, or in a new one.

        Parameters
        ----------
        job : Job or Portion
            What to do.
        elsewhere : Elsewhere, optional
            Where the portions of this job may go.
        key : str
            What ``stop`` may call it.
        tell : callable
            Is told now and then what it is at.

        Returns
        -------
        Outcome or Lost, or the result of the portion
        """
        worker = self._take(key)
        worker.give(0, job, elsewhere)
        keep = False
        try:
            ended = None
            while ended is None:
                worker.answer()
                if wait([worker.pipe], timeout=_poll_s([worker])):
                    ended = worker.hear()
                tell(worker.stage)
                ended = ended or worker.overrun(self.time_limit_s, self.memory_limit_gb)
            keep = not isinstance(ended[1], Lost)
        finally:
            self._take_back(worker, keep)
            worker.elsewhere.end()
        return ended[1]

    def stop(self, key: str) -> None:
        """Kill the process at work on the job of that name; that job is lost."""
        with self._lock:
            for worker in self._busy:
                if worker.key == key:
                    worker.process.kill()

    def rest(self) -> None:
        """End the processes that wait for work."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

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

    def _take(self, key: str) -> WorkerProcess:
        with self._lock:
            if self._ended:
                raise RuntimeError("the run has ended")
            worker = self._idle.pop() if self._idle else start_worker(self.function)
            worker.key = key
            self._busy.append(worker)
        return worker

    def _take_back(self, worker: WorkerProcess, keep: bool) -> None:
        with self._lock:
            self._busy.remove(worker)
            keep = keep and not self._ended
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.end()


def _go_on(
    worker: WorkerProcess,
    result: Outcome | Lost,
    pool: list[WorkerProcess],
    waiting: deque[tuple[int, Any]],
    elsewhere: Elsewhere,
) -> None:
    """Give a worker its next job, or send it home; a lost one is not asked again."""
    if waiting and not isinstance(result, Lost):
        worker.give(*waiting.popleft(), elsewhere)
    else:
        pool.remove(worker)
        worker.end()
