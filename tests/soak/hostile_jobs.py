"""What a worker of the soak with hostile files does: read one, and watch what that does.

An audit hook sees every file that Python opens for writing, every other change of the disk,
and whatever starts a process or opens a connection.
"""

from __future__ import annotations

import os
import sys
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import small_image
from small_runs import SETTINGS

from grainscope import files
from grainscope.batch.outcome import Job, Outcome, one_line
from grainscope.errors import GrainscopeError
from grainscope.records import Frame, Micrograph
from grainscope.settings import Settings, commented_toml, parse_settings

if TYPE_CHECKING:
    from collections.abc import Callable

#: The pipeline gets so many rows and columns of an image that could be read.
CROP_PX = (64, 80)
_CHANGES = frozenset(
    {"os.mkdir", "os.rmdir", "os.remove", "os.rename", "os.link", "os.symlink", "os.truncate"}
)
_STARTS = frozenset({"os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen"})
_REACHES = frozenset({"socket.connect", "socket.bind", "socket.getaddrinfo"})


@dataclass(frozen=True)
class Hostile:
    """One file to look at: what it is taken for, and where results may go."""

    kind: str
    path: Path
    out: Path


class Watch:
    """Collects what happens outside the folder where writing is allowed."""

    def __init__(self) -> None:
        self.allowed: tuple[str, ...] | None = None
        self.seen: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Look at one audit event."""
        if self.allowed is None:
            return
        if event in _STARTS or event in _REACHES:
            self.seen.append(f"{event} {arguments!r:.200}")
        elif event in _CHANGES:
            # shutil.rmtree names files by the folder that it has open; the mode of mkdir is none.
            numbers = [a for a in arguments[1:] if isinstance(a, int) and a > 2]
            self._check(event, arguments[0], numbers if event != "os.mkdir" else [])
        elif event == "open" and _writes(arguments[1], arguments[2]):
            self._check(event, arguments[0], [])

    def _check(self, event: str, path: Any, folders: list[int]) -> None:
        if isinstance(path, int):
            return
        base = os.path.realpath(f"/proc/self/fd/{folders[0]}") if folders else ""
        place = os.path.abspath(os.path.join(base, os.fsdecode(path)))  # noqa: PTH100, PTH118
        if not place.startswith(self.allowed or ()):
            self.seen.append(f"{event} {place}")


def _writes(mode: Any, flags: Any) -> bool:
    if isinstance(mode, str):
        return bool(set(mode) & set("wax+"))
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


WATCH = Watch()
sys.addaudithook(WATCH)


def look(job: Hostile, report: Callable[[str], None]) -> tuple[str, str]:
    """Read one hostile file; tell whether it was taken, refused in one line, or broke something."""
    report(job.kind)
    WATCH.seen, WATCH.allowed = [], (f"{job.out}{os.sep}", str(job.out), *_caches())
    try:
        READERS[job.kind](job)
        status, told = "taken", ""
    except GrainscopeError as error:
        status, told = "refused", str(error)
        if "\n" in told or len(told) > 2000:
            status = "unclear"
    except Exception:
        status, told = "unforeseen", traceback.format_exc()
    finally:
        WATCH.allowed = None
    if WATCH.seen:
        return "outside", "; ".join(WATCH.seen[:3])
    return status, told


def _caches() -> tuple[str, ...]:
    import tempfile

    numba = os.environ.get("NUMBA_CACHE_DIR", "/nowhere")
    return (numba, "/dev/null", f"{tempfile.gettempdir()}{os.sep}matplotlib")


def process_cropped(job: Job, report: Callable[[str], None]) -> Outcome:
    """Take an image through the whole story, but only a corner of what it shows."""
    if files.read_micrograph is not _read_corner:
        files.read_micrograph = _read_corner
    WATCH.seen, WATCH.allowed = [], (f"{job.folder.parent}{os.sep}", *_caches())
    try:
        outcome = small_image.process(job, report)
    finally:
        WATCH.allowed = None
    if WATCH.seen:
        return replace(outcome, traceback=f"outside: {'; '.join(WATCH.seen[:3])}")
    return outcome


_read_whole = files.read_micrograph


def _read_corner(path: Path, settings: Any) -> Micrograph:
    files.inspect_image(path, settings)
    found = _read_whole(path, settings)
    grey = found.intensity[: CROP_PX[0], : CROP_PX[1]].copy()
    return Micrograph(found.name, grey, found.pixel_size, Frame.whole(grey.shape))


def _settings(job: Hostile) -> None:
    text = job.path.read_bytes().decode("utf-8", "replace")
    settings = parse_settings(text, job.path.name)
    parse_settings(commented_toml(settings), "written")
    settings.for_file(job.path)


def _model(job: Hostile) -> None:
    files.load_model(job.path)


def _transport(job: Hostile) -> None:
    from grainscope.fitting import transport_curves

    settings = Settings(fitting={"probe_spacing_um": 200.0, "bar_width_um": 100.0})
    data, failures = files.read_transport([job.path], settings)
    if failures:
        raise next(iter(failures.values()))
    transport_curves(data, settings.fitting)


def _result(job: Hostile) -> None:
    """Read a result folder as every command does that takes one."""
    from grainscope.batch.summaries import read_outcomes
    from grainscope.report import write_report

    out = job.out
    problems = []
    for act in (
        lambda: write_report(out),
        lambda: read_outcomes(out),
        lambda: _measure(files.read_result(out / "film0")),
        lambda: files.read_sizes(out / "film0"),
    ):
        try:
            act()
        except GrainscopeError as error:
            problems.append(error)
    _resume(out)
    if problems:
        raise problems[0]


def _measure(stored: Any) -> None:
    for name in ("grains", "loops", "histogram", "contacts"):
        stored.table(name)
    files.open_edit_log(stored)


def _resume(out: Path) -> None:
    """Give the command again on an OUT that was tampered with."""
    from grainscope.batch import run_batch
    from grainscope.batch.threads import thread_map
    from grainscope.settings import FileSettings

    every = FileSettings(match="*", pixel_size_nm=5.0, pixel_size_source="option")
    settings = Settings(**SETTINGS, files=(every,))

    def serial(function: Any, jobs: Any) -> Any:
        return thread_map(function, jobs, workers=1, time_limit_s=60)

    outcomes = run_batch([out.parent / "images"], out, settings, None, serial, small_image.process)
    if any(outcome.traceback for outcome in outcomes):
        raise RuntimeError(next(o.traceback for o in outcomes if o.traceback))


READERS: dict[str, Callable[[Hostile], None]] = {
    "settings": _settings,
    "model": _model,
    "transport": _transport,
    "result": _result,
}
__all__ = ["Hostile", "look", "one_line", "process_cropped"]
