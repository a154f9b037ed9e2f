"""What lives on a worker of the cluster: a supervisor, with a process for each image at work.

An image never runs in Dask's own process. It could not be stopped there when it
overran its time, it would take the worker with it when it crashed, and its
compiled libraries would be started with other threads than in a run on one
machine. So the supervisor lends it one of the processes of ``batch``, with the
same limits and the same messages. A job that shares itself out asks its supervisor,
who sends the portions to the cluster as tasks; then it is no longer counted among those
that its worker has room for, since it waits.
"""

from __future__ import annotations

import multiprocessing
import warnings
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from grainscope.batch import Lost
from grainscope.batch.portions import Elsewhere, Portion
from grainscope.batch.processes import LentProcesses
from grainscope.dask_map.agreement import SHARED_DISK_S, disagreement
from grainscope.dask_map.futures import connection, result_of
from grainscope.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grainscope.batch import Job, Outcome
    from grainscope.batch.outcome import Report
    from grainscope.dask_map.agreement import Shared
    from grainscope.settings.run import RunSettings

try:
    from distributed import WorkerPlugin
except ImportError:  # nobody calls this then: open_cluster has said so
    WorkerPlugin = object

#: In the keys of portions, after the name of their run.
_PORTION = "-portion-"
#: How often a supervisor tells what a job is at.
_TELL_S = 5.0


class Supervisor(WorkerPlugin):  # type: ignore[misc]
    """The supervisor of one run on one worker.

    Parameters
    ----------
    name : str
        Of the run; the keys of its tasks begin with it.
    function : callable
        As in ``batch.run_batch``.
    shared : Shared
        What a worker must have in common with the side that sends the jobs.
    limits : RunSettings
        Time and memory.
    """

    def __init__(
        self,
        name: str,
        function: Callable[[Job, Report], Outcome],
        shared: Shared,
        limits: RunSettings,
    ) -> None:
        self.name = name
        self._shared = shared
        self._lent = (function, limits.time_limit_s, limits.memory_limit_gb)
        self._checked = False

    def setup(self, worker: Any) -> None:
        """Arrive on a worker."""
        # Dask marks its workers as daemons, which may have no children. Ours end with it.
        multiprocessing.current_process().daemon = False
        # Portions carry their pixels, and are meant to.
        warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
        self._worker = worker
        self._processes = LentProcesses(*self._lent)
        self._checking = Lock()

    def work(self, job: Job | Portion, key: str) -> Any:
        """Do one image, or a portion of one, in a process of its own.

        Raises
        ------
        ClusterError
            This worker differs from the side that sent the job.
        """
        with self._checking:
            if not self._checked:
                self._check()
        if isinstance(job, Portion):
            return self._processes.work(job, key=key)
        tell = _Paced(partial(self._worker.log_event, self.name), job.folder.name)
        return self._processes.work(job, _other_workers(self.name), key, tell)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Stop at once what is at work and no longer wanted.

        A portion ends with its image; with an image its run has ended or died.
        """
        key, at_work = str(key), ("executing", "long-running")
        if start not in at_work or finish != "released" or not key.startswith(self.name):
            return
        if key.startswith(self.name + _PORTION):
            self._processes.stop(key)
        else:
            self._processes.end()

    def teardown(self, worker: Any) -> None:
        """Leave with all processes."""
        self._processes.end()

    def _check(self) -> None:
        end_s = monotonic() + SHARED_DISK_S
        while (told := disagreement(self._shared)) and monotonic() < end_s:
            sleep(1)
        if told:
            raise ClusterError(f"a worker that came later {told}")
        self._checked = True


@dataclass
class _Paced:
    """Tells what an image is at, now and then."""

    log_event: Callable[[tuple[str, str]], None]
    stem: str
    told: str = "start"
    at_s: float = field(default_factory=monotonic)

    def __call__(self, stage: str) -> None:
        if stage != self.told and monotonic() - self.at_s >= _TELL_S:
            self.log_event((self.stem, stage))
            self.told, self.at_s = stage, monotonic()


def _other_workers(name: str) -> Elsewhere:
    """Return the way of portions to all workers, for the task that this is called in."""
    from distributed import get_client, get_worker, secede

    address = get_worker().scheduler.address
    has_seceded = False

    def submit(portion: Portion) -> Any:
        nonlocal has_seceded
        if not has_seceded:  # or a portion might wait for this very thread
            secede()
            has_seceded = True
        with connection(address):
            key = f"{name}{_PORTION}{uuid4().hex}"
            return get_client().submit(supervised, name, portion, key=key, pure=False)

    def room() -> int:
        with connection(address):
            return int(get_client().get_metadata([name], 1))

    return Elsewhere(submit, room, partial(result_of, address=address))


def supervised(name: str, job: Job | Portion) -> Any:
    """Do one image, or a portion of one, on the worker that this is called on.

    The task that Dask sends around.
    """
    from distributed import get_worker

    worker = get_worker()
    supervisor = worker.plugins.get(name)
    if supervisor is None:  # between the end of a run and that of its last tasks
        return Lost("cluster", "the run has ended", 0.0)
    return supervisor.work(job, str(worker.get_current_task()))
