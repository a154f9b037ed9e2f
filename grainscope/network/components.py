"""The components of a film at one gap, one by one, and the way through the one that spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.network.choice import ranked
from grainscope.records import BottleneckPath, ComponentTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.network.gap_order import OrderedContacts
    from grainscope.records import GrainNetwork, GrainTable


def list_components(
    contacts: OrderedContacts,
    table: GrainTable,
    takes_part: NDArray[np.bool_],
    edges: NDArray[np.uint8],
) -> ComponentTable:
    """Describe each component that some contacts make.

    Parameters
    ----------
    contacts : OrderedContacts
        Those that count at the gap.
    table : GrainTable
        The N grains.
    takes_part : ndarray of bool, shape (N,)
        Grains that are members of a component; the others are of none.
    edges : ndarray of uint8, shape (N,)
        Frame edges that each grain touches.

    Returns
    -------
    ComponentTable
        The largest first.
    """
    from grainscope.laws.union_find_kernel import connected
    from grainscope.network.percolation_kernel import BOTTOM, LEFT, RIGHT, TOP

    smallest = connected(table.n_grains, contacts.first, contacts.second)
    member = np.flatnonzero(takes_part)
    of = ranked(smallest[member]) - 1
    n_grains = np.bincount(of)

    def summed(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.bincount(of, values, len(n_grains)).astype(np.float64)

    y_um, x_um = (summed(place[member]) / n_grains for place in (table.y_um, table.x_um))
    square = (table.y_um[member] - y_um[of]) ** 2 + (table.x_um[member] - x_um[of]) ** 2
    left, right, top, bottom = (
        summed((edges[member] & bit) > 0) > 0 for bit in (LEFT, RIGHT, TOP, BOTTOM)
    )
    grain_component = np.zeros(table.n_grains, np.int32)
    grain_component[member] = of + 1
    return ComponentTable(
        component=np.arange(1, len(n_grains) + 1, dtype=np.int32),
        n_grains=n_grains,
        area_um2=summed(table.area_um2[member]),
        y_um=y_um,
        x_um=x_um,
        radius_of_gyration_um=np.sqrt(summed(square) / n_grains),
        spans_x=left & right,
        spans_y=top & bottom,
        grain_component=grain_component,
    )


def find_bottleneck(
    contacts: OrderedContacts,
    network: GrainNetwork,
    edges: NDArray[np.uint8],
    direction: str,
) -> BottleneckPath:
    """Walk through the component that spans, over as few contacts as possible.

    At the threshold every such walk crosses the contact that made the component
    span, its widest one. Of several contacts between two grains the narrowest is
    taken.

    Parameters
    ----------
    contacts : OrderedContacts
        Those that count at the threshold.
    network : GrainNetwork
        Where they come from.
    edges : ndarray of uint8, shape (N,)
        Frame edges that each grain touches; 0 for grains that take no part.
    direction : str
        ``"x"`` for left to right, ``"y"`` for top to bottom, ``""`` for no walk.

    Returns
    -------
    BottleneckPath
        Without rows where one grain spans alone.
    """
    grains = _fewest_steps(contacts, edges, direction) if direction else np.zeros(1, np.int64)
    a, b = grains[:-1], grains[1:]
    pair = _pair(contacts.first, contacts.second, len(edges))
    narrowest, at = np.unique(pair, return_index=True)  # the first of equals: smallest gap
    contact = contacts.row[at[np.searchsorted(narrowest, _pair(a, b, len(edges)))]]
    return BottleneckPath(
        step=np.arange(1, len(a) + 1, dtype=np.int32),
        grain_a=(a + 1).astype(np.int32),
        grain_b=(b + 1).astype(np.int32),
        gap_nm=network.gap_nm[contact],
        y_um=network.y_um[contact],
        x_um=network.x_um[contact],
        contact=contact.astype(np.int32),
        direction=direction,
    )


def _fewest_steps(
    contacts: OrderedContacts, edges: NDArray[np.uint8], direction: str
) -> NDArray[np.int64]:
    """Return the grains of a shortest walk between two opposite edges, breadth first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    from grainscope.network.percolation_kernel import BOTTOM, LEFT, RIGHT, TOP

    near, far = (LEFT, RIGHT) if direction == "x" else (TOP, BOTTOM)
    outside = len(edges)
    begins = np.flatnonzero(edges & near)
    first = np.concatenate((contacts.first, begins))
    second = np.concatenate((contacts.second, np.full(len(begins), outside)))
    ones = np.ones(len(first), np.int8)
    graph = coo_array((ones, (first, second)), (outside + 1, outside + 1)).tocsr()
    order, came_from = breadth_first_order(graph, outside, directed=False)
    reached = order[1:][(edges[order[1:]] & far) > 0]
    walk = [int(reached[0])]
    while came_from[walk[-1]] != outside:
        walk.append(int(came_from[walk[-1]]))
    return np.array(walk[::-1])


def _pair(
    a: NDArray[np.integer[Any]], b: NDArray[np.integer[Any]], count: int
) -> NDArray[np.int64]:
    """Return one number for two grains, whichever comes first."""
    return np.asarray(np.minimum(a, b).astype(np.int64) * count + np.maximum(a, b))
