"""``grainscope demo``: the whole line on the images or the data that come with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Output folder.  [default: outputs/demo, outputs/demo_fit]"
        ),
    ] = None,
    transport: Annotated[
        bool, typer.Option("--transport", help="Fit the shipped transport data instead; minutes.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show warnings.")] = False,
) -> int:
    """Measure the shipped micrographs; say where the report is.

    Example: grainscope demo

    and: grainscope demo --transport
    """
    from grainscope.files import shipped_folder

    images = shipped_folder("images")
    if transport:
        from grainscope.cli.fit import fit

        data = images / "transport"
        return fit([data], out=out or Path("outputs/demo_fit"), settings=data / "settings.toml")
    from grainscope.batch import BatchOptions
    from grainscope.cli.run import carry_out
    from grainscope.settings import Settings

    folder = out or Path("outputs/demo")
    return carry_out([str(images)], folder, Settings(), BatchOptions(), verbosity=int(verbose))
