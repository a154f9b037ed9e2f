"""What a person sees of a run: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import typer

from grainscope.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.progress import Progress

    from grainscope.batch import Outcome

QUIET, VERBOSE = -1, 1
#: Without a terminal a status is written no more often.
_PACE_S = 5.0
#: Without a terminal a run that has told nothing for so long says what it is at.
_LONG_S = 30.0
STATUSES = ("ok", "empty", "skipped", "failed")


@dataclass
class ShownProgress:
    """Tells a run on the screen, failures on standard error.

    Attributes
    ----------
    verbosity : int
        −1: failures only; 0: one line an image, or a bar; 1: every line, and warnings.
    bar : rich.progress.Progress or None
        Shows how far it is, with images a second and the time left; lines go above it.
    """

    verbosity: int = 0
    bar: Progress | None = None
    total: int = 0
    done: int = 0
    start_s: float = field(default_factory=perf_counter)
    told_s: float = field(default_factory=perf_counter)

    def start(self, total: int) -> None:
        """Begin."""
        self.total, self.start_s = total, perf_counter()
        if self.bar:
            self.bar.add_task("", total=total, speed="")

    def at(self, stem: str, stage: str) -> None:
        """Show what is being done beside the bar; without one, where nothing was told for long."""
        if not self.bar and self.verbosity > QUIET:
            if perf_counter() - self.told_s >= _LONG_S:
                say(f"at work on {stem}: {stage}", err=True)
                self.told_s = perf_counter()
        elif self.bar and self.bar.task_ids:
            self.bar.update(self.bar.task_ids[0], description=f"{stem[-30:]} {stage}")

    def advance(self, outcome: Outcome) -> None:
        """Tell of one input."""
        self.done += 1
        self.told_s = perf_counter()
        line = f"[{self.done}/{self.total}] {outcome_line(outcome)}"
        if outcome.status == "failed":
            say(line, err=True)
        elif self.verbosity >= (VERBOSE if self.bar else QUIET + 1):
            say(line)
        if self.verbosity >= VERBOSE and outcome.status != "skipped":
            for warning in outcome.warnings:
                say(f"    {warning}")
        if self.bar:
            speed = f"{self.done / max(perf_counter() - self.start_s, 1e-9):.2g} images/s"
            name = (outcome.stem or outcome.input)[-30:]
            task = self.bar.task_ids[0]
            self.bar.update(task, completed=self.done, description=name, speed=speed)

    def note(self, text: str) -> None:
        """Tell something that is not about one input."""
        if self.verbosity > QUIET:
            say(text, err=True)

    def tell_stopped(self, out: Path) -> None:
        """Say what an interrupted run leaves."""
        say(
            f"stopped: {self.done} of {self.total} inputs are done with and kept in {out}; "
            "run the same command again to go on",
            err=True,
        )

    def tell_end(self, out: Path, outcomes: Sequence[Outcome]) -> None:
        """Say what came of all inputs and where to look."""
        if self.verbosity == QUIET:
            return
        counts = [(s, sum(o.status == s for o in outcomes)) for s in STATUSES]
        told = ", ".join(f"{count} {status}" for status, count in counts if count)
        number = "1 input" if len(outcomes) == 1 else f"{len(outcomes)} inputs"
        n_warned = sum(bool(o.warnings) for o in outcomes if o.status != "skipped")
        if n_warned and self.verbosity < VERBOSE:
            told += f"; {n_warned} with warnings (the report has them, -v tells them)"
        say(f"{number}: {told}; {perf_counter() - self.start_s:.1f} s")
        if any(outcome.status == "failed" for outcome in outcomes):
            say(f"failures: {out / 'failures.csv'}")
        if (out / "report.html").exists():
            say(f"report: {out / 'report.html'}")


def say(text: str, err: bool = False) -> None:
    """Write a line; a full disk or a closed pipe behind the screen never ends a run."""
    with suppress(OSError):
        typer.echo(printable(text), err=err)


def outcome_line(outcome: Outcome) -> str:
    """Return an outcome in a few words, such as ``film_3 ok 153 grains 2.1 s``."""
    name = outcome.stem or outcome.input
    if outcome.status == "failed":
        return f"{name} failed at {outcome.stage}: {outcome.error}"
    n_grains = int(outcome.headline.get("n_grains") or 0)
    grains = f"{n_grains} grain" if n_grains == 1 else f"{n_grains} grains"
    if outcome.status == "skipped":
        return f"{name} skipped (done before) {grains}"
    return f"{name} {outcome.status} {grains} {outcome.seconds:.1f} s"


@contextmanager
def shown_progress(verbosity: int) -> Iterator[ShownProgress]:
    """Choose the bar for a terminal and lines for a file or a pipe."""
    if verbosity == QUIET or not sys.stdout.isatty():
        yield ShownProgress(verbosity)
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        *(BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[speed]}")),
        *(TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns) as bar:
        yield ShownProgress(verbosity, bar)


@contextmanager
def status_line(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is being done; elsewhere write a line now and then."""
    if quiet:
        yield lambda text: None
        return
    if not sys.stderr.isatty():
        yield _paced_lines()
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("") as status:
        # As plain text: a sample's name may hold what the library takes for markup.
        yield lambda text: status.update(Text(printable(text)))


def _paced_lines() -> Callable[[str], None]:
    """Return what writes a line where the last one is some seconds old; short work is silent."""
    last_s = perf_counter()

    def tell(text: str) -> None:
        nonlocal last_s
        if perf_counter() - last_s >= _PACE_S:
            say(text, err=True)
            last_s = perf_counter()

    return tell
