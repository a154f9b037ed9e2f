"""Barriers of the law 1/Δ, and the bounds that it needs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grainscope.files import read_table
from grainscope.report.argument.paragraph import Paragraph
from grainscope.report.argument.sources import (
    measured_decades,
    run_picture,
)
from grainscope.report.paper_claims import InRun

if TYPE_CHECKING:
    from grainscope.report.facts import Facts


def unbounded(out: Path, facts: Facts) -> Paragraph:
    """Hold the stretch that is straight in ln T against what barriers of 1/Δ explain."""
    p = Paragraph(
        "unbounded",
        "p(Δ) = 1/Δ needs bounds, and they decide",
        ["figures/straight_decades.png", run_picture(facts, "log_windows")],
    )
    p.say(
        "1/Δ cannot be normalised without bounds. Between Δ1 and Δ2 it is the conductance that is "
        "straight in ln T, not the resistance."
    )
    _straight_by_law(p, out)
    for name in ("parallel_r", "parallel_g", "network_r"):
        p.found(name, facts.of(InRun(f"{name}_decades")))
    p.say(
        "In this micrograph, barriers in parallel make R straight over {parallel_r} decades and G "
        "over {parallel_g}, the network R over {network_r}, all near the barriers themselves."
    )
    decades = measured_decades(facts)
    p.made("measured", decades, "", "fit/fit.json: log_temperature, window temperature_k")
    p.say("R(T) of S2 at 4 T is straight within its noise over {measured} decades.")
    allowed = p.numbers.get("law_r")
    if allowed and allowed.value is not None and math.isfinite(decades):
        said = "more than four decades of barriers explain" if decades > allowed.value else (
            "what four decades of barriers explain"
        )  # fmt: skip
        p.say(f"That is {said}.")
    return p


def _straight_by_law(p: Paragraph, out: Path) -> None:
    path = out / "log_uniform.csv"
    if not path.is_file():
        return
    table = read_table(path)
    at = int(np.argmin(np.abs(table["barrier_decades"] - 4.0)))
    p.made("span", float(table["barrier_decades"][at]), "", f"{path.name}: barrier_decades")
    p.made("law_r", float(table["resistance_decades"][at]), "", f"{path.name}: resistance_decades")
    p.made("law_g", float(table["conductance_decades"][at]), "", path.name)
    p.say(
        "With Δ2/Δ1 of {span} decades, G is straight within 2 % over {law_g} decades of T and R "
        "over {law_r}."
    )
