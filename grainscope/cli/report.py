"""``grainscope report``: the report of a run or a fit once more."""

from pathlib import Path
from typing import Annotated

import typer

from grainscope.cli.progress import say


def report(
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="Output folder of a run, a fit or a reproduction."),
    ],
) -> None:
    """Write OUT/report.html again, from the files in OUT.

    Example: grainscope report outputs/demo
    """
    from grainscope.report import write_fit_report, write_report, write_reproduce_report

    written = {"fit.json": write_fit_report, "reproduce.json": write_reproduce_report}
    write = next((w for name, w in written.items() if (out / name).is_file()), write_report)
    say(f"wrote {write(out)}")
