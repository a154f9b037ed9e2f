"""``grainscope info``: what is in an image file, and where its pixel size comes from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grainscope.cli.progress import say
from grainscope.cli.run import chosen_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grainscope.files.micrographs import ImageInfo
    from grainscope.records import PixelSize


def info(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Files, folders or globs.")
    ],
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Settings with [[files]] tables.")
    ] = None,
    pixel_size_nm: Annotated[
        float | None, typer.Option(help="Pixel size to compare the files' own with.")
    ] = None,
) -> int:
    """Tell what files say of themselves: pixel size, databar.

    Shape, bit depth, vendor, every pixel size that was found with its source,
    databar, scale bar, and warnings. Nothing is written.

    Example: grainscope info data/
    """
    from grainscope.errors import GrainscopeError, UnreadableImageError
    from grainscope.files import inspect_image

    known = chosen_settings(settings, [], pixel_size_nm)
    n_failed = 0
    for path, problem in (pair for name in inputs for pair in _images(name)):
        try:
            if problem:
                raise UnreadableImageError(f"{path}: {problem}")
            lines = list(_lines(inspect_image(path, known.for_file(path).input)))
        except GrainscopeError as error:
            n_failed += 1
            lines = [("failed", str(error))]
        say(str(path))
        for name, text in lines:
            say(f"  {name:<12} {text}")
    return 1 if n_failed else 0


def _images(name: str) -> Iterator[tuple[Path, str]]:
    """Yield what a name stands for, and why it cannot be looked at; a file whatever its ending."""
    from grainscope.files import find_inputs

    if os.path.isfile(name):  # noqa: PTH113 (no name makes it raise)
        yield Path(name), ""
        return
    here = Path.cwd()
    for image in find_inputs([name]).inputs:
        near = image.path.is_relative_to(here)
        yield image.path.relative_to(here) if near else image.path, image.problem


def _lines(found: ImageInfo) -> Iterator[tuple[str, str]]:
    height, width = found.shape_px
    yield "image", f"{width} × {height} px, {found.encoding}"
    yield "vendor", found.vendor or "unknown"
    yield "pixel size", _size_text(found.pixel_size)
    for source in found.sources:
        yield "  found", source
    if found.databar is not None:
        yield "databar", f"rows {found.databar.row_start} to {found.databar.row_stop - 1}"
    else:
        yield "databar", "none"
    if found.scale_bar_px is not None:
        label = found.scale_bar_label or "label not read"
        yield "scale bar", f"{found.scale_bar_px:.1f} px, {label}"
    for warning in found.warnings:
        yield "warning", warning


def _size_text(size: PixelSize | None) -> str:
    if size is None:
        return "unknown"
    uncertainty = f" ± {size.uncertainty_nm:.1g}" if size.uncertainty_nm else ""
    return f"{size.value_nm:.5g}{uncertainty} nm, from {size.source}"
