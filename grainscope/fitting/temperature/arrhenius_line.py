"""The straight part of an Arrhenius plot, above the knee where R saturates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.model_choice.mixture import mixed_quantiles, reaching
from grainscope.fitting.temperature.neighbour_noise import neighbour_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.averaged_rows import Rows

    Column = NDArray[np.float64]

#: Rows are warm where R is above its saturated value by this share, from there on.
_ABOVE = 0.25
#: Windows begin and end at so many places, and hold so many rows at least,
_PLACES, _LEAST_ROWS = 16, 6
#: in which R rises by this much of ln R at least: less is no part of the plot.
_LEAST_RISE = 0.4
#: Where the plot bends on at the warm end, this share of the window in 1/T is left off there.
_LEFT_OFF = 0.25
#: How sharp the knee may be: m of R^m = R_sat^m + (R0 exp(−U/T))^m; 1 is the sum of the law,
#: infinite the larger of the two.
_SHARPNESS = (1.0, 2.0, 4.0, np.inf)


@dataclass(frozen=True)
class StraightPart:
    """ln R = ln R0 − U/T over rows above the knee.

    Attributes
    ----------
    energy_k, log_prefactor : (float, float, float)
        U in K and ln R0: the median of the windows together, and 16 and 84 %.
    rows : Rows
        Of the window of the most weight.
    line : (float, float)
        U and ln R0 of that window.
    sharpness : float
        m of that window.
    saturated : float
        R_sat.
    residual : ndarray of float64, shape (K,)
        Of its rows, in standard deviations.
    windows : ndarray of float64, shape (W, 8)
        Lowest and highest temperature, rows, m, χ², U, its error and weight of each.
    """

    energy_k: tuple[float, float, float]
    log_prefactor: tuple[float, float, float]
    rows: Rows
    line: tuple[float, float]
    sharpness: float
    saturated: float
    residual: Column
    windows: Column

    def value(self, temperature_k: Column) -> Column:
        """Return R of the window of the most weight, its knee included."""
        energy, level = self.line
        grown = np.exp(level - energy / temperature_k)
        if np.isinf(self.sharpness):
            return np.asarray(grown)
        m = self.sharpness
        return np.asarray((self.saturated**m + grown**m) ** (1 / m))


def straight_part(rows: Rows, saturated: float) -> StraightPart | None:
    """Return the line of the Arrhenius plot above the knee; None where there is none.

    Windows begin and end anywhere among the rows in which R exceeds its saturated value by a
    quarter, from their coldest on. What is left of the plateau in them is taken off by knees
    of several kinds, R^m = R_sat^m + (R0 exp(−U/T))^m: ln(R^m − R_sat^m)/m is the line. Each
    window and kind counts by

        exp(−½ (χ² + 2 n_cut)),

    n_cut the warm rows it leaves out, so that neither the knee nor the roll-over to the
    normal state is in it where the data tell, and that the interval knows what the choice
    costs where they do not. Where the best window ends short of the warmest row, the plot bends
    on beyond it, and begins to before: the interval then reaches what the window gives without
    its quarter (in 1/T) next to that end.

    Parameters
    ----------
    rows : Rows
        Temperatures in K, ascending.
    saturated : float
        R as T → 0, or 0.

    Returns
    -------
    StraightPart or None

    References
    ----------
    W. I. Jay and E. T. Neil, Phys. Rev. D 103, 114502 (2021).

    Examples
    --------
    >>> from grainscope.fitting.smoothing.averaged_rows import Rows
    >>> t = np.geomspace(0.05, 2, 80)
    >>> r = np.maximum(10.0, 4e3 * np.exp(-1.9 / t))
    >>> found = straight_part(Rows(t, r, 0.01 * r, np.zeros(80, bool)), 10.0)
    >>> round(found.energy_k[0], 3), bool(found.rows.x[0] > 1.9 / np.log(400))
    (1.9, True)
    """
    warm = _warm(rows, saturated)
    n = len(warm)
    if n < _LEAST_ROWS:
        return None
    plots = [_plot(warm, saturated, m) for m in (_SHARPNESS if saturated > 0 else (np.inf,))]
    lines = [_line(plot, *span) for plot in plots for span in _spans(n)]
    lines = [one for one in lines if one.energy * one.reach > _LEAST_RISE]
    if not lines:
        return None
    held = np.array([one.stop - one.start for one in lines])
    chi2 = np.array([one.chi2 for one in lines])
    # What neighbours scatter by, not the least χ²/dof, which of so few rows is that of all.
    scale = neighbour_noise(np.log(rows.x), rows.value, rows.error)
    score = chi2 / scale**2 + 2 * (n - held)
    weight = np.exp(-0.5 * (score - score.min()))
    best = lines[int(np.argmin(score))]
    widened = max(scale**2, best.chi2 / max(best.stop - best.start - 2, 1)) ** 0.5
    energy, level, *errors = np.array([(one.energy, one.level, *one.errors) for one in lines]).T
    inner = _drawn_back(best, n)
    part = slice(best.start, best.stop)
    ends = [(warm.x[one.start], warm.x[one.stop - 1]) for one in lines]
    sharpness = [one.plot.sharpness for one in lines]
    share = weight / weight.sum()
    return StraightPart(
        energy_k=reaching(mixed_quantiles(energy, widened * errors[0], weight), inner.energy),
        log_prefactor=reaching(mixed_quantiles(level, widened * errors[1], weight), inner.level),
        rows=warm.at(part),
        line=(best.energy, best.level),
        sharpness=best.plot.sharpness,
        saturated=saturated,
        residual=(best.plot.y[part] - best.level + best.energy * best.plot.x[part])
        / best.plot.error[part],
        windows=np.column_stack((ends, held, sharpness, chi2, energy, errors[0], share)),
    )


def _warm(rows: Rows, saturated: float) -> Rows:
    """Return the rows above the coldest from which on R is above its saturated value."""
    seen = rows.at(~rows.censored & (rows.value > 0))
    low = seen.value < (1 + _ABOVE) * saturated
    start = len(low) - int(np.argmax(low[::-1])) if low.any() else 0
    return seen.at(slice(start, None))


def _spans(n: int) -> list[tuple[int, int]]:
    """Return windows of rows: first, and one past the last."""
    stops = np.unique(np.linspace(0, n, min(_PLACES, n) + 1).round().astype(np.int64))
    return [(int(a), int(b)) for a in stops for b in stops if b - a >= _LEAST_ROWS]


@dataclass(frozen=True)
class _Plot:
    """1/T and ln(R^m − R_sat^m)/m with its error."""

    sharpness: float
    x: Column
    y: Column
    error: Column


def _plot(warm: Rows, saturated: float, sharpness: float) -> _Plot:
    share = saturated / warm.value
    left = 1.0 - (0.0 if np.isinf(sharpness) else share**sharpness)
    y = np.log(warm.value) + (0.0 if np.isinf(sharpness) else np.log(left) / sharpness)
    return _Plot(sharpness, 1 / warm.x, y, warm.error / (warm.value * left))


@dataclass(frozen=True)
class _Line:
    """ln R0 − U/T from one row to another; errors of U and ln R0."""

    plot: _Plot
    start: int
    stop: int
    energy: float
    level: float
    errors: tuple[float, float]
    chi2: float
    reach: float


def _line(plot: _Plot, start: int, stop: int) -> _Line:
    x, y = plot.x[start:stop], plot.y[start:stop]
    weight = plot.error[start:stop] ** -2
    total = weight.sum()
    middle, height = float(weight @ x / total), float(weight @ y / total)
    spread = max(float(weight @ (x - middle) ** 2), 1e-300)
    slope = float(weight @ ((x - middle) * (y - height))) / spread
    left = y - height - slope * (x - middle)
    error = spread**-0.5
    errors = (error, float(np.hypot(total**-0.5, middle * error)))
    level, chi2 = height - slope * middle, float(weight @ left**2)
    return _Line(plot, start, stop, -slope, level, errors, chi2, float(np.ptp(x)))


def _drawn_back(best: _Line, n: int) -> _Line:
    """Return the window less a quarter at the warm end, if it ends short of the n rows."""
    x = best.plot.x
    if best.stop == n:
        return best
    last = x[best.stop - 1] + _LEFT_OFF * best.reach
    stop = best.start + int(np.sum(x[best.start : best.stop] >= last))
    return _line(best.plot, best.start, stop) if stop - best.start >= _LEAST_ROWS - 2 else best
