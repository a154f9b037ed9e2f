"""Minima of a noisy curve: where they are, how deep, and how often noise alone makes one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.loops.detrend import detrended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Curves of noise alone, and of the curve with noise again.
_NOISE_DRAWS, _POSITION_DRAWS = 400, 200
#: Knots of the smoothing spline: where there are more rows, not each has one.
_MOST_KNOTS = 150
_EULER = 0.5772156649
#: Rates below this are not told: the tail is not known so far out.
_LEAST_RATE = 1e-6


@dataclass(frozen=True)
class Minima:
    """Minima of a curve, by field; L of them.

    Attributes
    ----------
    field_g, low_g, high_g : ndarray of float64, shape (L,)
        Place and its 68 % interval.
    value : ndarray of float64, shape (L,)
        Height of the smoothed curve there.
    prominence, prominence_error : ndarray of float64, shape (L,)
        How far one must climb to get anywhere deeper, or to the end; what noise makes of it.
    false_alarm_rate : ndarray of float64, shape (L,)
        Chance that noise alone has so prominent a minimum anywhere in the sweep.
    smoothed : ndarray of float64, shape (N,)
        The curve that they belong to.
    """

    field_g: Column
    low_g: Column
    high_g: Column
    value: Column
    prominence: Column
    prominence_error: Column
    false_alarm_rate: Column
    smoothed: Column


def smoothing_matrix(field_g: Column, value: Column, error: Column) -> NDArray[np.float64]:
    """Return the matrix of the cubic smoothing spline, its stiffness by cross-validation.

    Parameters
    ----------
    field_g, value, error : ndarray of float64, shape (N,)
        Ascending field, N at least 5.

    Returns
    -------
    ndarray of float64, shape (N, N)
        Times a curve it is the smoothed curve.

    References
    ----------
    P. Craven & G. Wahba, Numer. Math. 31, 377 (1979).

    Examples
    --------
    >>> field_g = np.arange(20.0)
    >>> matrix = smoothing_matrix(field_g, np.sin(field_g), np.ones(20))
    >>> np.allclose(matrix @ field_g, field_g)  # a line stays
    True
    """
    from scipy.interpolate import BSpline
    from scipy.linalg import eigh
    from scipy.optimize import minimize_scalar

    n = len(field_g)
    place = (field_g - field_g[0]) / (field_g[-1] - field_g[0])
    rows = np.linspace(2, n - 3, min(n - 4, _MOST_KNOTS)).round().astype(int)
    knots = np.concatenate((np.zeros(4), place[rows], np.ones(4)))
    design = BSpline.design_matrix(place, knots, 3).toarray()
    weight = 1 / error**2 / np.mean(1 / error**2)
    gram = design.T @ (weight[:, None] * design)
    # Rows that all but coincide would leave a spline undetermined.
    gram[np.diag_indices_from(gram)] += 1e-9 * np.trace(gram) / len(gram)
    # In these axes the smoother is diagonal: 1/(1 + stiffness · bend).
    bend, axes = eigh(_bending(knots), gram)
    bend = np.maximum(bend, 0.0)
    along = design @ axes
    part = along.T @ (weight * value)

    def score(log_stiffness: float) -> float:
        kept = 1 / (1 + np.exp(log_stiffness) * bend)
        left = value - along @ (kept * part)
        return float((weight * left**2).sum() / (n - kept.sum()) ** 2)

    first, last = -np.log(bend.max()) - 3, -np.log(bend[bend > 1e-9 * bend.max()].min()) + 6
    grid = np.linspace(first, last, 60)
    at = int(np.argmin([score(one) for one in grid]))
    bounds = (grid[max(at - 1, 0)], grid[min(at + 1, 59)])
    found = minimize_scalar(score, bounds=bounds, method="bounded")
    kept = 1 / (1 + np.exp(float(found.x)) * bend)
    return np.asarray((along * kept) @ (along.T * weight))


def _bending(knots: Column) -> NDArray[np.float64]:
    """Return the integrals of products of second derivatives of cubic B-splines."""
    from scipy.interpolate import BSpline

    n = len(knots) - 4
    second = BSpline(knots, np.eye(n), 3).derivative(2)
    ends = np.unique(knots)
    width = np.diff(ends)
    total = np.zeros((n, n))
    # Products of straight lines: Gauss with two points is exact.
    for offset in (-1 / np.sqrt(3), 1 / np.sqrt(3)):
        values = second(ends[:-1] + width * (1 + offset) / 2)
        total += values.T @ (width[:, None] / 2 * values)
    return total


def coloured_noise(
    rng: np.random.Generator, error: Column, correlation: float, n_draws: int
) -> NDArray[np.float64]:
    """Draw noise whose rows are correlated with their neighbours, shape (N, n_draws).

    Examples
    --------
    >>> noise = coloured_noise(np.random.default_rng(1), np.full(2000, 3.0), 0.8, 1)[:, 0]
    >>> bool(abs(noise.std() / 3 - 1) < 0.1), round(float(noise[1:] @ noise[:-1] / 18000), 1)
    (True, 0.8)
    """
    from scipy.signal import lfilter

    white = rng.standard_normal((len(error), n_draws))
    white[1:] *= np.sqrt(1 - correlation**2)
    return np.asarray(lfilter([1.0], [1.0, -correlation], white, axis=0) * error[:, None])


def find_minima(
    field_g: Column,
    deviation: Column,
    error: Column,
    columns: NDArray[np.float64],
    rng: np.random.Generator,
    correlation: float = 0.0,
) -> Minima:
    """Return the minima of a detrended curve with the rate of false alarms of each.

    The curve is smoothed by a spline. The same smoothing of curves of noise alone,
    detrended like the data, gives the most prominent minimum of each; the rate is
    that of Gumbel's law of extremes for them, so that it counts all the places where
    a minimum might have been found. Places are found again in the smoothed curve
    with noise added, smoothed again.

    Parameters
    ----------
    field_g, deviation, error : ndarray of float64, shape (N,)
        Ascending field; ln ρ without its background; its standard deviation.
    columns : ndarray of float64, shape (N, K)
        Of the background.
    rng : numpy Generator
    correlation : float
        Of the noise of neighbouring rows.

    Returns
    -------
    Minima
        All there are, whatever their rate.

    References
    ----------
    E. J. Gumbel, Statistics of Extremes (1958).

    Examples
    --------
    >>> from grainscope.fitting.loops.detrend import background_columns
    >>> field_g, rng = np.arange(0.5, 40, 0.5), np.random.default_rng(1)
    >>> curve = -0.2 * np.exp(-0.5 * ((field_g - 15) / 2) ** 2) + rng.normal(0, 0.01, 79)
    >>> columns = background_columns(field_g)
    >>> found = find_minima(field_g, curve, np.full(79, 0.01), columns, rng)
    >>> deepest = found.prominence.argmax()
    >>> bool(abs(found.field_g[deepest] - 15) < 0.3), bool(found.false_alarm_rate[deepest] < 1e-3)
    (True, True)
    """
    from scipy.signal import find_peaks

    smoother = smoothing_matrix(field_g, deviation, error)
    smoothed = smoother @ deviation
    at, known = find_peaks(-smoothed, prominence=0.0)
    noise = detrended(
        coloured_noise(rng, error, correlation, _NOISE_DRAWS), error, columns
    )  # fmt: skip
    most = np.array([_most_prominent(curve) for curve in (smoother @ noise).T])
    again = smoother @ (
        smoothed[:, None] + coloured_noise(rng, error, correlation, _POSITION_DRAWS)
    )
    places = np.array([_places(field_g, again, hollow) for hollow in _hollows(smoothed, at)])
    place = np.array([_vertex(field_g, smoothed, int(one)) for one in at])
    low, high = place, place
    if len(at):
        middle = np.median(places, axis=1)
        low = place - (middle - np.quantile(places, 0.16, axis=1))
        high = place + (np.quantile(places, 0.84, axis=1) - middle)
    return Minima(
        field_g=place,
        low_g=low,
        high_g=high,
        value=smoothed[at],
        prominence=known["prominences"],
        prominence_error=np.sqrt(2 * _variance(smoother[at] * error, correlation)),
        false_alarm_rate=false_alarm_rate(known["prominences"], most),
        smoothed=smoothed,
    )


def false_alarm_rate(prominence: Column, extremes: Column) -> Column:
    """Return how often noise alone exceeds each prominence, by Gumbel's law.

    1 − exp(−exp(−(x − u)/b)), u and b from mean and standard deviation of the
    extremes; never below one in a million.

    Parameters
    ----------
    prominence : ndarray of float64, shape (L,)
    extremes : ndarray of float64, shape (M,)
        The most prominent of each curve of noise.

    Examples
    --------
    >>> extremes = np.random.default_rng(1).gumbel(1.0, 0.2, 2000)
    >>> false_alarm_rate(np.array([0.5, 1.0, 1.92]), extremes).round(2)
    array([1.  , 0.63, 0.01])
    """
    scale = max(float(extremes.std()) * np.sqrt(6) / np.pi, 1e-300)
    middle = float(extremes.mean()) - _EULER * scale
    rate = -np.expm1(-np.exp(-np.maximum((prominence - middle) / scale, -700.0)))
    return np.asarray(np.clip(rate, _LEAST_RATE, 1.0))


def confirmed(minima: Minima, other: Minima, step_g: float) -> Minima:
    """Return minima with the larger of their rates in two ways of detrending.

    A background fitted with loops lets weights of noise show as minima; one fitted
    without them makes minima of its own at low field. What is real is in both.

    Parameters
    ----------
    minima, other : Minima
        Of the same sweep.
    step_g : float
        Between rows: places may differ by two steps and a tenth.

    Returns
    -------
    Minima
        The first, the rate 1 where the other has none.

    Examples
    --------
    >>> at = lambda b, rate: Minima(*(np.array([b]),) * 6, np.array([rate]), np.empty(0))
    >>> confirmed(at(15.0, 0.01), at(15.5, 0.03), 0.5).false_alarm_rate
    array([0.03])
    >>> confirmed(at(15.0, 0.01), at(30.0, 0.03), 0.5).false_alarm_rate
    array([1.])
    """
    near = np.abs(minima.field_g[:, None] - other.field_g) <= (
        2 * step_g + 0.1 * minima.field_g[:, None]
    )
    rate = np.where(near, other.false_alarm_rate, 1.0).min(axis=1, initial=1.0)
    return replace(minima, false_alarm_rate=np.maximum(rate, minima.false_alarm_rate))


def _most_prominent(curve: Column) -> float:
    from scipy.signal import find_peaks

    _, known = find_peaks(-curve, prominence=0.0)
    return float(known["prominences"].max(initial=0.0))


def beside_fit(minima: Minima, field_g: Column, fitted: Column) -> Minima:
    """Return minima with intervals that hold how far a fitted curve has them elsewhere.

    A smoothed curve moves a minimum towards its gentler side, a fitted one as its form has it.
    Of two estimates that are off each by itself, either is off by 1/√2 of what they differ by:
    so much is added in quadrature. A minimum that the fit does not show keeps its interval.

    Parameters
    ----------
    minima : Minima
    field_g, fitted : ndarray of float64, shape (N,)
        Of the same sweep; a curve through it without noise.

    Returns
    -------
    Minima

    Examples
    --------
    >>> from dataclasses import replace
    >>> field_g = np.arange(9.0)
    >>> one = Minima(*(np.array([x]) for x in (4.0, 3.7, 4.3, 0, 9, 1, 0)), (field_g - 4) ** 2)
    >>> wider = beside_fit(one, field_g, (field_g - 4.4 * np.sqrt(2) / 1.4) ** 2)
    >>> wider.field_g, (wider.high_g - wider.field_g).round(1)
    (array([4.]), array([0.4]))
    """
    from scipy.signal import find_peaks

    at = find_peaks(-minima.smoothed, prominence=0.0)[0]
    apart = np.zeros(len(at))
    for one, (first, last) in enumerate(_hollows(minima.smoothed, at)):
        lowest = first + int(fitted[first : last + 1].argmin())
        if first < lowest < last:
            apart[one] = _vertex(field_g, fitted, lowest) - minima.field_g[one]
    low = minima.field_g - np.hypot(minima.field_g - minima.low_g, apart / np.sqrt(2))
    high = minima.field_g + np.hypot(minima.high_g - minima.field_g, apart / np.sqrt(2))
    return replace(minima, low_g=low, high_g=high)


def _variance(rows: NDArray[np.float64], correlation: float) -> Column:
    """Return the variance of sums of noise that `coloured_noise` draws, its errors in the rows."""
    from scipy.linalg import toeplitz

    alike = toeplitz(correlation ** np.arange(rows.shape[1]))
    return np.asarray(((rows @ alike) * rows).sum(axis=1))


def _hollows(smoothed: Column, at: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return the highest rows on either side of each minimum, up to the next one or the end."""
    ends = np.concatenate(([0], at, [len(smoothed) - 1]))
    return [
        (
            int(before + np.argmax(smoothed[before : here + 1])),
            int(here + np.argmax(smoothed[here : after + 1])),
        )
        for before, here, after in zip(ends, ends[1:], ends[2:], strict=False)
    ]


def _places(field_g: Column, curves: NDArray[np.float64], hollow: tuple[int, int]) -> Column:
    """Return where each curve is lowest within a hollow."""
    first, last = hollow
    lowest = first + curves[first : last + 1].argmin(axis=0)
    return np.array([_vertex(field_g, curves[:, m], int(row)) for m, row in enumerate(lowest)])


def _vertex(field_g: Column, curve: Column, row: int) -> float:
    """Return the vertex of the parabola through a lowest row and its neighbours."""
    if row == 0 or row == len(field_g) - 1:
        return float(field_g[row])
    left, right = field_g[row - 1] - field_g[row], field_g[row + 1] - field_g[row]
    below, above = curve[row - 1] - curve[row], curve[row + 1] - curve[row]
    curvature = (above / right - below / left) / (right - left)
    if curvature <= 0:
        return float(field_g[row])
    shift = -(below / left - curvature * left) / (2 * curvature)
    return float(field_g[row] + np.clip(shift, left / 2, right / 2))
