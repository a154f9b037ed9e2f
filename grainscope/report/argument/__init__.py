"""Where the paper's argument is firm and where not: one step a file, numbers from OUT alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.report.argument.averaging import averaging
from grainscope.report.argument.coldest_isotherm import coldest_isotherm
from grainscope.report.argument.mean_loop import mean_loop
from grainscope.report.argument.onset import onset
from grainscope.report.argument.parallel import parallel
from grainscope.report.argument.radiation import radiation
from grainscope.report.argument.unbounded import unbounded

if TYPE_CHECKING:
    from pathlib import Path

    from grainscope.files.reproduce_record import ReproducedArgument
    from grainscope.report.facts import Facts

#: In the order of the report.
STEPS = (mean_loop, averaging, parallel, radiation, onset, coldest_isotherm, unbounded)


def arguments(out: Path, facts: Facts) -> list[ReproducedArgument]:
    """Return the steps of the paper's argument with what this reproduction says of each.

    Parameters
    ----------
    out : Path
        Output folder of ``grainscope reproduce``; its own tables are there.
    facts : Facts
        What run and fit found.
    """
    return [step(out, facts).done() for step in STEPS]
