"""Lanczos' recurrence on a sparse Hermitian matrix (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def lanczos_steps(
    row_start: NDArray[np.int32],
    column: NDArray[np.int32],
    value: NDArray[np.complex128],
    before: NDArray[np.complex128],
    now: NDArray[np.complex128],
    alpha: NDArray[np.float64],
    beta: NDArray[np.float64],
    first: int,
) -> int:
    """Fill α and β from step ``first`` on: β_k v_{k+1} = H v_k − α_k v_k − β_{k−1} v_{k−1}.

    Vectors are not made orthogonal again. What is lost by that are copies of
    eigenvalues that have been found, not the largest one (Paige 1971), and one
    order of sums gives one result on any number of threads.

    Parameters
    ----------
    row_start, column, value : ndarray, shapes (N + 1,), (Z,), (Z,)
        H by rows.
    before, now : ndarray of complex128, shape (N,)
        v_{first − 1} (zeros at step 0) and v_first of length 1; moved on in place.
    alpha, beta : ndarray of float64, shape (K,)
        Filled in place up to K.
    first : int
        First step to do, from 0.

    Returns
    -------
    int
        Number of steps done in all; below K where the vectors span all that H
        makes of the first one.
    """
    for step in range(first, len(alpha)):
        back = beta[step - 1] if step > 0 else 0.0
        overlap = 0.0
        for row in range(len(now)):
            total = -back * before[row]
            for place in range(row_start[row], row_start[row + 1]):
                total += value[place] * now[column[place]]
            before[row] = total
            overlap += total.real * now[row].real + total.imag * now[row].imag
        square = 0.0
        for row in range(len(now)):
            rest = before[row] - overlap * now[row]
            before[row] = rest
            square += rest.real * rest.real + rest.imag * rest.imag
        alpha[step] = overlap
        beta[step] = np.sqrt(square)
        if square == 0:
            return step + 1
        for row in range(len(now)):
            rest = before[row] / beta[step]
            before[row] = now[row]
            now[row] = rest
    return len(alpha)
