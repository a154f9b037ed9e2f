"""Whether the workers run the same programs and see the same files as this side.

Results are equal bit for bit only where they do, so each worker is asked before
any work, and one that comes later before its first image.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from grainscope import __version__, files
from grainscope.batch.lock import LOCK_NAME
from grainscope.errors import ClusterError
from grainscope.files.versions import library_versions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from grainscope.batch import Job

#: A shared disk shows a new file on other machines only after a while.
SHARED_DISK_S = 20.0
_ANSWER_LIMIT_S = 60.0
_FOLDERS_LOOKED_AT = 200
_DASK_PARTS = ("dask", "distributed", "msgpack", "cloudpickle")


@dataclass(frozen=True)
class Shared:
    """What a worker must have in common with this side.

    Attributes
    ----------
    versions : mapping of str to str
        Of program, stages and libraries.
    out : Path
        The output folder.
    lock : str
        Content of its lock: another folder of that name would hold another one.
    sizes : mapping of Path to int
        Bytes of one input of each folder.
    models : mapping of Path to str
        SHA-256 of each saved segmenter.
    """

    versions: Mapping[str, str]
    out: Path
    lock: str
    sizes: Mapping[Path, int]
    models: Mapping[Path, str]


def versions() -> dict[str, str]:
    """Return the versions that a result depends on, Python's without its last number."""
    found = {"grainscope": __version__, **library_versions()}
    found["python"] = ".".join(found["python"].split(".")[:2])
    stages = {f"stage '{name}'": str(n) for name, n in files.STAGE_VERSIONS.items()}
    return found | stages


def shared_by(jobs: Sequence[Job]) -> Shared:
    """Return what the workers of these jobs must have in common with this side."""
    one_a_folder = {job.path.parent: job.path for job in jobs}
    paths = list(one_a_folder.values())[:_FOLDERS_LOOKED_AT]
    models = {job.model_path for job in jobs if job.model_path is not None}
    out = jobs[0].folder.parent
    return Shared(
        versions=versions(),
        out=out,
        lock=_text(out / LOCK_NAME),
        sizes={path: size for path in paths if (size := _size(path)) is not None},
        models={path: files.file_sha256(path) for path in models},
    )


def disagreement(shared: Shared) -> str:
    """Return what this process has not in common with the other side; empty where all is well."""
    return (
        _other_version(shared.versions, versions())
        or _other_out(shared)
        or _unseen(shared.sizes, _size, "input")
        or _unseen(shared.models, _sha256, "model")
    )


def check_scheduler(client: Any) -> None:
    """Find out whether the scheduler can read what it will be sent.

    Raises
    ------
    ClusterError
        It has another Python, dask or grainscope.
    """
    found = answered(client, lambda: client.get_versions(check=False))
    ours, theirs = (_dask_versions(found[side]) for side in ("client", "scheduler"))
    complaint = _other_version(ours, theirs)
    if not complaint:
        try:
            theirs = answered(client, lambda: client.run_on_scheduler(versions))
            complaint = _other_version(versions(), theirs)
        except ClusterError:
            raise
        except Exception as error:  # whatever it was sent over the network
            complaint = f"cannot load grainscope ({_first_line(error)}); install {_SAME}"
    if complaint:
        raise ClusterError(f"the scheduler at {client.scheduler.address} {complaint}")


def answered(client: Any, call: Callable[[], Awaitable[Any]]) -> Any:
    """Return what a method of the client gives, and do not wait for ever.

    A worker that starts or ends at this moment can leave its question unanswered.

    Raises
    ------
    ClusterError
        No answer.
    """

    async def ask() -> Any:
        return await call()

    try:
        return client.sync(ask, callback_timeout=_ANSWER_LIMIT_S)
    except TimeoutError as error:
        raise ClusterError(
            f"the cluster at {client.scheduler.address} does not answer within "
            f"{_ANSWER_LIMIT_S:g} s; see its log and its dashboard, then try again"
        ) from error


def check_workers(client: Any, shared: Shared) -> None:
    """Ask all workers that are there.

    Raises
    ------
    ClusterError
        One of them differs, or misses a file after some seconds.
    """
    end_s = monotonic() + SHARED_DISK_S
    while complaints := _complaints(client, shared):
        may_still_appear = all(text.startswith(_NOT_SEEN) for text in complaints.values())
        if not may_still_appear or monotonic() > end_s:
            address, complaint = next(iter(complaints.items()))
            more = f" (and {len(complaints) - 1} more workers)" if len(complaints) > 1 else ""
            raise ClusterError(f"the worker at {address} {complaint}{more}")
        sleep(1)


_NOT_SEEN = "does not see "
_SAME = f"grainscope[cluster] {__version__} there"


def _complaints(client: Any, shared: Shared) -> dict[str, str]:
    answers = answered(client, lambda: client.run(disagreement, shared, on_error="return"))
    told = {
        address: f"cannot load grainscope ({_first_line(answer)}); install {_SAME}"
        if isinstance(answer, BaseException)
        else answer
        for address, answer in answers.items()
    }
    return {address: text for address, text in told.items() if text}


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def _dask_versions(side: Mapping[str, Any]) -> dict[str, str]:
    python = dict(side["host"])["python"]
    known = {name: str(side["packages"].get(name)) for name in _DASK_PARTS}
    return {"python": ".".join(python.split(".")[:2]), **known}


def _other_version(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    for name, version in ours.items():
        if theirs.get(name) != version:
            got = theirs.get(name) or "nothing"
            return f"has {name} {got}, this side {version}; install the same versions on both"
    return ""


def _other_out(shared: Shared) -> str:
    if not shared.out.is_dir() or _text(shared.out / LOCK_NAME) != shared.lock:
        return f"{_NOT_SEEN}the output folder {shared.out}; {_ONE_DISK}"
    if not os.access(shared.out, os.W_OK):
        return f"may not write to the output folder {shared.out}; run it as the same user"
    return ""


_ONE_DISK = "inputs, model and output must have the same paths there, on a shared disk"


def _unseen(wanted: Mapping[Path, Any], look: Any, what: str) -> str:
    for path, content in wanted.items():
        if look(path) != content:
            return f"{_NOT_SEEN}the {what} {files.path_text(path)} as it is here; {_ONE_DISK}"
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _sha256(path: Path) -> str:
    try:
        return files.file_sha256(path)
    except OSError:
        return ""
