"""One run at a time in an output folder.

The file ``.grainscope.lock`` says who is at work. Where the system has
``flock`` the file is locked as well: the kernel lets go of that lock when the
process ends, however it ends, and no two processes can take over the same dead
one's. What stands in the file decides only between machines, and where there is
no ``flock``.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

import psutil

from grainscope.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_NAME = ".grainscope.lock"
_TRIES = 10


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
        stream = _take(path)
    except (FileExistsError, NotADirectoryError) as error:
        raise OutputError(
            f"{out}: a file is in the way of this folder; choose another with -o"
        ) from error
    except OSError as error:
        raise OutputError(
            f"{out} cannot be written ({error.strerror}); choose another folder with -o"
        ) from error
    try:
        yield
    finally:
        if fcntl is None:  # Windows removes no open file
            _close(stream)
        with suppress(OSError):  # OUT may be gone, or read-only by now
            path.unlink(missing_ok=True)
        _close(stream)


def _take(path: Path) -> IO[str]:
    """Return the lock file, held, with this process's name in it."""
    for _ in range(_TRIES):
        stream, is_new = _opened(path)
        try:
            held = _flock(stream)
            if _is_of(stream, path):  # else its owner ended meanwhile and removed it
                if held is False or not is_new:
                    _check_owner(stream, path, held)
                _sign(stream, path)
                return stream
        except BaseException:
            _close(stream)
            raise
        _close(stream)
    raise OutputError(f"{path.parent}: other runs start and end here all the time")


def _opened(path: Path) -> tuple[IO[str], bool]:
    """Return the open file, and whether it was not there before."""
    with suppress(FileExistsError):
        return path.open("x+", encoding="utf-8"), True
    return path.open("a+", encoding="utf-8", errors="replace"), False


def _sign(stream: IO[str], path: Path) -> None:
    """Write this process's name into the file that it holds."""
    try:
        stream.truncate(0)
        json.dump(_this_process(), stream)
        stream.flush()
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _close(stream: IO[str]) -> None:
    with suppress(OSError):  # what could not be written is not written on closing either
        stream.close()


def _flock(stream: IO[str]) -> bool | None:
    """Lock an open file; return whether that worked, None where there is no such thing."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems have none
        return None
    return True


def _is_of(stream: IO[str], path: Path) -> bool:
    """Whether an open file is still that of its name."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _check_owner(stream: IO[str], path: Path, held: bool | None) -> None:
    """Refuse a lock whose owner lives, or may live.

    A file that is cut short was left by a process that died while it wrote, or
    whose disk was full: with the file locked nobody else is at work.
    """
    stream.seek(0)
    try:
        owner = json.loads(stream.read())
        host, pid, started = owner["host"], int(owner["pid"]), float(owner["started"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        if held:
            return
        if held is False:
            raise OutputError(f"{path.parent}: another run has just started here") from error
        raise OutputError(
            f"{path.parent}: holds a lock that cannot be read; delete {path} if no run is at work"
        ) from error
    if host != socket.gethostname():
        raise OutputError(
            f"{path.parent}: process {pid} on {host} is at work here; "
            f"delete {path} if it is no more"
        )
    if held is False or (held is None and _is_alive(pid, started)):
        raise OutputError(
            f"{path.parent}: process {pid} is at work here; wait for it or choose another folder"
        )


def _this_process() -> dict[str, str | int | float]:
    started = psutil.Process().create_time()
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": started}


def _is_alive(pid: int, started: float) -> bool:
    """Whether the very process is running, and not a later one of the same number."""
    try:
        return bool(abs(psutil.Process(pid).create_time() - started) < 2)
    except (psutil.Error, ValueError, OverflowError):  # no such process, or no number of one
        return False
