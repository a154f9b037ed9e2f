"""How many loops may average before a fluctuation is gone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.report.argument.paragraph import Paragraph
from grainscope.report.argument.sources import (
    bar_um2,
    fit_picture,
    loops_of,
    paper_number,
)
from grainscope.report.paper_claims import InFit

if TYPE_CHECKING:
    from grainscope.report.facts import Facts


def averaging(_out: Path, facts: Facts) -> Paragraph:
    """Hold a fluctuation against the number of loops that the bar has room for."""
    p = Paragraph(
        "averaging",
        "How many loops a fluctuation of 30 % allows",
        ["figures/averaging.png", fit_picture(facts, "fluctuations")],
    )
    amplitude, _ = paper_number("relative amplitude")
    field_g, _ = paper_number("deepest minimum")
    p.made("paper", 100 * amplitude, "%", "the paper, Fig. 7")
    p.made("paper_loops", loops_of(amplitude), "", "1/(2a²)")
    bar = bar_um2(facts)
    p.made("bar", bar, "µm²", "record.json: settings, transport.bar_length_um × bar_width_um")
    n_bar = p.made("bar_loops", bar * field_g / FLUX_QUANTUM_G_UM2, "", "bar / (Φ0/15 G)")
    p.made("bar_rms", 100 / math.sqrt(2 * n_bar), "%", "1/√(2N)")
    p.say(
        "N unrelated loops average to 1/√(2N): {paper} is what {paper_loops} of them leave, while "
        "a bar of {bar} has room for {bar_loops} loops of one quantum at 15 G, which leave "
        "{bar_rms}."
    )
    _measured_average(p, facts)
    if loops_of(amplitude) < n_bar:
        p.say(
            "So the commensuration argument is firm for one loop and not for the bar: it takes "
            "loops that are alike, a current that runs through few of them, or an amplification."
        )
    return p


def _measured_average(p: Paragraph, facts: Facts) -> None:
    rms = facts.of(InFit("fluctuations", "rms_amplitude"))
    p.found("largest", facts.of(InFit("fluctuations", "relative_amplitude")))
    p.found("rms", rms)
    p.found("loops", facts.of(InFit("fluctuations", "equivalent_loops")))
    p.found("gain", facts.of(InFit("fluctuations", "gain_of_bar")))
    p.say(
        "Here the largest fluctuation is {largest} and the rms {rms}, as of {loops} unrelated "
        "loops; a whole bar would need a gain |d ln R/d ln stiffness| of {gain}."
    )
    if facts.film.flux is not None:
        p.made("film_loops", facts.film.flux.loops_in_bar, "", "record.json: flux, loops_in_bar")
        p.say("With the loops of this micrograph the bar holds {film_loops}.")
