"""The critical point and zν with intervals that own up to what does not fit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.collapse.correction import correct
from grainscope.fitting.collapse.curves import jackknife, pairs, shift_without
from grainscope.fitting.collapse.goodness import agreement
from grainscope.fitting.collapse.intervals import collapse_intervals
from grainscope.fitting.collapse.window import (
    may_be_hidden,
    nearest_collapse,
    try_window,
    try_windows,
    widest_collapse,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.collapse.correction import Correction
    from grainscope.fitting.collapse.curves import Shift
    from grainscope.fitting.collapse.series import ScalingRows
    from grainscope.fitting.collapse.window import Trial

    Column = NDArray[np.float64]

#: A curve whose absence moves a result by so many standard deviations is at odds with
#: the others.
ODD_CURVE_SIGMA = 2.5
#: Of so many temperatures one is left out at a time; of more, as many times more.
_STEP = 12


@dataclass(frozen=True)
class Choice:
    """Which rows a result is of.

    Attributes
    ----------
    trial : Trial
        The rows and their collapse.
    trials : tuple of Trial
        All windows of the same temperatures, the widest first.
    correction : Correction
        With a correction to scaling, in the window of the result.
    corrected : bool
        Whether the result is of the fit with the correction.
    warmer : Trial or None
        What one temperature more would give; None where all are in.
    """

    trial: Trial
    trials: tuple[Trial, ...]
    correction: Correction
    corrected: bool
    warmer: Trial | None = None

    @property
    def wider(self) -> tuple[Trial, ...]:
        """The windows that are wider than the chosen one."""
        return tuple(one for one in self.trials if one.half_width > self.trial.half_width)

    @property
    def doubtful(self) -> bool:
        """Whether curves do not collapse, or perhaps only because there is little to see."""
        return not self.trial.collapses or may_be_hidden(self.wider, self.trial)


@dataclass(frozen=True)
class CollapseEstimate:
    """What a collapse of curves says, and how far to trust it.

    Attributes
    ----------
    choice : Choice
        Of which rows.
    values, low, high : ndarray of float64, shape (3,)
        xc, κ, F(0) and their 68 % intervals.
    jackknifed : bool
        Whether intervals are at least those of leaving out curves one by one, because
        it is doubtful that the curves collapse.
    coldest, warmest : Shift or None
        Without the lowest and the highest temperature; None for two temperatures.
    pairs : tuple of Trial
        Two temperatures at a time.
    alternatives : tuple of Trial
        Fits as good as the one chosen, of other curves or without a correction.
    """

    choice: Choice
    values: Column
    low: Column
    high: Column
    jackknifed: bool
    coldest: Shift | None
    warmest: Shift | None
    pairs: tuple[Trial, ...]
    alternatives: tuple[Trial, ...] = ()

    @property
    def trial(self) -> Trial:
        """What the result is of."""
        return self.choice.trial

    @property
    def odd(self) -> tuple[Shift, ...]:
        """The coldest and the warmest curve, where they are at odds with the others."""
        shifts = (self.coldest, self.warmest)
        return tuple(s for s in shifts if s is not None and s.largest_sigma > ODD_CURVE_SIGMA)


def estimate_collapse(
    rows: ScalingRows, start: Sequence[float] | Column
) -> CollapseEstimate | None:
    """Choose window and temperatures, collapse, and widen what does not fit.

    A correction to scaling is included where Bayes' criterion asks for it. Where curves
    do not collapse, or perhaps only because little was left to see it by, the interval
    is at least that of leaving out curves one by one. Where the coldest or the warmest
    is at odds with the others, what its absence changes is added in quadrature; so is
    what one temperature more would change, and where something had to be done for a
    collapse, what other remedies would have given.

    Parameters
    ----------
    rows : ScalingRows
        Of two temperatures or more.
    start : sequence of float
        xc and κ.

    Returns
    -------
    CollapseEstimate or None
        None where there are too few rows on either side of xc.

    Examples
    --------
    >>> from grainscope.fitting.collapse.series import ScalingRows
    >>> rng = np.random.default_rng(0)
    >>> x, t = np.tile(np.linspace(-1, 1, 21), 3), np.repeat([1.0, 2.0, 4.0], 21)
    >>> y = np.tanh((x - 0.2) / t**0.75) + rng.normal(0, 1e-3, 63)
    >>> found = estimate_collapse(ScalingRows(x, t, y, np.full(63, 1e-3)), (0.1, 1.0))
    >>> found.values[:2].round(2).tolist(), found.choice.corrected
    ([0.2, 0.75], False)
    """
    choice = choose(rows, start)
    if choice is None:
        return None
    trial = choice.trial
    many = len(trial.rows.temperatures) > 2
    coldest, warmest = (
        shift_without(trial, float(t)) if many else None for t in trial.rows.temperatures[[0, -1]]
    )
    intervals = collapse_intervals(trial.rows, trial.found, trial.rise)
    values = _values(trial)
    low, high = np.array(intervals).T
    jackknifed = many and choice.doubtful
    if jackknifed:
        half = jackknife(trial)
        low, high = np.minimum(low, values - half), np.maximum(high, values + half)
    further = pairs(trial) if many else ()
    return _widened(
        CollapseEstimate(
            choice,
            values,
            low,
            high,
            jackknifed,
            coldest,
            warmest,
            further,
            _alternatives(choice, rows),
        )
    )


def choose(rows: ScalingRows, start: Sequence[float] | Column) -> Choice | None:
    """Choose the window in x and the temperatures of a collapse.

    All temperatures first, then one fewer at the warm end and so on to three; of each
    set the widest window in which curves collapse, without a correction to scaling or,
    failing that, with one. Where nothing collapses: all temperatures, in the window
    that comes nearest to it. Of two dozen temperatures and more a twelfth is left out at
    a time, and the last step halved.

    Parameters
    ----------
    rows : ScalingRows
        Of two temperatures or more.
    start : sequence of float
        xc, the middle of the windows, and κ.

    Returns
    -------
    Choice or None
        None where there are too few rows on either side of xc.
    """
    temperatures = rows.temperatures
    count, least = len(temperatures), min(len(temperatures), 3)
    first, warmer, best, above = None, None, None, count + 1
    n = count
    while n >= least:
        trials = try_windows(rows.where(rows.temperature <= temperatures[n - 1]), start)
        found = _collapsed(trials) if trials else None
        if found is not None:
            best, below = found, n
        elif trials:
            warmer = nearest_collapse(trials)
            first = first or (warmer, trials)
        if found is None:
            above = n
        if best is None:
            n -= max(n // _STEP, 1)
        elif above - below > 1:
            n = (above + below) // 2
        else:
            return replace(best, warmer=warmer)
    if first is None:
        return None
    return Choice(*first, correct(first[0].rows, first[0].found), False)


def _collapsed(trials: tuple[Trial, ...]) -> Choice | None:
    """Return the widest window that collapses, with a correction where it is called for."""
    plain = widest_collapse(trials)
    many = len(trials[0].rows.temperatures) > 2
    correction = None
    for trial in trials if plain is None else (plain,):
        correction = correct(trial.rows, trial.found)
        if many and correction.wanted:
            now = agreement(trial.rows, correction.collapse)
            better = replace(trial, found=correction.collapse, agreement=now)
            if better.collapses:
                return Choice(better, trials, correction, True)
    if plain is None or correction is None:
        return None
    return Choice(plain, trials, correction, False)


def _alternatives(choice: Choice, rows: ScalingRows) -> tuple[Trial, ...]:
    """Return what else makes curves collapse where not all do without a correction."""
    found = [] if choice.warmer is None else [choice.warmer]
    if not (choice.doubtful or choice.corrected or found):
        return ()
    theta, half_width = choice.trial.found.theta[:2], choice.trial.half_width
    temperatures = rows.temperatures
    ends = temperatures[[0, -1]] if choice.warmer is None else temperatures[:1]
    inside = np.abs(rows.control - theta[0]) <= half_width
    for left_out in ends if len(temperatures) > 3 else ():
        other = rows.where(inside & (rows.temperature != left_out))
        trial = try_window(other, theta, half_width)
        if trial.collapses:
            found.append(replace(trial, left_out=float(left_out)))
    return tuple(found)


def _values(trial: Trial) -> Column:
    return np.array([*trial.found.theta[:2], float(trial.found.master(np.zeros(1))[0])])


def _widened(estimate: CollapseEstimate) -> CollapseEstimate:
    """Add in quadrature what single curves change that are at odds with the rest."""
    down, up = estimate.values - estimate.low, estimate.high - estimate.values
    others = [shift.trial for shift in estimate.odd]
    moved = [np.abs(_values(one) - estimate.values) for one in (*others, *estimate.alternatives)]
    if moved:
        further = np.max(moved, axis=0)
        down, up = np.hypot(down, further), np.hypot(up, further)
    return replace(estimate, low=estimate.values - down, high=estimate.values + up)


def reciprocal(value: float, low: float, high: float) -> tuple[float, float, float]:
    """Return zν and its interval from κ = 1/zν and its interval; infinite beyond κ = 0.

    Examples
    --------
    >>> reciprocal(0.5, 0.4, 0.625), reciprocal(0.5, -0.1, 1.0)
    ((2.0, 1.6, 2.5), (2.0, 1.0, inf))
    """
    return 1 / value, 1 / high, 1 / low if low > 0 else math.inf
