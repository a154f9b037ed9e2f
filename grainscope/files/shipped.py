"""Find the models and images that grainscope ships, in a checkout or an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from grainscope.errors import ResultError

_PACKAGE = Path(__file__).parent.parent


def shipped_folder(name: Literal["models", "images"]) -> Path:
    """Return the folder of shipped models or images.

    A wheel carries it as ``grainscope/shipped/NAME``; a checkout has it at top level.

    Raises
    ------
    ResultError
        Neither is there.

    Examples
    --------
    >>> shipped_folder("images").name
    'images'
    """
    in_wheel, in_checkout = _PACKAGE / "shipped" / name, _PACKAGE.parent / name
    for folder in (in_wheel, in_checkout):
        if folder.is_dir() and (
            folder == in_wheel or (_PACKAGE.parent / "pyproject.toml").exists()
        ):
            return folder
    raise ResultError(
        f"shipped {name} not found: neither {in_wheel} nor {in_checkout} is there; "
        "reinstall grainscope"
    )
