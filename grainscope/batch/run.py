"""The story of a run: plan, work, summarise."""

from __future__ import annotations

import os
from collections import Counter
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
from grainscope.batch.memory import return_freed_images
from grainscope.batch.outcome import BatchOptions, Lost, Outcome, Silent, one_line, outcome_of
from grainscope.batch.plan import plan_batch
from grainscope.batch.processes import process_map
from grainscope.batch.segmenter import check_segmenter
from grainscope.batch.summaries import try_report, write_summaries
from grainscope.errors import UnreadableImageError
from grainscope.files.whole_files import replacing
from grainscope.settings import commented_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from grainscope.batch.outcome import Job, MapImages, Progress, Report
    from grainscope.batch.plan import Plan
    from grainscope.files import InputList
    from grainscope.settings import Settings
    from grainscope.settings.run import RunSettings


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
        How work is spread; default: worker processes, which the limits of
        ``settings.run`` hold for. A caller that may start none (itself a daemonic
        process, a debugger) gives ``partial(thread_map, workers=1, time_limit_s=600)``.
    process : callable
        What is done with one image; worker processes import it by its name.

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
    return_freed_images()
    with locked(out):
        log = RunLog(out / "log.jsonl")
        log.write("info", f"grainscope {__version__}: run of {len(listed.inputs)} inputs")
        files.remove_partial_folders(out)
        with replacing(out / "settings.toml") as path:
            path.write_text(commented_toml(settings), encoding="utf-8")
        plans = plan_batch(listed, out, settings, options)
        for note in (*listed.notes, *_others(out, plans)):
            _tell(note, log, options)
        spread = map_images or default_map(settings.run, options.progress)
        options.progress.start(len(plans))
        results = _results(plans, partial(spread, process), log, options)
        outcomes = _gather(results, out, log, options)
        failure = try_report(out)
        if failure:
            _tell(failure, log, options)
    return outcomes


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
    check_segmenter(settings, options.model_path)
    if settings.run.tables == "parquet":
        files.require_parquet()


def default_map(
    settings: RunSettings, progress: Progress | None = None, portions_at_once: int = 1
) -> MapImages:
    """Return worker processes of this machine, within the limits of the settings."""
    follower = progress or Silent()
    return partial(
        process_map,
        workers=settings.workers or os.cpu_count() or 1,
        time_limit_s=settings.time_limit_s,
        memory_limit_gb=settings.memory_limit_gb,
        tell=lambda job, stage: follower.at(job.folder.name, stage),
        portions_at_once=portions_at_once,
    )


def _others(out: Path, plans: Sequence[Plan]) -> list[str]:
    ours = {plan.image.stem for plan in plans}
    found = [path.parent.name for path in out.glob("*/record.json")]
    others = sorted(name for name in found if name not in ours)
    if not others:
        return []
    return [f"{out} also holds {len(others)} results of other inputs; the summary leaves them out"]


def _tell(text: str, log: RunLog, options: BatchOptions) -> None:
    log.write("info", text)
    options.progress.note(text)


def _gather(
    results: Generator[tuple[int, Outcome]], out: Path, log: RunLog, options: BatchOptions
) -> list[Outcome]:
    """Take outcomes as they come; write the summary however the run ends."""
    start_s = perf_counter()
    outcomes: dict[int, Outcome] = {}
    try:
        with closing(results):
            for index, outcome in results:
                outcomes[index] = outcome
                log.write_outcome(outcome)
                options.progress.advance(outcome)
                if outcome.status == "failed" and options.fail_fast:
                    _tell("stopped at the first failure, as asked", log, options)
                    break
    except KeyboardInterrupt:
        log.write("info", "stopped by the user")
        raise
    finally:  # no worker is left: what it had begun goes
        files.remove_partial_folders(out)
        finished = [outcomes[index] for index in sorted(outcomes)]
        for missing in write_summaries(out, finished):
            _tell(missing.text, log, options)
            log.write("error", missing.traceback, stage="pool")
        log.write("info", _counted(finished), seconds=perf_counter() - start_s)
    return finished


def _counted(outcomes: Sequence[Outcome]) -> str:
    counts = Counter(outcome.status for outcome in outcomes)
    return "end of run: " + ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))


def _results(
    plans: Sequence[Plan],
    work: Callable[[Sequence[Job]], Iterator[tuple[int, Outcome | Lost]]],
    log: RunLog,
    options: BatchOptions,
) -> Generator[tuple[int, Outcome]]:
    """Yield what is settled by the plan, then what the workers bring."""
    for index, plan in enumerate(plans):
        if plan.action != "do":
            yield index, _settled(plan, partial(_tell, log=log, options=options))
    todo = [(i, plan.job) for i, plan in enumerate(plans) if plan.action == "do" and plan.job]
    jobs = [job for _, job in todo]
    with closing(cast("Generator[tuple[int, Outcome | Lost]]", work(jobs))) as found:
        for index, result in found:
            yield todo[index][0], _outcome(jobs[index], result)


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
        error=one_line(f"{files.path_text(Path(job.path.name))}: {result.error}"),
        sample=job.settings.input.sample or "unnamed",
        seconds=result.seconds,
    )
