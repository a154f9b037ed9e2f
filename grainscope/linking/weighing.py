"""A film and others like it, weighed by what was measured."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.linking.bagging import bagged_posteriors
from grainscope.linking.independent_films import independent_film, number_of_films
from grainscope.linking.likelihood import responses
from grainscope.linking.loop_sets import loop_sets
from grainscope.linking.odds import log_mean
from grainscope.linking.shared_choice import with_shared_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
        Probability of each choice, by `bagged_posteriors`.
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
    likelihoods: Sequence[Likelihood],
    grid: ChoiceGrid,
    arounds: Sequence[LargeGrains | None],
    rng: np.random.Generator,
) -> list[WeighedFilm]:
    """Weigh the film of the micrograph, for each stage and for all stages together.

    Parameters
    ----------
    morphology : Morphology
    likelihoods : sequence of Likelihood
        One a stage.
    grid : ChoiceGrid
    arounds : sequence of LargeGrains or None
        Of which loops of each stage large grains are sought.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    list of WeighedFilm
        In the order of `with_shared_choice`.
    """
    sets = list(loop_sets(morphology, grid))
    evidences = _blank(likelihoods, grid)
    for i, j, loops in sets:
        _weigh(evidences, likelihoods, (i, j), responses(likelihoods, loops))
    posteriors = bagged_posteriors(morphology, sets, likelihoods, grid, rng)
    films = []
    for view, evidence in enumerate(with_shared_choice(evidences)):
        around = arounds[view % len(arounds)]
        large = None if around is None else replace(around)
        if large is not None:
            for i, j, loops in sets:
                large.add(loops, posteriors[view][i, j])
        best = tuple(int(k) for k in np.unravel_index(int(evidence.argmax()), grid.shape))
        own = next((loops for a, b, loops in sets if (a, b) == best[:2]), None)
        place = best[0], best[1], best[2]
        films.append(WeighedFilm(evidence, posteriors[view], place, own, large))
    return films


def weigh_independent_films(
    morphology: Morphology,
    likelihoods: Sequence[Likelihood],
    grid: ChoiceGrid,
    films: Sequence[WeighedFilm],
    arounds: Sequence[LargeGrains | None],
    rng: np.random.Generator,
    tell: Callable[[str], None] = lambda part: None,
) -> list[WeighedFilms]:
    """Make films of the same grains and weigh each as the micrograph's was, by `weigh_film`."""
    count = number_of_films(morphology.grains.n_grains)
    tallies = [_Tally(film, arounds[view % len(arounds)]) for view, film in enumerate(films)]
    lost, covered = 0.0, 0.0
    sums: dict[tuple[int, int], tuple[list[Column], int]] = {}
    for number in range(count):
        tell(f"independent film {number + 1}/{count}")
        other, lost_area = independent_film(morphology, rng)
        lost, covered = max(lost, lost_area), covered + coverage_of(other) / count
        evidences = _blank(likelihoods, grid)
        for tally in tallies:
            tally.begin_film()
        for i, j, loops in loop_sets(other, grid):
            found = responses(likelihoods, loops)
            _weigh(evidences, likelihoods, (i, j), found)
            totals, n = sums.get((i, j), ([np.zeros(1)] * len(found), 0))
            sums[i, j] = [a + b for a, b in zip(totals, found, strict=True)], n + 1
            for tally in tallies:
                tally.add(i, j, loops)
        for tally, evidence in zip(tallies, with_shared_choice(evidences), strict=True):
            tally.log_means.append(log_mean(evidence))
    evidences = _blank(likelihoods, grid)
    for choice, (totals, n) in sums.items():
        _weigh(evidences, likelihoods, choice, [total / n for total in totals])
    pooled = [log_mean(evidence) for evidence in with_shared_choice(evidences)]
    return [
        WeighedFilms(
            np.array(tally.log_means), together, tuple(tally.loops), tuple(tally.larges), lost,
            covered,
        )
        for tally, together in zip(tallies, pooled, strict=True)
    ]  # fmt: skip


@dataclass
class _Tally:
    """What is kept of the independent films beside one weighing of the micrograph's."""

    film: WeighedFilm
    around: LargeGrains | None
    log_means: list[float] = field(default_factory=list)
    loops: list[LoopSet] = field(default_factory=list)
    larges: list[LargeGrains] = field(default_factory=list)

    def begin_film(self) -> None:
        if self.around is not None:
            self.larges.append(replace(self.around))

    def add(self, i: int, j: int, loops: LoopSet) -> None:
        if self.larges:
            self.larges[-1].add(loops, self.film.posterior[i, j])
        if (i, j) == self.film.best[:2]:
            self.loops.append(loops)


def _blank(likelihoods: Sequence[Likelihood], grid: ChoiceGrid) -> list[NDArray[np.float64]]:
    return [np.full(grid.shape, one.without_loops) for one in likelihoods]


def _weigh(
    evidences: Sequence[NDArray[np.float64]],
    likelihoods: Sequence[Likelihood],
    choice: tuple[int, int],
    found: Sequence[Column],
) -> None:
    """Fill in the evidence of one choice, for every stage."""
    for evidence, likelihood, response in zip(evidences, likelihoods, found, strict=True):
        evidence[choice] = likelihood.of(response)


def coverage_of(morphology: Morphology) -> float:
    """Return the share of the frame that is grain."""
    return float(np.mean(morphology.segmentation.film_labels > 0))
