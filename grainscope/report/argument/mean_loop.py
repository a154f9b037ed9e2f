"""Whether the mean loop of a film is that of the minimum at 15 G."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.report.argument.paragraph import Paragraph
from grainscope.report.argument.sources import (
    fit_picture,
    paper_number,
    run_picture,
)
from grainscope.report.paper_claims import InFit, InRun

if TYPE_CHECKING:
    from grainscope.report.facts import Facts


#: Loops count as lying at a field within this factor of it.
_NEAR = 1.25
#: log10 odds beyond this speak for the micrograph, or against it.
_ODDS = 1.0


def mean_loop(_out: Path, facts: Facts) -> Paragraph:
    """Hold the loop of the deepest minimum against all loops of the micrograph."""
    p = Paragraph(
        "mean_loop",
        "The mean loop, and the loops at 15 G",
        [run_picture(facts, "loops"), fit_picture(facts, "link")],
    )
    field_g, _ = paper_number("deepest minimum")
    p.made("paper_g", field_g, "G", "the paper, Fig. 7")
    p.made("paper_um", 2 * math.sqrt(FLUX_QUANTUM_G_UM2 / field_g / math.pi), "µm", "2√(Φ0/πB)")
    least = p.found("minimum", facts.of(InFit("fluctuations", "minima_field_g", {}, "prominence")))
    p.found("diameter", facts.of(InFit("fluctuations", "loop_diameter_um", {}, "prominence")))
    p.say("Firm is the conversion: one flux quantum at {paper_g} is a loop {paper_um} across.")
    p.say("The deepest minimum of these data lies at {minimum}, a loop {diameter} across.")
    near_g = least if math.isfinite(least) else field_g
    _loops_of_the_film(p, facts, near_g)
    _nearest_choice(p, facts)
    if facts.film.flux is not None and "cv" in p.numbers:
        said = "a feature is" if facts.film.flux.predicted else "no feature is"
        p.say(f"With this spread {said} predicted at Φ₀/⟨A⟩ or anywhere else (record.json, flux).")
    _odds(p, facts)
    return p


def _loops_of_the_film(p: Paragraph, facts: Facts, near_g: float) -> None:
    mean_g = p.found("mean_g", facts.of(InRun("mean_loop_field_g")))
    table, loops = facts.table("loop_summary.csv"), facts.table("loops.csv")
    for name, figure, unit in (
        ("mean_um", "mean_loop_diameter_um", "µm"),
        ("median_g", "median_loop_field_g", "G"),
        ("cv", "area_cv", ""),
    ):
        rows = table["figure"] == figure if table else np.zeros(0, bool)
        value = float(table["value"][rows][0]) if rows.any() else math.nan
        p.made(name, value, unit, f"loop_summary.csv: {figure}")
    p.say(
        "Not firm is which loops these are: the mean loop of this micrograph is {mean_um} across "
        "(Φ₀/⟨A⟩ = {mean_g}), the median one is worth {median_g}, and areas spread by CV = {cv}."
    )
    weight = loops["edge_weight"] if loops else np.zeros(0)
    if weight.sum() > 0:
        near = (loops["field_g"] < near_g * _NEAR) & (loops["field_g"] > near_g / _NEAR)
        share = 100 * float(weight[near].sum() / weight.sum())
        p.made("share", share, "%", f"loops.csv: field_g within a factor {_NEAR} of the minimum")
        p.made("n_near", int(near.sum()), "", "loops.csv")
        p.say(
            "{share} of its loops ({n_near}, whole ones by edge weight) lie within a quarter of "
            "that field."
            if near.any()
            else "None of its whole loops lies within a quarter of that field."
        )
    if math.isfinite(mean_g) and not near_g / 2 < mean_g < 2 * near_g:
        p.say(
            "So 1.3 µm is not the average loop where every grain counts: to call a loop of the "
            "larger grains fundamental, one must say why the smaller ones do not count."
        )


def _nearest_choice(p: Paragraph, facts: Facts) -> None:
    """Say which smallest grain and widest gap come nearest to the paper's loop."""
    scan = facts.table("loop_scan.csv")
    many = scan["n_whole"] >= 3 if scan else np.zeros(0, bool)
    if not many.any():
        return
    wanted = p.numbers["paper_um"].value or math.nan
    away = np.where(many, np.abs(np.log(scan["equivalent_diameter_um"] / wanted)), np.inf)
    row = int(np.nanargmin(away))
    for name, column, unit in (
        ("grain_um", "min_grain_diameter_um", "µm"),
        ("gap_nm", "max_gap_nm", "nm"),
        ("nearest_um", "equivalent_diameter_um", "µm"),
        ("nearest_n", "n_whole", ""),
        ("nearest_cv", "area_cv", ""),
    ):
        p.made(name, float(scan[column][row]), unit, f"loop_scan.csv: {column}")
    p.say(
        "Of all choices with three whole loops or more, grains above {grain_um} joined over gaps "
        "up to {gap_nm} come nearest to 1.3 µm: {nearest_um} from {nearest_n} whole loops of "
        "CV = {nearest_cv}."
    )


def _odds(p: Paragraph, facts: Facts) -> None:
    odds = p.found("odds", facts.of(InFit("link", "log10_odds")))
    if not math.isfinite(odds):
        return
    word = "for" if odds > _ODDS else "against" if odds < -_ODDS else "neither for nor against"
    p.say(
        f"Held against films of the same grains placed independently, the log₁₀ odds are {{odds}}, "
        f"{word} this micrograph."
    )
    if facts.data_truth:
        right = "as it should be" if odds < _ODDS else "which is wrong"
        p.say(f"These data were not made from this micrograph: {right}.")
