"""Contacts in the order of their gaps: what every way through the components starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.network.choice import contacts_of_large_grains

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.network.percolation_kernel import Growth
    from grainscope.records import GrainNetwork, GrainTable
    from grainscope.settings import NetworkSettings


class OrderedContacts(NamedTuple):
    """Contacts by ascending gap, each array of shape (E,) but ``shift``: (E, 2).

    ``first`` and ``second`` count grains from 0; ``shift`` is how many cells down
    and to the right the second grain is, ``row`` where the contact is in its table.
    """

    first: NDArray[np.integer[Any]]
    second: NDArray[np.integer[Any]]
    gap_nm: NDArray[np.float64]
    shift: NDArray[np.int32]
    row: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> OrderedContacts:
        """Return some of the contacts, still in order."""
        first, second, gap_nm, shift, row = self
        return OrderedContacts(
            first[chosen], second[chosen], gap_nm[chosen], shift[chosen], row[chosen]
        )


def in_order(
    first: NDArray[np.integer[Any]],
    second: NDArray[np.integer[Any]],
    gap_nm: NDArray[np.float64],
    shift: NDArray[np.int32] | None = None,
) -> OrderedContacts:
    """Sort contacts by their gaps; equal ones stay in the order of the table."""
    row = np.argsort(gap_nm, kind="stable")
    if shift is None:
        shift = np.zeros((len(row), 2), np.int32)
    return OrderedContacts(first[row], second[row], gap_nm[row], shift[row], row)


def contacts_in_order(
    network: GrainNetwork, table: GrainTable, settings: NetworkSettings
) -> OrderedContacts:
    """Sort the contacts between grains that are large enough; grain k is label k + 1."""
    kept = np.flatnonzero(contacts_of_large_grains(network, table, settings))
    found = in_order(network.grain_a[kept] - 1, network.grain_b[kept] - 1, network.gap_nm[kept])
    return found._replace(row=kept[found.row])


def grow(
    contacts: OrderedContacts,
    gap_nm: NDArray[np.float64],
    edges: NDArray[np.uint8],
    place_um: NDArray[np.float64] | None = None,
    cell_um: tuple[float, float] = (0.0, 0.0),
) -> Growth:
    """Follow the components through every gap of an ascending list.

    Parameters
    ----------
    contacts : OrderedContacts
        Between the grains 0…N − 1.
    gap_nm : ndarray of float64, shape (G,)
        Gaps, the widest at least that of the last contact.
    edges : ndarray of uint8, shape (N,)
        Frame edges that each grain touches.
    place_um : ndarray of float64, shape (N, 2), optional
        Centroids; left out where no length is asked for.
    cell_um : tuple of float
        Height and width of a periodic film.

    Returns
    -------
    Growth
        States at the G gaps.

    Examples
    --------
    Three grains in a row, the outer ones at the left and right edge:

    >>> from grainscope.network.percolation_kernel import LEFT, RIGHT
    >>> row = in_order(np.array([0, 1]), np.array([1, 2]), np.array([8.0, 3.0]))
    >>> states = grow(row, np.array([0.0, 3.0, 8.0]), np.array([LEFT, 0, RIGHT], np.uint8))
    >>> states.largest.tolist(), states.spans_x.tolist()
    ([1, 2, 3], [False, False, True])
    """
    from grainscope.network.percolation_kernel import grow_components

    if place_um is None:
        place_um = np.zeros((len(edges), 2))
    states: Growth = grow_components(
        contacts.first.astype(np.int32, copy=False),
        contacts.second.astype(np.int32, copy=False),
        np.ascontiguousarray(contacts.shift, np.int32),
        np.searchsorted(gap_nm, contacts.gap_nm),
        len(gap_nm),
        edges,
        np.ascontiguousarray(place_um, np.float64),
        cell_um,
    )
    return states
