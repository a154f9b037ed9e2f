"""dV/dI against bias: folded about zero, its zero-bias value, and how far it is linear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import TransportCurve

    Column = NDArray[np.float64]

#: Rows of the local line that follows the curve, and the fewest at zero bias.
_LOCAL_ROWS, _FEWEST = 5, 5
#: Response counts as linear while dV/dI is within this share of its zero-bias value.
DEPARTURE = 0.05
_DRAWS = 200


@dataclass(frozen=True)
class FoldedBias:
    """Rows of one curve by the size of their bias, shape (K,), ascending.

    Attributes
    ----------
    current_a, value, error : ndarray of float64
        |I|, dV/dI in Ω/□ and its standard deviation.
    censored : ndarray of bool
        Upper limits.
    """

    current_a: Column
    value: Column
    error: Column
    censored: NDArray[np.bool_]


def folded(curve: TransportCurve) -> FoldedBias:
    """Return the rows of both signs of bias together."""
    order = np.argsort(np.abs(curve.current_a), kind="stable")
    return FoldedBias(
        np.abs(curve.current_a)[order],
        curve.value[order],
        curve.error[order],
        curve.censored[order],
    )


def zero_bias_value(rows: FoldedBias) -> tuple[float, float]:
    """Return dV/dI at zero bias and its standard deviation.

    The weighted mean of the rows of smallest bias: of so many that the next as many do
    not differ from them by more than two errors.

    Examples
    --------
    >>> x = np.linspace(0, 1, 101)
    >>> rows = FoldedBias(x, np.where(x < 0.3, 2.0, 5.0), np.full(101, 0.1), np.zeros(101, bool))
    >>> value, error = zero_bias_value(rows)
    >>> round(value, 6), round(error, 3)
    (2.0, 0.022)
    """
    weight = rows.error**-2.0
    n = min(_FEWEST, len(weight))
    while 2 * n <= len(weight):
        near, far = slice(0, n), slice(n, 2 * n)
        a, b = (float(np.average(rows.value[s], weights=weight[s])) for s in (near, far))
        spread = np.sqrt(1 / weight[near].sum() + 1 / weight[far].sum())
        if abs(a - b) > 2 * spread:
            break
        n *= 2
    inner = slice(0, n)
    return (
        float(np.average(rows.value[inner], weights=weight[inner])),
        float(1 / np.sqrt(weight[inner].sum())),
    )


def large_bias_value(rows: FoldedBias) -> tuple[float, float]:
    """Return the weighted mean of dV/dI over the outermost tenth of the bias, and its error."""
    outer = rows.current_a >= 0.9 * rows.current_a[-1]
    weight = rows.error[outer] ** -2.0
    return (
        float(np.average(rows.value[outer], weights=weight)),
        float(1 / np.sqrt(weight.sum())),
    )


def linear_limit(
    rows: FoldedBias, floor: float, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return up to which bias dV/dI stays within 5 % of its zero-bias value, with its interval.

    A curve that is zero at zero bias is linear up to where it leaves the floor. The
    curve is followed by local lines through five rows; the interval comes from drawing
    the noise again.

    Parameters
    ----------
    rows : FoldedBias
    floor : float
        Below it dV/dI is zero.
    rng : numpy Generator

    Returns
    -------
    limit, low, high : float
        In A. The largest bias measured, and infinity for ``high``, where there is no
        departure.
    """
    smooth = _followed(rows.current_a, rows.value)
    best = _departure(rows.current_a, smooth, zero_bias_value(rows)[0], floor)
    drawn = []
    for _ in range(_DRAWS):
        noisy = smooth + rows.error * rng.standard_normal(len(smooth))
        again = FoldedBias(rows.current_a, noisy, rows.error, rows.censored)
        at = _followed(rows.current_a, noisy)
        drawn.append(_departure(rows.current_a, at, zero_bias_value(again)[0], floor))
    low, middle, high = np.quantile(drawn, (0.16, 0.5, 0.84))
    if best >= rows.current_a[-1]:
        return best, float(min(best, low)), np.inf
    return best, max(best - float(middle - low), 0.0), best + float(high - middle)


def _followed(x: Column, y: Column) -> Column:
    """Return local lines through five rows, at each row."""
    n = min(_LOCAL_ROWS, len(x))
    start = np.clip(np.arange(len(x)) - n // 2, 0, len(x) - n)
    rows = start[:, None] + np.arange(n)
    near, values = x[rows], y[rows]
    centred = near - near.mean(axis=1, keepdims=True)
    spread = (centred**2).sum(axis=1)
    slope = (centred * values).sum(axis=1) / np.where(spread > 0, spread, 1.0)
    return np.asarray(values.mean(axis=1) + slope * (x - near.mean(axis=1)))


def _departure(x: Column, smooth: Column, zero: float, floor: float) -> float:
    """Return the first |I| from which on the curve has left its zero-bias value."""
    reach = floor if zero <= floor else abs(zero)
    away = np.abs(smooth - zero) > DEPARTURE * reach
    # Two neighbours decide, so that one stray row does not.
    both = away[:-1] & away[1:]
    return float(x[int(np.argmax(both))]) if both.any() else float(x[-1])
