"""The story of one image inside a worker: read, segment, analyse, draw, write."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from grainscope import ensembles, files, pipeline
from grainscope.batch.outcome import Outcome, one_line, outcome_of
from grainscope.batch.segmenter import read_segmenter
from grainscope.errors import GrainscopeError, UnreadableImageError
from grainscope.injections import measure_completeness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from grainscope.batch.outcome import Job, Report
    from grainscope.files import HashedFile, InputRecord, ResultRecord
    from grainscope.records import (
        Analysis,
        ClusterModel,
        GrainModel,
        Micrograph,
        Segmentation,
    )
    from grainscope.settings import Settings

    #: Path, OUT/STEM, settings, model, clock → the image, for as long as it is worked on.
    TakeImage = Callable[
        [Path, Path, Settings, ClusterModel | GrainModel | None, pipeline.StageClock],
        AbstractContextManager[pipeline.TakenImage],
    ]


@dataclass
class ReportingClock(pipeline.StageClock):
    """A stage clock that tells each stage as it begins."""

    report: Report = lambda stage: None

    @contextmanager
    def at(self, stage: str, part: str = "") -> Iterator[None]:
        """Time one stage and tell its name."""
        self.stage = stage
        self.report(f"{stage} {part}".strip())
        with super().at(stage):
            yield

    def tell(self, part: str) -> None:
        """Tell how far the stage is."""
        self.report(f"{self.stage} {part}")


@contextmanager
def whole_image(
    path: Path,
    _folder: Path,
    settings: Settings,
    model: ClusterModel | GrainModel | None,
    clock: pipeline.StageClock,
) -> Iterator[pipeline.TakenImage]:
    """Read and segment one image in memory."""
    with clock.at("read"):
        micrograph = files.read_micrograph(path, settings.input)
    segmented, draws = ensembles.segment_in_draws(micrograph, settings, model, clock)
    yield pipeline.TakenImage(micrograph, segmented, iter(draws), np.empty)


def process_image(job: Job, report: Report, take: TakeImage = whole_image) -> Outcome:
    """Take one image to its folder. Whatever goes wrong becomes a failed outcome.

    Parameters
    ----------
    job : Job
        The image, its settings, and where its result goes.
    report : callable
        Is told the name of each stage as it begins.
    take : callable
        Reads and segments the image, and holds what it needs until the result is written.

    Returns
    -------
    Outcome
        With status ok, empty or failed.
    """
    start = perf_counter()
    clock = ReportingClock(report=report)
    try:
        record = _result(job, clock, take)
    except GrainscopeError as error:
        return _failure(job, clock.stage, one_line(error), perf_counter() - start)
    except MemoryError:
        message = "out of memory; use fewer --workers or segmentation.method = 'fast'"
        return _failure(job, clock.stage, message, perf_counter() - start)
    except Exception as error:  # one image never ends a batch
        message = one_line(f"{type(error).__name__}: {error}")
        seconds = perf_counter() - start
        return _failure(job, clock.stage, message, seconds, traceback.format_exc())
    return outcome_of(record, job.folder.name, seconds=perf_counter() - start)


def _result(job: Job, clock: ReportingClock, take: TakeImage) -> ResultRecord:
    settings = job.settings
    with clock.at("read"):
        hashes, model_hash = _hashes(job)
        model = read_segmenter(model_hash, job.model_path)
    with take(job.path, job.folder, settings, model, clock) as taken:
        micrograph, segmented, draws, empty = taken
        found = measure_completeness(micrograph, segmented, settings, model, clock)
        analysis = pipeline.analyse(micrograph, segmented, settings, clock, found, empty)
        analysis = ensembles.with_intervals(analysis, micrograph, draws, settings, clock, found)
        record = files.build_record(micrograph, segmented, analysis, settings, hashes, model_hash)
        with clock.at("write"):
            draw = drawing(micrograph, segmented, analysis, clock, settings.run.print_figures)
            keep_edits = not job.discard_edits
            return files.write_result(job.folder, record, segmented, analysis, draw, keep_edits)


def _hashes(job: Job) -> tuple[InputRecord, HashedFile | None]:
    try:
        return files.hash_input(job.path), files.hash_model(job.model_path)
    except OSError as error:
        raise UnreadableImageError(
            f"{error.filename or job.path}: cannot be read ({error.strerror})"
        ) from error


def drawing(
    micrograph: Micrograph,
    segmented: Segmentation,
    analysis: Analysis,
    clock: pipeline.StageClock,
    for_print: bool = True,
) -> Callable[[Path], dict[str, float]]:
    """Return what adds the pictures of a result to its folder and tells the seconds so far."""

    def draw(folder: Path) -> dict[str, float]:
        from grainscope import figures  # matplotlib: no run starts computing later for it

        with clock.at("figures"):
            figures.write_figures(folder, micrograph, segmented, analysis, for_print=for_print)
        clock.stage = "write"
        return {stage: round(seconds, 4) for stage, seconds in clock.seconds.items()}

    return draw


def _failure(job: Job, stage: str, error: str, seconds: float, trace: str = "") -> Outcome:
    return Outcome(
        input=files.path_text(job.path),
        stem=job.folder.name,
        status="failed",
        stage=stage,
        error=error,
        sample=job.settings.input.sample or "unnamed",
        seconds=seconds,
        traceback=trace,
    )
