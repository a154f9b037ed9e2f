"""``grainscope demo``: the whole line on the images that come with the program."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Output folder.")] = Path("outputs/demo"),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show warnings.")] = False,
) -> int:
    """Measure the shipped synthetic micrographs and say where the report is.

    Example: grainscope demo
    """
    from grainscope.batch import BatchOptions
    from grainscope.cli.run import carry_out
    from grainscope.files import shipped_folder
    from grainscope.settings import Settings

    images = shipped_folder("images")
    return carry_out([str(images)], out, Settings(), BatchOptions(), verbosity=int(verbose))
