"""``grainscope reproduce``: the paper's analysis, its numbers and ours in one report."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grainscope.cli.options import Assignments, Out, Quiet, SettingsFile
from grainscope.cli.progress import say
from grainscope.cli.stopping import STOPPED, stop_as_by_ctrl_c

if TYPE_CHECKING:
    from grainscope.batch import ReproduceOutcome


def reproduce(
    *,
    out: Out,
    micrograph: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own in place of a synthetic film.")
    ] = None,
    pixel_size_nm: Annotated[
        float | None, typer.Option(help="Of --micrograph; wins over all other sources.")
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Your own tables or folders; repeatable."),
    ] = None,
    settings: SettingsFile = None,
    assignments: Assignments = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the inputs that are made.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Keep parts that are complete, or redo all.")
    ] = True,
    quiet: Quiet = False,
) -> int:
    """Repeat the paper's analysis, each figure beside its own.

    Without inputs it makes a film and transport data with the paper's values, so that the
    truth is known; a few minutes. Your own take their place, one or both.

    Example: grainscope reproduce -o outputs/paper

    Your own: grainscope reproduce -o outputs/mine --micrograph film.tif --data rt.csv
    --settings mine.toml
    """
    from grainscope.batch import reproduce_paper
    from grainscope.cli.progress import status_line
    from grainscope.cli.run import chosen_settings
    from grainscope.errors import SettingsError

    if pixel_size_nm is not None and micrograph is None:
        raise SettingsError("--pixel-size-nm: is of --micrograph, which is missing")
    chosen = chosen_settings(settings, assignments or [], pixel_size_nm)
    stop_as_by_ctrl_c()
    try:
        with status_line(quiet) as tell:
            outcome = reproduce_paper(out, chosen, micrograph, data or [], seed, not resume, tell)
    except KeyboardInterrupt:
        say("stopped: the same command goes on; a part begun is done again", err=True)
        return STOPPED
    _tell(outcome, out, quiet)
    return int(bool(outcome.failures))


def _tell(outcome: ReproduceOutcome, out: Path, quiet: bool) -> None:
    for failure in outcome.failures:
        say(f"failed: {failure}", err=True)
    if quiet:
        return
    marks = Counter(number.mark for number in outcome.record.numbers)
    told = ", ".join(f"{n} {mark.replace('agrees', 'agree')}" for mark, n in marks.most_common())
    say(f"{len(outcome.record.numbers)} numbers of the paper's figures: {told}")
    say(f"report: {out / 'report.html'}")
