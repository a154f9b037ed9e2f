"""What one says of sizes in a few numbers: means, median, mode, density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Unit of each figure, in the order of ``size_summary.csv``.
FIGURE_UNITS = {
    "density_per_um2": "1/µm²",
    "area_fraction": "",
    "mean_equivalent_diameter_um": "µm",
    "geometric_mean_diameter_um": "µm",
    "median_equivalent_diameter_um": "µm",
    "mode_diameter_um": "µm",
    "mean_area_um2": "µm²",
}
#: Grid of the kernel estimate: cells per bandwidth.
_CELLS_PER_BANDWIDTH = 8
_BANDWIDTHS_BEYOND = 4


def size_figures(
    log_diameter: Column, weight: Column, area_um2: Column, covered_um2: Column, bandwidth: float
) -> dict[str, Column]:
    """Return the figures of D weightings of the same sizes.

    Parameters
    ----------
    log_diameter : ndarray of float64, shape (M,)
        Natural logarithm of the equivalent diameter in µm, ascending.
    weight : ndarray of float64, shape (D, M)
        At least 0.
    area_um2, covered_um2 : ndarray of float64, shape (D,)
        Film looked at, and how much of it grains cover.
    bandwidth : float
        Of the kernel estimate that has the mode, see `silverman_bandwidth`.

    Returns
    -------
    dict of str to ndarray of float64, shape (D,)
        By the names of ``FIGURE_UNITS``; NaN where nothing has a weight.

    Notes
    -----
    The median is the smallest size at which half of the weight is reached; the
    mode is where the density *per µm of diameter* is largest.

    Examples
    --------
    >>> d_um = np.array([1.0, 1.0, 2.0, 4.0])
    >>> one = np.ones(1)
    >>> figures = size_figures(np.log(d_um), np.ones((1, 4)), 10 * one, 5 * one, 0.1)
    >>> [round(float(figures[name][0]), 2) for name in list(figures)[:5]]
    [0.4, 0.5, 2.0, 1.68, 1.0]
    """
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = weight / total[:, None]
        diameter = np.exp(log_diameter)
        found = (
            total / area_um2,
            covered_um2 / area_um2,
            share @ diameter,
            np.exp(share @ log_diameter),
            _medians(diameter, share),
            modes(log_diameter, share, bandwidth),
            share @ (np.pi / 4 * diameter**2),
        )
    of_film = {"density_per_um2", "area_fraction"}
    return {
        name: np.where((total > 0) | (name in of_film), figure, np.nan)
        for name, figure in zip(FIGURE_UNITS, found, strict=True)
    }


def _medians(diameter: Column, share: Column) -> Column:
    if len(diameter) == 0:
        return np.full(len(share), np.nan)
    middle: Column = diameter[(np.cumsum(share, axis=1) >= 0.5 - 1e-12).argmax(axis=1)]
    return middle


def silverman_bandwidth(log_diameter: Column, weight: Column) -> float:
    """Return the width of the kernel: 0.9 min(σ, IQR/1.34) n^(−1/5), in ln of diameter.

    n counts as (Σw)²/Σw²; at least 1e-3, which is finer than a pixel's share of
    any diameter.

    References
    ----------
    B. W. Silverman, Density Estimation (1986), equation 3.31.

    Examples
    --------
    >>> round(silverman_bandwidth(np.linspace(0, 1, 100), np.ones(100)), 3)
    0.104
    """
    total = weight.sum()
    if not total > 0:
        return 1e-3
    mean = weight @ log_diameter / total
    sigma = np.sqrt(weight @ (log_diameter - mean) ** 2 / total)
    reached = np.cumsum(weight) / total
    low, high = np.interp((0.25, 0.75), reached, log_diameter)
    n = total**2 / (weight @ weight)
    width = min(sigma, (high - low) / 1.34) or sigma
    return max(float(0.9 * width * n**-0.2), 1e-3)


def modes(log_diameter: Column, share: Column, bandwidth: float) -> Column:
    """Return the diameter at which a Gaussian kernel estimate has most grains per µm.

    The estimate is made in ln d, where grain sizes are about symmetric, with a
    mirror at the smallest size (nothing below the cut is known), and divided by
    d.

    Parameters
    ----------
    log_diameter : ndarray of float64, shape (M,)
        Ascending.
    share : ndarray of float64, shape (D, M)
        Rows sum to 1.
    bandwidth : float
        Standard deviation of the kernel in ln d.

    Returns
    -------
    ndarray of float64, shape (D,)
        In µm; NaN where most are at the smallest size, so that no mode is seen.
    """
    from scipy.ndimage import gaussian_filter1d

    if len(log_diameter) == 0:
        return np.full(len(share), np.nan)
    step = bandwidth / _CELLS_PER_BANDWIDTH
    cell = ((log_diameter - log_diameter[0]) / step).astype(np.intp)
    n_cells = int(cell[-1]) + 1 + _BANDWIDTHS_BEYOND * _CELLS_PER_BANDWIDTH
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    counts = np.zeros((len(share), n_cells))
    counts[:, cell[starts]] = np.add.reduceat(share, starts, axis=1)
    middle = log_diameter[0] + (np.arange(n_cells) + 0.5) * step
    smooth = gaussian_filter1d(counts, _CELLS_PER_BANDWIDTH, axis=1, mode="reflect")
    top = (smooth * np.exp(-middle)).argmax(axis=1)
    return np.where(top > 0, np.exp(middle[top]), np.nan)
