"""The map: jobs to the cluster, what came of them back, and nothing left behind."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from grainscope.dask_map.agreement import answered, check_workers, shared_by
from grainscope.dask_map.futures import connection, result_of
from grainscope.dask_map.supervision import Supervisor, supervised
from grainscope.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from grainscope.batch import Job, Lost, Outcome
    from grainscope.batch.outcome import Report
    from grainscope.dask_map.clusters import Cluster
    from grainscope.settings import Settings

#: How often a run that hears nothing looks after its workers.
_LOOK_S = 5.0
_POLL_S = 0.5
#: Workers that were asked for take a moment; past it the wait is told.
_PATIENCE_S = 10.0
#: Portions of one job that are elsewhere at a time: those wait in the scheduler, 14 MB each.
MOST_PORTIONS = 64


def cluster_map(
    function: Callable[[Job, Report], Outcome],
    jobs: Sequence[Job],
    cluster: Cluster,
    settings: Settings,
    note: Callable[[str], None],
    tell: Callable[[str, str], None] = lambda stem, stage: None,
    portions_each: int = 1,
) -> Generator[tuple[int, Outcome | Lost]]:
    """Call ``function(job, report)`` for each job on a cluster.

    Parameters
    ----------
    function : callable
        Importable by its name on the workers.
    jobs : sequence of Job
        Their paths mean the same file on every worker.
    cluster : Cluster
        From ``open_cluster``.
    settings : Settings
        Limits of time and memory, ``run.workers`` (most images at a time; 0 =
        as many as the workers have threads), ``[cluster]``.
    note : callable
        Is told where the dashboard is, and what is waited for.
    tell : callable
        Is told now and then the stem of an image and what it is at, from any thread.
    portions_each : int
        Of how many portions a job is at the most, where it shares itself out: workers that
        are ours start for so many.

    Yields
    ------
    (int, Outcome or Lost)
        Index of the job and what came of it, as they end. An image whose
        worker died is tried on others, then lost.

    Raises
    ------
    ClusterError
        The workers do not fit, none is there for ``cluster.wait_s``, or the
        scheduler went away. What was done is kept.
    """
    if not jobs:
        return
    note(f"cluster {cluster.address}, dashboard {cluster.dashboard or 'not there'}")
    watch = _Watch(cluster, settings, note, len(jobs), portions_each)
    watch.wait_for_a_worker()
    shared = shared_by(jobs)
    check_workers(cluster.client, shared)
    supervisor = Supervisor(f"grainscope-{uuid4().hex[:8]}", function, shared, settings.run)
    with _at_work(cluster, supervisor, tell) as submitted:
        waiting = deque(enumerate(jobs))
        while waiting or submitted.pending:
            watch.look()
            while waiting and len(submitted.pending) < watch.most:
                submitted.add(*waiting.popleft())
            submitted.share(watch.n_slots)
            for ended in submitted.next_end():
                watch.left -= 1
                yield ended


@dataclass
class _Watch:
    """Looks after the workers: asks for lost ones again, gives up when none is left."""

    cluster: Cluster
    settings: Settings
    note: Callable[[str], None]
    left: int
    portions_each: int
    n_slots: int = 0
    looked: float = field(default=float("-inf"))
    seen: float = field(default_factory=monotonic)
    told: bool = False

    @property
    def most(self) -> int:
        """Jobs that may be on the cluster: no more than it can begin at once.

        Dask blames the death of a worker on all jobs that it was sent, those
        that wait there included, and the scheduler need not know of a million.
        """
        return self.settings.run.workers or max(self.n_slots, 1)

    def wait_for_a_worker(self) -> None:
        self.look()
        while not self.n_slots:
            sleep(_POLL_S)
            self.look(_POLL_S)

    def look(self, every_s: float = _LOOK_S) -> None:
        now = monotonic()
        if now - self.looked < every_s:
            return
        self.looked = now
        with connection(self.cluster.address):
            self.cluster.keep(self.left * self.portions_each)
            self.n_slots = sum(self.cluster.client.nthreads().values())
        if self.n_slots:
            self.seen, self.told = now, False
            return
        wait_s = self.settings.cluster.wait_s
        if now - self.seen > wait_s:
            raise ClusterError(
                f"no worker at {self.cluster.address} for {wait_s:g} s (cluster.wait_s); start "
                "workers there, then run the same command again: what is done is kept"
            )
        if not self.told and now - self.seen > _PATIENCE_S:
            self.note(f"waiting for a worker at {self.cluster.address}, up to {wait_s:g} s")
            self.told = True


@dataclass
class _Submitted:
    """The jobs that are on the cluster, and those that ended there."""

    cluster: Cluster
    name: str
    pending: dict[Any, int] = field(default_factory=dict)
    ended: SimpleQueue[Any] = field(default_factory=SimpleQueue)
    shared: int = 1

    def share(self, n_slots: int) -> None:
        """Let the workers know how many portions each job may have elsewhere."""
        share = min(-(-n_slots // max(len(self.pending), 1)), MOST_PORTIONS)
        if share != self.shared:
            with connection(self.cluster.address):
                self.cluster.client.set_metadata([self.name], share)
            self.shared = share

    def add(self, index: int, job: Job) -> None:
        with connection(self.cluster.address):
            future = self.cluster.client.submit(
                supervised, self.name, job, key=f"{self.name}-{index}", pure=False
            )
        self.pending[future] = index
        future.add_done_callback(self.ended.put)

    def next_end(self) -> Iterator[tuple[int, Outcome | Lost]]:
        """Yield the next job that ends, or nothing for so long that the workers want a look."""
        with suppress(Empty):
            future = self.ended.get(timeout=_LOOK_S)
            yield self.pending.pop(future), result_of(future, self.cluster.address)


@contextmanager
def _at_work(
    cluster: Cluster, supervisor: Supervisor, tell: Callable[[str, str], None]
) -> Iterator[_Submitted]:
    """Have a supervisor on every worker, those to come included; in the end none, at once."""
    client = cluster.client
    submitted = _Submitted(cluster, supervisor.name)
    with connection(cluster.address):
        client.subscribe_topic(supervisor.name, lambda event: tell(*event[1]))
        answered(client, lambda: client.register_plugin(supervisor))
    try:
        yield submitted
    finally:
        with suppress(Exception):  # nobody may be there any more
            pending = list(submitted.pending)
            answered(client, lambda: client.cancel(pending, force=True))
            client.unsubscribe_topic(supervisor.name)
            answered(client, lambda: client.unregister_worker_plugin(supervisor.name))
