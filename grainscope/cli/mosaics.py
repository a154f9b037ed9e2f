"""``grainscope run --memory``: a batch whose images are taken in strips, one after the other."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from grainscope.cli.run import RunBatch
    from grainscope.settings import Settings


def mosaic_run(settings: Settings, memory: str, verbosity: int) -> tuple[Settings, RunBatch]:
    """Return the settings of mosaics, and what runs them in place of ``run_batch``.

    Parameters
    ----------
    settings : Settings
        As the user chose them.
    memory : str
        Such as ``4GB``.
    verbosity : int
        −1 tells nothing of what is left out.

    Raises
    ------
    SettingsError
        The memory is no size.
    """
    from grainscope.batch import process_image, run_batch, thread_map
    from grainscope.mosaic import in_strips, mosaic_settings, parse_memory

    take = partial(in_strips, memory_bytes=parse_memory(memory))
    settings, notes = mosaic_settings(settings)
    for note in notes if verbosity >= 0 else ():
        typer.echo(note, err=True)

    def start(inputs, out, chosen, options):  # type: ignore[no-untyped-def]
        def one_by_one(function, jobs):  # type: ignore[no-untyped-def]
            # A mosaic takes as long as it takes: the limit of the settings is for micrographs.
            tell = lambda job, stage: options.progress.at(job.folder.name, stage)  # noqa: E731
            return thread_map(function, jobs, workers=1, time_limit_s=math.inf, tell=tell)

        process = partial(process_image, take=take)
        return run_batch(inputs, out, chosen, options, one_by_one, process)

    return settings, start
