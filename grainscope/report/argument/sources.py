"""What several steps of the argument need: numbers of the paper, pictures, distances."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grainscope.files import figure_stem
from grainscope.report.facts import matches
from grainscope.report.marks import half_widths
from grainscope.report.paper_claims import CLAIMS

if TYPE_CHECKING:
    from grainscope.report.facts import Facts, Found


#: The stage that the paper's numbers are of.
S2: dict[str, float | str] = {"stage": "S2"}


def paper_number(quantity: str) -> tuple[float, float]:
    """Return what the paper says of a claim, and how closely."""
    claim = next(claim for claim in CLAIMS if claim.quantity == quantity)
    assert claim.paper is not None, quantity
    return claim.paper, claim.within


def fit_picture(facts: Facts, analysis: str) -> str:
    """Return the path of the figure of an analysis, relative to OUT."""
    own = [r for r in facts.fit.results if r.analysis == analysis]
    samples = list(dict.fromkeys(r.sample for r in facts.fit.results))
    sample = facts.sample
    if own and all(r.sample != sample for r in own):
        sample = own[0].sample
    return f"fit/figures/{figure_stem(analysis, sample, samples)}.png"


def run_picture(facts: Facts, name: str) -> str:
    """Return the path of a figure of the micrograph, relative to OUT."""
    folder = f"run/{facts.run.name}"
    return f"{folder}/overview.png" if name == "overview" else f"{folder}/figures/{name}.png"


def away(found: Found, value: float) -> float:
    """Return how many half-widths a value is from what was found, NaN without an interval."""
    n = half_widths(found, value, value)
    return math.nan if n is None else round(n, 1)


def bar_um2(facts: Facts) -> float:
    """Return the area of the bar between the probes."""
    settings = facts.film.read_settings().transport
    return settings.bar_length_um * settings.bar_width_um


def loops_of(amplitude: float) -> float:
    """Return how many unrelated loops average to an amplitude, 1/(2a²)."""
    return 1 / (2 * amplitude**2)


def measured_decades(facts: Facts) -> float:
    """Return over how many decades the fit at 4 T takes R(T) as straight in ln T."""
    wanted: dict[str, float | str] = {"stage": "S2", "field_t": 4.0}
    for result in facts.results("log_temperature"):
        span = result.window.get("temperature_k")
        if matches(result.selection, wanted) and isinstance(span, list) and len(span) == 2:
            return math.log10(span[1] / span[0])
    return math.nan
