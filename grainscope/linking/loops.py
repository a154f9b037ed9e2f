"""Measured fluctuations against the loops of a micrograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.linking.fluctuation_data import measured_in
from grainscope.linking.joint_result import joint_result
from grainscope.linking.large_grains import LargeGrains
from grainscope.linking.link_result import ANALYSIS, Found, link_result
from grainscope.linking.loop_sets import choice_grid
from grainscope.linking.odds import log_mean, odds_against
from grainscope.linking.weighing import weigh_film, weigh_independent_films
from grainscope.records.transport_fit import skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from grainscope.linking.fluctuation_data import Minima
    from grainscope.linking.morphology import Morphology
    from grainscope.records.transport_fit import TransportFit
    from grainscope.settings import FittingSettings


def link_loops(
    morphology: Morphology,
    fluctuations: Sequence[TransportFit],
    settings: FittingSettings,
    rng: np.random.Generator,
    tell: Callable[[str], None] = lambda part: None,
) -> tuple[TransportFit, ...]:
    """Weigh a micrograph's loops against measured fluctuations of the resistance.

    For every widest gap, smallest grain and ξ on a grid over their priors the film's
    loops say how likely the measured curve is (`CurveLikelihood`), or where there is
    no curve its minima (`MinimaLikelihood`). That gives the posterior of the three
    (`bagged_posteriors`) and, averaged, the probability of the data for this film. The
    same is done for films in which the same grains lie independently of one another
    (`independent_film`):

        odds = p(data | this film) / ⟨p(data | film of the same grains)⟩

    (`odds_against` has the whole of it). ``independent_rank`` is the share of films, this
    one among them, that explain the data at least as well: however large the odds, an
    independent film comes first among M + 1 with probability 1/(M + 1).

    Stages of one sample have the same grains and so the same loops; each has a ξ of its
    own. Of several stages there is another result of all: gap and smallest grain shared,
    ξ of each stage marginalised (`with_shared_choice`), the odds of all data together.
    The loops of each choice are computed once for all stages.

    Whether the loops of the deepest minimum hold the larger grains is told as a share
    of their weight, beside that of the independent films.

    Parameters
    ----------
    morphology : Morphology
        Of the micrograph.
    fluctuations : sequence of TransportFit
        Results of the analysis of that name, one a stage: ``table`` with ``field_g``,
        ``relative_deviation``, ``error_ohm_sq`` and ``background_ohm_sq``, and
        ``parameters["minima_field_g"]``; either will do.
    settings : FittingSettings
        The three priors.
    rng : numpy Generator
        Source of chance.
    tell : callable
        Is told how far it is, such as ``"independent film 3/25"``.

    Returns
    -------
    tuple of TransportFit
        ``"link"`` of each stage, then, of two or more, that of all, whose selection is
        ``stages``; skipped where there is nothing to compare.
    """
    lacking = _lacking(morphology, fluctuations)
    if lacking:
        return lacking
    read = [measured_in(one) for one in fluctuations]
    unread = [
        skipped(ANALYSIS, one.sample, why, **one.selection)
        for one, why in zip(fluctuations, read, strict=True)
        if isinstance(why, str)
    ]
    stages = [one for one in read if not isinstance(one, str)]
    if not stages:
        return tuple(unread)
    grid = choice_grid(settings)
    likelihoods = [one.likelihood for one in stages]
    arounds = [_deepest(one.minima) for one in stages]
    tell("loops of the micrograph")
    films = weigh_film(morphology, likelihoods, grid, arounds, rng)
    others = weigh_independent_films(morphology, likelihoods, grid, films, arounds, rng, tell)
    found = []
    for view, (film, other) in enumerate(zip(films, others, strict=True)):
        if view <= len(stages):  # of all stages together there is one evidence
            odds = odds_against(log_mean(film.log_evidence), other.log_mean, other.log_pooled, rng)
        found.append(Found(stages[view % len(stages)], grid, film, other, odds))
    own, together = found[: len(stages)], found[len(stages) :]
    results = [link_result(one, morphology, settings) for one in own]
    if together:
        results.append(joint_result(own, together, morphology, settings))
    return (*results, *unread)


def _lacking(
    morphology: Morphology, fluctuations: Sequence[TransportFit]
) -> tuple[TransportFit, ...]:
    """Return results that say why nothing can be compared; none where something can."""
    done = [one for one in fluctuations if one.status == "done"]
    if not done:
        why = fluctuations[0].reason if fluctuations else "no result"
        sample = fluctuations[0].sample if fluctuations else ""
        return (skipped(ANALYSIS, sample, f"needs the fluctuations of ρ(B): got {why}"),)
    if morphology.network.n_contacts == 0 or not (morphology.grains.edge_weight > 0).any():
        why = "needs grains within the frame and contacts: the micrograph has none"
        return tuple(skipped(ANALYSIS, one.sample, why, **one.selection) for one in done)
    return ()


def _deepest(minima: Minima) -> LargeGrains | None:
    if len(minima.field_g) == 0:
        return None
    return LargeGrains.around(float(minima.field_g[0]), float(minima.error_g[0]))
