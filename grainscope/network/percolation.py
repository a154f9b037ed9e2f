"""Percolation: how the components grow as wider gaps count as contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.network.choice import contacts_of_large_grains, large_grains
from grainscope.records import Percolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import GrainNetwork, GrainTable, Segmentation
    from grainscope.settings import NetworkSettings


def percolate(
    network: GrainNetwork,
    segmentation: Segmentation,
    table: GrainTable,
    settings: NetworkSettings,
) -> Percolation:
    """Follow the components of the film from touching grains to the widest gap.

    One pass over the contacts in the order of their gaps gives every state
    exactly (Newman & Ziff, Phys. Rev. E 64, 016706, 2001). Only grains of at
    least ``min_grain_diameter_um`` take part, as in the loops; ``max_gap_nm``
    plays no role. A component spans in x when its grains touch the left and the
    right edge of the frame, in y when they touch top and bottom.

    Parameters
    ----------
    network : GrainNetwork
        All contacts of the film.
    segmentation : Segmentation
        Tells which grains touch which edge of the frame.
    table : GrainTable
        The grains.
    settings : NetworkSettings
        ``min_grain_diameter_um`` and ``percolation_points``.

    Returns
    -------
    Percolation
        Rows at gap 0, at the widest gap, at the threshold and at gaps spread
        evenly over the different ones found, at most ``percolation_points`` in
        all (one more if that is 2); none for a film without grains.
    """
    from grainscope.network.percolation_kernel import grow_components

    large = np.flatnonzero(large_grains(table, settings))
    if len(large) == 0:
        return _nothing()
    kept = contacts_of_large_grains(network, table, settings)
    position = np.zeros(table.n_grains + 1, np.int32)
    position[large + 1] = np.arange(len(large))
    gap_nm = network.gap_nm[kept]
    order = np.argsort(gap_nm, kind="stable")
    first = position[network.grain_a[kept][order]]
    second = position[network.grain_b[kept][order]]
    gaps = np.unique(np.append(gap_nm, 0.0))
    group = np.searchsorted(gaps, gap_nm[order])
    edges = _frame_edges(segmentation.film_labels, table.n_grains)[large + 1]
    largest, n_components, squares, spans_x, spans_y = grow_components(
        first, second, group, len(gaps), edges
    )

    spanning = np.flatnonzero(spans_x | spans_y)
    rows = _spread(len(gaps), settings.percolation_points, spanning[:1])
    others = len(large) - largest
    return Percolation(
        gap_nm=gaps[rows],
        largest_component_fraction=largest[rows] / len(large),
        n_components=n_components[rows],
        mean_component_size=np.divide(
            squares - largest**2, others, out=np.zeros(len(gaps)), where=others > 0
        )[rows],
        spans_x=spans_x[rows],
        spans_y=spans_y[rows],
        threshold_gap_nm=float(gaps[spanning[0]]) if len(spanning) else float("nan"),
    )


def _spread(count: int, points: int, always: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose at most ``points`` rows evenly, with the first, the last and ``always``."""
    if count <= points:
        return np.arange(count)
    even = np.linspace(0, count - 1, max(points - len(always), 2)).round().astype(np.int64)
    return np.unique(np.concatenate((even, always)))


def _frame_edges(labels: NDArray[np.int32], n_grains: int) -> NDArray[np.uint8]:
    """Return the frame edges that each label touches, as bits, shape (N + 1,)."""
    from grainscope.network.percolation_kernel import BOTTOM, LEFT, RIGHT, TOP

    edges = np.zeros(n_grains + 1, np.uint8)
    lines = (labels[:, 0], LEFT), (labels[:, -1], RIGHT), (labels[0], TOP), (labels[-1], BOTTOM)
    for line, bit in lines:
        edges[np.unique(line)] |= bit
    return edges


def _nothing() -> Percolation:
    none, no_count, no_flag = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, bool)
    return Percolation(none, none, no_count, none, no_flag, no_flag, float("nan"))
