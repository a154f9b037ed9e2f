"""Many rows along an axis as fewer: means of neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Rows of a curve, the axis ascending; shape (K,) each.

    Attributes
    ----------
    x, value, error : ndarray of float64
        Axis, value (the upper limit where censored), one standard deviation.
    censored : ndarray of bool
        Whether the value is an upper limit.
    """

    x: Column
    value: Column
    error: Column
    censored: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.x)

    def at(self, part: slice | NDArray[np.bool_] | NDArray[np.intp]) -> Rows:
        """Return some of the rows."""
        return Rows(self.x[part], self.value[part], self.error[part], self.censored[part])


def averaged_rows(rows: Rows, most: int) -> Rows:
    """Return at most about ``most`` rows, each the weighted mean of neighbours.

    Cells are of equal width in ln x, so that few rows at one end are not lost among many
    at the other; limits are averaged among themselves, each still a limit with the error
    of one row. Curves of no more rows come back as they are.

    Parameters
    ----------
    rows : Rows
        x above 0.
    most : int
        Number of cells.

    Examples
    --------
    >>> x = np.linspace(1, 2, 1000)
    >>> few = averaged_rows(Rows(x, 3 * x, np.full(1000, 0.1), np.zeros(1000, bool)), 10)
    >>> len(few), bool(np.allclose(few.value, 3 * few.x)), few.error[0].round(3)
    (10, True, np.float64(0.012))
    """
    if len(rows) <= most:
        return rows
    u = np.log(rows.x)
    width = max((u[-1] - u[0]) / most, 1e-300)
    cell = np.minimum(((u - u[0]) / width).astype(np.int64), most - 1)
    _, group = np.unique(2 * cell + rows.censored, return_inverse=True)
    weight = np.where(rows.censored, 1.0, rows.error**-2)
    total = np.bincount(group, weight)

    def mean(column: Column) -> Column:
        return np.bincount(group, weight * column) / total

    limits = np.bincount(group, rows.censored) > 0
    error = np.where(limits, mean(rows.error), total**-0.5)
    x = mean(rows.x)
    order = np.argsort(x, kind="stable")
    return Rows(x, mean(rows.value), error, limits).at(order)
