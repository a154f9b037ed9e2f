"""A polynomial through rows near a place, its value and slope with their errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


@dataclass(frozen=True)
class LocalPolynomial:
    """y = Σ c_k ((x − centre)/half)^k, fitted where |x − centre| ≤ half.

    Attributes
    ----------
    centre, half : float
    coefficients : ndarray of float64, shape (q + 1,)
    covariance : ndarray of float64, shape (q + 1, q + 1)
        From the errors as stated.
    chi2 : float
    residual : ndarray of float64, shape (n,)
        In standard deviations.
    """

    centre: float
    half: float
    coefficients: Column
    covariance: NDArray[np.float64]
    chi2: float
    residual: Column

    @property
    def degree(self) -> int:
        """The degree q."""
        return len(self.coefficients) - 1

    @property
    def n(self) -> int:
        """Rows fitted."""
        return len(self.residual)

    def powers(self, x: Column | float, order: int = 0) -> Column:
        """Return the derivative of that order of each power, shape (…, q + 1)."""
        t = (np.asarray(x, np.float64) - self.centre) / self.half
        power = np.arange(self.degree + 1)
        factor = np.full(len(power), self.half**-order)
        for step in range(order):
            factor = factor * (power - step)
        return np.asarray(factor * t[..., None] ** np.maximum(power - order, 0))

    def value(self, x: Column | float, order: int = 0) -> Column:
        """Return the polynomial, or a derivative of it."""
        return np.asarray(self.powers(x, order) @ self.coefficients)

    def variance(self, x: Column | float) -> Column:
        """Return the variance of the value."""
        rows = self.powers(x)
        return np.asarray(np.einsum("...i,ij,...j->...", rows, self.covariance, rows))


def fit_polynomial(
    x: Column, y: Column, error: Column, degree: int, around: tuple[float, float]
) -> LocalPolynomial:
    """Fit a polynomial by weighted least squares.

    Parameters
    ----------
    x, y, error : ndarray of float64, shape (n,)
        More rows than coefficients.
    degree : int
    around : tuple of float
        Centre and half-width, that the powers stay near 1.

    Returns
    -------
    LocalPolynomial

    Raises
    ------
    ValueError
        Fewer rows than coefficients.

    Examples
    --------
    >>> x = np.linspace(0, 2, 9)
    >>> line = fit_polynomial(x, 1 + 3 * x, np.full(9, 0.1), 1, (1.0, 1.0))
    >>> line.value(0.5).round(6).item(), line.value(0.5, 1).round(6).item()
    (2.5, 3.0)
    """
    if len(x) <= degree:
        raise ValueError(f"{len(x)} rows for a polynomial of degree {degree}: more are needed")
    centre, half = around
    design = np.vander((x - centre) / half, degree + 1, increasing=True) / error[:, None]
    left, size, right = np.linalg.svd(design, full_matrices=False)
    usable = size > 1e-12 * size[0]
    inverse = np.where(usable, 1 / np.where(usable, size, 1.0), 0.0)
    coefficients = right.T @ (inverse * (left.T @ (y / error)))
    residual = y / error - design @ coefficients
    covariance = (right.T * inverse**2) @ right
    return LocalPolynomial(
        centre, half, coefficients, covariance, float(residual @ residual), residual
    )
