"""What loops of many areas do to a resistance together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.linking.loop_sets import LoopSet

    Column = NDArray[np.float64]

#: Ratio of each harmonic of a loop's response to the one before.
HARMONICS = (0.0, 0.3, 0.6)
#: More loops than these are put together by their areas.
_CELLS = 600


def mean_response(field_g: Column, area_um2: Column, weight: Column) -> Column:
    """Return the mean response of loops to a field, for harmonics of several strengths.

    A loop's response has the period of one flux quantum, Φ = BA/Φ0, and harmonics
    that fall in the ratio h,

        f(Φ) = Σ_n h^(n−1) cos(2πnΦ) = (cos 2πΦ − h)/(1 − 2h cos 2πΦ + h²),

    from a cosine (h = 0) to sharp maxima at whole quanta, as arrays of junctions have.

    Parameters
    ----------
    field_g : ndarray of float64, shape (K,)
    area_um2 : ndarray of float64, shape (L,)
    weight : ndarray of float64, shape (X, L)
        X weightings.

    Returns
    -------
    ndarray of float64, shape (H, X, K)
        For each ratio of `HARMONICS`; Σ w f / Σ w.

    References
    ----------
    M. Tinkham, D. W. Abraham, C. J. Lobb, Phys. Rev. B 28, 6578 (1983), on arrays.

    Examples
    --------
    >>> one = mean_response(np.array([0.0, FLUX_QUANTUM_G_UM2 / 2]), np.ones(1), np.ones((1, 1)))
    >>> one[:, 0].round(3).tolist()
    [[1.0, -1.0], [1.429, -0.769], [2.5, -0.625]]
    """
    area, share = in_cells(area_um2, weight)
    cosine = np.cos((2 * np.pi / FLUX_QUANTUM_G_UM2) * field_g[:, None] * area)
    means = []
    for h in HARMONICS:
        each = (cosine - h) / (1 - 2 * h * cosine + h * h) if h else cosine
        means.append(share @ each.T)
    return np.array(means)


def loop_set_response(field_g: Column, loops: LoopSet) -> Column:
    """Return the mean response of a set of loops by every rule and ξ, shape (H, R, X, K)."""
    weight = loops.weight.reshape(-1, len(loops))
    found = mean_response(field_g, loops.area_um2, weight)
    return found.reshape(len(HARMONICS), *loops.weight.shape[:2], len(field_g))


def in_cells(area_um2: Column, weight: Column) -> tuple[Column, Column]:
    """Put loops of nearly equal areas together: areas (C,), shares (X, C) that sum to 1.

    Cells are 600 equal parts of the range of ln A; each area is the mean of its cell.
    """
    share = weight / weight.sum(axis=1, keepdims=True)
    if len(area_um2) <= _CELLS:
        return area_um2, share
    ln_area = np.log(area_um2)
    place = (ln_area - ln_area.min()) / max(float(np.ptp(ln_area)), 1e-12)
    cell = np.minimum((place * _CELLS).astype(np.intp), _CELLS - 1)
    full, cell = np.unique(cell, return_inverse=True)
    total = np.array([np.bincount(cell, row, len(full)) for row in share], np.float64)
    middle = np.bincount(cell, area_um2) / np.bincount(cell)
    return np.asarray(middle), total


def any_loops(field_g: Column) -> Column:
    """Return random responses of loops of any area that the fields can tell of, shape (K, 2P).

    Columns are cos and sin of P areas in equal ratios, from half a quantum within the
    range of fields to two in five steps; times independent standard normal numbers they
    add up to a random curve of variance 1/2.

    Examples
    --------
    >>> curves = any_loops(np.linspace(1.0, 100.0, 50))
    >>> (curves**2).sum(axis=1).round(6).tolist()[:2]
    [0.5, 0.5]
    """
    step = float(np.median(np.diff(field_g)))
    range_g = float(field_g[-1] - field_g[0])
    area = FLUX_QUANTUM_G_UM2 * np.geomspace(0.5 / range_g, 0.4 / step, 4 * len(field_g))
    phase = (2 * np.pi / FLUX_QUANTUM_G_UM2) * field_g[:, None] * area
    return np.asarray(np.hstack((np.cos(phase), np.sin(phase))) / np.sqrt(2 * len(area)))
