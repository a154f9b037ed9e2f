"""Conductances added up in parallel against the network that they are in."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.report.argument.paragraph import Paragraph
from grainscope.report.argument.sources import (
    fit_picture,
    run_picture,
)
from grainscope.report.paper_claims import InFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.report.facts import Facts


#: Where the models are compared.
_AT_K = 1.0


def parallel(_out: Path, facts: Facts) -> Paragraph:
    """Hold the parallel sum of the micrograph's barriers against its resistor network."""
    p = Paragraph(
        "parallel",
        "Parallel conductances against the network",
        [run_picture(facts, "conductance"), fit_picture(facts, "barrier_link")],
    )
    table = facts.table("conductance.csv")
    for model in ("parallel", "network"):
        p.made(f"{model}_k", _activation_k(table, model), "K", f"conductance.csv: {model}_exponent")
    p.made("orders", _orders_apart(table), "", "conductance.csv: parallel_s, network_s")
    p.say(
        "In parallel, the grains with the lowest barriers carry everything, wherever they lie: "
        "near 1 K this film would be activated with {parallel_k}."
    )
    p.say(
        "On its own contacts, in the resistor network, current has to pass the high ones too: "
        "{network_k}, and a conductance lower by {orders} orders of magnitude at 1 K."
    )
    p.say(
        "Adding up parallel conductances is not firm: in two dimensions even the network with "
        "log-uniform barriers is activated, not logarithmic."
    )
    scale = facts.of(InFit("barrier_link", "energy_scale"))
    p.found("scale", scale)
    p.found("worse", facts.of(InFit("barrier_link", "aicc_above_law")))
    p.say(
        "Against the measured R(T) at high field all barriers would have to be scaled by {scale} "
        "(bounds of the fit: 0.001 to 1000), and a plain law of R(T) describes the data better by "
        "{worse} in AICc (negative: the barriers do)."
    )
    return p


def _activation_k(table: dict[str, NDArray[Any]], model: str) -> float:
    name = f"{model}_exponent"
    if name not in table:
        return math.nan
    return float(np.interp(0.0, np.log(table["temperature_k"]), table[name])) * _AT_K


def _orders_apart(table: dict[str, NDArray[Any]]) -> float:
    if not {"parallel_s", "network_s"} <= set(table):
        return math.nan
    at = int(np.argmin(np.abs(np.log(table["temperature_k"] / _AT_K))))
    high, low = float(table["parallel_s"][at]), float(table["network_s"][at])
    return math.log10(high / low) if high > 0 and low > 0 else math.nan
