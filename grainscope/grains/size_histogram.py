"""GrainTable → GrainHistogram: the distribution of log10 grain area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.grains.completeness_curve import resolution_cut_um2
from grainscope.laws.log_bins import log10_bins
from grainscope.records import LEAST_COMPLETENESS, GrainHistogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Completeness, GrainTable, PixelSize
    from grainscope.settings import GrainSettings

#: Tails outside a central 68 % interval.
_TAIL = 0.16


def size_histogram(
    table: GrainTable,
    pixel_size: PixelSize,
    settings: GrainSettings,
    completeness: Completeness | None = None,
) -> GrainHistogram:
    """Count grains per bin of log10 area, as found and corrected.

    The correction is for the frame, and for grains that were missed where the
    completeness is known; its own uncertainty then widens the intervals, added
    in quadrature. Bins lie on round edges, so that those of several micrographs
    add up.

    Parameters
    ----------
    table : GrainTable
        N grains; unresolved ones are counted too.
    pixel_size : PixelSize
        Turns the resolution cut into an area.
    settings : GrainSettings
        ``bins_per_decade`` and ``resolution_cut_px`` are used.
    completeness : Completeness, optional
        The one that the table's weights come from.

    Returns
    -------
    GrainHistogram
        Counts sum to N; without grains there are no rows.

    Examples
    --------
    >>> from grainscope.records import PixelSize, Segmentation, Micrograph, Frame
    >>> from grainscope.settings import GrainSettings
    >>> from grainscope.grains import measure
    >>> labels = np.zeros((30, 30), np.int32)
    >>> labels[1:11, 1:11], labels[15:25, 15:25] = 1, 2
    >>> size, frame = PixelSize(100.0, 0.0, "option"), Frame.whole(labels.shape)
    >>> micrograph = Micrograph("film", np.zeros(labels.shape, np.uint8), size, frame)
    >>> table = measure(micrograph, Segmentation(labels, size, frame), GrainSettings())
    >>> histogram = size_histogram(table, size, GrainSettings())
    >>> histogram.count, histogram.log10_area_low, histogram.corrected_count.round(1)
    (array([2]), array([0.]), array([5.]))
    """
    edges, bins = log10_bins(table.log10_area_um2, settings.bins_per_decade)
    n_bins, weight = len(edges) - 1, table.size_weight
    diameter_um = 2 * np.sqrt(10**edges / np.pi)
    total = np.bincount(bins, weight, n_bins).astype(np.float64)
    square = np.bincount(bins, weight**2, n_bins).astype(np.float64)
    low, high = weighted_count_interval(total, square)
    found = np.full(n_bins, np.nan)
    if completeness is not None:
        curves = completeness.draws((edges[:-1] + edges[1:]) / 2)
        found = curves.mean(axis=0)
        low, high = _widened(total, low, high, curves)
    return GrainHistogram(
        log10_area_low=edges[:-1],
        log10_area_high=edges[1:],
        diameter_low_um=diameter_um[:-1],
        diameter_high_um=diameter_um[1:],
        count=np.bincount(bins, minlength=n_bins),
        corrected_count=total,
        corrected_low=low,
        corrected_high=high,
        completeness=found,
        resolution_cut_um2=resolution_cut_um2(pixel_size, settings, completeness),
    )


def _widened(
    total: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    curves: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add the spread of 1/p over the curves to the intervals of counts divided by p."""
    factor = 1 / np.maximum(curves, LEAST_COMPLETENESS)
    below, above = np.quantile(factor, (_TAIL, 1 - _TAIL), axis=0) / factor.mean(axis=0) - 1
    return (
        np.maximum(total - np.hypot(total - low, total * below), 0.0),
        total + np.hypot(high - total, total * above),
    )


def weighted_count_interval(
    total: NDArray[np.float64], square: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 68 % intervals of sums of weights of Poisson many things.

    Σw is treated as s · n with the scale s = Σw²/Σw and n = (Σw)²/Σw² counts,
    whose central interval is Garwood's: between the 16 % point of Γ(n) and the
    84 % point of Γ(n + 1). For equal weights it is exact and covers at least
    68 %; a few much larger weights in a small bin lower that to 60 %.

    Parameters
    ----------
    total, square : ndarray of float64, shape (B,)
        Σw and Σw² of each bin.

    Returns
    -------
    low, high : ndarray of float64, shape (B,)
        An empty bin has 0 and 1.83 times the scale of its neighbours
        (interpolated), NaN where no bin has a weight.

    References
    ----------
    F. Garwood, Biometrika 28, 437 (1936); G. Bohm and G. Zech, Nucl. Instrum. Methods A 748,
    1 (2014).

    Examples
    --------
    >>> weighted_count_interval(np.array([10.0, 0.0]), np.array([10.0, 0.0]))
    (array([6.90..., 0.        ]), array([14.24...,  1.83...]))
    """
    from scipy.special import gammaincinv

    filled = total > 0
    if not filled.any():
        return np.zeros(len(total)), np.full(len(total), np.nan)
    bins = np.arange(len(total))
    scale = np.interp(bins, bins[filled], square[filled] / total[filled])
    n = total / scale
    low = np.zeros(len(total))
    low[filled] = scale[filled] * gammaincinv(n[filled], _TAIL)
    return low, scale * gammaincinv(n + 1, 1 - _TAIL)
