"""From a path to a session: a result folder, or an image straight away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grainscope import files
from grainscope.errors import ResultError, UnreadableImageError
from grainscope.settings import Settings
from grainscope.viewer.session import Session

if TYPE_CHECKING:
    from grainscope.files import StoredResult


def open_session(
    path: str | Path, settings: Settings | None = None, image: str | Path | None = None
) -> Session:
    """Open a result folder with its grains, or an image without any.

    Parameters
    ----------
    path : str or Path
        OUT/STEM, or an image.
    settings : Settings, optional
        Of an image; a result brings its own.
    image : str or Path, optional
        Where the image of a result is now, if it has moved.

    Returns
    -------
    Session

    Raises
    ------
    ResultError
        A folder without a result.
    UnreadableImageError, PixelSizeMissingError
        The image cannot be used; the message names what helps.
    """
    path = Path(path)
    if not path.is_dir():
        chosen = (settings or Settings()).for_file(path)
        return Session(files.read_micrograph(path, chosen.input), chosen, image=path.absolute())
    if not (path / "record.json").exists():
        raise ResultError(f"{path}: no record.json there; name one OUT/STEM, or an image")
    stored = files.read_result(path)
    return Session.of_result(stored, _image_of(stored, image))


def _image_of(stored: StoredResult, image: str | Path | None) -> Path:
    path = Path(image or stored.record.input.path)
    if not path.exists():
        raise UnreadableImageError(
            f"{path}: the image of {stored.folder} is not there; say where it is now: "
            f"grainscope view {stored.folder} --image IMAGE"
        )
    return path
