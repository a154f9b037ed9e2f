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


def fit(data: Annotated[list[Path], typer.Argument(help="R(T, H, I, RF) tables.")]) -> None:
    """Fit measured transport data (release 0.3)."""
    _announce(f"fit {data[0]}", "0.3", "loops.csv and histogram.csv hold the morphology")
