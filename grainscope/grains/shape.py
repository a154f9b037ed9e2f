"""From sums over pixels to the measures of a shape, in pixels; every array has one row a grain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Columns = NDArray[np.float64]

#: Relative size below which a difference of second moments is rounding error.
_ROUNDING = 1e-12


class Ellipse(NamedTuple):
    """Centroid relative to the grain's origin, and the ellipse of equal second moments."""

    y_px: Columns
    x_px: Columns
    major_axis_px: Columns
    minor_axis_px: Columns
    orientation_rad: Columns
    eccentricity: Columns


def fit_ellipses(moments: NDArray[np.int64]) -> Ellipse:
    """Return the ellipses with the second moments of the grains' pixel centres.

    Full axes are 4√λ for the eigenvalues λ of the covariance of the pixel
    centres, as in scikit-image. The 1/12 of a square pixel's own moment is left
    out: sampled shapes have unbiased moments without it (a 10 × 5 px ellipse
    would gain 0.06 px on its minor axis), at the price of a minor axis of 0 for
    a line of pixels.

    Parameters
    ----------
    moments : ndarray of int64, shape (N, 6)
        n, Σy, Σx, Σy², Σxy, Σx².

    Returns
    -------
    Ellipse
        Orientation from +x towards +y in (−π/2, π/2], 0 for equal axes.

    Examples
    --------
    >>> bar = np.array([[3, 0, 3, 0, 0, 5]])  # three pixels in a row
    >>> ellipse = fit_ellipses(bar)
    >>> ellipse.major_axis_px.round(3), ellipse.orientation_rad, ellipse.eccentricity
    (array([3.266]), array([0.]), array([1.]))
    """
    n, sum_y, sum_x, sum_yy, sum_xy, sum_xx = moments.T.astype(np.float64)
    y, x = sum_y / n, sum_x / n
    variance_y = np.maximum(sum_yy / n - y * y, 0)
    variance_x = np.maximum(sum_xx / n - x * x, 0)
    mean = (variance_y + variance_x) / 2
    difference = _without_noise((variance_x - variance_y) / 2, mean)
    covariance = _without_noise(sum_xy / n - x * y, mean)
    half_spread = np.hypot(difference, covariance)
    largest, smallest = mean + half_spread, np.maximum(mean - half_spread, 0)
    orientation = np.arctan2(covariance, difference) / 2
    flattening = np.divide(smallest, largest, out=np.ones_like(largest), where=largest > 0)
    return Ellipse(
        y, x, 4 * np.sqrt(largest), 4 * np.sqrt(smallest), orientation, np.sqrt(1 - flattening)
    )


def _without_noise(values: Columns, scale: Columns) -> Columns:
    """Set rounding errors to zero, which would turn a symmetric grain to ±π/2 at random."""
    return np.where(np.abs(values) < _ROUNDING * scale, 0.0, values)


def crofton_perimeter(entries: NDArray[np.int64]) -> Columns:
    """Return the perimeter by the Crofton formula in four directions.

    P = π/4 · [N(0°) + N(90°) + (N(45°) + N(135°))/√2], N the number of times
    that pixel lines of one direction enter the grain; lines along a diagonal
    are 1/√2 pixel apart. Unbiased for discs; a straight side is taken from
    5.2 % too short (along x or y, or a diagonal) to 2.6 % too long.

    Parameters
    ----------
    entries : ndarray of int64, shape (N, 4)
        Counts along x, y and the two diagonals.

    Returns
    -------
    ndarray of float64, shape (N,)
        Perimeter in pixels.

    References
    ----------
    J. Serra, Image Analysis and Mathematical Morphology (1982); the counts are those of
    ``skimage.measure.perimeter_crofton`` with four directions.

    Examples
    --------
    >>> crofton_perimeter(np.array([[1, 1, 1, 1]])).round(3)  # one pixel
    array([2.682])
    """
    straight = entries[:, 0] + entries[:, 1]
    diagonal = entries[:, 2] + entries[:, 3]
    return np.asarray(np.pi / 4 * (straight + diagonal / np.sqrt(2)))


def circularity(area_px: NDArray[np.int64], perimeter_px: Columns) -> Columns:
    """Return 4πA/P², at most 1 (grains of a few pixels would exceed it).

    Examples
    --------
    >>> circularity(np.array([1, 100]), np.array([2.682, 40.0])).round(3)
    array([1.   , 0.785])
    """
    return np.minimum(4 * np.pi * area_px / perimeter_px**2, 1.0)
