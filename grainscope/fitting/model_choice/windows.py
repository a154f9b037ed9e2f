"""Over which rows a law holds: the widest window in which it fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.fitting.least_squares.law_fit import LawFit

    Column = NDArray[np.float64]

#: A window is taken where so smooth a misfit, or a worse one, has at least this chance.
LEAST_P = 0.05
#: Share of its width in ln x by which a window is drawn back from where the law fails.
STEP_BACK = 0.25
#: Windows begin and end at so many places at most: 91 windows.
_MOST_ENDS = 14
#: Smooth terms beyond the law that are tried: two degrees of ln x more.
_TERMS = 2


@dataclass(frozen=True)
class WindowScan:
    """The fits of a law in every window tried; W of them.

    Attributes
    ----------
    start, stop : ndarray of int64, shape (W,)
        First row, and one past the last.
    p : ndarray of float64, shape (W,)
        Chance that rows on which the law is true depart from it as smoothly.
    fits : tuple of LawFit
    chosen : int
        Place of the chosen one, which may be the last; -1 where none fits.
    share : float
        Width of the chosen window over that of all rows, in ln x; 0 where none fits.
        Where little is left, even slow departures from the law would not have shown.
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    p: Column
    fits: tuple[LawFit, ...]
    chosen: int
    share: float = 0.0


def scan_windows(
    x: Column,
    fit: Callable[[slice], LawFit],
    least_rows: int = 8,
    least_p: float = LEAST_P,
    step_back: float = STEP_BACK,
) -> WindowScan:
    """Fit a law in windows that begin and end anywhere, and choose the widest that fits.

    Wide is meant in ln x. Where several windows are as wide within a tenth, the one
    of most rows is taken. A window fits where `smooth_misfit` sees nothing. It then
    still ends where a departure from the law is just too small to be seen, large
    enough to shift the result by about its error: so the window is drawn back from
    those ends beyond which there are more rows.

    Parameters
    ----------
    x : ndarray of float64, shape (K,)
        Ascending, above 0.
    fit : callable
        Rows to a fit, without intervals.
    least_rows : int
        Windows of fewer rows are not tried.
    least_p : float
        Smallest chance of a misfit as smooth.
    step_back : float
        Share of the width in ln x to draw back by.

    Returns
    -------
    WindowScan

    Notes
    -----
    After the choice the exponent of a power law that turns up like a knee or like
    1 + (x/x0)⁴ is covered by its 68 % interval in 0.67 to 0.70 of cases, the knee also
    where errors are stated two times too small or too large. It is covered in 0.50
    only for 1 + (x/x0)², which bends the law in every window, and in 0.55 to 0.61 where
    the law fails at both ends: such intervals are too narrow, and bias has to be
    found from the rows beyond the window (tests/validation/fit_core.py).

    Examples
    --------
    >>> from grainscope.fitting.least_squares.law_fit import fit_law
    >>> from grainscope.laws.conduction.field_power import FieldPower
    >>> b = np.geomspace(0.001, 0.1, 80)
    >>> rho = 5e3 * b**0.66 * np.where(b > 0.04, (b / 0.04) ** 2, 1)
    >>> rho *= 1 + 0.01 * np.random.default_rng(1).normal(size=80)
    >>> law, error = FieldPower(), 0.01 * rho
    >>> found = scan_windows(
    ...     b, lambda rows: fit_law(law, b[rows], rho[rows], error[rows], intervals=False)
    ... )
    >>> top = b[found.stop[found.chosen] - 1]
    >>> bool(0.01 < top < 0.04), round(float(found.fits[found.chosen].theta[1]), 2)
    (True, 0.66)
    """
    pairs = _windows(x, least_rows)
    fits = [fit(slice(*pair)) for pair in pairs]
    p = [smooth_misfit(x[slice(*pair)], one) for pair, one in zip(pairs, fits, strict=True)]
    widest = _widest(x, pairs, np.array(p) >= least_p)
    chosen = -1
    if widest is not None:
        inner = _drawn_back(x, widest, step_back, least_rows)
        if inner not in pairs:
            pairs.append(inner)
            fits.append(fit(slice(*inner)))
            p.append(smooth_misfit(x[slice(*inner)], fits[-1]))
        chosen = pairs.index(inner)
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    share = 0.0 if chosen < 0 else _width(x, *pairs[chosen]) / max(_width(x, 0, len(x)), 1e-12)
    return WindowScan(ends[:, 0], ends[:, 1], np.array(p), tuple(fits), chosen, share)


def smooth_misfit(x: Column, fit: LawFit) -> float:
    """Return the chance that residuals follow two more degrees of ln x as closely.

    The score test of those terms, with the scatter that they leave as the error:
    so it is far more sensitive to a smooth departure than χ², and holds where the
    errors stated are off by a factor. Limits are left out. Where rows are too few
    for it, the chance of a χ² as large.

    Parameters
    ----------
    x : ndarray of float64, shape (K,)
        Of the rows fitted, above 0.
    fit : LawFit

    Returns
    -------
    float

    Examples
    --------
    >>> from grainscope.fitting.least_squares.law_fit import fit_law
    >>> from grainscope.laws.conduction.field_power import FieldPower
    >>> b = np.geomspace(0.001, 0.1, 50)
    >>> noise = 1 + 0.01 * np.random.default_rng(1).normal(size=50)
    >>> for bend in (0.0, 0.02):
    ...     rho = b ** (0.66 + bend * np.log(b)) * noise
    ...     print(smooth_misfit(b, fit_law(FieldPower(), b, rho, 0.1 * rho)) > 1e-9)
    True
    False
    """
    from scipy.special import chdtrc, fdtrc

    seen = np.ones(len(x), bool) if fit.seen is None else fit.seen
    residual, known = fit.residual[: len(x)][seen], len(fit.theta)
    left = len(residual) - known - _TERMS
    if left < 1:
        return float(chdtrc(fit.dof, fit.chi2))
    law, terms = _directions(x, fit, seen)
    along = law @ (law.T @ residual)
    ways, _ = np.linalg.qr(terms - law @ (law.T @ terms))
    smooth = float(np.sum((ways.T @ (residual - along)) ** 2))
    rest = float(np.sum((residual - along) ** 2)) - smooth
    return float(fdtrc(_TERMS, left, smooth * left / (_TERMS * max(rest, 1e-300))))


def _directions(
    x: Column, fit: LawFit, seen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how residuals change with the law, orthonormal, and with more degrees of ln x.

    A fit without a Jacobian counts as one of so many degrees as it has parameters.
    """
    at, known = np.log(x), len(fit.theta)
    span = max(float(at[-1] - at[0]), 1e-12)
    degrees = np.polynomial.legendre.legvander(2 * (at - at[0]) / span - 1, known + _TERMS - 1)
    law = degrees[:, :known]
    if fit.jacobian is not None and len(fit.jacobian) == len(x):
        size = np.linalg.norm(fit.jacobian, axis=0)
        law = fit.jacobian / np.where(size > 0, size, 1.0)
    ways, lengths, _ = np.linalg.svd(law[seen], full_matrices=False)
    return ways[:, lengths > 1e-9 * lengths.max(initial=0.0)], degrees[seen, known:]


def _windows(x: Column, least_rows: int) -> list[tuple[int, int]]:
    """Return windows between places that are even both in rows and in ln x."""
    n = len(x)
    along = np.log(x / x[0]) / max(float(np.log(x[-1] / x[0])), 1e-12)
    even = 0.5 * (along + np.arange(n) / max(n - 1, 1))
    places = np.searchsorted(even, np.linspace(0, 1, _MOST_ENDS)[:-1])
    ends = [int(end) for end in np.unique([*places, n])]
    return [(a, b) for a in ends for b in ends if b - a >= least_rows]


def _width(x: Column, start: int, stop: int) -> float:
    return float(np.log(x[stop - 1] / x[start]))


def _widest(
    x: Column, pairs: list[tuple[int, int]], good: NDArray[np.bool_]
) -> tuple[int, int] | None:
    if not good.any():
        return None
    width = np.array([_width(x, *pair) for pair in pairs])
    rows = np.array([stop - start for start, stop in pairs])
    near = good & (width >= 0.9 * width[good].max())
    return pairs[int(np.argmax(np.where(near, rows, -1)))]


def _drawn_back(x: Column, pair: tuple[int, int], share: float, least_rows: int) -> tuple[int, int]:
    """Draw a window back from the ends that are not those of the rows."""
    start, stop = pair
    at, cut = np.log(x), share * _width(x, start, stop)
    if stop < len(x):
        inner = int(np.searchsorted(at, at[stop - 1] - cut, "right"))
        stop = min(max(inner, start + least_rows), stop)
    if start > 0:
        inner = int(np.searchsorted(at, at[start] + cut, "left"))
        start = max(min(inner, stop - least_rows), start)
    return start, stop
