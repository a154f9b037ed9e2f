"""``grainscope predict``: every table again from the current labels."""

from pathlib import Path
from typing import Annotated

import typer

from grainscope.cli.options import Assignments
from grainscope.cli.progress import say


def predict(
    result: Annotated[Path, typer.Argument(metavar="OUT/STEM", help="A result folder.")],
    assignments: Assignments = None,
    image: Annotated[
        Path | None, typer.Option(help="The input image, if it is no longer where it was.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing.")] = False,
) -> None:
    """Recompute a result from its labels, corrected or not.

    Network, loops, predictions and all tables follow from the labels as they
    are now. Those are the labels with every correction by hand (edits.jsonl), or
    labels.tif where another program saved it.

    Settings are the stored ones plus --set; those that made the labels cannot
    be changed here. The run's summary, pooled tables and report follow. Ctrl-C
    during the sweep over fields keeps the fields that are done.

    Example: grainscope predict outputs/film/film_01 --set network.max_gap_nm=50
    """
    from grainscope.batch import predict_result
    from grainscope.cli.progress import outcome_line, status_line

    with status_line(quiet) as report:
        outcome = predict_result(result, assignments or [], image, report)
    if not quiet:
        for warning in outcome.warnings:
            say(f"    {warning}")
        say(f"measured again: {outcome_line(outcome)}")
