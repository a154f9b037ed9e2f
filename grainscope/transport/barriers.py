"""GrainTable → BarrierHistogram: the distribution of charging energies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.charging_energy import charging_energy_k
from grainscope.laws.log_bins import log10_bins
from grainscope.records import BarrierHistogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import GrainTable
    from grainscope.settings import TransportSettings


def barrier_histogram(table: GrainTable, settings: TransportSettings) -> BarrierHistogram:
    """Bin the single-electron charging energies of all grains.

    E_C = e²/2C of the disc with the grain's equivalent diameter. ``count`` is
    what the micrograph shows, cut grains included; ``density`` weighs each
    grain with its edge weight, as the film has it.

    Parameters
    ----------
    table : GrainTable
        N grains.
    settings : TransportSettings
        ``relative_permittivity`` and ``barrier_bins_per_decade`` are used.

    Returns
    -------
    BarrierHistogram
        Counts sum to N. Densities are NaN where no grain has a weight; without
        grains there are no rows.
    """
    energy_k = charging_energy_k(table.equivalent_diameter_um, settings.relative_permittivity)
    log10_energy = np.log10(energy_k)
    log10_edges, bins = log10_bins(log10_energy, settings.barrier_bins_per_decade)
    n_bins = len(log10_edges) - 1
    weight = np.bincount(bins, table.edge_weight, n_bins)
    total = weight.sum()
    share = weight / total if total > 0 else np.full(n_bins, np.nan)
    edges_k = 10**log10_edges
    width_k = np.diff(edges_k)
    return BarrierHistogram(
        kind=("charging",) * n_bins,
        energy_k_low=edges_k[:-1],
        energy_k_high=edges_k[1:],
        count=np.bincount(bins, minlength=n_bins),
        density=share / width_k,
        log_uniform_density=log_uniform_share(log10_edges, log10_energy) / width_k,
    )


def log_uniform_share(
    log10_edges: NDArray[np.float64], log10_values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability in each bin of the law p ∝ 1/Δ between the extreme values.

    Parameters
    ----------
    log10_edges : ndarray of float64, shape (B + 1,)
        Ascending bin edges.
    log10_values : ndarray of float64, shape (N,)
        The law reaches from their smallest to their largest.

    Returns
    -------
    ndarray of float64, shape (B,)
        Sums to 1; all in one bin where the values are equal.

    Examples
    --------
    >>> log_uniform_share(np.array([0.0, 1.0, 2.0]), np.array([0.5, 2.0])).round(3)
    array([0.333, 0.667])
    """
    if len(log10_values) == 0:
        return np.empty(0)
    lowest, highest = log10_values.min(), log10_values.max()
    if lowest == highest:
        holds = (log10_edges[:-1] <= lowest) & (lowest < log10_edges[1:])
        return np.where(holds, 1.0, 0.0)
    return np.asarray(np.diff(np.clip(log10_edges, lowest, highest)) / (highest - lowest))
