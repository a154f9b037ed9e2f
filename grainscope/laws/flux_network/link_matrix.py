"""Hermitian matrix of links whose numbers, not places, change with the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array


class LinkMatrix:
    """Sparse Hermitian matrix Σ w_e (e^{iθ_e} |tail⟩⟨head| + h.c.) + diagonal.

    Where each number goes is found once; for new phases only the numbers are
    written again. Links between the same two nodes add up.

    Parameters
    ----------
    tail, head : ndarray of int64, shape (E,)
        Rows and columns, 0…N − 1.
    weight : ndarray of float64, shape (E,)
        Weight w of each link.
    diagonal : ndarray of float64, shape (N,)
        Real diagonal; its places are kept even where it is 0.

    Examples
    --------
    >>> ring = LinkMatrix(np.array([0]), np.array([1]), np.array([2.0]), np.zeros(2))
    >>> ring.at(np.array([np.pi / 2])).toarray().round(12) + 0
    array([[0.+0.j, 0.+2.j],
           [0.-2.j, 0.+0.j]])
    """

    def __init__(
        self,
        tail: NDArray[np.int64],
        head: NDArray[np.int64],
        weight: NDArray[np.float64],
        diagonal: NDArray[np.float64],
    ) -> None:
        count = len(diagonal)
        nodes = np.arange(count)
        row = np.concatenate((tail, head, nodes))
        column = np.concatenate((head, tail, nodes))
        # Column by column, as the factorisation reads it; a stable sort keeps sums in one order.
        place = column * count + row
        self._order = np.argsort(place, kind="stable")
        place = place[self._order]
        self._first = np.flatnonzero(np.diff(place, prepend=-1))
        self._row = (place[self._first] % max(count, 1)).astype(np.int32)
        column = place[self._first] // max(count, 1)
        self._column_start = np.searchsorted(column, np.arange(count + 1)).astype(np.int32)
        self._weight, self._diagonal = weight, diagonal

    def at(self, phase_rad: NDArray[np.float64]) -> csc_array:
        """Return the matrix for the phases θ of the links, shape (E,), as (N, N) complex."""
        from scipy.sparse import csc_array

        forth = self._weight * np.exp(1j * phase_rad)
        values = np.concatenate((forth, forth.conj(), self._diagonal))[self._order]
        count = len(self._diagonal)
        summed = np.add.reduceat(values, self._first) if count else values
        return csc_array((summed, self._row, self._column_start), shape=(count, count))
