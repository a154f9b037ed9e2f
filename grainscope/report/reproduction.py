"""Everything that a reproduction says, put together from the files in OUT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.files import ReproduceRecord
from grainscope.files.reproduce_record import ReproduceInput
from grainscope.report.argument import arguments
from grainscope.report.facts import read_facts
from grainscope.report.marks import all_truths, reproduced
from grainscope.report.paper_claims import CLAIMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def assemble(
    out: Path, stem: str, seed: int | None, warnings: Sequence[str] = ()
) -> ReproduceRecord:
    """Return the paper's numbers beside those that OUT/run and OUT/fit hold.

    Parameters
    ----------
    out : Path
        With ``run/STEM``, ``fit``, the tables of the arguments, and ``inputs`` where
        something was made.
    stem : str
        Of the micrograph.
    seed : int or None
        Of what was made.
    warnings : sequence of str
        About the reproduction as a whole.

    Raises
    ------
    ResultError
        A part is missing or damaged.
    """
    facts = read_facts(out, stem)
    return ReproduceRecord(
        schema=1,
        seed=seed,
        synthetic_micrograph=bool(facts.film_truth),
        synthetic_data=bool(facts.data_truth),
        micrograph=ReproduceInput(path=facts.film.input.path, sha256=facts.film.input.sha256),
        data=[ReproduceInput(path=i.path, sha256=i.sha256) for i in facts.fit.inputs],
        run=f"run/{stem}",
        fit="fit",
        sample=facts.sample,
        numbers=[reproduced(claim, facts) for claim in CLAIMS],
        truths=all_truths(facts),
        arguments=arguments(out, facts),
        warnings=list(warnings),
    )
