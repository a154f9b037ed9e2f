"""Where R or σ is straight in ln T: the widest window that is, and carries the change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import LawFit
from grainscope.fitting.model_choice.windows import LEAST_P, scan_windows
from grainscope.laws.conduction.log_conductance import LEAST_CONDUCTANCE_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.model_choice.windows import WindowScan
    from grainscope.fitting.temperature.temperature_rows import TemperatureRows

    Column = NDArray[np.float64]

#: A window is straight where its parabola is smaller than so many standard deviations,
_MOST_CURVATURE = 2.0
#: and no finding unless it carries this share of what the curve changes by in all.
_LEAST_SHARE = 1 / 3
_LEAST_ROWS = 8
_ROUNDING = 1e-12
#: The whole curve is given the benefit of the doubt: a law true of it fails these in 2 %.
_WHOLE_LEAST_P, _WHOLE_MOST_CURVATURE = 0.01, 2.6


@dataclass(frozen=True)
class LogWindow:
    """Windows tried, W of them, and the one chosen.

    Attributes
    ----------
    scan : WindowScan
    curvature : ndarray of float64, shape (W,)
        Coefficient of ln² T in standard deviations, R or σ positive upwards.
    share : ndarray of float64, shape (W,)
        Change over the window over that of the whole curve.
    chosen : int
        -1 where none is straight.
    """

    scan: WindowScan
    curvature: Column
    share: Column
    chosen: int

    @property
    def rows(self) -> slice:
        """The chosen rows."""
        return slice(int(self.scan.start[self.chosen]), int(self.scan.stop[self.chosen]))


def log_window(rows: TemperatureRows, inverse: float) -> LogWindow:
    """Find the widest window in ln T in which R, or 1/R, is straight.

    Straight means that residuals follow no smooth curve (p ≥ 0.05) and that a parabola
    would be no better by two standard deviations; for the whole curve, p ≥ 0.01 and 2.6.
    A window counts only if a third of the whole change happens in it: a plateau is
    straight, too. The window found is the widest, not drawn back from where it ends as
    `scan_windows` would: what that changes goes into the interval (`log_line`).

    Parameters
    ----------
    rows : TemperatureRows
    inverse : float
        1 where R is straight, −1 where 1/R is.

    Returns
    -------
    LogWindow
    """
    scan = scan_windows(
        rows.temperature_k, lambda part: fit_line(rows.part(part), inverse), least_rows=_LEAST_ROWS
    )
    windows = [slice(int(a), int(b)) for a, b in zip(scan.start, scan.stop, strict=True)]
    curvature = np.array(
        [_curvature(rows.part(w), f, inverse) for w, f in zip(windows, scan.fits, strict=True)]
    )
    changes = np.array([np.ptp(f.model**inverse) for f in scan.fits])
    share = changes / max(_change(rows, inverse), 1e-300)
    whole = (scan.start == 0) & (scan.stop == len(rows))
    # Where nothing is left, what is left is rounding, and smooth.
    exact = np.array([fit.chi2 < _ROUNDING * fit.n for fit in scan.fits])
    straight = exact | (scan.p >= np.where(whole, _WHOLE_LEAST_P, LEAST_P))
    straight &= np.abs(curvature) <= np.where(whole, _WHOLE_MOST_CURVATURE, _MOST_CURVATURE)
    straight &= share >= _LEAST_SHARE
    if not straight.any():
        return LogWindow(scan, curvature, share, -1)
    width = np.log(rows.temperature_k[scan.stop - 1] / rows.temperature_k[scan.start])
    near = straight & (width >= 0.95 * width[straight].max())
    chosen = int(np.argmax(np.where(near, scan.stop - scan.start, -1)))
    return LogWindow(scan, curvature, share, chosen)


def fit_line(rows: TemperatureRows, inverse: float) -> LawFit:
    """Fit R^±1 = a + b ln(1 K/T) to R, in closed form where R is the line; no intervals.

    There is a fit for each of a hundred windows. Where 1/R is the line, its solution with
    weights at the model is iterated; four rounds change the last by less than a part in
    a thousand of its error.

    Parameters
    ----------
    rows : TemperatureRows
    inverse : float
        1 where R is the line, −1 where 1/R is.

    Returns
    -------
    LawFit
        With theta = (a, b).
    """
    y, error = rows.resistivity_ohm_sq, rows.error_ohm_sq
    design = np.stack((np.ones(len(rows)), -np.log(rows.temperature_k)), axis=1)
    model = y
    for _ in range(1 if inverse > 0 else 4):
        gain = (1.0 if inverse > 0 else -(model**2)) / error
        # R ≈ model + dR/dline (line − 1/model), so the line is fitted to what follows.
        wanted = y if inverse > 0 else 1 / model - (y - model) / model**2
        theta = np.linalg.lstsq(gain[:, None] * design, gain * wanted, rcond=None)[0]
        line = design @ theta
        model = line if inverse > 0 else 1 / np.maximum(line, LEAST_CONDUCTANCE_S)
    residual = (y - model) / error
    nothing = np.full(2, np.nan)
    return LawFit(
        theta=np.asarray(theta), low=nothing, high=nothing, covariance=np.full((2, 2), np.nan),
        chi2=float(residual @ residual), n=len(rows), model=model, residual=residual,
        scale=1.0, converged=True,
    )  # fmt: skip


def _curvature(rows: TemperatureRows, fit: LawFit, inverse: float) -> float:
    """Return the coefficient of ln² T that residuals ask for, over its standard deviation."""
    x = np.log(rows.temperature_k)
    x = x - x.mean()
    # dR/dy of y = R^±1, in standard deviations of R.
    gain = (1.0 if inverse > 0 else -(fit.model**2)) / rows.error_ohm_sq
    line = np.stack((gain, gain * x), axis=1)
    parabola = gain * x**2
    parabola = parabola - line @ np.linalg.lstsq(line, parabola, rcond=None)[0]
    size = float(np.sqrt(parabola @ parabola))
    return float(parabola @ fit.residual) / size if size > 0 else 0.0


def _change(rows: TemperatureRows, inverse: float) -> float:
    """Return what R^±1 changes by over the curve, of means of a twelfth of the rows each."""
    pieces = np.array_split(rows.resistivity_ohm_sq, min(12, len(rows)))
    means = np.array([float(piece.mean()) for piece in pieces])
    return float(np.ptp(np.maximum(means, 1e-300) ** inverse))
