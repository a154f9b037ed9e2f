"""Radiation that makes a film more homogeneous, and what its network says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grainscope.files import read_table
from grainscope.report.argument.paragraph import Paragraph
from grainscope.report.argument.sources import (
    fit_picture,
)
from grainscope.report.paper_claims import InFit

if TYPE_CHECKING:
    from grainscope.report.facts import Facts


#: Smaller by this factor is no longer the same thing.
_FAR = 3.0


def radiation(out: Path, facts: Facts) -> Paragraph:
    """Hold fluctuations under RF against what a longer coupling length does to the network."""
    p = Paragraph(
        "radiation",
        "RF, and a film made more homogeneous",
        ["figures/homogenisation.png", fit_picture(facts, "fluctuations")],
    )
    ratio = facts.of(InFit("fluctuations", "rms_ratio", {"compared": "rf"}, "last"))
    p.found("ratio", ratio)
    p.say("Under RF of the highest frequency fluctuations are {ratio} times those without.")
    path = out / "homogenisation.csv"
    table = read_table(path) if path.is_file() else {}
    rms = table.get("rms_ln_resistance", np.zeros(0))
    if len(rms) > 1 and (rms > 0).all():
        p.made("short_nm", float(table["coupling_length_nm"][0]), "nm", path.name)
        p.made("long_nm", float(table["coupling_length_nm"][-1]), "nm", path.name)
        p.made("short", float(rms[0]), "", f"{path.name}: rms_ln_resistance")
        p.made("long", float(rms[-1]), "", f"{path.name}: rms_ln_resistance")
        p.say(
            "The paper reads this as a film made more homogeneous by stronger coupling. With this "
            "micrograph's own contacts at a fixed gain, the rms of ln R goes from {short} to "
            "{long} as the coupling length grows from {short_nm} to {long_nm}."
        )
        measured = p.found("measured", facts.of(InFit("fluctuations", "rms_amplitude")))
        if rms.max() < measured / _FAR:
            p.say("Either is far below the measured {measured}: this network does not make them.")
        if rms[-1] > rms[0] and ratio.value is not None and ratio.value < 1:
            p.say(
                "That is the opposite sign: couplings that are alike interfere more, not less. "
                "The observation is firm, its explanation is open; a gain U/T that falls under "
                "radiation would give it as well."
            )
    heating = facts.of(
        InFit(
            "rf_response", "heating", {"field_t": 0.03, "rf_frequency_hz": 2e9, "rf_power_dbm": 0}
        )
    )
    if heating.word:
        p.say(f"Heating as the cause of the lower resistivity at 30 mT is {heating.word}.")
    return p
