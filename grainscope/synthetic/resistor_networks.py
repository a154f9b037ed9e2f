"""Resistor networks between two electrodes, as irregular as films or as regular as graph paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.resistor_network import ResistorNetwork
from grainscope.synthetic.delaunay_links import delaunay_links

if TYPE_CHECKING:
    from numpy.random import Generator


def random_resistor_network(rng: Generator, n_nodes: int) -> ResistorNetwork:
    """Join random points to their Delaunay neighbours.

    Parameters
    ----------
    rng : Generator
        Where the points come from.
    n_nodes : int
        Number of points, one a unit area of a square.

    Returns
    -------
    ResistorNetwork
        Electrodes are the points within 1 of the left and of the right edge.

    Examples
    --------
    >>> network = random_resistor_network(np.random.default_rng(1), 500)
    >>> round(2 * network.n_links / network.n_nodes, 1), int(network.left.sum())
    (5.9, 22)
    """
    side = np.sqrt(n_nodes)
    point = rng.random((n_nodes, 2)) * side
    tail, head = delaunay_links(point)
    return ResistorNetwork(tail, head, point[:, 1] < 1, point[:, 1] > side - 1)


def self_dual_square(side: int) -> ResistorNetwork:
    """Lay a square lattice whose dual is itself, turned by 90°.

    Parameters
    ----------
    side : int
        Number of rows, and of links from electrode to electrode in each.

    Returns
    -------
    ResistorNetwork
        side² links along the rows, row by row, then (side − 1)² between rows. Of equal
        links it conducts as one of them.

    Examples
    --------
    >>> from grainscope.laws.resistor_network import ln_conductance_between
    >>> square = self_dual_square(5)
    >>> square.n_links, round(abs(ln_conductance_between(square, np.zeros(41))), 12)
    (41, 0.0)
    """
    node = np.arange(side * (side + 1)).reshape(side, side + 1)
    tail = np.concatenate((node[:, :-1].ravel(), node[:-1, 1:-1].ravel()))
    head = np.concatenate((node[:, 1:].ravel(), node[1:, 1:-1].ravel()))
    left, right = np.zeros((2, side, side + 1), bool)
    left[:, 0], right[:, -1] = True, True
    return ResistorNetwork(tail, head, left.ravel(), right.ravel())
