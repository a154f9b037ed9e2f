"""napari's reader: result folders and micrographs, by menu, drop or ``napari PATH``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grainscope.errors import PixelSizeMissingError
from grainscope.files.inputs import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grainscope.viewer.layers import LayerData


def get_reader(
    path: str | Sequence[str],
) -> Callable[[str | Sequence[str]], list[LayerData]] | None:
    """Return the reader of a path, or None for what grainscope does not read.

    Parameters
    ----------
    path : str or sequence of str
        A result folder, an image, or several of them.
    """
    paths = [path] if isinstance(path, str) else list(path)
    return read if paths and all(_is_ours(Path(each)) for each in paths) else None


def read(path: str | Sequence[str]) -> list[LayerData]:
    """Return the layers of one or several results or images.

    Raises
    ------
    GrainscopeError
        As of ``open_session``.
    """
    from grainscope.viewer.opening import open_session
    from grainscope.viewer.showing import session_layers

    paths = [path] if isinstance(path, str) else list(path)
    try:
        return [layer for each in paths for layer in session_layers(open_session(each))]
    except PixelSizeMissingError as error:
        raise PixelSizeMissingError(
            f"{error}. In this window: write 'pixel_size_nm = …' into a file of the image's name "
            "with the ending .toml beside it, and open it again"
        ) from error


def _is_ours(path: Path) -> bool:
    if path.is_dir():
        return (path / "record.json").exists()
    return path.suffix.lower() in IMAGE_SUFFIXES
