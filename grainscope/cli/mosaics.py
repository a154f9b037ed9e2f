"""``grainscope run --memory``: a batch whose images are taken in strips."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from grainscope.cli.progress import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from grainscope.batch.outcome import Job, Outcome, Report
    from grainscope.settings import Settings


@dataclass(frozen=True)
class MosaicWork:
    """What a run of mosaics does in place of a run of micrographs.

    Attributes
    ----------
    settings : Settings
        Those of the images.
    memory_bytes : int
        For each mosaic at work.
    process : callable
        What is done with one image.
    """

    settings: Settings
    memory_bytes: int
    process: Callable[[Job, Report], Outcome]

    @property
    def shares_out(self) -> bool:
        """Whether a mosaic is in tiles, which others may do: with the default method."""
        return self.settings.segmentation.method == "default"

    def tiles_at_once(self) -> int:
        """Return how many processes of this machine may work at tiles."""
        from grainscope.mosaic import tiles_at_once

        workers = self.settings.run.workers
        n_cores = os.cpu_count() or 1
        return tiles_at_once(self.memory_bytes, workers, n_cores) if self.shares_out else 1

    def limits(self, scheduler: str | None) -> Settings:
        """Return settings for the map alone: one mosaic at a time on this machine, unless told."""
        from grainscope.mosaic import mosaic_limits

        workers = self.settings.run.workers or (1 if scheduler is None else 0)
        run = mosaic_limits(self.settings.run, self.memory_bytes)
        return self.settings.model_copy(update={"run": run.model_copy(update={"workers": workers})})


def mosaic_work(settings: Settings, memory: str, verbosity: int) -> MosaicWork:
    """Return how mosaics are worked on within a size of memory.

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
    from grainscope.batch import process_image
    from grainscope.batch.portions import share_out
    from grainscope.mosaic import in_strips, mosaic_settings, parse_memory

    memory_bytes = parse_memory(memory)
    settings, notes = mosaic_settings(settings)
    for note in notes if verbosity >= 0 else ():
        say(note, err=True)
    take = partial(in_strips, memory_bytes=memory_bytes, map_tiles=share_out)
    return MosaicWork(settings, memory_bytes, partial(process_image, take=take))
