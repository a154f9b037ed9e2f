"""``grainscope report``: the report of a run or a fit once more."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Output folder of a run or a fit.")],
) -> None:
    """Rebuild OUT/report.html from the files of a run or a fit.

    Example: grainscope report outputs/demo
    """
    from grainscope.report import write_fit_report, write_report

    write = write_fit_report if (out / "fit.json").is_file() else write_report
    typer.echo(f"wrote {write(out)}")
