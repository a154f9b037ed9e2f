"""One run at a time in an output folder."""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil

from grainscope.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_NAME = ".grainscope.lock"


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold OUT for this process; make it if it is not there.

    The lock of a process that is no more is taken over.

    Raises
    ------
    OutputError
        Another run is at work in OUT, or OUT cannot be written.
    """
    path = out / LOCK_NAME
    try:
        out.mkdir(parents=True, exist_ok=True)
        _take(path)
    except OSError as error:
        raise OutputError(
            f"{out} cannot be written ({error.strerror}); choose another folder with -o"
        ) from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _take(path: Path) -> None:
    for _ in range(2):
        try:
            with path.open("x", encoding="utf-8") as stream:
                json.dump(_this_process(), stream)
            return
        except FileExistsError:
            _remove_if_stale(path)
    raise OutputError(f"{path.parent}: another run started at the same moment")


def _remove_if_stale(path: Path) -> None:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        host, pid, started = owner["host"], int(owner["pid"]), float(owner["started"])
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(
            f"{path.parent}: holds a lock that cannot be read; delete {path} if no run is at work"
        ) from error
    if host != socket.gethostname():
        raise OutputError(
            f"{path.parent}: process {pid} on {host} is at work here; "
            f"delete {path} if it is no more"
        )
    if _is_alive(pid, started):
        raise OutputError(
            f"{path.parent}: process {pid} is at work here; wait for it or choose another folder"
        )
    path.unlink(missing_ok=True)


def _this_process() -> dict[str, str | int | float]:
    started = psutil.Process().create_time()
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": started}


def _is_alive(pid: int, started: float) -> bool:
    """Whether the very process is running, and not a later one of the same number."""
    try:
        return bool(abs(psutil.Process(pid).create_time() - started) < 2)
    except psutil.Error:
        return False
