"""A collapse with and without the isotherm that the text leaves out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from grainscope.report.argument.paragraph import Paragraph
from grainscope.report.argument.sources import (
    S2,
    away,
    fit_picture,
)
from grainscope.report.paper_claims import InFit

if TYPE_CHECKING:
    from grainscope.report.facts import Facts


def coldest_isotherm(_out: Path, facts: Facts) -> Paragraph:
    """Hold the collapse of all isotherms against that without the coldest."""
    p = Paragraph(
        "coldest_isotherm",
        "Scaling above 100 mK with the isotherm of 100 mK",
        [fit_picture(facts, "scaling")],
    )
    p.say(
        "The text scales T > 100 mK, since colder data belong to the anomalous metal; the figure "
        "collapses 100 mK itself."
    )
    with_it = facts.of(InFit("scaling", "z_nu", S2))
    z_nu = p.found("z_nu", with_it)
    p.found("field", facts.of(InFit("scaling", "critical_field_t", S2)))
    without = p.found("without", facts.of(InFit("scaling", "z_nu_without_coldest", S2)))
    p.found("field_without", facts.of(InFit("scaling", "critical_field_without_coldest_t", S2)))
    for result in facts.results("scaling"):
        span = result.window.get("temperature_k")
        if result.selection.get("stage") in ("S2", None) and isinstance(span, list) and span:
            p.made("coldest", span[0], "K", "fit/fit.json: scaling, window temperature_k")
            p.made("span", math.log10(span[-1] / span[0]), "", "the same")
            break
    p.say("Here the coldest isotherm that takes part has {coldest}.")
    p.say("With it zν = {z_nu}, without it {without}.")
    p.say("The critical field is {field} with it, {field_without} without.")
    n = away(with_it, without)
    if math.isfinite(n) and math.isfinite(z_nu):
        p.made("moved", n, "half-widths", "distance of the two zν over the interval")
        said = (
            "does not matter here" if n <= 2 else "decides the exponent, and the claim is not firm"
        )
        p.say(f"They lie {{moved}} apart: the choice {said}.")
    p.found("joint", facts.of(InFit("scaling", "z_nu_joint", S2)))
    p.say("All stages together give zν = {joint}, whether or not each collapses.")
    p.say(
        "Not firm either way is what it means: a collapse over {span} decades of T does not tell "
        "a critical point from a crossover, whatever the interval."
    )
    return p
