"""Cost of a network of resistors at many temperatures against the textbook route, in one run.

No wall time is asserted: seconds and ratio are printed and only a loss against
the textbook fails.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from grainscope.laws.resistor_network import StarMesh, clipped_ln_conductance
from grainscope.synthetic.resistor_networks import random_resistor_network

N_NODES, TEMPERATURES_K = 17_000, np.geomspace(0.01, 10, 50)
#: The textbook is measured at a few temperatures and scaled.
TEXTBOOK_TEMPERATURES = 5


def textbook_ln_conductance(network, ln_g):
    """Kirchhoff's equations as anyone would write them; wrong at low temperatures."""
    tail, head = network.shorted()
    count, conductance = network.n_nodes + 2, np.exp(ln_g)
    one_way = coo_array((conductance, (tail, head)), shape=(count, count)).tocsr()
    links = one_way + one_way.T
    inner = np.flatnonzero(links.sum(axis=1)[: network.n_nodes])
    laplacian = -links[inner][:, inner]
    laplacian.setdiag(links.sum(axis=1)[inner])
    from_left = links[inner][:, [network.n_nodes]].toarray().ravel()
    potential = np.zeros(count)
    potential[inner], potential[-2] = spsolve(laplacian.tocsc(), from_left), 1
    return np.log((conductance * (potential[tail] - potential[head]) ** 2).sum())


def test_fifty_temperatures_at_seventeen_thousand_grains(capsys):
    rng = np.random.default_rng(1)
    network = random_resistor_network(rng, N_NODES)
    barrier_k = 10 ** rng.uniform(-2, 1, network.n_links)
    StarMesh(network).ln_conductance(-barrier_k)  # compiles
    seconds = {}
    start = perf_counter()
    mesh = StarMesh(network)
    exact = [mesh.ln_conductance(-barrier_k / temperature_k) for temperature_k in TEMPERATURES_K]
    seconds["star-mesh"] = perf_counter() - start
    start = perf_counter()
    clipped = [clipped_ln_conductance(network, -barrier_k / t) for t in TEMPERATURES_K]
    seconds["clipped"] = perf_counter() - start
    start = perf_counter()
    for temperature_k in TEMPERATURES_K[-TEXTBOOK_TEMPERATURES:]:
        warm = textbook_ln_conductance(network, -barrier_k / temperature_k)
    textbook = (perf_counter() - start) * len(TEMPERATURES_K) / TEXTBOOK_TEMPERATURES
    assert abs(warm - exact[-1]) < 1e-9
    assert np.abs(np.array(clipped) - exact).max() < 1e-4
    with capsys.disabled():
        for route, taken in seconds.items():
            print(f"\n{route}: {len(TEMPERATURES_K)} temperatures of {N_NODES} nodes in ", end="")
            print(f"{taken:.1f} s, textbook / ours {textbook / taken:.1f}", end="")
    assert seconds["star-mesh"] < textbook
