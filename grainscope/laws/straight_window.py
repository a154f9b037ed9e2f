"""The widest stretch over which a quantity is straight in the logarithm of another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: A line through fewer points than these is no finding,
_LEAST_POINTS = 5
#: nor one that changes by less than this share of its mean: what is flat is straight as well.
_LEAST_CHANGE = 0.2
#: No line in ln x runs through values that differ by more than this.
_WIDEST = 1e6


@dataclass(frozen=True)
class StraightWindow:
    """A stretch that is straight within a tolerance.

    Attributes
    ----------
    start, stop : int
        Its first row, and one past its last; equal where there is none.
    low, high : float
        Its ends, in the unit of the abscissa.
    slope, intercept : float
        y = intercept + slope · ln x there.
    deviation : float
        Largest of |y − line|/|y|.
    """

    start: int
    stop: int
    low: float
    high: float
    slope: float
    intercept: float
    deviation: float

    @property
    def change(self) -> float:
        """By what share of its mean the line changes from end to end."""
        middle = self.intercept + self.slope * math.log(self.low * self.high) / 2
        return abs(self.slope * math.log(self.high / self.low) / middle)

    @property
    def decades(self) -> float:
        """Its length in decades; 0 for none."""
        return math.log10(self.high / self.low) if self.stop > self.start else 0.0


def straight_window(x: Column, y: Column, tolerance: float) -> StraightWindow:
    """Return the longest window in which y is straight in ln x within a share of itself.

    The line of each window is the one with the smallest squares of relative
    deviation; within a window no deviation exceeds the tolerance. One over which the
    line changes by less than a fifth of its mean counts as flat, not as straight.

    Parameters
    ----------
    x : ndarray of float64, shape (N,)
        Ascending, above 0.
    y : ndarray of float64, shape (N,)
        Rows that are not finite and above 0 belong to no window.
    tolerance : float
        Such as 0.01 for 1 %.

    Returns
    -------
    StraightWindow
        Of the most decades, the first of equals; empty for fewer than five rows.

    Examples
    --------
    >>> x = np.geomspace(1, 1000, 61)
    >>> y = np.where(x <= 100, 2 + np.log(x), 20.0)
    >>> found = straight_window(x, y, 0.01)
    >>> round(found.decades, 6), round(found.slope, 6)
    (2.0, 1.0)
    """
    ln_x = np.log(x)
    starts, stops = _windows(ln_x, y, tolerance)
    # The longest first: the first that holds is the answer.
    for row in np.argsort(ln_x[starts] - ln_x[stops], kind="stable"):
        found = _line(x, ln_x, y, int(starts[row]), int(stops[row]) + 1)
        if found is not None and found.deviation <= tolerance and found.change >= _LEAST_CHANGE:
            return found
    return StraightWindow(0, 0, math.nan, math.nan, math.nan, math.nan, math.nan)


def _windows(
    ln_x: Column, y: Column, tolerance: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return first and last rows of the windows that may be straight.

    All rows are finite and above 0, and no point between the ends is off by more than any
    line can help: with L on the chord between y1(1 + e) and y3(1 + e) and y2(1 - e), equal
    at e = |y2 - L|/(y2 + L), every line through the three misses one of them by e or more.
    """
    starts, stops = np.triu_indices(len(ln_x), _LEAST_POINTS - 1)
    n_bad = np.cumsum(np.append(0, ~(np.isfinite(y) & (y > 0))))
    good = n_bad[stops + 1] == n_bad[starts]
    starts, stops = starts[good], stops[good]
    for quarter in (2, 1, 3):
        middle = starts + quarter * (stops - starts) // 4
        share = (ln_x[middle] - ln_x[starts]) / (ln_x[stops] - ln_x[starts])
        chord = y[starts] + share * (y[stops] - y[starts])
        near = np.abs(y[middle] - chord) <= tolerance * (1 + 1e-9) * (y[middle] + chord)
        starts, stops = starts[near], stops[near]
    return starts, stops


def _line(x: Column, ln_x: Column, y: Column, start: int, stop: int) -> StraightWindow | None:
    here = slice(start, stop)
    if y[here].max() > _WIDEST * y[here].min():
        return None
    # Relative deviations: the columns 1/y and ln x/y are to add up to 1.
    unit = y[start]
    inverse = unit / y[here]
    design = np.stack((inverse, ln_x[here] * inverse))
    gram, right = design @ design.T, design.sum(axis=1)
    intercept, slope = np.linalg.solve(gram, right)
    deviation = float(np.abs(1 - design.T @ (intercept, slope)).max())
    return StraightWindow(
        *(start, stop, float(x[start]), float(x[stop - 1])),
        *(float(unit * slope), float(unit * intercept), deviation),
    )
