"""A table of Chebyshev coefficients: from values, and at many places in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Each place takes some hundred bytes while its value is found.
_BLOCK = 1 << 15


def chebyshev_table(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the coefficients c_ij of Σ c_ij T_i(x) T_j(y) through values at Chebyshev points.

    Examples
    --------
    >>> x = np.polynomial.chebyshev.chebpts1(2)
    >>> chebyshev_table(1 + 2 * x + 0 * x[:, None]).round(12) + 0.0
    array([[1., 2.],
           [0., 0.]])
    """
    vander_x, vander_y = (
        np.polynomial.chebyshev.chebvander(np.polynomial.chebyshev.chebpts1(n), n - 1)
        for n in values.shape
    )
    return np.asarray(np.linalg.solve(vander_y, np.linalg.solve(vander_x, values).T).T)


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
