"""Small networks whose determinants can be written down."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.flux_network import FluxNetwork


@pytest.fixture
def linked():
    """Network of the given pairs of nodes; what is not given is random, the same each time."""

    def build(pairs, coupling=None, area_um2=None, mass=None) -> FluxNetwork:
        tail, head = np.array(pairs, np.int64).reshape(-1, 2).T
        count = int(max(tail.max(initial=-1), head.max(initial=-1))) + 1
        rng = np.random.default_rng(len(pairs))
        return FluxNetwork(
            rng.lognormal(0, 0.5, count) if mass is None else np.asarray(mass, float),
            tail,
            head,
            rng.lognormal(0, 1, len(tail)) if coupling is None else np.asarray(coupling, float),
            rng.normal(0, 1, len(tail)) if area_um2 is None else np.asarray(area_um2, float),
        )

    return build


@pytest.fixture
def dense():
    """Hermitian J, link by link, as the definition reads; a second route to every answer."""

    def build(network: FluxNetwork, field_g: float) -> np.ndarray:
        matrix = np.zeros((network.n_nodes, network.n_nodes), complex)
        links = zip(network.tail, network.head, network.coupling, network.area_um2, strict=True)
        for a, b, coupling, area in links:
            hop = coupling * np.exp(2j * np.pi * field_g * area / FLUX_QUANTUM_G_UM2)
            matrix[a, b] += hop
            matrix[b, a] += hop.conjugate()
        return matrix

    return build
