"""Where along the field a power law holds: refereed by a law that has a knee.

A window widened until χ² objects is far too wide: at 1 % noise and 200 rows
the exponent is then off by six of its errors. The smooth departure is fitted
itself (FieldKnee), so that for each window the error it would bring into the
exponent is known, and the window of the smallest mean square error is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.field_fit import power_line
from grainscope.fitting.field.field_rows import FieldRows
from grainscope.fitting.field.knee import LEAST_ROWS, LEAST_SPAN, knee_of, scan_knees
from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.fitting.model_choice.windows import LEAST_P, WindowScan, scan_windows
from grainscope.laws.conduction.field_knee import FieldKnee

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.least_squares import LawFit

    Column = NDArray[np.float64]

#: Blocks in which the maximum is sought.
_BLOCKS = 60


@dataclass(frozen=True)
class PowerWindow:
    """The windows in which the power law was tried, W of them, and the one chosen.

    Attributes
    ----------
    scan : WindowScan
        Of the rows in ``places``.
    places : ndarray of int64, shape (K,)
        Which rows are clearly above 0.
    exponent_error : ndarray of float64, shape (W,)
        Standard deviation of the exponent, errors as stated.
    bias : ndarray of float64, shape (W,)
        What the knee brings into the exponent; 0 without a knee.
    chosen : int
    usual : int
        The window that would be chosen if errors were as stated and the law held.
    knee : LawFit or None
        None where there is no upturn.
    """

    scan: WindowScan
    places: NDArray[np.intp]
    exponent_error: Column
    bias: Column
    chosen: int
    usual: int
    knee: LawFit | None

    @property
    def rows(self) -> slice:
        """The rows chosen, of those in ``places``."""
        return slice(int(self.scan.start[self.chosen]), int(self.scan.stop[self.chosen]))

    def ends(self, k: int) -> tuple[int, int]:
        """Return the first and the last row of a window."""
        return int(self.places[self.scan.start[k]]), int(self.places[self.scan.stop[k] - 1])

    @property
    def fits(self) -> bool:
        """Whether χ² does not object to the law there."""
        return bool(self.scan.p[self.chosen] >= LEAST_P)

    def moved(self) -> float:
        """Return how far the exponent is from that of the usual window, where this is odd.

        Where the gain drifts, or the law holds only so far, narrow windows that happen to
        fit are easily found; which of the two it is the data do not say.
        """
        wide, narrow = self.scan.fits[self.usual], self.scan.fits[self.chosen]
        if not judge_residuals(wide.residual, 2).warnings:
            return 0.0
        return float(abs(wide.theta[1] - narrow.theta[1]))

    def stray(self) -> float:
        """Return by how much the exponent of a narrower window differs too much, else 0.

        Estimates from nested rows differ by the root of the difference of their
        variances (J. A. Hausman, Econometrica 46, 1251 (1978)); three of these
        are too much.
        """
        scan, its = self.scan, self.exponent_error
        inside = (scan.start >= self.rows.start) & (scan.stop <= self.rows.stop)
        inside &= (its > 1.05 * its[self.chosen]) & (its < 3 * its[self.chosen])
        exponents = np.array([fit.theta[1] for fit in scan.fits])
        off = (exponents - self.bias)[inside] - (exponents - self.bias)[self.chosen]
        expected = np.sqrt(its[inside] ** 2 - its[self.chosen] ** 2)
        if not (np.abs(off) > 3 * expected).any():
            return 0.0
        return float(abs(off[np.argmax(np.abs(off) / expected)]))


def find_power_window(rows: FieldRows) -> PowerWindow:
    """Choose the window of the power law by least mean square error of the exponent.

    Parameters
    ----------
    rows : FieldRows
        By size of the field; those beyond the maximum are not tried.

    Returns
    -------
    PowerWindow
        Of places in ``rows``.

    Raises
    ------
    ValueError
        Fewer than eight rows rise above the floor, or in too narrow a range of fields.

    Examples
    --------
    >>> from grainscope.fitting.field.field_rows import FieldRows
    >>> h = np.geomspace(1e-3, 0.06, 120)
    >>> rho = FieldKnee().value(h, (5e3, 0.66, 0.04, 7.0, 0.12))
    >>> window = find_power_window(FieldRows(h, rho, 0.01 * rho, np.zeros(120, bool)))
    >>> bool(h[window.rows][-1] < 0.03), bool(abs(window.bias[window.chosen]) < 2e-3)
    (True, True)
    """
    climbing = rows.take(slice(0, rising(rows)))
    places = np.flatnonzero(climbing.is_clear())
    if len(places) < LEAST_ROWS:
        raise ValueError(f"{len(places)} rows above the floor below the maximum; {LEAST_ROWS}")
    knee, clear = knee_of(scan_knees(climbing)), climbing.take(places)
    if np.log(clear.size_t[-1] / clear.size_t[0]) < LEAST_SPAN:
        ends = f"{clear.size_t[0]:.3g}–{clear.size_t[-1]:.3g} T"
        raise ValueError(f"rows above the floor below the maximum lie in {ends}: no range of H")
    scan = scan_windows(clear.size_t, lambda part: power_line(clear.take(part)), LEAST_ROWS)
    error = np.array([np.sqrt(max(fit.covariance[1, 1], 0.0)) for fit in scan.fits])
    windows = [slice(int(a), int(b)) for a, b in zip(scan.start, scan.stop, strict=True)]
    bias = np.array(
        [exponent_bias(clear.take(w), fit, knee) for w, fit in zip(windows, scan.fits, strict=True)]
    )
    stretch = np.array([_stretch(fit, p) for fit, p in zip(scan.fits, scan.p, strict=True)])
    badness = bias**2 + (stretch * error) ** 2
    usual = int(np.argmin(bias**2 + error**2))
    return PowerWindow(scan, places, error, bias, int(np.argmin(badness)), usual, knee)


def _stretch(fit: LawFit, p: float) -> float:
    """Return by what the error of a window grows where χ² objects to it.

    Where fluctuations that repeat ride on the law no wide window fits, and yet it
    tells more of the exponent than a narrow one that happens to.
    """
    return 1.0 if p >= LEAST_P else judge_residuals(fit.residual, 2).scale


def rising(rows: FieldRows) -> int:
    """Return how many rows come before the maximum of ρ, blocks of rows averaged."""
    block = max(len(rows) // _BLOCKS, 1)
    first = np.arange(0, len(rows) - block + 1, block)
    mean = np.add.reduceat(rows.resistivity_ohm_sq[: first[-1] + block], first) / block
    highest = int(np.argmax(mean))
    return len(rows) if highest == len(mean) - 1 else int(first[highest])


def exponent_bias(rows: FieldRows, line: LawFit, knee: LawFit | None) -> float:
    """Return what the knee adds to the exponent of a power law fitted to these rows.

    The line's own values, with the knee's departure on top, are fitted again.
    """
    if knee is None:
        return 0.0
    raised = line.model * np.exp(FieldKnee().departure(rows.size_t, knee.theta[:5]))
    error = rows.error_ohm_sq * raised / rows.resistivity_ohm_sq
    truth = FieldRows(rows.field_t, raised, error, rows.censored, rows.offset_error_t)
    return float(power_line(truth).theta[1] - line.theta[1])
