"""The sign of dρ/dT over field and temperature: metal, insulator, or neither for sure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.field.field_rows import FieldRows

    Column = NDArray[np.float64]

_MOST_CELLS = 60


@dataclass(frozen=True)
class SignMap:
    """d ln ρ/d ln T between neighbouring isotherms, N of them, in G fields.

    Attributes
    ----------
    field_t : ndarray of float64, shape (G,)
    temperature_k : ndarray of float64, shape (N - 1,)
        Geometric mean of the two.
    slope, error : ndarray of float64, shape (N - 1, G)
        NaN where an isotherm has too few rows near the field.
    total, total_error : ndarray of float64, shape (G,)
        Of a line through ln ρ of all isotherms against ln T.
    """

    field_t: Column
    temperature_k: Column
    slope: NDArray[np.float64]
    error: NDArray[np.float64]
    total: Column
    total_error: Column

    @property
    def sign(self) -> NDArray[np.float64]:
        """1 where ρ falls on cooling, -1 where it rises, 0 where two errors do not tell."""
        with np.errstate(invalid="ignore"):
            sure = np.abs(self.slope) > 2 * self.error
        return np.where(sure, np.sign(self.slope), 0.0)

    def change(self) -> float:
        """Return the field at which dρ/dT most clearly goes from positive to negative.

        The sum of slopes in their errors, from the lowest field on, is largest there.
        NaN where both signs are not clear.
        """
        pull = np.clip(np.nan_to_num(self.total / self.total_error), -5, 5)
        climb = np.cumsum(pull)
        if len(climb) < 3:
            return float("nan")
        top = int(np.argmax(climb))
        rise = climb[top] - min(0.0, climb[: top + 1].min())
        fall = climb[top] - climb[top:].min()
        if top == len(climb) - 1 or min(rise, fall) < 5:
            return float("nan")
        return float(np.sqrt(self.field_t[top] * self.field_t[top + 1]))


def sign_map(isotherms: Sequence[FieldRows], temperature_k: Column) -> SignMap:
    """Return d ln ρ/d ln T in cells of the field, each isotherm smoothed by a line in a cell.

    Parameters
    ----------
    isotherms : sequence of FieldRows
        N of them, coldest first, rows clearly above 0.
    temperature_k : ndarray of float64, shape (N,)
        Ascending.

    Returns
    -------
    SignMap

    Examples
    --------
    >>> from grainscope.fitting.field.field_rows import FieldRows
    >>> h, t = np.geomspace(0.01, 0.2, 80), np.array([0.1, 0.2, 0.4])
    >>> curves = [1e4 * (h / 0.05) ** (0.3 / one) for one in t]
    >>> rows = [FieldRows(h, rho, 0.01 * rho, np.zeros(80, bool)) for rho in curves]
    >>> round(sign_map(rows, t).change(), 2)
    0.05
    """
    edge = _edges(isotherms)
    cells = [[_cell(rows, low, high) for low, high in pairwise(edge)] for rows in isotherms]
    level, error = np.moveaxis(np.array(cells).reshape(len(isotherms), -1, 2), 2, 0)
    log_t = np.log(temperature_k)
    step = np.diff(log_t)[:, None]
    weight = 1 / error**2
    norm = weight.sum(axis=0)
    off_t = log_t[:, None] - (weight * log_t[:, None]).sum(axis=0) / norm
    spread = (weight * off_t**2).sum(axis=0)
    return SignMap(
        field_t=np.sqrt(edge[:-1] * edge[1:]),
        temperature_k=np.exp(0.5 * (log_t[1:] + log_t[:-1])),
        slope=np.diff(level, axis=0) / step,
        error=np.hypot(error[1:], error[:-1]) / step,
        total=(weight * off_t * level).sum(axis=0) / spread,
        total_error=spread**-0.5,
    )


def _edges(isotherms: Sequence[FieldRows]) -> Column:
    """Return edges of cells in which each isotherm has some rows, in the fields all share."""
    low = max(rows.size_t[0] for rows in isotherms)
    high = min(rows.size_t[-1] for rows in isotherms)
    inside = [rows.size_t[(rows.size_t >= low) & (rows.size_t <= high)] for rows in isotherms]
    fewest = min(inside, key=len)
    if len(fewest) < 2:
        return np.empty(0)
    cells = int(np.clip(len(fewest) // 4, 1, _MOST_CELLS))
    return np.unique(np.quantile(fewest, np.linspace(0, 1, cells + 1)))


def _cell(rows: FieldRows, low_t: float, high_t: float) -> tuple[float, float]:
    """Return ln ρ in the middle of a cell and its error, by a weighted line."""
    first, last = np.searchsorted(rows.size_t, (low_t, high_t * (1 + 1e-9)))
    if last - first < 2:
        return float("nan"), float("nan")
    part = rows.take(slice(int(first), int(last)))
    off = np.log(part.size_t) - 0.5 * np.log(low_t * high_t)
    weight = (part.resistivity_ohm_sq / part.error_ohm_sq) ** 2
    level = np.log(part.resistivity_ohm_sq)
    norm, mean = weight.sum(), np.average(off, weights=weight)
    spread = float((weight * (off - mean) ** 2).sum())
    if spread == 0:
        return float(np.average(level, weights=weight)), float(norm**-0.5)
    slope = float((weight * (off - mean) * level).sum()) / spread
    middle = float(np.average(level, weights=weight)) - slope * float(mean)
    return middle, float(np.sqrt(1 / norm + mean**2 / spread))
