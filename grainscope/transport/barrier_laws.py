"""Barriers → BarrierLaws: which law they follow, by the criterion that sizes are judged by."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.size import (
    SIZE_LAWS,
    bic,
    bic_weights,
    binned,
    goodness_of_fit,
    size_sample,
)
from grainscope.records import BarrierLaws

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from grainscope.laws.size import SizeLaw, SizeSample
    from grainscope.transport.barriers import Barriers

#: Laws that the paper's argument is about, by their names as laws of size.
_LAWS = ("log_uniform", "lognormal", "power_law")


def fit_barrier_laws(
    kinds: Sequence[Barriers], n_independent: float, n_draws: int, rng: np.random.Generator
) -> BarrierLaws:
    """Fit the log-uniform, lognormal and power law to the barriers of each kind.

    A charging energy goes with 1/√A, so a = Δ⁻² takes the place of an area in
    the laws of grain size, with the cut at the largest barrier that counts:
    nothing is known of those above, which belong to smaller grains. A law of a
    is the same law of Δ,

        log-uniform in a ⇔ p(Δ) ∝ 1/Δ,   lognormal with −μ/2, σ/2,
        p(a) ∝ a^−α ⇔ p(Δ) ∝ Δ^(2α − 3).

    Parameters
    ----------
    kinds : sequence of Barriers
        Those of unresolved grains are left out.
    n_independent : float
        Independent grains. Barriers of a kind are worth no more: those of contacts are
        made of their grains.
    n_draws : int
        Samples of each law for its p value.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    BarrierLaws
        In order of BIC within each kind; kinds of fewer than ten barriers, or of
        equal ones, have no rows.
    """
    rows: list[tuple[Any, ...]] = []
    for barriers in kinds:
        kept = barriers.resolved & (barriers.weight > 0)
        x = -2 * np.log(barriers.energy_k[kept])
        try:
            sample = size_sample(x, barriers.weight[kept], float(x.min(initial=np.inf)))
        except ValueError:  # too few, or all alike
            continue
        share = min(1.0, n_independent / sample.n_eff)
        rows += _fits(barriers.kind, sample, share, n_draws, rng)
    columns = zip(*rows, strict=True) if rows else ((),) * len(BarrierLaws.__dataclass_fields__)
    return BarrierLaws(*(np.array(column) for column in columns))


def _fits(
    kind: str, sample: SizeSample, share: float, n_draws: int, rng: np.random.Generator
) -> Iterator[tuple[Any, ...]]:
    cells = binned(sample)
    worth = replace(cells, weight=cells.weight * share)
    fits = []
    for name in _LAWS:
        law = SIZE_LAWS[name]
        estimate = law.fit(cells)
        scaled = replace(estimate, log_likelihood=estimate.log_likelihood * share)
        goodness = goodness_of_fit(law, worth, scaled, n_draws, rng)
        parameters = _parameters(law, worth, scaled.theta)
        fits.append((bic(scaled, worth.n_eff), name, goodness, parameters))
    fits.sort(key=lambda fit: fit[0])
    weights = bic_weights(np.array([fit[0] for fit in fits]))
    for (criterion, name, goodness, parameters), weight in zip(fits, weights, strict=True):
        for parameter in parameters:
            yield (
                *(kind, name, *parameter, float(weight), criterion, goodness.ks, goodness.ks_p),
                *(math.exp(-sample.cut / 2), worth.n_eff),
            )


def _parameters(
    law: SizeLaw, sample: SizeSample, theta: tuple[float, ...]
) -> list[tuple[str, float, float, float, str]]:
    """Return name, value, low, high and unit of the parameters, of Δ in place of a."""
    low, high = law.interval(sample, theta)
    if law.name == "power_law":
        value, below, above = (2 * alpha[0] - 3 for alpha in (theta, low, high))
        return [("exponent", value, below, above, "")]
    if law.name == "lognormal":
        value, below, above = (math.exp(-mu[0] / 2) for mu in (theta, high, low))
        return [
            ("median_k", value, below, above, "K"),
            ("sigma", theta[1] / 2, low[1] / 2, high[1] / 2, ""),
        ]
    # The largest a has the lowest barrier; an end at 0 means that none is known.
    lowest, below, above = (_root(ends[1]) for ends in (theta, high, low))
    highest, lower, upper = (_root(ends[0]) for ends in (theta, high, low))
    return [("low_k", lowest, below, above, "K"), ("high_k", highest, lower, upper, "K")]


def _root(value: float) -> float:
    return float(value**-0.5) if value > 0 else math.inf
