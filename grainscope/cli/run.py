"""``grainscope run``: micrographs to result folders, a summary and a report."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grainscope.cli.options import Assignments, Out, Quiet, SettingsFile
from grainscope.cli.stopping import STOPPED, stop_as_by_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grainscope.batch import BatchOptions, Outcome
    from grainscope.batch.outcome import MapImages
    from grainscope.cli.mosaics import MosaicWork
    from grainscope.cli.progress import ShownProgress
    from grainscope.settings import Settings


def run(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Files, folders or globs.")
    ],
    *,
    out: Out,
    settings: SettingsFile = None,
    assignments: Assignments = None,
    pixel_size_nm: Annotated[
        float | None, typer.Option(help="Pixel size of every input; wins over all other sources.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="From 'grainscope train'; else the shipped one."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=0, help="Images at a time; 0 = one per core.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Dask cluster: tcp://HOST:PORT, local or slurm."),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Images larger than memory: strips within such as 4GB."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Keep what is done already, or redo it.")
    ] = True,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at a failure.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be done.")
    ] = False,
    discard_edits: Annotated[
        bool, typer.Option("--discard-edits", help="Replace manual corrections too.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show warnings.")] = False,
    quiet: Quiet = False,
) -> int:
    """Measure micrographs: a folder each, a summary, a report.

    A second run of the same command goes on where the first one stopped and
    redoes only what changed. Ends with 0 (all done), 1 (some failed, the rest is
    complete) or 2 (wrong usage).

    Example: grainscope run data/*.tif -o outputs/film --pixel-size-nm 5
    """
    from grainscope.batch import BatchOptions

    chosen = chosen_settings(settings, [*(assignments or []), *_workers(workers)], pixel_size_nm)
    options = BatchOptions(
        model_path=model, fresh=not resume, fail_fast=fail_fast, discard_edits=discard_edits
    )
    mosaics: MosaicWork | None = None
    if memory is not None:
        from grainscope.cli.mosaics import mosaic_work

        mosaics = mosaic_work(chosen, memory, verbosity=verbose - quiet)
        chosen = mosaics.settings
    if dry_run:
        return list_plan(inputs, out, chosen, options)
    return carry_out(
        inputs, out, chosen, options, verbose - quiet, mosaics=mosaics, scheduler=scheduler
    )


def _workers(workers: int | None) -> list[str]:
    return [] if workers is None else [f"run.workers={workers}"]


def chosen_settings(
    path: Path | None, assignments: Sequence[str], pixel_size_nm: float | None
) -> Settings:
    """Read the settings file and put the options of the command line on top.

    ``--pixel-size-nm`` becomes a last ``[[files]]`` table for every file, so
    that it wins over all others and shows in ``OUT/settings.toml``.
    """
    from grainscope.errors import SettingsError
    from grainscope.settings import FileSettings, parse_settings

    try:
        # Some editors put a mark before UTF-8, which TOML does not know.
        text = path.read_text(encoding="utf-8-sig") if path else ""
    except FileNotFoundError as error:
        raise SettingsError(
            f"{path}: no such settings file; write one with: grainscope init-config {path}"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or error
        raise SettingsError(f"{path}: settings cannot be read ({reason})") from error
    settings = parse_settings(text, str(path or "settings"), assignments)
    if pixel_size_nm is None:
        return settings
    if not 0 < pixel_size_nm < float("inf"):
        raise SettingsError(f"--pixel-size-nm: got {pixel_size_nm}, expected a positive number")
    every = FileSettings(match="*", pixel_size_nm=pixel_size_nm, pixel_size_source="option")
    return settings.model_copy(update={"files": (*settings.files, every)})


def list_plan(inputs: Sequence[str], out: Path, settings: Settings, options: BatchOptions) -> int:
    """Print what a run would do with each input, and change nothing."""
    from grainscope.batch import check_options, find_images, plan_batch
    from grainscope.cli.progress import say
    from grainscope.files import path_text

    check_options(settings, options)
    listed = find_images(inputs)
    words = {"do": "run", "keep": "skip", "protect": "skip", "refuse": "fail"}
    for plan in plan_batch(listed, out.absolute(), settings, options):
        size_nm = settings.for_file(plan.image.path).input.pixel_size_nm
        source = f"{size_nm:g} nm from settings" if size_nm else "pixel size from the file"
        name = plan.image.stem or path_text(plan.image.path)
        say(f"{words[plan.action]:5} {name}  ({plan.reason}; {source})")
    for note in listed.notes:
        say(note, err=True)
    return 0


def carry_out(
    inputs: Sequence[str],
    out: Path,
    settings: Settings,
    options: BatchOptions,
    verbosity: int,
    mosaics: MosaicWork | None = None,
    scheduler: str | None = None,
) -> int:
    """Run a batch with its progress shown, and return the exit code."""
    from dataclasses import replace

    from grainscope.batch import process_image, run_batch
    from grainscope.cli.progress import shown_progress

    stop_as_by_ctrl_c()
    limits = mosaics.limits(scheduler) if mosaics else settings
    process = mosaics.process if mosaics else process_image
    try:
        with shown_progress(verbosity) as progress:
            options = replace(options, progress=progress)
            with spread_over(scheduler, limits, progress, mosaics) as map_images:
                outcomes = run_batch(inputs, out, settings, options, map_images, process)
    except KeyboardInterrupt:
        progress.tell_stopped(out)
        return STOPPED
    progress.tell_end(out, outcomes)
    return exit_code(outcomes)


@contextmanager
def spread_over(
    scheduler: str | None,
    limits: Settings,
    progress: ShownProgress,
    mosaics: MosaicWork | None = None,
) -> Iterator[MapImages]:
    """Return the map of a cluster while the run lasts, or that of this machine."""
    if scheduler is None:
        from grainscope.batch import default_map

        yield default_map(limits.run, progress, mosaics.tiles_at_once() if mosaics else 1)
        return
    from functools import partial

    from grainscope.dask_map import MOST_PORTIONS, cluster_map, open_cluster

    spread = partial(cluster_map, settings=limits, note=progress.note, tell=progress.at)
    portions_each = MOST_PORTIONS if mosaics and mosaics.shares_out else 1
    with open_cluster(scheduler, limits) as cluster:
        yield partial(spread, cluster=cluster, portions_each=portions_each)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 0 when all inputs are done, 1 when some failed."""
    return int(any(outcome.status == "failed" for outcome in outcomes))
