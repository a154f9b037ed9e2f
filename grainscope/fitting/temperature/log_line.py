"""A line in ln T through the part of a curve that is straight, and how sure its slope is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import fit_law
from grainscope.fitting.temperature.log_windows import LogWindow, log_window
from grainscope.records.transport_fit import FitParameter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.least_squares import LawFit
    from grainscope.fitting.temperature.temperature_rows import TemperatureRows
    from grainscope.laws.conduction import ConductionLaw

    Column = NDArray[np.float64]

#: Where a window ends inside the data, a bend goes on beyond: what moves when this share of
#: the window (in ln T) next to that end is left out is added to the interval.
_LEFT_OUT = 0.6
_DENSE = 60
SLOPE_PER_OHM = "slope_per_ohm"


@dataclass(frozen=True)
class LogLine:
    """A law that is a line in ln T, fitted in its window; P parameters.

    Attributes
    ----------
    law : ConductionLaw
    rows : TemperatureRows
        Of the whole curve.
    window : LogWindow
    fit : LawFit
        In the window.
    shift : ndarray of float64, shape (P,)
        By how much each parameter moves without the rows next to a bend; 0 where the
        window ends with the data.
    """

    law: ConductionLaw
    rows: TemperatureRows
    window: LogWindow
    fit: LawFit
    shift: Column

    def as_law(self, line: LawFit) -> tuple[float, float]:
        """Return the law's parameters of a line a + b ln(1 K/T)."""
        at_1k, slope = (float(v) for v in line.theta)
        if self.law.parameters[0].name == SLOPE_PER_OHM:
            return slope / at_1k**2, at_1k
        return at_1k, slope

    @property
    def span_k(self) -> tuple[float, float]:
        """Coldest and warmest temperature of the window."""
        t = self.rows.temperature_k[self.window.rows]
        return float(t[0]), float(t[-1])

    def parameter(self, index: int) -> FitParameter:
        """Return a parameter with its interval, the shift added on both sides."""
        value, low, high = (float(c[index]) for c in (self.fit.theta, self.fit.low, self.fit.high))
        shift = float(self.shift[index])
        return FitParameter(value, low - shift, high + shift, self.law.parameters[index].unit)

    @property
    def chosen(self) -> str:
        """How the window was chosen, for people."""
        words = (
            "the widest in ln T that is straight (smooth misfit p ≥ 0.05, no curvature beyond 2 sd)"
        )
        return f"{self.rows.chosen}; of these {words} and carries a third of the change"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before using the slope."""
        said = list(self.rows.warnings)
        (low, high), sure = self.span_k, float(self.fit.high[0] - self.fit.low[0]) / 2
        if not low <= 1.0 <= high:
            said.append(f"1 K is outside of the window, {low:.3g} to {high:.3g} K: extrapolated")
        if self.shift[0] > sure or self.shift[-1] > float(self.fit.high[-1] - self.fit.low[-1]) / 2:
            said.append("the slope depends on where the window ends: interval widened by that")
        if self.fit.scale > 1.2:
            said.append(f"errors or misfit are {self.fit.scale:.2g} times what was stated")
        if high < np.e * low:
            said.append(f"the window spans a factor {high / low:.2g} in T only")
        return tuple(said)

    def table(self) -> dict[str, Column]:
        """Return all rows with the line, extended over them."""
        rows = self.rows
        model = self.law.value(rows.temperature_k, self.fit.theta)
        used = np.zeros(len(rows))
        used[self.window.rows] = 1.0
        return {
            "temperature_k": rows.temperature_k,
            "resistivity_ohm_sq": rows.resistivity_ohm_sq,
            "error_ohm_sq": rows.error_ohm_sq,
            "fitted_ohm_sq": model,
            "residual": (rows.resistivity_ohm_sq - model) / rows.error_ohm_sq,
            "in_window": used,
        }

    def windows(self) -> dict[str, Column]:
        """Return what every window tried gives."""
        scan, t = self.window.scan, self.rows.temperature_k
        return {
            "temperature_low_k": t[scan.start],
            "temperature_high_k": t[scan.stop - 1],
            "rows": (scan.stop - scan.start).astype(np.float64),
            "p": scan.p,
            "curvature_sd": self.window.curvature,
            "share_of_change": self.window.share,
            **{
                parameter.name: np.array([theta[k] for theta in map(self.as_law, scan.fits)])
                for k, parameter in enumerate(self.law.parameters)
            },
        }

    def dense(self) -> dict[str, Column]:
        """Return the line within its window, and half as far again beyond in ln T."""
        low, high = np.log(self.span_k)
        reach = 0.25 * (high - low)
        t = np.exp(np.linspace(low - reach, high + reach, _DENSE))
        return {"temperature_k": t, "fitted_ohm_sq": self.law.value(t, self.fit.theta)}


def fit_log_line(law: ConductionLaw, rows: TemperatureRows, inverse: float) -> LogLine | None:
    """Fit a law in the widest window where it is straight; None where there is none.

    Parameters
    ----------
    law : ConductionLaw
        A line of R^±1 in ln T.
    rows : TemperatureRows
        At least 8.
    inverse : float
        1 where R is the line, −1 where 1/R is.

    Returns
    -------
    LogLine or None
    """
    window = log_window(rows, inverse)
    if window.chosen < 0:
        return None
    fit = _fitted(law, rows.part(window.rows), intervals=True)
    shift = np.zeros(len(fit.theta))
    for without in _away_from_bends(rows, window.rows):
        moved = _fitted(law, rows.part(without), intervals=False)
        shift = np.maximum(shift, _moved(law, fit.theta, moved.theta))
    return LogLine(law, rows, window, fit, shift)


def _moved(law: ConductionLaw, theta: Column, moved: Column) -> Column:
    """Return by how much parameters moved.

    A = b/R1² hides a bend that moves slope b and height R1 of the line the same way: it
    counts at least half of what these move A by. (Half, as the part left has three to
    four times the noise of the window, and that moves them too.)
    """
    if law.parameters[0].name != SLOPE_PER_OHM:
        return np.asarray(np.abs(moved - theta))
    (a, at_1k), (a_moved, at_1k_moved) = theta, moved
    by_slope = (a_moved * at_1k_moved**2 - a * at_1k**2) / at_1k**2
    by_height = 2 * a * (at_1k_moved - at_1k) / at_1k
    apart = max(abs(a_moved - a), 0.5 * float(np.hypot(by_slope, by_height)))
    return np.array([apart, abs(at_1k_moved - at_1k)])


def _fitted(law: ConductionLaw, rows: TemperatureRows, *, intervals: bool) -> LawFit:
    return fit_law(
        law, rows.temperature_k, rows.resistivity_ohm_sq, rows.error_ohm_sq, intervals=intervals
    )


def _away_from_bends(rows: TemperatureRows, window: slice) -> list[slice]:
    """Return the part of a window away from each end that is not an end of the data."""
    start, stop = window.start, window.stop
    ln_t = np.log(rows.temperature_k[start:stop])
    span = float(ln_t[-1] - ln_t[0])
    parts = []
    if start > 0:
        colder = start + int(np.searchsorted(ln_t, ln_t[0] + _LEFT_OUT * span))
        parts.append(slice(min(colder, stop - 4), stop))
    if stop < len(rows):
        warmer = start + int(np.searchsorted(ln_t, ln_t[-1] - _LEFT_OUT * span, side="right"))
        parts.append(slice(start, max(warmer, start + 4)))
    return parts
