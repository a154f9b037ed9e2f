"""What a worker of a soak does with one image: the real thing, charts apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope import figures
from grainscope.batch.image_job import process_image
from grainscope.figures.overview import paint_overview

if TYPE_CHECKING:
    from pathlib import Path

    from grainscope.batch import Job, Outcome
    from grainscope.records import Analysis, Micrograph, Segmentation


def draw_little(
    folder: Path, micrograph: Micrograph, segmentation: Segmentation, _analysis: Analysis, **_: bool
) -> None:
    """Draw the overview and its thumbnail, no charts."""
    overview = paint_overview(micrograph, segmentation)
    overview.save(folder / "overview.png", compress_level=2)
    (folder / "figures").mkdir()
    overview.convert("RGB").save(folder / "figures" / "thumbnail.jpg", quality=70)


def process(job: Job, report) -> Outcome:
    """Do what a worker does with one image, charts apart."""
    figures.write_figures = draw_little
    return process_image(job, report)
