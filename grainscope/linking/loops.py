"""Measured fluctuations against the loops of a micrograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.linking.fluctuation_data import (
    by_depth,
    field_curve,
    likelihood_of,
    measured_minima,
)
from grainscope.linking.large_grains import LargeGrains
from grainscope.linking.likelihood import CurveLikelihood
from grainscope.linking.loop_sets import choice_grid
from grainscope.linking.odds import log_mean, odds_against
from grainscope.linking.posterior import choice_parameters
from grainscope.linking.weighing import coverage_of, weigh_film, weigh_independent_films
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.linking.fluctuation_data import FieldCurve, Minima
    from grainscope.linking.loop_sets import ChoiceGrid, LoopSet
    from grainscope.linking.morphology import Morphology
    from grainscope.linking.odds import Odds
    from grainscope.linking.weighing import WeighedFilm, WeighedFilms
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

ANALYSIS = "link"
#: Fewer loops than these and the odds are about single ones.
_FEW_LOOPS = 10
#: Ln of the Bayes factor over a film without loops below which nothing is said of the loops.
_EXPLAINS = np.log(10.0)
_BINS = 30
#: Coverage of independent films may be off by so much.
_COVERAGE_OFF = 0.08


@dataclass(frozen=True)
class _Found:
    """All that a result is written from."""

    curve: FieldCurve | None
    minima: Minima
    grid: ChoiceGrid
    without_loops: float
    film: WeighedFilm
    others: WeighedFilms
    odds: Odds


def link_loops(
    morphology: Morphology,
    fluctuations: TransportFit | None,
    settings: FittingSettings,
    rng: np.random.Generator,
    tell: Callable[[str], None] = lambda part: None,
) -> TransportFit:
    """Weigh a micrograph's loops against measured fluctuations of the resistance.

    For every widest gap, smallest grain and ξ on a grid over their priors the film's
    loops say how likely the measured curve is (`CurveLikelihood`), or where there is
    no curve its minima (`MinimaLikelihood`). That gives the posterior of the three
    (`bagged_posterior`) and, averaged, the probability of the data for this film. The
    same is done for films in which the same grains lie independently of one another
    (`independent_film`):

        odds = p(data | this film) / ⟨p(data | film of the same grains)⟩

    (`odds_against` has the whole of it). ``independent_rank`` is the share of films, this
    one among them, that explain the data at least as well: however large the odds, an
    independent film comes first among M + 1 with probability 1/(M + 1).

    Whether the loops of the deepest minimum hold the larger grains is told as a share
    of their weight, beside that of the independent films.

    Parameters
    ----------
    morphology : Morphology
        Of the micrograph.
    fluctuations : TransportFit or None
        The result of the analysis of that name: ``table`` with ``field_g``,
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
    TransportFit
        ``"link"``; skipped where there is nothing to compare.
    """
    if fluctuations is None or fluctuations.status != "done":
        why = "no result" if fluctuations is None else fluctuations.reason
        sample = "" if fluctuations is None else fluctuations.sample
        return skipped(ANALYSIS, sample, f"needs the fluctuations of ρ(B): got {why}")
    curve = field_curve(fluctuations)
    minima = measured_minima(fluctuations)
    likelihood = likelihood_of(curve, minima)
    if likelihood is None:
        why = "needs relative_deviation at 20 fields or minima_field_g: got neither"
        return skipped(ANALYSIS, fluctuations.sample, why, **fluctuations.selection)
    if morphology.network.n_contacts == 0 or not (morphology.grains.edge_weight > 0).any():
        why = "needs grains within the frame and contacts: the micrograph has none"
        return skipped(ANALYSIS, fluctuations.sample, why, **fluctuations.selection)
    if curve is not None and isinstance(likelihood, CurveLikelihood):
        minima = by_depth(minima, curve.field_g, likelihood.without_smooth(curve.ln_ratio))
    grid = choice_grid(settings)
    around = _deepest(minima)
    tell("loops of the micrograph")
    film = weigh_film(morphology, likelihood, grid, around, rng)
    others = weigh_independent_films(morphology, likelihood, grid, film, around, rng, tell)
    odds = odds_against(log_mean(film.log_evidence), others.log_mean, others.log_pooled, rng)
    found = _Found(curve, minima, grid, likelihood.without_loops, film, others, odds)
    return _result(found, morphology, fluctuations, settings, likelihood)


def _deepest(minima: Minima) -> LargeGrains | None:
    if len(minima.field_g) == 0:
        return None
    return LargeGrains.around(float(minima.field_g[0]), float(minima.error_g[0]))


def _result(
    found: _Found,
    morphology: Morphology,
    fluctuations: TransportFit,
    settings: FittingSettings,
    likelihood: object,
) -> TransportFit:
    posterior = found.film.posterior
    parameters, at_ends = choice_parameters(posterior, settings)
    odds = found.odds
    parameters |= {
        "log10_odds": FitParameter(odds.log10_odds, odds.low, odds.high, ""),
        "log10_evidence": _plain((log_mean(found.film.log_evidence) - found.without_loops) / _LN10),
        "independent_rank": _plain(odds.rank),
        "independent_films": _plain(float(len(found.others.log_mean))),
        **_large_grains(found),
    }
    extra = {
        "grid_min_grain_diameter_um": np.array(found.grid.min_grain_diameter_um),
        "grid_max_gap_nm": np.array(found.grid.max_gap_nm),
        "grid_coupling_length_nm": np.array(found.grid.coupling_length_nm),
        "posterior": posterior.ravel(),
        "independent_log10_evidence": (found.others.log_mean - found.without_loops) / _LN10,
        "minima_field_g": found.minima.field_g,
        "minima_error_g": found.minima.error_g,
        **_distribution(found, fluctuations),
    }
    table = {}
    if isinstance(likelihood, CurveLikelihood) and found.curve is not None:
        table = _table(found, found.curve, likelihood)
    field_g = found.minima.field_g if found.curve is None else found.curve.field_g
    ends = (float(field_g.min()) * 1e-4, float(field_g.max()) * 1e-4)
    route = "the whole curve" if found.curve is not None else "the fields of the minima"
    return TransportFit(
        ANALYSIS,
        fluctuations.sample,
        fluctuations.selection,
        "done",
        parameters=parameters,
        window={"field_t": ends, "chosen": f"{route}, as the fluctuations were found"},
        labels={"micrograph": morphology.name, "compared": route},
        warnings=(*_warnings(found, morphology), *at_ends),
        table=table,
        extra=extra,
    )


_LN10 = float(np.log(10.0))


def _plain(value: float) -> FitParameter:
    return FitParameter(value, float("nan"), float("nan"), "")


def _large_grains(found: _Found) -> dict[str, FitParameter]:
    """Return the share of the loops at the deepest minimum that hold a large grain."""
    large = found.film.large
    if large is None:
        return {}
    field_g, error_g = float(found.minima.field_g[0]), float(found.minima.error_g[0])
    chance = np.array([other.share for other in found.others.large])
    chance = chance[np.isfinite(chance)]
    middle, low, high = np.quantile(chance if len(chance) else [np.nan], (0.5, 0.16, 0.84))
    return {
        "deepest_minimum_g": FitParameter(field_g, field_g - error_g, field_g + error_g, "G"),
        "large_grain_share": FitParameter(large.share, *large.interval(), ""),
        "large_grain_chance": FitParameter(float(middle), float(low), float(high), ""),
    }


def _distribution(found: _Found, fluctuations: TransportFit) -> dict[str, Column]:
    """Return how much loops of each diameter weigh, for film and others, at the best choice."""
    measured = {
        name: np.asarray(fluctuations.extra[name], np.float64)
        for name in ("loop_diameter_um", "loop_weight", "loop_weight_low", "loop_weight_high")
        if name in fluctuations.extra
    }
    own = found.film.loops
    if own is None:
        return measured
    sets = [own, *found.others.loops]
    diameters = [2 * np.sqrt(loops.area_um2 / np.pi) for loops in sets]
    ends = min(d.min() for d in diameters), max(d.max() for d in diameters)
    edges = np.geomspace(0.999 * ends[0], 1.001 * ends[1], _BINS + 1)
    weights = [_mean_share(loops, found.film.best[2]) for loops in sets]
    shares = [np.histogram(d, edges, weights=w)[0] for d, w in zip(diameters, weights, strict=True)]
    low, middle, high = np.quantile(shares[1:] or [np.full(_BINS, np.nan)], (0.16, 0.5, 0.84), 0)
    return measured | {
        "film_diameter_edges_um": edges,
        "film_weight": shares[0],
        "independent_weight": middle,
        "independent_weight_low": low,
        "independent_weight_high": high,
    }


def _mean_share(loops: LoopSet, length: int) -> Column:
    one = loops.weight[:, length]
    return np.asarray((one / one.sum(axis=1, keepdims=True)).mean(axis=0))


def _table(found: _Found, curve: FieldCurve, likelihood: CurveLikelihood) -> dict[str, Column]:
    """Return data and model, both without their smooth parts, at the best choice."""
    data = likelihood.without_smooth(curve.ln_ratio)
    model, band = np.zeros(len(data)), np.zeros((1, len(data)))
    length, own = found.film.best[2], found.film.loops
    if own is not None:
        model, choice = likelihood.fitted(own, length)
        others = found.others.loops
        band = np.array([likelihood.response_of(one, length, choice) for one in others] or band)
    low, high = np.quantile(band, (0.16, 0.84), axis=0)
    return {
        "field_g": curve.field_g,
        "ln_resistivity_ratio": data,
        "error": curve.error,
        "fitted": model,
        "residual": (data - model) / curve.error,
        "independent_low": low,
        "independent_high": high,
    }


def _warnings(found: _Found, morphology: Morphology) -> list[str]:
    warnings = []
    if log_mean(found.film.log_evidence) - found.without_loops < _EXPLAINS:
        warnings.append(
            "the micrograph's loops explain the curve no better than loops of any area do: the "
            "posterior is near the prior"
        )
    own = found.film.loops
    if own is not None and len(own) < _FEW_LOOPS:
        warnings.append(
            f"the likeliest choice has {len(own)} whole loops: the frame is too small to be "
            "a fair sample of the bar"
        )
    if found.others.lost_area > 0.01:
        warnings.append(
            f"independent films gave up {found.others.lost_area:.0%} of the grains' area: discs "
            "found no room"
        )
    own_cover = coverage_of(morphology)
    if abs(found.others.coverage - own_cover) > _COVERAGE_OFF:
        warnings.append(
            f"independent films cover {found.others.coverage:.0%} of the frame, the micrograph "
            f"{own_cover:.0%}: its largest grains are cut by the frame, the odds mean little"
        )
    if found.curve is None:
        warnings.append("no curve: only the fields of the minima were compared, which tells less")
    if morphology.pixel_size.is_nominal:
        warnings.append("pixel size is nominal: every loop area scales with it")
    return warnings
