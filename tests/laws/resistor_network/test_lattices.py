"""Lattices whose conductance is known exactly."""

import numpy as np
import pytest

from grainscope.laws.resistor_network import (
    ResistorNetwork,
    StarMesh,
    critical_path_ln_g,
    effective_medium_ln_g,
)
from grainscope.synthetic.resistor_networks import self_dual_square


def torus(size, to) -> ResistorNetwork:
    """Square lattice that closes on itself; electrodes at (0, 0) and ``to``."""
    node = np.arange(size**2).reshape(size, size)
    head = np.concatenate([np.roll(node, -1, axis).ravel() for axis in (0, 1)])
    left, right = np.zeros((2, size, size), bool)
    left[0, 0], right[to] = True, True
    return ResistorNetwork(np.tile(node.ravel(), 2), head, left.ravel(), right.ravel())


@pytest.mark.parametrize(
    ("to", "exact"),
    [
        ((0, 1), 1 / 2),
        ((1, 1), 2 / np.pi),
        ((1, 2), 4 / np.pi - 1 / 2),
        ((0, 2), 2 - 4 / np.pi),
    ],
)
def test_resistance_between_nodes_of_the_infinite_square_lattice(to, exact):
    """A torus of n × n lacks r²/2n², and then a multiple of 1/n⁴ that two sizes tell."""
    found = []
    for size in (25, 51):
        network = torus(size, to)
        resistance = np.exp(-StarMesh(network).ln_conductance(np.zeros(network.n_links)))
        found.append(resistance + np.dot(to, to) / (2 * size**2))
    ratio = (51 / 25) ** 4
    assert (ratio * found[1] - found[0]) / (ratio - 1) == pytest.approx(exact, abs=1e-8)


@pytest.mark.parametrize("span", [1.0, 100.0, 1e6])
def test_a_network_and_its_dual(span):
    """With g* = 1/g on every link that crosses, G G* = 1, whatever the g."""
    side = 12
    mesh = StarMesh(self_dual_square(side))
    ln_g = np.random.default_rng(1).uniform(-span, span, side**2 + (side - 1) ** 2)
    # The dual's electrodes are the outside above and below: its rows are columns.
    along, across = ln_g[: side**2].reshape(side, side), ln_g[side**2 :].reshape(side - 1, -1)
    dual = -np.concatenate((along.T.ravel(), across.T.ravel()))
    error = 1e-12 + 1e-14 * span
    assert mesh.ln_conductance(dual) == pytest.approx(-mesh.ln_conductance(ln_g), abs=error)


@pytest.mark.parametrize("ln_ratio", [2.0, 20.0])
def test_half_and_half_is_the_geometric_mean(ln_ratio):
    network = self_dual_square(24)
    mesh = StarMesh(network)
    rng = np.random.default_rng(2)
    ln_g = [ln_ratio * (rng.random(network.n_links) < 0.5) for _ in range(60)]
    found = np.array([mesh.ln_conductance(one) for one in ln_g])
    # Exactly in the mean over all mixtures; these have one of their own.
    assert found.mean() == pytest.approx(ln_ratio / 2, abs=3.5 * found.std() / np.sqrt(60))
    assert found.std() < 0.5 * ln_ratio


def test_log_uniform_barriers_are_activated_with_their_geometric_mean():
    """Δ_c = √(Δ1 Δ2) at p_c = ½, in all three; here 0.01 to 10 K."""
    network = self_dual_square(60)
    mesh = StarMesh(network)
    rng = np.random.default_rng(3)
    barrier_k = [10 ** rng.uniform(-2, 1, network.n_links) for _ in range(12)]
    expected_k = np.sqrt(0.01 * 10)
    quantile = (np.arange(10**5) + 0.5) / 10**5
    assert -effective_medium_ln_g(-(10 ** (3 * quantile - 2)) / 1e-4) * 1e-4 == pytest.approx(
        expected_k, rel=1e-3
    )
    for answer in (mesh.ln_conductance, lambda ln_g: critical_path_ln_g(network, ln_g)):
        found_k = [-1e-4 * answer(-one / 1e-4) for one in barrier_k]
        # The way through a finite square is not yet at its threshold.
        assert np.exp(np.mean(np.log(found_k))) == pytest.approx(expected_k, rel=0.15)
