"""A planar network of random points: as irregular as that of a film, and of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.flux_network import FluxNetwork, flux_network
from grainscope.synthetic.delaunay_links import delaunay_links

if TYPE_CHECKING:
    from numpy.random import Generator


def random_network(
    rng: Generator, n_nodes: int, kept: float = 2 / 3, log_spread: float = 1.0
) -> FluxNetwork:
    """Join random points to their Delaunay neighbours, and keep a share of the links.

    Parameters
    ----------
    rng : Generator
        Where the points, links, contact points, couplings and masses come from.
    n_nodes : int
        Number of points, one a µm².
    kept : float
        Share of the links that is kept; 2/3 leaves about four a node.
    log_spread : float
        Standard deviation of ln J and of ln M.

    Returns
    -------
    FluxNetwork
        Contact points lie near the middles of the links.

    Examples
    --------
    >>> network = random_network(np.random.default_rng(1), 500)
    >>> round(2 * network.n_links / network.n_nodes, 1)
    4.1
    """
    point = rng.random((n_nodes, 2)) * np.sqrt(n_nodes)
    tail, head = delaunay_links(point)
    chosen = rng.random(len(tail)) < kept
    tail, head = tail[chosen], head[chosen]
    contact = (point[tail] + point[head]) / 2 + rng.normal(0, 0.1, (len(tail), 2))
    coupling = rng.lognormal(0, log_spread, len(tail))
    return flux_network(point, contact, tail, head, coupling, rng.lognormal(0, log_spread, n_nodes))
