"""How exact both routes are, from a few decades to a million."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from grainscope.laws.resistor_network import (
    ResistorNetwork,
    StarMesh,
    clipped_ln_conductance,
    critical_link,
    critical_path_ln_g,
    ln_conductance_between,
)
from grainscope.laws.resistor_network.wide_numbers import from_logarithm, logarithm_of
from grainscope.synthetic.resistor_networks import random_resistor_network

LN_10 = np.log(10)


@pytest.mark.parametrize("decades", [10, 1e3, 1e6])
@pytest.mark.parametrize("seed", range(4))
def test_against_the_sum_over_trees(by_trees, decades, seed):
    rng = np.random.default_rng(seed)
    tail, head = np.stack([rng.choice(7, 2, replace=False) for _ in range(12)]).T
    node = np.arange(7)
    network = ResistorNetwork(np.append(tail, 0), np.append(head, 6), node < 2, node == 6)
    ln_g = rng.uniform(-decades / 2, decades / 2, 13) * LN_10
    ln_g[-1] -= 20
    expected = by_trees(network, ln_g)
    error = 1e-9 + 1e-14 * decades * LN_10
    assert ln_conductance_between(network, ln_g) == pytest.approx(expected, abs=error, rel=0)
    assert clipped_ln_conductance(network, ln_g) == pytest.approx(expected, abs=5e-5, rel=0)


@pytest.mark.parametrize("seed", range(3))
def test_currents_against_two_hundred_digits(seed):
    """Potentials by Gauss in numbers that lose nothing, on a network of 40 decades."""
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(8) for j in range(i)]
    tail, head = np.array([pairs[k] for k in rng.permutation(len(pairs))[:18]] + [(0, 7)]).T
    node = np.arange(8)
    ln_g = rng.uniform(-20, 20, 19) * LN_10
    mesh = StarMesh(ResistorNetwork(tail, head, node == 0, node == 7))
    with localcontext(prec=200):
        g = [Decimal(float(x)).exp() for x in ln_g]
        tiny = Decimal(10) ** -90  # ties what hangs loose to the ground
        matrix = [[tiny * (i == j) for j in range(8)] + [Decimal(i == 0)] for i in range(8)]
        for a, b, value in zip(tail, head, g, strict=True):
            for i, j in ((a, b), (b, a)):
                matrix[i][i] += value
                matrix[i][j] -= value
        matrix[7][:8] = [Decimal(j == 7) for j in range(8)]
        for k in range(8):
            matrix[k] = [x / matrix[k][k] for x in matrix[k]]
            for i in range(8):
                if i != k:
                    factor = matrix[i][k]
                    matrix[i] = [x - factor * y for x, y in zip(matrix[i], matrix[k], strict=True)]
        expected = [
            float(value * (matrix[a][8] - matrix[b][8]))
            for a, b, value in zip(tail, head, g, strict=True)
        ]
        ln_conductance = float(-(matrix[0][8]).ln())
    assert mesh.currents(ln_g) == pytest.approx(expected, abs=1e-13)
    assert mesh.ln_conductance(ln_g) == pytest.approx(ln_conductance, abs=1e-12)


@pytest.mark.parametrize("temperature_k", [3.0, 0.1, 0.01, 1e-3, 1e-5])
def test_both_routes_agree_on_films(temperature_k):
    rng = np.random.default_rng(5)
    network = random_resistor_network(rng, 3_500)  # about 10⁴ contacts
    ln_g = -(10 ** rng.uniform(-2, 1, network.n_links)) / temperature_k
    mesh = StarMesh(network)
    whole = mesh.ln_conductance(ln_g)
    assert clipped_ln_conductance(network, ln_g) == pytest.approx(whole, abs=5e-5, rel=0)
    share = mesh.currents(ln_g)
    out = np.bincount(network.tail, share, network.n_nodes)
    out -= np.bincount(network.head, share, network.n_nodes)
    assert np.abs(out[~(network.left | network.right)]).max() < 1e-14
    assert out[network.left].sum() == pytest.approx(1, abs=1e-13)


def test_cold_films_are_their_bottleneck():
    rng = np.random.default_rng(6)
    network = random_resistor_network(rng, 400)
    barrier_k = 10 ** rng.uniform(-2, 1, network.n_links)
    mesh = StarMesh(network)
    link = critical_link(network, -barrier_k)
    for temperature_k in (1e-4, 1e-6):
        ln_g = -barrier_k / temperature_k
        assert critical_path_ln_g(network, ln_g) == ln_g[link]
        assert mesh.ln_conductance(ln_g) == pytest.approx(ln_g[link], abs=0.01)
        assert abs(mesh.currents(ln_g)[link]) == pytest.approx(1, abs=0.01)


def test_the_critical_link_by_hand(between):
    """The ways 0-1-3 and 0-2-3 have worst links −3 and −2."""
    network = between([(0, 1), (1, 3), (0, 2), (2, 3)], 0, 3)
    ln_g = [-1.0, -3.0, -2.0, -0.5]
    assert critical_link(network, ln_g) == 2
    assert critical_path_ln_g(network, ln_g) == -2.0
    assert critical_link(network, [0.0, -np.inf, -np.inf, 0.0]) == -1
    assert critical_path_ln_g(network, [0.0, -np.inf, -np.inf, 0.0]) == -np.inf
    assert critical_link(network, np.zeros(4)) == 1
    assert critical_path_ln_g(between([(0, 1), (1, 2)], 0, 2), [-2.0, 0.0]) == -2.0


def test_wide_numbers_lose_no_digit():
    ln_x = np.random.default_rng(1).uniform(-9e7, 9e7, 200)
    for mantissa, exponent, value in zip(*from_logarithm(ln_x), ln_x, strict=True):
        with localcontext(prec=50):
            exact = Decimal(float(value)) - int(exponent) * Decimal(2).ln()
        assert np.log(mantissa) == pytest.approx(float(exact), abs=5e-16)
        assert logarithm_of(mantissa, int(exponent)) == pytest.approx(value, rel=3e-16)
