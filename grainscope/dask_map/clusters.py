"""From the word after ``--scheduler`` to a cluster that answers."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from grainscope.dask_map.agreement import check_scheduler
from grainscope.errors import ClusterError, MissingDependencyError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from grainscope.settings import Settings

_CONNECT_LIMIT_S = 15
#: A job stops taking images so long before its wall time; what it has at hand moves on.
_LAST_MINUTES = 5


@dataclass(frozen=True)
class Cluster:
    """A scheduler that answers.

    Attributes
    ----------
    client : distributed.Client
        Connected to it.
    keep : callable
        ``keep(n_images)`` asks for the workers that so many images want. Asked
        again while the run goes on, it replaces those that were lost. Does
        nothing where the workers are not ours.
    """

    client: Any
    keep: Callable[[int], None]

    @property
    def address(self) -> str:
        """Of the scheduler."""
        return str(self.client.scheduler.address)

    @property
    def dashboard(self) -> str:
        """Address of the web page that shows workers and tasks; empty where there is none."""
        return str(self.client.dashboard_link or "")


@contextmanager
def open_cluster(scheduler: str, settings: Settings) -> Iterator[Cluster]:
    """Connect to a cluster, or start one that ends with the block.

    Parameters
    ----------
    scheduler : str
        ``tcp://HOST:PORT`` of a scheduler that runs, ``local`` for worker
        processes of this machine, ``slurm`` for jobs as ``[cluster]`` describes.
    settings : Settings
        ``[cluster]`` and ``run.workers`` are used.

    Yields
    ------
    Cluster

    Raises
    ------
    MissingDependencyError
        The extra ``cluster`` is not installed.
    SettingsError
        Neither an address nor a known word.
    ClusterError
        No scheduler answers there, it has other versions, or SLURM refuses the jobs.
    """
    openers = {"local": _local, "slurm": _slurm}
    if scheduler not in openers and ":" not in scheduler:
        raise SettingsError(f"--scheduler: got {scheduler!r}, expected tcp://HOST:PORT or {_KNOWN}")
    _require_extra()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters becomes a row
    with openers.get(scheduler, _nobody)(settings) as (started, keep):
        client = _connected(started or scheduler)
        try:
            check_scheduler(client)
            yield Cluster(client, keep)
        finally:
            client.close()


_KNOWN = "'local' or 'slurm'"


def _require_extra() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise _no_extra(error) from error


def _no_extra(error: ImportError) -> MissingDependencyError:
    return MissingDependencyError(
        f"--scheduler needs the extra 'cluster' ({error}): pip install 'grainscope[cluster]'"
    )


def _connected(where: Any) -> Any:
    from distributed import Client

    try:
        return Client(where, timeout=_CONNECT_LIMIT_S, set_as_default=False, name="grainscope")
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(
            f"--scheduler {where}: no scheduler answers within {_CONNECT_LIMIT_S} s; "
            "start one with 'dask scheduler', or use --scheduler local"
        ) from error


@contextmanager
def _nobody(settings: Settings) -> Iterator[tuple[None, Callable[[int], None]]]:
    """Start nothing: scheduler and workers are there, and not ours."""
    yield None, lambda n_images: None


@contextmanager
def _local(settings: Settings) -> Iterator[tuple[Any, Callable[[int], None]]]:
    from distributed import LocalCluster

    most = settings.run.workers or os.cpu_count() or 1
    with (
        _failures_allowed(settings),
        LocalCluster(
            n_workers=0,
            threads_per_worker=1,
            host="127.0.0.1",
            memory_limit=0,  # the limit is that of each image's process
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield cluster, lambda n_images: cluster.scale(min(n_images, most))


@contextmanager
def _slurm(settings: Settings) -> Iterator[tuple[Any, Callable[[int], None]]]:
    asked = settings.cluster
    if shutil.which("sbatch") is None:
        raise ClusterError(
            "--scheduler slurm: no sbatch here; give the command on a login node of the cluster"
        )
    minutes = round(asked.walltime_h * 60)
    with (
        _failures_allowed(settings),
        _slurm_cluster_class()(
            queue=asked.queue or None,
            account=asked.account or None,
            cores=asked.cores,
            processes=1,  # one supervisor a job, with a process for each of its images
            memory=f"{job_memory_gb(settings):.3f}GB",
            walltime=f"{minutes // 60:02d}:{minutes % 60:02d}:00",
            interface=asked.interface or None,
            log_directory=asked.log_folder,
            job_extra_directives=list(asked.job_lines),
            job_script_prologue=list(asked.script_lines),
            worker_extra_args=["--lifetime", f"{max(minutes - _LAST_MINUTES, 1)}m"],
            job_name="grainscope",
            python=sys.executable,
        ) as cluster,
    ):
        _check_job(cluster.job_script())

        def keep(n_images: int) -> None:
            wanted = min(asked.jobs, -(-n_images // asked.cores))
            # Never fewer than before: taking a job away could take one that is at work.
            cluster.scale(jobs=max(wanted, len(cluster.worker_spec)))

        yield cluster, keep


def _slurm_cluster_class() -> Any:
    """Load dask-jobqueue, and take Ctrl-C back: loading makes that a quiet exit with code 0."""
    before = signal.getsignal(signal.SIGINT)
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise _no_extra(error) from error
    finally:
        signal.signal(signal.SIGINT, before)
    return SLURMCluster


def job_memory_gb(settings: Settings) -> float:
    """Return the memory to ask for: each image at its limit, and a supervisor."""
    asked = settings.cluster
    return asked.memory_gb or asked.cores * settings.run.memory_limit_gb + 1


def _check_job(script: str) -> None:
    """Ask SLURM whether it would take the job: one that is refused never says so otherwise."""
    with NamedTemporaryFile("w", suffix=".sh") as stream:
        stream.write(script)
        stream.flush()
        asked = subprocess.run(
            ["sbatch", "--test-only", stream.name], capture_output=True, text=True, check=False
        )
    if asked.returncode:
        told = " ".join(asked.stderr.split()) or f"exit code {asked.returncode}"
        raise ClusterError(f"--scheduler slurm: {told}; see [cluster] in the settings")


@contextmanager
def _failures_allowed(settings: Settings) -> Iterator[None]:
    """Let schedulers that start in the block give an image up after so many dead workers."""
    import dask

    with dask.config.set({"distributed.scheduler.allowed-failures": settings.cluster.retries}):
        yield
