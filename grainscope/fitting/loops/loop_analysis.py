"""All that one low-field sweep tells of its fluctuations and of the loops behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.fitting.loops.detrend import background_columns, detrended
from grainscope.fitting.loops.dominating_loop import dominating_loop
from grainscope.fitting.loops.loop_grid import loop_grid
from grainscope.fitting.loops.loop_inversion import invert_loops
from grainscope.fitting.loops.loop_populations import loop_populations
from grainscope.fitting.loops.loop_routes import LoopRoutes
from grainscope.fitting.loops.minima import beside_fit, confirmed, find_minima

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.loops.dominating_loop import DominatingLoop
    from grainscope.fitting.loops.fluctuation_amplitude import FluctuationAmplitude
    from grainscope.fitting.loops.loop_inversion import LoopWeights
    from grainscope.fitting.loops.low_field_sweep import LowFieldSweep
    from grainscope.fitting.loops.minima import Minima

    Column = NDArray[np.float64]

#: Minima that noise alone would show more often than this do not count.
MOST_FALSE_ALARMS = 0.05
#: Within this factor of its diameter a loop counts as of one size.
SAME_SIZE = 1.15
#: A size dominates where its 68 % interval spans less than this factor of area …
_NARROW = 1.5
#: … and the areas about it spread by less.
_MOST_SPREAD = 0.45
#: Areas that spread by more are found as often where a few strong ones of unrelated loops
#: happen to be alike (docs/decisions/0006).
_SURE_SPREAD = 0.15


#: Quanta of the loops from which on deviations count: the first revival begins there.
_FIRST_COUNTED = 0.75


@dataclass(frozen=True)
class LoopAnalysis:
    """Results of one sweep.

    Attributes
    ----------
    sweep : LowFieldSweep
    columns : ndarray of float64, shape (N, K)
        What its background is made of.
    routes : LoopRoutes
        Free weights of all sizes, and a few populations of loops.
    minima : Minima
        All of them; `real` are those that count.
    dominating : DominatingLoop or None
        None where no minimum counts.
    amplitude : FluctuationAmplitude
        Over ``counted`` rows.
    counted : ndarray of bool, shape (N,)
        Rows beyond three quarters of a quantum of the loops: what lies below is one rise
        with the background.
    """

    sweep: LowFieldSweep
    columns: NDArray[np.float64]
    routes: LoopRoutes
    minima: Minima
    dominating: DominatingLoop | None
    amplitude: FluctuationAmplitude
    counted: NDArray[np.bool_]

    @property
    def real(self) -> NDArray[np.bool_]:
        """Which minima noise alone would hardly show, shape (L,)."""
        return np.asarray(self.minima.false_alarm_rate <= MOST_FALSE_ALARMS)

    @property
    def weights(self) -> LoopWeights:
        """Free weights of all sizes."""
        return self.routes.weights

    @property
    def dominated(self) -> bool:
        """Whether the data tell one size of loop."""
        return self.dominating is not None and dominates(self.dominating, self.weights)


def may_be_chance(loop: DominatingLoop) -> bool:
    """Return whether a size that dominates may be a chance cluster of unrelated loops."""
    return loop.area_cv(0.5) > _SURE_SPREAD


def dominates(loop: DominatingLoop, weights: LoopWeights) -> bool:
    """Return whether one size of loop dominates.

    Its interval is narrow and so is the spread about it; the highest weight is at that
    size; and within 15 % of its diameter there is more weight than of all larger loops.
    Pairs and triples of loops act as larger ones, but less than the loops themselves: an
    A, 2A, 3A that is fitted to loops of all sizes fails here.

    Parameters
    ----------
    loop : DominatingLoop
    weights : LoopWeights
        Of the same sweep.
    """
    middle_um = 2 * np.sqrt(loop.area_um2(0.5) / np.pi)
    narrow = loop.area_um2(0.84) < _NARROW * loop.area_um2(0.16)
    own = weights.share(middle_um / SAME_SIZE, middle_um * SAME_SIZE)
    larger = weights.share(middle_um * SAME_SIZE, np.inf)
    typical = weights.smoothed.mean(axis=0) * weights.grid.seen
    peak_um = weights.grid.diameter_um[np.argmax(typical)]
    return bool(
        narrow
        and loop.area_cv(0.5) < _MOST_SPREAD
        and np.median(own) > np.median(larger)
        and middle_um / SAME_SIZE < peak_um < middle_um * SAME_SIZE
    )


def analyse_loops(sweep: LowFieldSweep, rng: np.random.Generator) -> LoopAnalysis:
    """Find background, loops, minima and amplitude of one sweep.

    Parameters
    ----------
    sweep : LowFieldSweep
    rng : numpy Generator

    Returns
    -------
    LoopAnalysis
    """
    field_g, z, error = sweep.field_g, sweep.log_value, sweep.log_error
    columns = background_columns(field_g)
    weights = invert_loops(field_g, z, error, sweep.grid, columns, rng)
    correlation = sweep.folded.correlation
    minima, beside = (
        find_minima(field_g, deviation, error, columns, rng, correlation)
        for deviation in (z - weights.background.mean(axis=0), detrended(z, error, columns))
    )
    minima = confirmed(minima, beside, sweep.grid.field_range_g / len(field_g))
    real = (minima.false_alarm_rate <= MOST_FALSE_ALARMS).any()
    loops = (field_g, z, error, sweep.grid, columns)
    dominating = dominating_loop(*loops) if real else None
    routes = LoopRoutes(weights, loop_populations(*loops, rng) if real else None)
    minima = beside_fit(minima, field_g, weights.fluctuation.mean(axis=0))
    area = float(np.median(routes.mean_area_um2()))
    if dominating is not None and dominates(dominating, weights):
        area = dominating.area_um2(0.5)
    counted = field_g >= min(_FIRST_COUNTED * FLUX_QUANTUM_G_UM2 / area, field_g[-1] / 2)
    amplitude = amplitude_over(sweep, routes, counted, rng)
    return LoopAnalysis(sweep, columns, routes, minima, dominating, amplitude, counted)


def amplitude_over(
    sweep: LowFieldSweep,
    routes: LoopRoutes,
    rows: NDArray[np.bool_],
    rng: np.random.Generator,
) -> FluctuationAmplitude:
    """Return the amplitude of the fluctuations over some rows of a sweep."""
    return routes.amplitude(
        sweep.field_g, sweep.log_value, sweep.log_error, rows, sweep.folded.correlation, rng
    )


def other_windows(found: LoopAnalysis) -> dict[str, Column]:
    """Return what shorter sweeps would have given: columns of equal length.

    The amplitude here is that beside a background fitted without loops, which is
    smaller: it follows the loops a little.
    """
    sweep = found.sweep
    rows: list[tuple[float, float, float, float, float]] = []
    for share in (0.5, 0.7, 1.0):
        top = sweep.field_g[0] + share * (sweep.field_g[-1] - sweep.field_g[0])
        part = sweep.field_g <= top
        try:
            rows.append(_one_window(found, part))
        except ValueError:  # too short to show any loop
            continue
    names = (
        "field_max_g", "detrended_amplitude", "dominating_loop_area_um2",
        "dominating_loop_area_low_um2", "dominating_loop_area_high_um2",
    )  # fmt: skip
    return dict(zip(names, np.array(rows).reshape(-1, len(names)).T, strict=True))


def _one_window(
    found: LoopAnalysis, part: NDArray[np.bool_]
) -> tuple[float, float, float, float, float]:
    sweep = found.sweep
    field_g, z, error = sweep.field_g[part], sweep.log_value[part], sweep.log_error[part]
    grid = loop_grid(field_g)
    columns = background_columns(field_g)
    left = detrended(z, error, columns)[found.counted[part]]
    largest = float(np.abs(np.expm1(left)).max(initial=0.0))
    area = (float("nan"),) * 3
    if found.dominating is not None:
        whole = part.all()
        loop = found.dominating if whole else dominating_loop(field_g, z, error, grid, columns)
        area = (loop.area_um2(0.5), loop.area_um2(0.16), loop.area_um2(0.84))
    return (float(field_g[-1]), largest, *area)
