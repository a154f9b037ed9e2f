"""The spread of draws, laid about a value that is none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: A normal distribution has 68 % between these.
_LOW, _HIGH = 0.16, 0.84


def interval_around(
    value: float, drawn: Sequence[float] | NDArray[np.float64], stretch: float = 1.0
) -> tuple[float, float]:
    """Carry the spread of draws over to the value itself: a 68 % interval.

    Draws may differ from the value on average, not only each by itself: choosing
    from scores that have been shifted at random finds other numbers of grains,
    as many poor candidates each get a small chance. So the draws tell the
    spread, and the value stays where it is:

        low = value − s (median − q16),  high = value + s (q84 − median),

    with quantiles of the draws that are unbiased for a normal distribution
    (Blom 1958; few draws would else give too narrow an interval). No figure is
    below zero, nor is an interval.

    Parameters
    ----------
    value : float
        At least 0.
    drawn : sequence or ndarray of float, shape (D,)
        Of the draws, all finite.
    stretch : float
        s, what the draws are known to leave out.

    Returns
    -------
    low, high : float
        ``low <= value <= high``.

    Examples
    --------
    >>> low, high = interval_around(10.0, [20.0, 21.0, 22.0, 23.0, 24.0])
    >>> round(low, 2), round(high, 2)
    (8.21, 11.79)
    """
    low, middle, high = np.quantile(drawn, (_LOW, 0.5, _HIGH), method="normal_unbiased")
    below, above = stretch * float(middle - low), stretch * float(high - middle)
    return max(value - below, 0.0), value + above
