"""Which contacts and grains make the loop network, and how they hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.strips import strips_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.strips import Empty
    from grainscope.records import GrainNetwork, GrainTable, Segmentation
    from grainscope.settings import NetworkSettings

_ROWS_AT_A_TIME = 256


def large_grains(table: GrainTable, settings: NetworkSettings) -> NDArray[np.bool_]:
    """Return which grains reach ``min_grain_diameter_um``, shape (N,)."""
    return table.equivalent_diameter_um >= settings.min_grain_diameter_um


def counted_grains(
    segmentation: Segmentation,
    table: GrainTable,
    settings: NetworkSettings | None,
    empty: Empty = np.empty,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the labels of the film with 1…M for the grains that count, and their own labels.

    All count, unless ``small_grains`` is ``"ignore"``: then those below
    ``min_grain_diameter_um`` are film.

    Returns
    -------
    labels : ndarray of int32, shape (H, W)
        Of the frame.
    counted : ndarray of int32, shape (M,)
        The grain's own label of each number.
    """
    labels = segmentation.film_labels
    if settings is None or settings.small_grains == "block":
        return labels, np.arange(1, table.n_grains + 1, dtype=np.int32)
    counted = (np.flatnonzero(large_grains(table, settings)) + 1).astype(np.int32)
    number = np.zeros(table.n_grains + 1, np.int32)
    number[counted] = np.arange(1, len(counted) + 1)
    renumbered = empty(labels.shape, np.int32)
    for strip in strips_of(len(labels), _ROWS_AT_A_TIME):
        renumbered[strip.first : strip.stop] = number[labels[strip.first : strip.stop]]
    return renumbered, counted


def contacts_of_large_grains(
    network: GrainNetwork, table: GrainTable, settings: NetworkSettings
) -> NDArray[np.bool_]:
    """Return which contacts lie between two grains that are large enough, shape (E,)."""
    large = large_grains(table, settings)
    return large[network.grain_a - 1] & large[network.grain_b - 1]


def loop_contacts(
    network: GrainNetwork, table: GrainTable, settings: NetworkSettings
) -> NDArray[np.bool_]:
    """Return which contacts make the loop network, shape (E,)."""
    narrow = network.gap_nm <= settings.max_gap_nm
    return narrow & contacts_of_large_grains(network, table, settings)


def membership(
    network: GrainNetwork, table: GrainTable, settings: NetworkSettings
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Count the contacts of each grain in the loop network, and number its components.

    Parameters
    ----------
    network : GrainNetwork
        All contacts of the film.
    table : GrainTable
        Its N grains.
    settings : NetworkSettings
        ``max_gap_nm`` and ``min_grain_diameter_um``.

    Returns
    -------
    degree : ndarray of int32, shape (N,)
        Number of contacts; two grains may share several.
    component : ndarray of int32, shape (N,)
        1 is the largest; equal ones in the order of their smallest labels. A
        lone grain is a component; 0 is a grain below the diameter.
    """
    from grainscope.laws.union_find_kernel import connected

    kept = loop_contacts(network, table, settings)
    first, second = network.grain_a[kept] - 1, network.grain_b[kept] - 1
    n_grains = table.n_grains
    degree = np.bincount(np.concatenate((first, second)), minlength=n_grains)

    large = np.flatnonzero(large_grains(table, settings))
    component = np.zeros(n_grains, np.int32)
    component[large] = ranked(connected(n_grains, first, second)[large])
    return degree.astype(np.int32), component


def ranked(smallest: NDArray[np.int32]) -> NDArray[np.int32]:
    """Rank sets by size, 1 the largest; equal ones by their smallest members.

    Examples
    --------
    >>> ranked(np.array([0, 1, 1, 3], np.int32)).tolist()
    [2, 1, 1, 3]
    """
    members = np.bincount(smallest)
    found = np.flatnonzero(members)
    rank = np.zeros(len(members), np.int32)
    rank[found[np.argsort(-members[found], kind="stable")]] = np.arange(1, len(found) + 1)
    return np.asarray(rank[smallest])
