"""Options that several commands take, each said once."""

from pathlib import Path
from typing import Annotated

import typer

#: The folder that a command writes.
Out = Annotated[Path, typer.Option("--out", "-o", help="Output folder.")]
#: A settings file, read before any ``--set``.
SettingsFile = Annotated[
    Path | None, typer.Option(metavar="FILE.toml", help="From 'grainscope init-config'.")
]
#: Single settings, which win over the file.
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="STAGE.KEY=VALUE", help="Change one setting; repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show failures only.")]
