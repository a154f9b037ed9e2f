"""What a link to a micrograph found of one stage, as a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.linking.likelihood import CurveLikelihood
from grainscope.linking.odds import log_mean
from grainscope.linking.posterior import choice_parameters
from grainscope.linking.weighing import coverage_of
from grainscope.records.transport_fit import FitParameter, TransportFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.linking.fluctuation_data import Measured
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
LN10 = float(np.log(10.0))


@dataclass(frozen=True)
class Found:
    """All that a result is written from: of one stage alone, or of it given all others.

    Attributes
    ----------
    measured : Measured
    grid : ChoiceGrid
    film : WeighedFilm
    others : WeighedFilms
    odds : Odds
    """

    measured: Measured
    grid: ChoiceGrid
    film: WeighedFilm
    others: WeighedFilms
    odds: Odds


def link_result(found: Found, morphology: Morphology, settings: FittingSettings) -> TransportFit:
    """Return the result of one stage by itself."""
    measured = found.measured
    parameters, at_ends = choice_parameters(found.film.posterior, settings)
    without = measured.likelihood.without_loops
    parameters |= {**odds_parameters(found, without), **_large_grains(found)}
    extra = {
        **grid_columns(found.grid),
        "posterior": found.film.posterior.ravel(),
        "independent_log10_evidence": (found.others.log_mean - without) / LN10,
        "minima_field_g": measured.minima.field_g,
        "minima_error_g": measured.minima.error_g,
        **_distribution(found),
    }
    field_g = measured.fields_g
    return TransportFit(
        ANALYSIS,
        measured.fluctuations.sample,
        measured.fluctuations.selection,
        "done",
        parameters=parameters,
        window={
            "field_t": (float(field_g.min()) * 1e-4, float(field_g.max()) * 1e-4),
            "chosen": f"{measured.route}, as the fluctuations were found",
        },
        labels={"micrograph": morphology.name, "compared": measured.route},
        warnings=(*_warnings(found, morphology), *at_ends),
        table=curve_table(found),
        extra=extra,
    )


def odds_parameters(found: Found, without_loops: float) -> dict[str, FitParameter]:
    """Return odds, evidence, rank and number of the films compared with."""
    odds = found.odds
    return {
        "log10_odds": FitParameter(odds.log10_odds, odds.low, odds.high, ""),
        "log10_evidence": plain((log_mean(found.film.log_evidence) - without_loops) / LN10),
        "independent_rank": plain(odds.rank),
        "independent_films": plain(float(len(found.others.log_mean))),
    }


def grid_columns(grid: ChoiceGrid) -> dict[str, Column]:
    """Return the axes of the grid, for the figure."""
    return {
        "grid_min_grain_diameter_um": np.array(grid.min_grain_diameter_um),
        "grid_max_gap_nm": np.array(grid.max_gap_nm),
        "grid_coupling_length_nm": np.array(grid.coupling_length_nm),
    }


def plain(value: float) -> FitParameter:
    """Return a number that has no interval."""
    return FitParameter(value, float("nan"), float("nan"), "")


def _large_grains(found: Found) -> dict[str, FitParameter]:
    """Return the share of the loops at the deepest minimum that hold a large grain."""
    large = found.film.large
    if large is None:
        return {}
    minima = found.measured.minima
    field_g, error_g = float(minima.field_g[0]), float(minima.error_g[0])
    chance = np.array([other.share for other in found.others.large])
    chance = chance[np.isfinite(chance)]
    middle, low, high = np.quantile(chance if len(chance) else [np.nan], (0.5, 0.16, 0.84))
    return {
        "deepest_minimum_g": FitParameter(field_g, field_g - error_g, field_g + error_g, "G"),
        "large_grain_share": FitParameter(large.share, *large.interval(), ""),
        "large_grain_chance": FitParameter(float(middle), float(low), float(high), ""),
    }


def _distribution(found: Found) -> dict[str, Column]:
    """Return how much loops of each diameter weigh, for film and others, at the best choice."""
    extra = found.measured.fluctuations.extra
    measured = {
        name: np.asarray(extra[name], np.float64)
        for name in ("loop_diameter_um", "loop_weight", "loop_weight_low", "loop_weight_high")
        if name in extra
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


def curve_table(found: Found) -> dict[str, Column]:
    """Return data and model, both without their smooth parts, at the best choice."""
    curve, likelihood = found.measured.curve, found.measured.likelihood
    if curve is None or not isinstance(likelihood, CurveLikelihood):
        return {}
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


def _warnings(found: Found, morphology: Morphology) -> list[str]:
    explained = log_mean(found.film.log_evidence) - found.measured.likelihood.without_loops
    warnings = film_warnings(found, morphology, explained)
    if found.measured.curve is None:
        warnings.append("no curve: only the fields of the minima were compared, which tells less")
    return warnings


def film_warnings(found: Found, morphology: Morphology, explained: float) -> list[str]:
    """Return what must be known of the films; ``explained``: ln evidence over no loops."""
    warnings = []
    if explained < _EXPLAINS:
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
    if morphology.pixel_size.is_nominal:
        warnings.append("pixel size is nominal: every loop area scales with it")
    return warnings
