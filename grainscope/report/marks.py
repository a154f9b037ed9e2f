"""Whether a number agrees with the one it is held against."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grainscope.files import ReproducedNumber
from grainscope.report.paper_claims import InFit

if TYPE_CHECKING:
    from grainscope.files.reproduce_record import Against, Mark
    from grainscope.report.facts import Facts, Found
    from grainscope.report.paper_claims import Claim

#: So many half-widths of the 68 % interval still agree; one in twenty is farther by chance.
AGREES_WITHIN = 2.0
#: Without an interval this share counts as the same.
_EXACTLY = 1e-3
#: Parameters of ``truth.json`` that a fit defines otherwise, and how.
_OTHERWISE = {
    ("critical_current", "linear_limit_a"): "truth: within 1 % of zero bias; fit: within 5 %",
    ("saturation", "temperature_k"): "truth: where the law ends; fit: 10 % above the plateau",
}


def half_widths(found: Found, low: float, high: float) -> float | None:
    """Return how far a range is from what was found, in half-widths on that side.

    Parameters
    ----------
    found : Found
        A value with its interval, or a limit.
    low, high : float
        The range it is held against; infinite on one side for a limit.

    Returns
    -------
    float or None
        0 inside the range; infinite where an interval of no width is outside of it; None where
        there is no interval, or only a limit.

    Examples
    --------
    >>> from grainscope.report.facts import Found
    >>> half_widths(Found(1.0, 0.75, 1.5), 2.0, 2.0), half_widths(Found(1.0, 0.75, 1.5), 0.25, 0.5)
    (2.0, 2.0)
    """
    if found.value is None:
        return None
    if low <= found.value <= high:
        return 0.0
    above = found.value > high
    end = found.low if above else found.high
    if end is None:
        return None
    distance = found.value - high if above else low - found.value
    width = abs(found.value - end)
    return distance / width if width > 0 else math.inf


def mark(found: Found, low: float, high: float) -> tuple[Mark, float | None, str]:
    """Return the mark, the distance in half-widths and, where there is none, why."""
    if not found.is_known:
        return "not available", None, found.reason
    if found.value is None:
        inside = (found.low is None or found.low <= high) and (
            found.high is None or found.high >= low
        )
        return ("agrees" if inside else "off"), None, "a limit only"
    n = half_widths(found, low, high)
    if n is not None and math.isfinite(n):
        return ("agrees" if n <= AGREES_WITHIN else "off"), n, ""
    nearest = low if found.value < low else high
    same = math.isclose(found.value, nearest, rel_tol=_EXACTLY)
    return ("agrees" if same else "off"), None, "no interval"


def reproduced(claim: Claim, facts: Facts) -> ReproducedNumber:
    """Return a claim with what was put in, what was found, and the mark."""
    found = facts.of(claim.where)
    truth = facts.truth_of(claim, found)
    against, low, high = _reference(claim, truth)
    if found.word:
        against = "paper" if claim.said else ""
        same = found.word == claim.said
        result: tuple[Mark, float | None, str] = ("agrees" if same else "off"), None, ""
    else:
        result = mark(found, low, high)
    if not against and result[0] != "not available":
        result = "no reference", None, ""
    return ReproducedNumber(
        figure=claim.figure,
        quantity=claim.quantity,
        unit=claim.unit,
        said=claim.said,
        paper=claim.paper,
        relation=claim.relation,
        truth=truth,
        value=_known(found.value),
        low=_known(found.low),
        high=_known(found.high),
        word=found.word,
        mark=result[0],
        against="" if result[0] == "not available" else against,
        half_widths=result[1],
        reason=result[2],
        where=found.where,
    )


def _reference(claim: Claim, truth: float | None) -> tuple[Against, float, float]:
    """Return what a claim is held against: the truth where one is known, else the paper."""
    against: Against = "paper" if truth is None else "truth"
    if truth is not None:
        ends = truth, truth
    elif claim.paper is not None:
        ends = claim.paper - claim.within, claim.paper + claim.within
    else:
        return "", math.nan, math.nan
    low = -math.inf if claim.relation == "<=" else ends[0]
    high = math.inf if claim.relation == ">=" else ends[1]
    return against, low, high


def all_truths(facts: Facts) -> list[ReproducedNumber]:
    """Return every number that was put into the data beside what the fits found.

    Limits and lists are left out; so is what a fit defines otherwise, with the reason.
    """
    if not facts.data_truth:
        return []
    rows = []
    for truth in facts.data_truth["results"]:
        held = facts.held_at(truth)
        for name, told in truth["parameters"].items():
            value = told["value"]
            if isinstance(value, list):
                continue
            where = InFit(truth["analysis"], name, held)
            rows.append(_against_truth(where, float(value), told["unit"], facts.of(where)))
    return rows


def _against_truth(where: InFit, truth: float, unit: str, found: Found) -> ReproducedNumber:
    otherwise = _OTHERWISE.get((where.analysis, where.parameter), "")
    result = mark(found, truth, truth)
    if otherwise and found.is_known:
        result = "no reference", None, otherwise
    held = ", ".join(f"{v:g}" if isinstance(v, float) else v for v in where.selection.values())
    return ReproducedNumber(
        figure=where.analysis,
        quantity=f"{where.parameter} {held}".strip(),
        unit=unit,
        truth=truth,
        value=_known(found.value),
        low=_known(found.low),
        high=_known(found.high),
        mark=result[0],
        against="truth" if result[0] in ("agrees", "off") else "",
        half_widths=result[1],
        reason=result[2],
        where=found.where,
    )


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
