"""Posterior of the choice of contacts where the micrograph is one piece of the bar."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.tiles import drawn_again, tiled
from grainscope.linking.likelihood import responses
from grainscope.linking.posterior import posterior_of
from grainscope.linking.shared_choice import with_shared_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.linking.likelihood import Likelihood
    from grainscope.linking.loop_sets import ChoiceGrid, LoopSet
    from grainscope.linking.morphology import Morphology

#: Films drawn from the tiles of the micrograph.
_DRAWS = 24


def bagged_posteriors(
    morphology: Morphology,
    sets: Sequence[tuple[int, int, LoopSet]],
    likelihoods: Sequence[Likelihood],
    grid: ChoiceGrid,
    rng: np.random.Generator,
) -> list[NDArray[np.float64]]:
    """Average the posterior over films drawn again from the tiles of the micrograph.

    The bar that was measured holds other loops than the frame. Taken as they are, the
    loops of the frame single out the choice whose accidents come nearest to those of the
    bar; drawn again, such a choice wins in few draws.

    Parameters
    ----------
    morphology : Morphology
        Whose contacts say which tile a loop lies in.
    sets : sequence of (int, int, LoopSet)
        All loops, by `loop_sets`.
    likelihoods : sequence of Likelihood
        One a stage; all see the same draws.
    grid : ChoiceGrid
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    list of ndarray of float64, each of shape (D, G, X)
        Probabilities that sum to 1, in the order of `with_shared_choice`.

    References
    ----------
    P. Bühlmann, Statist. Sci. 29, 91 (2014), and J. H. Huggins, J. W. Miller, Bayesian Anal.
    18, 79 (2023), on averaging posteriors over bootstrap draws.
    """
    network = morphology.network
    tile, film_um2 = tiled(network.y_um, network.x_um, morphology.frame, morphology.pixel_size)
    times = drawn_again(len(film_um2), _DRAWS, rng)
    evidences = [np.full((*grid.shape, _DRAWS), one.without_loops) for one in likelihoods]
    for i, j, loops in sets:
        often = times[:, tile[loops.contact]]  # (T, L)
        seen = often.any(axis=1)
        if not seen.any():
            continue
        weight = loops.weight[:, :, None] * often[seen]
        rules, lengths = loops.weight.shape[:2]
        drawn = replace(loops, weight=weight.reshape(rules, -1, len(loops)))
        each = zip(evidences, likelihoods, responses(likelihoods, drawn), strict=True)
        for evidence, likelihood, response in each:
            evidence[i, j][:, seen] = likelihood.of(response).reshape(lengths, -1)
    by_draw = [
        [posterior_of(e) for e in with_shared_choice([e[..., draw] for e in evidences])]
        for draw in range(_DRAWS)
    ]
    return [np.asarray(np.mean(posteriors, axis=0)) for posteriors in zip(*by_draw, strict=True)]
