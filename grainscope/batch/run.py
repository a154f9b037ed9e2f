"""The story of a run: plan, work, summarise."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, cast

from grainscope import __version__, files
from grainscope.batch.image_job import process_image
from grainscope.batch.lock import locked
from grainscope.batch.log import RunLog
from grainscope.batch.outcome import BatchOptions, Lost, Outcome, one_line, outcome_of
from grainscope.batch.plan import plan_batch
from grainscope.batch.processes import process_map
from grainscope.batch.summaries import try_report, write_summaries
from grainscope.batch.threads import thread_map
from grainscope.errors import UnreadableImageError
from grainscope.settings import commented_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from grainscope.batch.outcome import Job, MapImages, Report
    from grainscope.batch.plan import Plan
    from grainscope.files import InputList
    from grainscope.settings import Settings
    from grainscope.settings.run import RunSettings

#: Up to so many images the start of processes would cost more than it gives.
MOST_IMAGES_IN_THREADS = 4


def run_batch(
    inputs: Sequence[str | Path],
    out: str | Path,
    settings: Settings,
    options: BatchOptions | None = None,
    map_images: MapImages | None = None,
    process: Callable[[Job, Report], Outcome] = process_image,
) -> list[Outcome]:
    """Take micrographs to result folders and a summary; no image ends the run.

    Results are equal bit for bit whatever the map and the number of workers.
    OUT is valid at any moment: folders appear whole, the summary is written
    even when the run is interrupted.

    Parameters
    ----------
    inputs : sequence of str or Path
        Files, folders or globs.
    out : str or Path
        Output folder, made if need be.
    settings : Settings
        Of the run, with its ``[[files]]`` tables.
    options : BatchOptions, optional
        How the run behaves.
    map_images : MapImages, optional
        How work is spread; default: threads for up to four images, worker
        processes for more.
    process : callable
        What is done with one image.

    Returns
    -------
    list of Outcome
        One per input, in their order; fewer where ``fail_fast`` stopped it.

    Raises
    ------
    UnreadableImageError
        No image at all among the inputs.
    OutputError
        OUT cannot be written, or another run is at work in it.
    KeyboardInterrupt
        The run was stopped; the summary of what is done has been written.
    """
    options, out = options or BatchOptions(), _absolute(out)
    listed = find_images(inputs)
    check_options(settings, options)
    with locked(out):
        files.remove_partial_folders(out)
        log = RunLog(out / "log.jsonl")
        (out / "settings.toml").write_text(commented_toml(settings), encoding="utf-8")
        log.write("info", f"grainscope {__version__}: run of {len(listed.inputs)} inputs")
        plans = plan_batch(listed, out, settings, options)
        run = _Run(out, plans, options, log)
        run.note(*listed.notes, *_others(out, plans))
        spread = map_images or default_map(sum(p.action == "do" for p in plans), settings.run)
        return run.carry_out(spread, process)


def _absolute(out: str | Path) -> Path:
    return Path(os.path.abspath(out))  # noqa: PTH100 (a link stays the folder the user named)


def find_images(inputs: Sequence[str | Path]) -> InputList:
    """Find the inputs of a run.

    Raises
    ------
    UnreadableImageError
        Not one image among them.
    """
    listed = files.find_inputs(inputs)
    if not listed.images:
        problems = [f"{files.path_text(i.path)}: {i.problem}" for i in listed.inputs]
        told = "; ".join([*problems, *listed.notes][:3]) or "name files, folders or globs"
        raise UnreadableImageError(f"no images to work on: {told}")
    return listed


def check_options(settings: Settings, options: BatchOptions) -> None:
    """Find out before any work whether the model and the extras that are asked for are there.

    Raises
    ------
    ModelError, MissingDependencyError
        They are not.
    """
    if options.model_path is not None:
        files.load_model(options.model_path)
    if settings.run.tables == "parquet":
        files.require_parquet()


def default_map(n_images: int, settings: RunSettings) -> MapImages:
    """Return threads for up to four images and worker processes for more."""
    workers = max(1, min(settings.workers or os.cpu_count() or 1, n_images))
    if n_images <= MOST_IMAGES_IN_THREADS:
        return partial(thread_map, workers=workers, time_limit_s=settings.time_limit_s)
    return partial(
        process_map,
        workers=workers,
        time_limit_s=settings.time_limit_s,
        memory_limit_gb=settings.memory_limit_gb,
    )


def _others(out: Path, plans: Sequence[Plan]) -> list[str]:
    ours = {plan.image.stem for plan in plans}
    found = [path.parent.name for path in out.glob("*/record.json")]
    others = sorted(name for name in found if name not in ours)
    if not others:
        return []
    return [f"{out} also holds {len(others)} results of other inputs; the summary leaves them out"]


class _Run:
    """One run under way: what is planned, what has come of it so far."""

    def __init__(
        self, out: Path, plans: Sequence[Plan], options: BatchOptions, log: RunLog
    ) -> None:
        self.out, self.plans, self.options, self.log = out, plans, options, log
        self.outcomes: dict[int, Outcome] = {}
        self.start_s = perf_counter()

    def note(self, *texts: str) -> None:
        for text in texts:
            self.log.write("info", text)
            self.options.progress.note(text)

    def carry_out(
        self, map_images: MapImages, process: Callable[[Job, Report], Outcome]
    ) -> list[Outcome]:
        self.options.progress.start(len(self.plans))
        try:
            for index, outcome in self._results(map_images, process):
                self._take(index, outcome)
                if outcome.status == "failed" and self.options.fail_fast:
                    self.note("stopped at the first failure, as asked")
                    break
        except KeyboardInterrupt:
            self.note("stopped by the user; run the same command again to go on")
            raise
        finally:
            finished = [self.outcomes[index] for index in sorted(self.outcomes)]
            write_summaries(self.out, finished)
            self._log_end(finished)
        failure = try_report(self.out)
        if failure:
            self.note(failure)
        return finished

    def _take(self, index: int, outcome: Outcome) -> None:
        self.outcomes[index] = outcome
        self.log.write_outcome(outcome)
        self.options.progress.advance(outcome)

    def _results(
        self, map_images: MapImages, process: Callable[[Job, Report], Outcome]
    ) -> Iterator[tuple[int, Outcome]]:
        """Yield what is settled by the plan, then what the workers bring."""
        for index, plan in enumerate(self.plans):
            if plan.action != "do":
                yield index, _settled(plan, self.note)
        todo = [(i, plan.job) for i, plan in enumerate(self.plans) if plan.action == "do"]
        jobs = [job for _, job in todo if job is not None]
        work = cast("Generator[tuple[int, Outcome | Lost]]", map_images(process, jobs))
        with closing(work):
            for index, result in work:
                yield todo[index][0], _outcome(jobs[index], result)

    def _log_end(self, finished: Sequence[Outcome]) -> None:
        counts = {s: sum(o.status == s for o in finished) for s in ("ok", "empty", "failed")}
        told = ", ".join(f"{n} {status}" for status, n in counts.items())
        self.log.write("info", f"end of run: {told}", seconds=perf_counter() - self.start_s)


def _settled(plan: Plan, note: Callable[[str], None]) -> Outcome:
    """Return the outcome of an input that needs no work."""
    where, stem = files.path_text(plan.image.path), plan.image.stem
    if plan.action == "refuse":
        return Outcome(where, "", "failed", "read", one_line(f"{where}: {plan.reason}"))
    if plan.action == "protect":
        if plan.record is None or _tables_are_damaged(plan):
            error = f"{stem}: its folder holds manual corrections, but its tables are damaged"
            return Outcome(where, stem, "failed", "read", f"{error}; see 'grainscope predict'")
        note(
            f"{stem}: {plan.reason}; kept. Measure it with 'grainscope predict', "
            "or start over with --discard-edits"
        )
    record = cast("files.ResultRecord", plan.record)
    return replace(outcome_of(record, stem, "skipped"), input=where)


def _tables_are_damaged(plan: Plan) -> bool:
    job, record = plan.job, plan.record
    damaged = files.damaged_files(job.folder, record) if job and record else []
    return bool(set(damaged) - {"labels.tif", "edits.jsonl", "labels_automatic.tif"})


def _outcome(job: Job, result: Outcome | Lost) -> Outcome:
    if isinstance(result, Outcome):
        return result
    return Outcome(
        input=files.path_text(job.path),
        stem=job.folder.name,
        status="failed",
        stage=result.stage,
        error=one_line(f"{job.path.name}: {result.error}"),
        sample=job.settings.input.sample or "unnamed",
        seconds=result.seconds,
    )
