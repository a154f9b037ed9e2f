"""Over which rows curves collapse: the widest |x − xc|, and up to which temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.collapse.goodness import agreement, chance_to_see, scatter_ratios
from grainscope.fitting.collapse.series import collapse
from grainscope.fitting.model_choice.windows import LEAST_P

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.collapse.goodness import Agreement
    from grainscope.fitting.collapse.series import Collapse, ScalingRows

    Column = NDArray[np.float64]

#: Each window is so much narrower than the one before, and there are so many at most.
_NARROWER, _MOST_WINDOWS = 0.75, 8
#: In a window each curve has so many rows, or half of what it has in the widest: with
#: fewer anything collapses.
_LEAST_ROWS = 16
_FEWEST_ROWS = 12
#: A misfit of a wider window is no longer there if it would be seen with this chance.
_SURELY_SEEN = 0.9
#: The scatter of a curve counts as larger than stated where it has at most this chance.
_NOISY = 0.01


@dataclass(frozen=True)
class Trial:
    """A collapse over some rows.

    Attributes
    ----------
    rows : ScalingRows
        Errors as used: those of a curve that scatters more than stated are larger.
    found : Collapse
    agreement : Agreement
        Of the curves with each other.
    half_width : float
        Largest |x − xc|.
    scatter : mapping of float to float
        By what the errors of a temperature were multiplied, where they were.
    left_out : float
        A temperature that was left out; NaN for none.
    """

    rows: ScalingRows
    found: Collapse
    agreement: Agreement
    half_width: float
    scatter: dict[float, float]
    left_out: float = math.nan

    @property
    def collapses(self) -> bool:
        """Whether the curves agree, or cannot be told to disagree."""
        return not self.agreement.chance < LEAST_P

    @property
    def rise(self) -> float:
        """χ²/dof, at least 1: by what squared errors are to be multiplied."""
        return max(self.found.chi2 / self.found.dof, 1.0)

    @property
    def errors(self) -> Column:
        """Standard deviations of xc and κ."""
        return np.asarray(np.sqrt(np.diag(self.found.covariance)[:2] * self.rise))


def try_window(rows: ScalingRows, start: Sequence[float] | Column, half_width: float) -> Trial:
    """Collapse the rows of one window, each curve's errors not below its own scatter.

    Parameters
    ----------
    rows : ScalingRows
        Those in the window.
    start : sequence of float
        xc and κ.
    half_width : float
        Of the window.

    Returns
    -------
    Trial

    Raises
    ------
    ValueError
        Fewer than 9 rows, or one temperature.
    """
    scatter = {
        temperature: ratio
        for temperature, (ratio, chance) in scatter_ratios(rows).items()
        if chance < _NOISY
    }
    factor = np.array([scatter.get(t, 1.0) for t in rows.temperature.tolist()])
    weighted = replace(rows, error=rows.error * factor)
    found = collapse(weighted, start)
    return Trial(weighted, found, agreement(weighted, found), half_width, scatter)


def try_windows(rows: ScalingRows, start: Sequence[float] | Column) -> tuple[Trial, ...]:
    """Collapse rows in windows about a critical point, from the widest to the narrowest.

    Parameters
    ----------
    rows : ScalingRows
    start : sequence of float
        xc, the middle of all windows, and κ.

    Returns
    -------
    tuple of Trial
        Each window a quarter narrower, as long as each curve has 16 rows in it (or half
        of its own, if that is fewer) and there are rows on either side; none where not
        even the widest has 12 rows.
    """
    away = np.abs(rows.control - start[0])
    temperatures = rows.temperatures
    least = min(_LEAST_ROWS, *(int((rows.temperature == t).sum()) // 2 for t in temperatures))
    half_width, trials, n = float(away.max()), [], 0
    for _ in range(_MOST_WINDOWS):
        inside = rows.where(away <= half_width * (1 + 1e-9))
        counts = [int((inside.temperature == t).sum()) for t in temperatures]
        sides = (inside.control < start[0]).any() and (inside.control > start[0]).any()
        if min(counts) < least or not sides or len(inside) < _FEWEST_ROWS:
            break
        if len(inside) != n:
            n = len(inside)
            trials.append(try_window(inside, start, half_width))
        half_width *= _NARROWER
    return tuple(trials)


def widest_collapse(trials: Sequence[Trial]) -> Trial | None:
    """Return the first of the windows in which curves collapse, None where there is none."""
    return next((trial for trial in trials if trial.collapses), None)


def nearest_collapse(trials: Sequence[Trial]) -> Trial:
    """Return the window that comes nearest to a collapse."""
    return max(trials, key=lambda trial: trial.agreement.chance)


def may_be_hidden(wider: Sequence[Trial], chosen: Trial) -> bool:
    """Return whether a window may collapse only because it holds less.

    What is wrong in a wider window may be far from xc, and gone in the chosen one, or
    it may be everywhere, and no longer seen among fewer rows over a shorter range. A
    tilt of a curve adds to χ² in proportion to the rows and the width squared; the
    largest misfit of the wider windows, made less by that, would have to be seen with
    a chance of 0.9.

    Parameters
    ----------
    wider : sequence of Trial
        Those that do not collapse; none gives False.
    chosen : Trial

    Returns
    -------
    bool
    """
    if not wider:
        return False
    left = [
        trial.agreement.excess
        * (len(chosen.rows) / len(trial.rows))
        * (chosen.half_width / trial.half_width) ** 2
        for trial in wider
    ]
    return chance_to_see(max(left), chosen.agreement, LEAST_P) < _SURELY_SEEN
