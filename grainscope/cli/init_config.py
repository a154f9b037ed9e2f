"""``grainscope init-config``: a commented settings file to start from."""

from pathlib import Path
from typing import Annotated

import typer

from grainscope.cli.progress import say


def init_config(
    path: Annotated[Path, typer.Argument(help="File to write.")] = Path("settings.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write a settings file: every entry, unit and reason.

    Example: grainscope init-config settings.toml
    """
    from grainscope.errors import OutputError
    from grainscope.files.whole_files import write_whole
    from grainscope.settings import Settings, commented_toml

    if path.exists() and not force:
        raise OutputError(f"{path} exists already; choose another name or add --force")
    write_whole(path, commented_toml(Settings()))
    say(f"wrote {path}; use it with: grainscope run FOLDER -o OUT --settings {path}")
