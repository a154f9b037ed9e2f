"""``grainscope report``: the report of a run once more."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Output folder of a run.")],
) -> None:
    """Rebuild OUT/report.html from the files of a run.

    Example: grainscope report outputs/demo
    """
    from grainscope.report import write_report

    typer.echo(f"wrote {write_report(out)}")
