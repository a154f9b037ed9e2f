"""What lives on a worker of the cluster: a supervisor, with a process for each image at work.

An image never runs in Dask's own process. It could not be stopped there when it
overran its time, it would take the worker with it when it crashed, and its
compiled libraries would be started with other threads than in a run on one
machine. So the supervisor lends it one of the processes of ``batch``, with the
same limits and the same messages.
"""

from __future__ import annotations

import multiprocessing
from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from grainscope.batch import Lost
from grainscope.batch.processes import LentProcesses
from grainscope.dask_map.agreement import SHARED_DISK_S, disagreement
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
        self._processes = LentProcesses(*self._lent)
        self._checking = Lock()

    def work(self, job: Job) -> Outcome | Lost:
        """Do one image in a process of its own.

        Raises
        ------
        ClusterError
            This worker differs from the side that sent the job.
        """
        with self._checking:
            if not self._checked:
                self._check()
        return self._processes.work(job)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Stop at once when an image at work is no longer wanted: its run has ended or died."""
        if start == "executing" and finish == "released" and str(key).startswith(self.name):
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


def supervised(name: str, job: Job) -> Outcome | Lost:
    """Do one image on the worker that this is called on: the task that Dask sends around."""
    from distributed import get_worker

    supervisor = get_worker().plugins.get(name)
    if supervisor is None:  # between the end of a run and that of its last tasks
        return Lost("cluster", "the run has ended", 0.0)
    return supervisor.work(job)  # type: ignore[no-any-return]
