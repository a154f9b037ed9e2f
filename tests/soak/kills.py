"""Kill a run at random moments, go on, and compare with a run that nobody disturbed.

    python tests/soak/kills.py [--kills 100] [--images 40] [--seed 0] [--folder DIR]

A run in an empty OUT, and in every other round one over the results of other settings, gets
SIGKILL: the parent alone (its workers must end by themselves), or the parent and its workers. One
kill in five comes at a time that is uniform between the start and what an undisturbed run takes;
the others after the first folder is begun, a time later that is uniform up to what was left to do
then. The same command is given again at once, until it comes to its end. All the while OUT is
watched: a folder that is not hidden is whole. At the end every byte of OUT must be that of the
undisturbed run, but for log.jsonl, seconds and the time in the report (both are resumed once more,
so that ``status`` is ``skipped`` in both).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep, time
from typing import TYPE_CHECKING

import numpy as np
import psutil
from small_runs import contents, write_films

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUN = str(Path(__file__).with_name("small_runs.py"))
OTHER_GAP_NM = "35"
LONGEST_S = 900.0


@dataclass(frozen=True)
class Times:
    """An undisturbed run: all of it, from its first folder on, and when the round at work began."""

    n_images: int
    whole_s: float
    work_s: float
    since: float = 0.0


def start(images: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    """Start a run in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, RUN, str(images), "-o", str(out), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(run: subprocess.Popen[str]) -> None:
    """Wait for a run that must succeed."""
    told, _ = run.communicate(timeout=LONGEST_S)
    if run.returncode:
        raise SystemExit(f"a run ended with exit code {run.returncode}:\n{told}")


def unsound(out: Path, look: Callable[[Path], str]) -> str:
    """Return what is wrong with the folders that a user sees in OUT, empty for nothing."""
    for folder in [path for path in out.glob("[!.]*") if path.is_dir()]:
        before = identity(folder)
        wrong = look(folder)
        if wrong and before is not None and before == identity(folder):
            return f"{folder.name}: {wrong}"
    return ""


def identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from the one that replaces it."""
    try:
        found = folder.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_ctime_ns


def incomplete(folder: Path) -> str:
    """Say whether a file is missing that the record names."""
    try:
        names = json.loads((folder / "record.json").read_text())["files"]
    except (OSError, ValueError) as error:
        return str(error)
    missing = [name for name in names if not (folder / name).exists()]
    return f"{missing[0]} is missing" if missing else ""


def other_bytes(folder: Path) -> str:
    """Compare a result folder with the hashes of its record."""
    try:
        record = json.loads((folder / "record.json").read_text())
        for name, sha256 in record["files"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sha256:
                return f"{name} is not what was recorded"
    except (OSError, ValueError) as error:
        return str(error)
    return ""


def begun(out: Path, since: float) -> bool:
    """Whether a run has begun to write results: a folder at work, or one that is new."""
    return any(out.glob(".*.partial-*")) or bool(written(out, since))


def written(out: Path, since: float) -> int:
    """Return the number of results that are newer than a time."""
    count = 0
    for path in out.glob("*/record.json"):
        with suppress(FileNotFoundError):  # another takes its place just now
            count += path.stat().st_mtime > since
    return count


def watched(run: subprocess.Popen[str], out: Path, seconds: float = LONGEST_S) -> Iterator[None]:
    """Look at OUT again and again for a while, as long as the run is at work."""
    end = monotonic() + seconds
    while monotonic() < end and run.poll() is None:
        wrong = unsound(out, incomplete)
        if wrong:
            raise SystemExit(f"a partial folder was visible: {wrong}")
        yield
        sleep(0.02)


def kill_after(
    run: subprocess.Popen[str], out: Path, times: Times, rng: np.random.Generator
) -> bool:
    """Watch OUT for a while, then kill; return whether the run was still at work."""
    since, whole_group = time(), bool(rng.random() < 0.5)
    if rng.random() < 0.2:
        seconds = rng.uniform(0, times.whole_s)
    else:
        for _ in watched(run, out):
            if begun(out, since):
                break
        n_left = times.n_images - written(out, times.since)
        seconds = rng.uniform(0, times.work_s * max(n_left, 1) / times.n_images)
    for _ in watched(run, out, seconds):
        pass
    if run.poll() is not None:
        return False
    children = psutil.Process(run.pid).children(recursive=True)
    if whole_group:
        os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.communicate()
    _, alive = psutil.wait_procs(children, timeout=10)
    if alive:
        raise SystemExit(f"workers outlived the run by 10 s: {alive}")
    return True


def kill_until(
    n_kills: int, images: Path, whole: dict[str, bytes], times: Times, rng: np.random.Generator
) -> None:
    """Do rounds until so many kills were survived."""
    kills, rounds, done = 0, 0, []
    while kills < n_kills:
        out = images.parent / f"round{rounds}" / "out"
        if rounds % 2:
            finish(start(images, out, "--gap-nm", OTHER_GAP_NM))
        times = replace(times, since=time())
        while True:
            run = start(images, out)
            if kills == n_kills or not kill_after(run, out, times, rng):
                finish(run)
                break
            kills += 1
            done.append(written(out, times.since))
            wrong = unsound(out, other_bytes)
            if wrong:
                raise SystemExit(f"a partial folder was left: {wrong}")
        finish(start(images, out))
        found = contents(out)
        if found != whole:
            raise SystemExit(f"round {rounds}: other than undisturbed: {told(whole, found)}")
        shutil.rmtree(out)
        rounds += 1
        print(f"round {rounds}: {kills} kills so far", flush=True)
    during = sum(0 < n < times.n_images for n in done)
    print(f"{rounds} rounds; {during} kills with some images done and some not")
    print(
        f"{kills} kills survived: no partial folder was seen, "
        "all outputs equal to the undisturbed run's"
    )


def undisturbed(images: Path, out: Path) -> Times:
    """Run to the end, once more over what is there, and tell how long the first took."""
    since, start_s = time(), monotonic()
    run = start(images, out)
    for _ in watched(run, out):
        if begun(out, since):
            break
    begun_s = monotonic()
    finish(run)
    end_s = monotonic()
    finish(start(images, out))
    return Times(len(list(images.iterdir())), end_s - start_s, end_s - begun_s)


def told(whole: dict[str, bytes], found: dict[str, bytes]) -> str:
    """Return the files that differ, and the first difference of each."""
    lines = []
    for name in sorted({*whole, *found}):
        one, two = whole.get(name, b""), found.get(name, b"")
        if one != two:
            place = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), 0)
            around = slice(max(place - 60, 0), place + 60)
            lines.append(f"{name}: {one[around]!r} / {two[around]!r}")
    return "\n".join(lines)


def main() -> None:
    """Run undisturbed, then with kills."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary one by default")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        images = write_films(Path(name) / "images", chosen.images)
        reference = Path(name) / "undisturbed" / "out"
        times = undisturbed(images, reference)
        print(f"undisturbed: {times}; seed {chosen.seed}", flush=True)
        rng = np.random.default_rng(chosen.seed)
        kill_until(chosen.kills, images, contents(reference), times, rng)


if __name__ == "__main__":
    main()
