"""A film and others like it, weighed by what was measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.linking.bagging import bagged_posterior
from grainscope.linking.independent_films import independent_film, number_of_films
from grainscope.linking.loop_sets import loop_sets
from grainscope.linking.odds import log_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.linking.large_grains import LargeGrains
    from grainscope.linking.likelihood import Likelihood
    from grainscope.linking.loop_sets import ChoiceGrid, LoopSet
    from grainscope.linking.morphology import Morphology

    Column = NDArray[np.float64]


@dataclass(frozen=True)
class WeighedFilm:
    """The micrograph's film.

    Attributes
    ----------
    log_evidence : ndarray of float64, shape (D, G, X)
        Ln p(data) of each choice.
    posterior : ndarray of float64, shape (D, G, X)
        Probability of each choice, by `bagged_posterior`.
    best : tuple of int
        Place of the likeliest.
    loops : LoopSet or None
        Of that one; None where it has none.
    large : LargeGrains or None
        Of the loops at the measured field, over the posterior.
    """

    log_evidence: NDArray[np.float64]
    posterior: NDArray[np.float64]
    best: tuple[int, int, int]
    loops: LoopSet | None
    large: LargeGrains | None


@dataclass(frozen=True)
class WeighedFilms:
    """M films of the same grains, placed independently.

    Attributes
    ----------
    log_mean : ndarray of float64, shape (M,)
        Ln p(data), marginalised over the choices.
    log_pooled : float
        The same for the mean of their responses: of a bar much larger than the frame.
    loops : tuple of LoopSet
        Of the choice that is the micrograph's best, of the films that have any.
    large : tuple of LargeGrains
        Over the posterior of the micrograph.
    lost_area : float
        Largest share of the grains' area that was given up for want of room.
    coverage : float
        Mean share of their frames that is grain.
    """

    log_mean: Column
    log_pooled: float
    loops: tuple[LoopSet, ...]
    large: tuple[LargeGrains, ...]
    lost_area: float
    coverage: float


def weigh_film(
    morphology: Morphology,
    likelihood: Likelihood,
    grid: ChoiceGrid,
    around: LargeGrains | None,
    rng: np.random.Generator,
) -> WeighedFilm:
    """Weigh the film of the micrograph; ``around`` says of which loops large grains are sought."""
    sets = list(loop_sets(morphology, grid))
    evidence = np.full(grid.shape, likelihood.without_loops)
    for i, j, loops in sets:
        evidence[i, j] = likelihood.of(likelihood.response(loops))
    posterior = bagged_posterior(morphology, sets, likelihood, grid, rng)
    large = None if around is None else replace(around)
    if large is not None:
        for i, j, loops in sets:
            large.add(loops, posterior[i, j])
    best = tuple(int(k) for k in np.unravel_index(int(evidence.argmax()), grid.shape))
    own = next((loops for a, b, loops in sets if (a, b) == best[:2]), None)
    return WeighedFilm(evidence, posterior, (best[0], best[1], best[2]), own, large)


def weigh_independent_films(
    morphology: Morphology,
    likelihood: Likelihood,
    grid: ChoiceGrid,
    film: WeighedFilm,
    around: LargeGrains | None,
    rng: np.random.Generator,
    tell: Callable[[str], None] = lambda part: None,
) -> WeighedFilms:
    """Make films of the same grains and weigh each as the micrograph's was."""
    count = number_of_films(morphology.grains.n_grains)
    means, kept, larges, lost, covered = [], [], [], 0.0, 0.0
    sums: dict[tuple[int, int], tuple[Column | float, int]] = {}
    for number in range(count):
        tell(f"independent film {number + 1}/{count}")
        other, lost_area = independent_film(morphology, rng)
        lost, covered = max(lost, lost_area), covered + coverage_of(other) / count
        evidence = np.full(grid.shape, likelihood.without_loops)
        large = None if around is None else replace(around)
        for i, j, loops in loop_sets(other, grid):
            response = likelihood.response(loops)
            evidence[i, j] = likelihood.of(response)
            total, n = sums.get((i, j), (0.0, 0))
            sums[i, j] = total + response, n + 1
            if large is not None:
                large.add(loops, film.posterior[i, j])
            if (i, j) == film.best[:2]:
                kept.append(loops)
        means.append(log_mean(evidence))
        larges += [large] if large is not None else []
    evidence = np.full(grid.shape, likelihood.without_loops)
    for (i, j), (total, n) in sums.items():
        evidence[i, j] = likelihood.of(np.asarray(total) / n)
    pooled = log_mean(evidence)
    return WeighedFilms(np.array(means), pooled, tuple(kept), tuple(larges), lost, covered)


def coverage_of(morphology: Morphology) -> float:
    """Return the share of the frame that is grain."""
    return float(np.mean(morphology.segmentation.film_labels > 0))
