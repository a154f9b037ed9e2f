"""Two onset temperatures of one film."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from grainscope.report.argument.paragraph import Paragraph
from grainscope.report.argument.sources import (
    S2,
    away,
    fit_picture,
    paper_number,
)
from grainscope.report.paper_claims import ONSET_IN_TEXT_K, InFit

if TYPE_CHECKING:
    from grainscope.report.facts import Facts


def onset(_out: Path, facts: Facts) -> Paragraph:
    """Hold the two onset temperatures of the paper against the drop that was found."""
    p = Paragraph(
        "onset",
        "Onset at 3.2 K in the text, 3.4 K in the caption",
        [fit_picture(facts, "onset")],
    )
    caption, _ = paper_number("critical temperature of the grains, S2")
    text = ONSET_IN_TEXT_K
    found = facts.of(InFit("onset", "critical_temperature_k", S2))
    middle = p.found("middle", found)
    width = p.found("width", facts.of(InFit("onset", "width_k", S2)))
    p.say("The middle of the drop lies at {middle}, and its 10–90 % width is {width}.")
    p.made("caption", caption, "K", "the paper, caption of Fig. 1c")
    p.made("text", text, "K", "the paper, General trends")
    for name, value in (("caption", caption), ("text", text)):
        p.made(f"{name}_off", away(found, value), "half-widths", "distance over the interval")
    p.say("The caption's {caption} is {caption_off} away from it, the text's {text} {text_off}.")
    if math.isfinite(middle) and math.isfinite(width):
        p.made("end", middle - width, "K", "middle − width: where the drop is over")
        inside = middle - width <= text
        said = (
            "lies within the drop: the two may be its begin and its end"
            if inside
            else "is below the end of the drop, {end}: it is not another reading of this drop"
        )
        p.say(f"The text's temperature {said}.")
    if math.isfinite(middle):
        p.say(
            "Bulk indium has 3.41 K, so the caption is the one to keep; nothing else hangs on it."
        )
    return p
