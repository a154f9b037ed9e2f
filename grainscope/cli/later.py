"""Commands whose names are fixed already and whose work comes with a later release."""

from pathlib import Path
from typing import Annotated

import typer


def _announce(command: str, release: str, meanwhile: str) -> None:
    from grainscope.errors import MissingDependencyError

    raise MissingDependencyError(
        f"'grainscope {command}' comes with release {release}; until then {meanwhile}"
    )


def view(result: Annotated[Path, typer.Argument(help="OUT/STEM or an image.")]) -> None:
    """Open a result in napari (release 0.3)."""
    _announce("view", "0.3", f"open {result / 'overview.png'}, or labels.tif in napari or ImageJ")
