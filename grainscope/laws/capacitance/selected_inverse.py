"""Entries of the inverse of a large sparse matrix, without the inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.laws.elimination_order import ON_THE_DIAGONAL

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csc_array


class InverseEntries(NamedTuple):
    """The diagonal of an inverse, shape (N,), and its entries at E places."""

    diagonal: NDArray[np.float64]
    entries: NDArray[np.float64]


def inverse_entries(matrix: csc_array, row: ArrayLike, column: ArrayLike) -> InverseEntries:
    """Return the diagonal of an inverse, and its entries where the matrix is not 0.

    The matrix is factorised as L D Lᵀ in an order of minimum degree; Takahashi's
    recursion then gives the inverse exactly at the places of L, which include
    those of the matrix. It costs about as much as the factorisation.

    Parameters
    ----------
    matrix : csc_array of float64, shape (N, N)
        Symmetric and positive definite, with entries off the diagonal of one
        sign (an M-matrix), so that no place of L cancels to 0.
    row, column : array_like of int, shape (E,)
        Wanted places, each on the diagonal or a place of the matrix.

    Returns
    -------
    InverseEntries

    Raises
    ------
    ValueError
        The matrix is not positive definite, or a wanted place is not among
        those that are found.

    References
    ----------
    K. Takahashi, J. Fagan & M.-S. Chen, Proc. 8th PICA Conf., 63 (1973);
    A. M. Erisman & W. F. Tinney, Commun. ACM 18, 177 (1975).

    Examples
    --------
    >>> from scipy.sparse import csc_array
    >>> inverse_entries(csc_array(np.array([[2.0, -1.0], [-1.0, 2.0]])), [0], [1])
    InverseEntries(diagonal=array([0.66666667, 0.66666667]), entries=array([0.33333333]))
    """
    from scipy.sparse.linalg import splu

    from grainscope.laws.capacitance.selected_inverse_kernel import fill_inverse, look_up

    count = matrix.shape[0]
    if count == 0:
        return InverseEntries(np.empty(0), np.empty(0))
    try:
        # Pivots stay on the diagonal: rows and columns keep one order.
        factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", **ON_THE_DIAGONAL)
    except RuntimeError as error:
        raise ValueError(f"the matrix cannot be factorised: {error}") from error
    pivot = factors.U.diagonal()
    if not (np.all(pivot > 0) and np.array_equal(factors.perm_r, factors.perm_c)):
        raise ValueError("the matrix is not positive definite")
    lower = factors.L.tocsc()
    lower.sort_indices()
    start, rows, values = _below_diagonal(lower)
    below, diagonal, closed = fill_inverse(start, rows, values, pivot)
    if not closed:
        raise ValueError("the factor lost places: entries of the matrix differ in sign or vanish")
    rank = np.asarray(factors.perm_c, np.int64)
    ends = np.stack((rank[np.asarray(row, np.int64)], rank[np.asarray(column, np.int64)]))
    entries = look_up(start, rows, below, ends.max(axis=0), ends.min(axis=0))
    on_diagonal = ends[0] == ends[1]
    entries[on_diagonal] = diagonal[ends[0, on_diagonal]]
    if np.any(np.isnan(entries)):
        raise ValueError("entries of the inverse are found only where the matrix is not 0")
    return InverseEntries(diagonal[rank], entries)


def _below_diagonal(
    lower: csc_array,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return starts, rows and values of the columns of L without its diagonal of ones."""
    column = np.repeat(np.arange(lower.shape[1]), np.diff(lower.indptr))
    kept = lower.indices > column
    start = np.append(0, np.cumsum(np.bincount(column[kept], minlength=lower.shape[1])))
    return start, lower.indices[kept].astype(np.int32), lower.data[kept]
