"""Bins of a logarithmic histogram on round edges, the same for every image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def log10_bins(
    log10_values: NDArray[np.float64], bins_per_decade: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return bin edges at multiples of 1/``bins_per_decade``, and the bin of each value.

    Edges do not depend on the data but for where they start and stop, so that
    histograms of several images add up bin by bin. A bin holds its lower edge.

    Parameters
    ----------
    log10_values : ndarray of float64, shape (N,)
        Decadic logarithms, finite.
    bins_per_decade : int
        Bins per factor of ten.

    Returns
    -------
    edges : ndarray of float64, shape (B + 1,)
        Ascending; the first is at or below the smallest value, the last above
        the largest one. No values give a single edge and thus no bins.
    bins : ndarray of int, shape (N,)
        0…B − 1; the first and last bin are not empty.

    Examples
    --------
    >>> log10_bins(np.array([-0.32, 0.1]), 5)
    (array([-0.4, -0.2,  0. ,  0.2]), array([0, 2]))
    """
    if len(log10_values) == 0:
        return np.zeros(1), np.empty(0, np.intp)
    lowest, highest = log10_values.min(), log10_values.max()
    first = int(np.floor(lowest * bins_per_decade)) - 1
    last = int(np.floor(highest * bins_per_decade)) + 2
    edges = np.arange(first, last + 1) / bins_per_decade
    # One bin too many on either side, then trimmed by the edges as they are in binary.
    start = np.searchsorted(edges, lowest, side="right") - 1
    stop = np.searchsorted(edges, highest, side="right")
    edges = edges[start : stop + 1]
    return edges, np.searchsorted(edges, log10_values, side="right") - 1
