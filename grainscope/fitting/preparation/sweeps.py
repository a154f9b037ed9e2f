"""Rows in the order of a file → sweeps: stretches along which one variable alone moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Order in which axes are tried; of equals the first is taken.
AXES = ("temperature_k", "field_t", "current_a")
#: Fields also count as one where they differ by less than this share.
_FIELD_SHARE = 0.002
#: Currents count as one within this share.
_CURRENT_SHARE = 0.01
#: Rows are in the order of the measurement where most of them are in sweeps so long.
_LONG, _MOST_OF_ROWS = 8, 0.9


@dataclass(frozen=True)
class Sweep:
    """Rows along which one variable moves.

    Attributes
    ----------
    along : str
        One of `AXES`.
    rows : ndarray of int64, shape (K,)
        Places in the arrays given, in the order of the sweep.
    """

    along: str
    rows: NDArray[np.int64]


def set_points(values: Column, width: Column | float) -> tuple[NDArray[np.int64], Column]:
    """Return which set point each value belongs to, and the set points, ascending.

    A set point begins at the smallest value that is left and holds all within
    ``width`` above it; NaN is a set point of its own.

    Examples
    --------
    >>> which, points = set_points(np.array([0.1, 0.3, 0.101, 0.2]), 0.01)
    >>> which.tolist(), points.round(4).tolist()
    ([0, 2, 0, 1], [0.1005, 0.2, 0.3])
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    reach = ordered + np.broadcast_to(width, values.shape)[order]
    number = np.zeros(len(values), np.int64)
    begin, count = 0, 0
    finite = int(np.isfinite(ordered).sum())
    while begin < len(values):
        end = int(np.searchsorted(ordered[:finite], reach[begin], side="right"))
        end = end if begin < finite else len(values)
        number[begin:end] = count
        begin, count = end, count + 1
    which = np.empty(len(values), np.int64)
    which[order] = number
    sums = np.bincount(which, np.nan_to_num(values), count) / np.bincount(which, minlength=count)
    if finite < len(values):
        sums[-1] = np.nan
    return which, sums


def tolerances(
    axes: dict[str, Column], temperature_share: float, field_t: float
) -> dict[str, Column]:
    """Return by how much each value may differ from another of the same set point."""
    return {
        "temperature_k": temperature_share * np.abs(axes["temperature_k"]),
        "field_t": np.maximum(field_t, _FIELD_SHARE * np.abs(axes["field_t"])),
        "current_a": _CURRENT_SHARE * np.abs(axes["current_a"]) + 1e-15,
    }


def split_sweeps(axes: dict[str, Column], width: dict[str, Column]) -> list[Sweep]:
    """Split rows into sweeps, whatever the order they were written in.

    Where the rows as written are sweeps of eight points and more, they are taken so: of a
    grid, isotherms stay isotherms. Else they are sorted by temperature and then field, and
    by field and then temperature; the order that needs the fewest sweeps is that of the
    measurement.

    Parameters
    ----------
    axes : dict of str to ndarray of float64, each of shape (N,)
        Of each of `AXES`; NaN where not recorded.
    width : dict of str to ndarray of float64, each of shape (N,)
        From `tolerances`.

    Returns
    -------
    list of Sweep
        Every row is in one; a lone row is a sweep of one.

    Examples
    --------
    >>> axes = {
    ...     "temperature_k": np.array([0.1, 0.1, 0.1, 0.2, 0.3]),
    ...     "field_t": np.array([0.0, 0.5, 1.0, 1.0, 1.0]),
    ...     "current_a": np.full(5, np.nan),
    ... }
    >>> [(s.along, s.rows.tolist()) for s in split_sweeps(axes, tolerances(axes, 0.01, 1e-5))]
    [('field_t', [0, 1, 2]), ('temperature_k', [3, 4])]
    """
    which = {name: set_points(axes[name], width[name])[0] for name in AXES}
    written = _in_order(axes, width, np.arange(len(axes["field_t"])))
    n_swept = sum(len(sweep.rows) for sweep in written if len(sweep.rows) >= _LONG)
    if n_swept >= _MOST_OF_ROWS * len(axes["field_t"]):
        return written
    orders = (
        np.lexsort((axes["current_a"], axes["field_t"], which["temperature_k"])),
        np.lexsort((axes["current_a"], axes["temperature_k"], which["field_t"])),
    )
    return min([written, *(_in_order(axes, width, order) for order in orders)], key=len)


def _in_order(
    axes: dict[str, Column], width: dict[str, Column], order: NDArray[np.int64]
) -> list[Sweep]:
    """Take the longest stretch from each row on along which all axes but one stand still."""
    values = {name: axes[name][order] for name in AXES}
    reach = {name: width[name][order] for name in AXES}
    sweeps, begin = [], 0
    while begin < len(order):
        still = {name: _still_until(values[name], reach[name][begin], begin) for name in AXES}
        ends = {name: min(still[other] for other in AXES if other != name) for name in AXES}
        along = max(AXES, key=lambda name: (ends[name], _moves(values[name], begin, ends[name])))
        sweeps.append(Sweep(along, order[begin : ends[along]]))
        begin = ends[along]
    return sweeps


def _still_until(values: Column, width: float, begin: int) -> int:
    """Return the first row that differs from row ``begin``; the length where none does."""
    first, at, size = values[begin], begin + 1, 64
    while at < len(values):
        block = values[at : at + size]
        moved = np.isnan(block) != np.isnan(first)
        moved |= np.abs(block - first) > width
        if moved.any():
            return at + int(np.argmax(moved))
        at, size = at + size, 2 * size
    return len(values)


def _moves(values: Column, begin: int, end: int) -> int:
    return len(np.unique(values[begin:end]))
