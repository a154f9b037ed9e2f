"""A table of Chebyshev coefficients at many places, in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Each place takes some hundred bytes while its value is found.
_BLOCK = 1 << 15


def table_value(
    x: NDArray[np.float64], y: NDArray[np.float64], coefficients: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return Σ c_ij T_i(x) T_j(y), block by block.

    Parameters
    ----------
    x, y : ndarray of float64, one shape
        Between −1 and 1.
    coefficients : ndarray of float64, shape (I, J)

    Examples
    --------
    >>> table_value(np.array([0.5, 1.0]), np.array([1.0, 0.0]), np.array([[1.0, 2.0]]))
    array([3., 1.])
    """
    found = np.empty(np.shape(x))
    flat, x, y = found.reshape(-1), np.ravel(x), np.ravel(y)
    for first in range(0, len(flat), _BLOCK):
        some = slice(first, first + _BLOCK)
        flat[some] = np.polynomial.chebyshev.chebval2d(x[some], y[some], coefficients)
    return found
