"""Where R(T) falls through the noise floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import censored_residual, minimise
from grainscope.fitting.model_choice.mixture import nested_quantiles
from grainscope.fitting.model_choice.window_choice import choose_window

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.fitting.least_squares import Minimum
    from grainscope.fitting.smoothing.averaged_rows import Rows

    Column = NDArray[np.float64]

#: A crossing needs so many rows at the floor, and above it.
LEAST_ROWS = 3
#: Windows reach up to where R is so many times the floor.
_REACHES = (5.0, 15.0, 50.0, 150.0)
_ORDERS = (1, 2, 3)
#: and down to the crossing over this: colder rows are limits that say no more.
_COLDEST = 1.5
#: Where the first row above is so many times the floor, no law is seen at the crossing.
_STEEP = 5.0
#: The nearest rows are at odds with the rest where they differ by so many errors.
_AT_ODDS = 1.5
_MOST_EXPONENT = 60.0
#: Errors of the chosen window are believed unless so large a χ² has less than this chance.
_ODD = 0.16


@dataclass(frozen=True)
class FloorCrossing:
    """A local fit of ln R = ln F + Σ c_k z^k, z = 1 − T0/T.

    Attributes
    ----------
    temperature_k : (float, float, float)
        T0, where R itself is F, and its 68 % interval.
    order : int
        Highest power.
    rows : Rows
        The window.
    floor : float
        F.
    best : Minimum
        ``theta`` is T0 and the c_k.
    windows : ndarray of float64, shape (W, 5)
        Highest temperature, rows, order, χ² and T0 of each fit.
    """

    temperature_k: tuple[float, float, float]
    order: int
    rows: Rows
    floor: float
    best: Minimum
    windows: Column

    @property
    def residual(self) -> Column:
        """Of the rows that are no limits, in standard deviations."""
        return np.asarray(self.best.residual[~self.rows.censored])

    def value(self, temperature_k: Column) -> Column:
        """Return R at temperatures."""
        return _value(self.best.theta, temperature_k, self.floor)


def fit_floor_crossing(rows: Rows, floor: float) -> FloorCrossing | None:
    """Return where R(T) falls through a floor; None where it does not within the rows.

    The likelihood takes rows at the floor as limits, so that neither the number of rows
    nor the place of the first limit matters, only where R itself is F. The window, from
    limits up to some multiple of the floor, and the order are averaged over by weights
    exp(−½ (χ² + 2k + 2 n_cut)).

    Parameters
    ----------
    rows : Rows
        Temperatures in K, ascending; limits at the floor or below.
    floor : float
        F, in the unit of the values.

    Returns
    -------
    FloorCrossing or None

    References
    ----------
    J. Tobin, Econometrica 26, 24 (1958).

    Examples
    --------
    >>> from grainscope.fitting.smoothing.averaged_rows import Rows
    >>> t = np.linspace(0.3, 1.5, 60)
    >>> r = 3000 * np.exp(-4.35 / t)
    >>> low = r < 0.5
    >>> rows = Rows(t, np.where(low, 0.5, r), np.hypot(0.01 * r, 0.05), low)
    >>> round(fit_floor_crossing(rows, 0.5).temperature_k[0], 3)
    0.5
    """
    from scipy.special import chdtrc

    bracket = _bracket(rows, floor)
    if bracket is None:
        return None
    start = float(np.sqrt(bracket[0] * bracket[1]))
    parts = _windows(rows, floor, start)
    fits = [(part, order, _fitted(part, order, floor, start)) for part, order in parts]
    seen = np.array([int((~part.censored).sum()) for part, _, _ in fits])
    k = np.array([order + 1 for _, order, _ in fits])
    chi2 = np.array([float(np.sum(best.residual[~p.censored] ** 2)) for p, _, best in fits])
    _, scale = choose_window(chi2, seen, k, int(seen.max()))
    score = chi2 / scale**2 + 2 * k - 2 * seen
    chosen = int(np.argmin(score))
    weight = np.exp(-0.5 * (score - score.min()))
    dof = max(int(seen[chosen] - k[chosen]), 1)
    if chdtrc(dof, chi2[chosen] / scale**2) < _ODD:
        scale = float(np.sqrt(chi2[chosen] / dof))
    at = np.array([float(best.theta[0]) for _, _, best in fits])
    error = scale * np.array([float(np.sqrt(best.covariance[0, 0])) for _, _, best in fits])
    found = nested_quantiles(at, error, weight)
    local = max(p for p in range(len(parts)) if len(parts[p][0]) == len(parts[0][0]) and k[p] < 4)
    found = _reaching(found, float(at[local]), float(error[local]))
    part, order, best = fits[chosen]
    tops = np.array([float(one.x[-1]) for one, _, _ in fits])
    return FloorCrossing(
        _bracketed(found, rows, floor, bracket),
        order,
        part,
        floor,
        best,
        np.column_stack((tops, seen, k - 1, chi2, at)),
    )


def _reaching(
    found: tuple[float, float, float], local: float, error: float
) -> tuple[float, float, float]:
    """Widen an interval towards what the rows next to the floor alone have.

    Wider windows win by their many rows, yet a curve that bends sharply at the floor bends
    where only the nearest rows are.
    """
    middle, low, high = found
    apart = abs(local - middle)
    if apart <= _AT_ODDS * error:
        return found
    beyond = float((apart - error) * np.sign(local - middle))
    return middle, min(low, low + beyond), max(high, high + beyond)


def _bracketed(
    found: tuple[float, float, float], rows: Rows, floor: float, bracket: tuple[float, float]
) -> tuple[float, float, float]:
    """Fall back on the two rows around the crossing where no law is seen between them.

    Where the first row above is many times the floor already, or the law crosses far from
    the two rows, nothing is known but that R crossed between them.
    """
    low, high = bracket
    place = int(np.searchsorted(rows.x, high))
    if rows.value[place] >= _STEEP * floor:
        return 0.5 * (low + high), low, high
    # Noise mixes rows at the floor and above it: from the last with only floor below, to the
    # first with none above.
    at_floor = rows.censored | (rows.value <= floor)
    lowest = min(int(np.argmin(at_floor)), place)
    highest = max(len(rows) - int(np.argmax(at_floor[::-1])), place)
    low, high = (float(rows.x[end]) for end in (max(lowest - 1, 0), min(highest, len(rows) - 1)))
    slack = high - low + 1.5 * (found[2] - found[1])
    if low - slack <= found[0] <= high + slack:
        return found[0], min(found[1], high), max(found[2], low)
    return 0.5 * (low + high), low, high


def _bracket(rows: Rows, floor: float) -> tuple[float, float] | None:
    """Return the two rows between which the fewest others are on the wrong side of the floor."""
    at_floor = rows.censored | (rows.value <= floor)
    n = len(rows)
    if at_floor.sum() < LEAST_ROWS or n - at_floor.sum() < LEAST_ROWS:
        return None
    # Rows below the split should be at the floor, those above it not.
    wrong = np.append(0, np.cumsum(~at_floor)) + at_floor.sum() - np.append(0, np.cumsum(at_floor))
    split = int(np.argmin(wrong))
    if split < LEAST_ROWS or split > n - LEAST_ROWS:
        return None
    return float(rows.x[split - 1]), float(rows.x[split])


def _windows(rows: Rows, floor: float, start: float) -> list[tuple[Rows, int]]:
    rows = rows.at(rows.x > start / _COLDEST)
    above = rows.x > start
    # A running maximum of what lies above the split: the first row past a reach ends a window.
    highest = np.maximum.accumulate(np.where(above, rows.value, 0.0))
    found: dict[tuple[int, int], tuple[Rows, int]] = {}
    for reach in _REACHES:
        stop = int(np.searchsorted(highest, reach * floor))
        part = rows.at(slice(0, stop))
        seen = int((~part.censored).sum())
        for order in _ORDERS:
            if seen >= order + 2:
                found.setdefault((stop, order), (part, order))
    if not found:  # few rows on a steep fall: take the next ones, whatever they are
        stop = int(np.argmax(above)) + LEAST_ROWS
        part = rows.at(slice(0, stop))
        if (~part.censored).sum() >= 2:
            found[stop, 1] = part, 1
    return list(found.values())


def _value(theta: Column, temperature_k: Column, floor: float) -> Column:
    # In units of T0, so that coefficients are of like size; a straight line below T0, where
    # a power could bend up again and there is nothing to fit.
    z = 1 - theta[0] / temperature_k
    bent = sum(c * np.maximum(z, 0.0) ** (k + 2) for k, c in enumerate(theta[2:]))
    grown = theta[1] * z + bent
    return np.asarray(floor * np.exp(np.clip(grown, -_MOST_EXPONENT, _MOST_EXPONENT)))


def _residual(part: Rows, floor: float) -> Callable[[Column], Column]:
    def residual(theta: Column) -> Column:
        model = _value(theta, part.x, floor)
        return censored_residual(model, part.value, part.error, part.censored)

    return residual


def _box(part: Rows, order: int) -> tuple[Column, Column]:
    low = np.array([float(part.x[0]), 0.0] + [-np.inf] * (order - 1))
    return low, np.array([float(part.x[-1])] + [np.inf] * order)


def _fitted(part: Rows, order: int, floor: float, start: float) -> Minimum:
    seen = (part.x > start) & ~part.censored & (part.value > 0)
    z = 1 - start / part.x[seen]
    slope = 1.0
    if seen.any():
        slope = max(float(np.median(np.log(part.value[seen] / floor) / np.maximum(z, 1e-9))), 1e-3)
    first = np.array([start, slope] + [0.0] * (order - 1))
    return minimise(_residual(part, floor), first, *_box(part, order))
