"""What is asked of each image of a run, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from grainscope.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from grainscope.files import ResultRecord
    from grainscope.settings import Settings

    #: Is told the stage at work; may raise to stop the image between two stages.
    Report = Callable[[str], None]

Status = Literal["ok", "empty", "failed", "skipped"]


@dataclass(frozen=True)
class Job:
    """One image to work on. Travels to workers as data; images do not.

    Attributes
    ----------
    path : Path
        The image.
    folder : Path
        OUT/STEM, where its result goes.
    settings : Settings
        Its own settings: per-file tables are applied already.
    model_path : Path or None
        The saved segmenter to apply, the shipped one included; None for a clustering of its own.
    discard_edits : bool
        Whether manual corrections in that folder may be replaced.
    """

    path: Path
    folder: Path
    settings: Settings
    model_path: Path | None = None
    discard_edits: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one input: one row of ``summary.csv``.

    Attributes
    ----------
    input : str
        Path of the image.
    stem : str
        Name of its folder in OUT; empty where it never got one.
    status : {"ok", "empty", "failed", "skipped"}
        Empty: no grains, a valid result. Skipped: done before, and kept.
    stage, error : str
        Where and why it failed, one line; empty otherwise.
    sample : str
        Sample it is pooled with.
    pixel_size_nm : float or None
        None where it was not found out.
    pixel_size_source : str
        Where it comes from.
    headline : mapping of str to (float or None)
        Values of ``record.json``; None where the micrograph gives none.
    warnings : tuple of str
        As in ``record.json``.
    seconds : float
        Time spent in this run.
    traceback : str
        Of an error that nobody foresaw; goes to ``log.jsonl``.
    """

    input: str
    stem: str
    status: Status
    stage: str = ""
    error: str = ""
    sample: str = "unnamed"
    pixel_size_nm: float | None = None
    pixel_size_source: str = ""
    headline: Mapping[str, float | None] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    traceback: str = ""

    @property
    def has_result(self) -> bool:
        """Whether OUT/stem holds a complete result."""
        return self.status != "failed"


@dataclass(frozen=True)
class Lost:
    """What a map returns for a job whose worker did not come back."""

    stage: str
    error: str
    seconds: float


class MapImages(Protocol):
    """Calls ``function(job, report)`` for every job and yields (index, result) as they end."""

    def __call__(
        self, function: Callable[[Job, Report], Outcome], jobs: Sequence[Job]
    ) -> Iterator[tuple[int, Outcome | Lost]]:
        """Yield each job's index with what came of it, in any order."""
        ...


class Progress(Protocol):
    """Who follows a run: a progress bar, plain lines, a window, nobody."""

    def start(self, total: int) -> None:
        """Work on ``total`` inputs begins."""

    def at(self, stem: str, stage: str) -> None:
        """Work on one input has come to a stage (``completeness 2/4``); from any thread."""

    def advance(self, outcome: Outcome) -> None:
        """One input is done with."""

    def note(self, text: str) -> None:
        """Something a user may want to know."""


class Silent:
    """Nobody follows the run."""

    def start(self, total: int) -> None:
        """Do nothing."""

    def at(self, stem: str, stage: str) -> None:
        """Do nothing."""

    def advance(self, outcome: Outcome) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class BatchOptions:
    """How a run behaves.

    Attributes
    ----------
    model_path : Path or None
        Saved segmenter to apply; by default the shipped one, or with
        ``segmentation.method = "fast"`` a clustering of each image.
    fresh : bool
        Redo what is done already.
    fail_fast : bool
        Stop at the first failure.
    discard_edits : bool
        Replace folders that hold manual corrections.
    progress : Progress
        Who follows it.
    """

    model_path: Path | None = None
    fresh: bool = False
    fail_fast: bool = False
    discard_edits: bool = False
    progress: Progress = field(default_factory=Silent)


def outcome_of(
    record: ResultRecord, stem: str, status: Status | None = None, seconds: float = 0.0
) -> Outcome:
    """Return the outcome that a stored record tells of; its status is ok or empty if not given."""
    headline = {name: figure.value for name, figure in record.headline.items()}
    return Outcome(
        input=record.input.path,
        stem=stem,
        status=status or ("ok" if headline.get("n_grains") else "empty"),
        sample=record.sample,
        pixel_size_nm=record.pixel_size_nm.value,
        pixel_size_source=record.pixel_size_nm.source,
        headline=headline,
        warnings=record.warnings,
        seconds=seconds,
    )


def one_line(text: object) -> str:
    r"""Return a message on one line, as a row of a table or a terminal needs it.

    Examples
    --------
    >>> one_line("two\nlines, \x1b[2J")
    'two lines, \\x1b[2J'
    """
    return printable(" ".join(str(text).split()))
