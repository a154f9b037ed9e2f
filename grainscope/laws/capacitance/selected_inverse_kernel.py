"""Selected entries of an inverse (compiled): Takahashi's recursion over a Cholesky factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def fill_inverse(
    start: NDArray[np.int64],
    row: NDArray[np.int32],
    factor: NDArray[np.float64],
    pivot: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """Return Z = (L D Lᵀ)⁻¹ at the places where L is not 0.

    From the last column j to the first, over the rows below the diagonal of L,

        Z_ij = −Σ_k Z_ik L_kj,    Z_jj = 1/D_j − Σ_k L_kj Z_kj.

    All Z_ik needed are at places of L, because elimination of j has joined its
    rows to one another.

    Parameters
    ----------
    start : ndarray of int64, shape (N + 1,)
        Where each column of L begins.
    row : ndarray of int32, shape (nnz,)
        Rows below the diagonal, in rising order.
    factor : ndarray of float64, shape (nnz,)
        L there; its diagonal is 1 and not among them.
    pivot : ndarray of float64, shape (N,)
        D.

    Returns
    -------
    below : ndarray of float64, shape (nnz,)
        Z at the places of ``factor``.
    diagonal : ndarray of float64, shape (N,)
    closed : bool
        Whether all places needed were there.
    """
    count = len(pivot)
    below = np.zeros(len(row))
    diagonal = np.empty(count)
    place = np.full(count, -1)  # of a row among those of the column at work
    closed = True
    for j in range(count - 1, -1, -1):
        first, last = start[j], start[j + 1]
        for at in range(first, last):
            place[row[at]] = at
        for at in range(first, last):
            k = row[at]
            below[at] -= diagonal[k] * factor[at]
            found = 0
            for entry in range(start[k], start[k + 1]):
                other = place[row[entry]]
                if other >= 0:
                    found += 1
                    below[other] -= below[entry] * factor[at]
                    below[at] -= below[entry] * factor[other]
            closed &= found == last - at - 1
        total = 1 / pivot[j]
        for at in range(first, last):
            total -= factor[at] * below[at]
            place[row[at]] = -1
        diagonal[j] = total
    return below, diagonal, closed


@njit(cache=True, nogil=True)
def look_up(
    start: NDArray[np.int64],
    row: NDArray[np.int32],
    below: NDArray[np.float64],
    wanted_row: NDArray[np.int64],
    wanted_column: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return ``below`` at places (row > column), NaN where there is none."""
    values = np.full(len(wanted_row), np.nan)
    for which in range(len(wanted_row)):
        low, high = start[wanted_column[which]], start[wanted_column[which] + 1]
        at = low + np.searchsorted(row[low:high], wanted_row[which])
        if at < high and row[at] == wanted_row[which]:
            values[which] = below[at]
    return values
