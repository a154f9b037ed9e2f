"""Repeatable fluctuations of the low-field magnetoresistance, and the loops behind them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2, GAUSS_PER_TESLA
from grainscope.fitting.loops.detrend import retained_amplitude
from grainscope.fitting.loops.fluctuation_suppression import suppression
from grainscope.fitting.loops.loop_analysis import (
    SAME_SIZE,
    LoopAnalysis,
    analyse_loops,
    may_be_chance,
    other_windows,
)
from grainscope.fitting.loops.loop_grid import loop_diameter_um, loop_responses
from grainscope.fitting.loops.low_field_sweep import FIELD_MAX_G, low_field_sweep
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

_NAME = "fluctuations"
#: The bar of the experiment, where the settings give none (Methods; 200 × 100 µm).
_BAR_UM = (200.0, 100.0)
#: Steps of diameter, each twice the area, for which shares of the weight are given.
_OCTAVE = math.sqrt(2.0)


def fluctuations(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Measure the fluctuations of each low-field magnetoresistance, and invert them to loops.

    The sweeps are folded about zero field; ln ρ is fitted by a smooth background less
    cosines of the flux, cos(2πBA/Φ0), with weights that are not negative: resistance is
    lowest where loops hold whole quanta. Minima are told with the rate at which noise
    alone would show them.

    Parameters
    ----------
    curves : sequence of TransportCurve
        All of one sample.
    settings : FittingSettings
        ``probe_spacing_um``, ``bar_width_um``: the bar over which loops average.
    rng : numpy Generator

    Returns
    -------
    tuple of TransportFit
        One for each curve of ρ against field with at least 24 fields up to 0.015 T; then
        one for each state that was also swept under RF, ``compared = "rf"``, with
        ``rms_ratio``. Parameters of the former: ``relative_amplitude`` =
        max |ρ − ρ̄|/ρ̄ and ``rms_amplitude``, both beyond three quarters of a quantum;
        ``minima_field_g``, ``loop_diameter_um`` = 2 √(Φ0/πB), ``prominence`` (of ln ρ)
        and ``false_alarm_rate``, lists by field; ``dominating_loop_area_um2``,
        ``dominating_loop_diameter_um``, ``area_cv``, ``dominating_share`` (of the weight
        within 15 % of that diameter); ``mean_loop_area_um2`` by weight;
        ``retained_amplitude`` (what a background fitted without loops leaves of them);
        ``equivalent_loops`` (so many average to the rms at gain 1), ``gain_of_bar``
        (|d ln R/d ln stiffness| for the loops of the bar).

    References
    ----------
    Networks in a field: B. Pannetier et al., Phys. Rev. Lett. 53, 1845 (1984);
    M. Tinkham, Introduction to Superconductivity, 2nd ed. (1996), chapter 4.

    Examples
    --------
    >>> from grainscope.settings import FittingSettings
    >>> found = fluctuations((), FittingSettings(), np.random.default_rng(1))
    >>> found[0].status, found[0].reason
    ('skipped', 'needs resistivity_ohm_sq against field_t: got no curve')
    """
    sample = curves[0].sample if curves else ""
    fits: list[TransportFit] = []
    found: list[LoopAnalysis] = []
    reasons: dict[str, None] = {}
    for curve in curves:
        if curve.along != "field_t" or curve.quantity != "resistivity_ohm_sq":
            continue
        try:
            sweep = low_field_sweep(curve)
        except ValueError as reason:
            reasons[str(reason)] = None
            continue
        found.append(analyse_loops(sweep, rng))
        fits.append(_fit(found[-1], settings))
    if not fits:
        return (skipped(_NAME, sample, _why_not(curves, tuple(reasons))),)
    return (*fits, *suppression(found, rng))


def _why_not(curves: Sequence[TransportCurve], reasons: tuple[str, ...]) -> str:
    if reasons:
        more = f" (and {len(reasons) - 1} more reasons)" if len(reasons) > 1 else ""
        return reasons[0] + more
    kinds = sorted({f"{curve.quantity} against {curve.along}" for curve in curves})
    return f"needs resistivity_ohm_sq against field_t: got {', '.join(kinds) or 'no curve'}"


def _fit(found: LoopAnalysis, settings: FittingSettings) -> TransportFit:
    sweep = found.sweep
    low, high = sweep.field_g[[0, -1]] / GAUSS_PER_TESLA
    grid, highest_t = sweep.grid, FIELD_MAX_G / GAUSS_PER_TESLA
    retained = retained_amplitude(
        loop_responses(sweep.field_g, grid), sweep.log_error, found.columns
    )
    parameters = {
        **_amplitudes(found),
        **_minima(found),
        **_loops(found, retained),
    }
    return TransportFit(
        _NAME,
        sweep.curve.sample,
        sweep.curve.selection,
        "done",
        parameters={**parameters, **_averaging(parameters, settings)},
        window={
            "field_t": (float(low), float(high)),
            "chosen": f"rows above the noise floor up to {highest_t:g} T, folded; "
            f"they show loops of {grid.smallest_um:.2g} to {grid.largest_um:.2g} µm",
        },
        warnings=_warnings(found, parameters),
        table=_table(found),
        windows=other_windows(found),
        extra=_extra(found, retained),
    )


def _amplitudes(found: LoopAnalysis) -> dict[str, FitParameter]:
    amplitude = found.amplitude
    return {
        "relative_amplitude": FitParameter.of_draws(amplitude.largest, amplitude.largest_draws, ""),
        "rms_amplitude": FitParameter.of_draws(amplitude.rms, amplitude.rms_draws, ""),
    }


def _minima(found: LoopAnalysis) -> dict[str, FitParameter]:
    minima, real = found.minima, found.real
    offset_g = found.sweep.curve.field_offset_error_t * GAUSS_PER_TESLA
    place = minima.field_g[real]
    low = place - np.hypot(place - minima.low_g[real], offset_g)
    high = place + np.hypot(minima.high_g[real] - place, offset_g)
    low = np.maximum(low, 1e-3 * place)
    depth, wrong = minima.prominence[real], minima.prominence_error[real]
    rate = minima.false_alarm_rate[real]
    return {
        "minima_field_g": _list(place, low, high, "G"),
        "loop_diameter_um": _list(
            loop_diameter_um(place), loop_diameter_um(high), loop_diameter_um(low), "µm"
        ),
        "prominence": _list(depth, np.maximum(depth - wrong, 0), depth + wrong, ""),
        "false_alarm_rate": _list(rate, rate, rate, ""),
    }  # fmt: skip


def _list(value: object, low: object, high: object, unit: str) -> FitParameter:
    middle, below, above = (
        tuple(float(one) for one in np.atleast_1d(np.asarray(column, np.float64)))
        for column in (value, low, high)
    )
    return FitParameter(middle, below, above, unit)


def _loops(found: LoopAnalysis, retained: Column) -> dict[str, FitParameter]:
    mean = found.routes.mean_area_um2()
    parameters = {"mean_loop_area_um2": FitParameter.of_draws(float(np.median(mean)), mean, "µm²")}
    loop = found.dominating
    if loop is None:
        return parameters
    area, low, high = (loop.area_um2(share) for share in (0.5, 0.16, 0.84))
    across = [2 * math.sqrt(one / math.pi) for one in (area, low, high)]
    share = found.weights.share(across[0] / SAME_SIZE, across[0] * SAME_SIZE)
    kept = float(np.interp(across[0], found.weights.grid.diameter_um, retained))
    return {
        **parameters,
        "dominating_loop_area_um2": FitParameter(area, low, high, "µm²"),
        "dominating_loop_diameter_um": FitParameter(across[0], across[1], across[2], "µm"),
        "dominating_loop_field_g": FitParameter(
            FLUX_QUANTUM_G_UM2 / area, FLUX_QUANTUM_G_UM2 / high, FLUX_QUANTUM_G_UM2 / low, "G"
        ),
        "area_cv": FitParameter(loop.area_cv(0.5), loop.area_cv(0.16), loop.area_cv(0.84), ""),
        "dominating_share": FitParameter.of_draws(float(np.median(share)), share, ""),
        "retained_amplitude": FitParameter(kept, kept, kept, ""),
    }


def _averaging(
    parameters: dict[str, FitParameter], settings: FittingSettings
) -> dict[str, FitParameter]:
    """Return how many loops average to the rms, and what gain the loops of the bar would need."""
    rms = parameters["rms_amplitude"]
    values = [float(np.asarray(one)) for one in (rms.value, rms.low, rms.high)]
    area = parameters.get("dominating_loop_area_um2", parameters["mean_loop_area_um2"])
    bar = (settings.probe_spacing_um or _BAR_UM[0], settings.bar_width_um or _BAR_UM[1])
    in_bar = bar[0] * bar[1] / float(np.asarray(area.value))
    few = [1 / (2 * one**2) if one > 0 else math.inf for one in values]
    gain = [one * math.sqrt(2 * in_bar) for one in values]
    return {
        "equivalent_loops": FitParameter(few[0], few[2], few[1], ""),
        "gain_of_bar": FitParameter(gain[0], gain[1], gain[2], ""),
    }


def _warnings(found: LoopAnalysis, parameters: dict[str, FitParameter]) -> tuple[str, ...]:
    sweep, folded = found.sweep, found.sweep.folded
    scale = float(np.median(found.weights.noise_scale))
    edges = (sweep.grid.smallest_um, sweep.grid.largest_um)
    conditions = {
        "no minimum stands out of the noise: amplitudes are upper limits": not found.real.any(),
        "no dominating loop: the areas spread too widely, or the sweep does not tell; do not "
        "use dominating_loop_area_um2 and what follows from it, its interval included": bool(
            found.real.any()
        )
        and not found.dominated,
        "the areas about the dominating loop spread by more than 15 %: the strongest of loops of "
        "unrelated areas look like this by chance in up to a fifth of cases, where the interval "
        "does not hold; a micrograph tells": found.dominated
        and found.dominating is not None
        and may_be_chance(found.dominating),
        f"the dominating loop lies at the edge of what the sweep shows, {edges[0]:.2g} to "
        f"{edges[1]:.2g} µm": _at_edge(found),
        "a background fitted without loops would take more than a tenth of them along "
        "(retained_amplitude)": _below(parameters.get("retained_amplitude"), 0.9),
        "amplitudes and mean_loop_area_um2 are those of two ways to describe the loops together: "
        "their areas are not spread about one mean or two, and intervals may be too narrow by "
        "half": found.routes.populations is not None and not found.routes.few,
        f"cosines of the flux leave {scale:.1f} times the noise: the response is not a sum "
        "over loops, or its background is not smooth": scale > 1.5,
        "only one sign of the field was swept: trapped flux moves every minimum": math.isnan(
            folded.antisymmetric
        ),
        f"ρ(B) and ρ(−B) differ by {folded.antisymmetric:.1f} times the noise: trapped flux or a "
        "Hall part": folded.antisymmetric > 1.6,
        "the noise is that stated or estimated along the curve: nothing was swept twice, so "
        "what is repeatable cannot be told": folded.repeats < 20,
        f"the noise is correlated from row to row by {folded.correlation:.2f}; false alarms "
        "allow for it": folded.correlation > 0,
        f"noise raised the largest deviation by {found.amplitude.noise_share:.0%}, which was taken "
        "off": found.amplitude.noise_share > 0.1,
        f"{sweep.left_out} rows at low field were left out: at the noise floor, where resistance "
        "only appears, too noisy for a logarithm, or past a gap in the field": sweep.left_out > 0,
    }
    return tuple(text for text, holds in conditions.items() if holds)


def _below(parameter: FitParameter | None, limit: float) -> bool:
    return parameter is not None and float(np.asarray(parameter.value)) < limit


def _at_edge(found: LoopAnalysis) -> bool:
    loop, grid = found.dominating, found.sweep.grid
    if loop is None:
        return False
    lowest, highest = (math.pi * d**2 / 4 for d in (grid.smallest_um, grid.largest_um))
    return loop.area_um2(0.16) < 1.05 * lowest or loop.area_um2(0.84) > highest / 1.05


def _table(found: LoopAnalysis) -> dict[str, Column]:
    folded, background = found.sweep.folded, found.routes.log_background
    fitted = found.routes.log_fluctuation
    return {
        "field_g": folded.field_g,
        "resistivity_ohm_sq": folded.value,
        "error_ohm_sq": folded.error,
        "background_ohm_sq": np.exp(background),
        "relative_deviation": np.expm1(found.sweep.log_value - background),
        "fitted_relative_deviation": np.expm1(fitted),
        "residual": (found.sweep.log_value - background - fitted) / found.sweep.log_error,
    }


def _extra(found: LoopAnalysis, retained: Column) -> dict[str, Column]:
    weights = found.weights
    seen = weights.grid.seen
    smoothed = weights.smoothed[:, seen]
    low, high = np.quantile(smoothed, (0.16, 0.84), axis=0)
    steps = int(math.log(weights.grid.largest_um / weights.grid.smallest_um, _OCTAVE)) + 1
    edges = weights.grid.smallest_um * _OCTAVE ** np.arange(steps + 1)
    shares = np.array([weights.share(a, b) for a, b in pairwise(edges)])
    range_low, range_high = np.quantile(shares, (0.16, 0.84), axis=1)
    extra = {
        "loop_diameter_um": weights.grid.diameter_um[seen],
        "loop_weight": smoothed.mean(axis=0),
        "loop_weight_low": low,
        "loop_weight_high": high,
        "retained_amplitude": retained[seen],
        "range_low_um": edges[:-1],
        "range_high_um": edges[1:],
        "range_share": np.median(shares, axis=1),
        "range_share_low": range_low,
        "range_share_high": range_high,
        "any_minimum_g": found.minima.field_g,
        "any_prominence": found.minima.prominence,
        "any_false_alarm_rate": found.minima.false_alarm_rate,
        "smoothed_relative_deviation": np.expm1(found.minima.smoothed),
    }
    if found.dominating is not None:
        extra["dominating_area_um2"] = np.exp(found.dominating.log_area)
        extra["dominating_probability"] = found.dominating.probability.sum(axis=1)
    return extra
