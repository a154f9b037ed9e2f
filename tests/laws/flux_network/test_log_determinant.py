"""The magnetic Laplacian against dense determinants, forests and closed forms."""

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.flux_network import FluxNetwork, MagneticLaplacian
from grainscope.synthetic.lattices import LATTICES, lattice_patch
from grainscope.synthetic.random_network import random_network

K4 = list(combinations(range(4), 2))
PRISM = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)]
TWICE_JOINED = [(0, 1), (0, 1), (1, 2), (2, 0), (2, 0), (1, 1)]
TWO_PIECES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 6), (6, 3), (3, 5)]
FIELDS_G = (0.3, 4.0, -17.0)


def determinant(network, field_g, regulariser=0.0):
    """Whole ln det, not per loop."""
    laplacian = MagneticLaplacian(network, regulariser)
    return laplacian.log_determinant(field_g) * laplacian.n_loops


def sum_over_forests(network, field_g):
    """Sum over all ways to keep as many links as nodes with one cycle in each piece."""
    phase = network.phase_rad(field_g)
    total = 0.0
    for chosen in combinations(range(network.n_links), network.n_nodes):
        total += forest_weight(network, phase, chosen)
    return total


def forest_weight(network, phase, chosen):
    """Π J Π (2 − 2 cos Φ), or 0 where a piece has no cycle or more than one."""
    piece, angle = np.arange(network.n_nodes), np.zeros(network.n_nodes)
    closed, flux = [], []  # a node of each cycle, and what the cycle encloses
    for link in chosen:
        a, b = network.tail[link], network.head[link]
        if piece[a] == piece[b]:
            closed.append(a)
            flux.append(angle[a] + phase[link] - angle[b])
            continue
        moved = piece == piece[b]
        angle[moved] += angle[a] + phase[link] - angle[b]
        piece[moved] = piece[a]
    if sorted(piece[closed]) != sorted(set(piece)):
        return 0.0
    return np.prod(network.coupling[list(chosen)]) * np.prod(2 - 2 * np.cos(flux))


@pytest.mark.parametrize("field_g", FIELDS_G)
@pytest.mark.parametrize("pairs", [K4, PRISM, TWO_PIECES, TWICE_JOINED])
def test_it_is_the_sum_over_cycle_rooted_spanning_forests(linked, dense, pairs, field_g):
    network = linked(pairs)
    matrix = -dense(network, field_g)
    ends = np.concatenate((network.tail, network.head))
    matrix += np.diag(np.bincount(ends, np.tile(network.coupling, 2)))
    found = np.exp(determinant(network, field_g))
    assert found == pytest.approx(sum_over_forests(network, field_g), rel=1e-12)
    assert found == pytest.approx(np.linalg.det(matrix).real, rel=1e-12)


def test_two_cycles_in_one_piece_are_no_forest(linked):
    """Guards the reference itself."""
    network = linked([(0, 1), (0, 1), (0, 1)])
    phase = network.phase_rad(1.0)
    assert forest_weight(network, phase, (0, 1)) > 0
    assert forest_weight(network, phase, (0, 1, 2)) == 0


def test_separate_loops_multiply(linked):
    network = linked([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 6), (6, 3)])
    flux = 2 * np.pi * 5.0 / FLUX_QUANTUM_G_UM2 * np.add.reduceat(network.area_um2, [0, 3])
    expected = np.log(network.coupling).sum() + np.log(2 - 2 * np.cos(flux)).sum()
    assert determinant(network, 5.0) == pytest.approx(expected, rel=1e-12)


def test_two_loops_that_share_a_node_take_turns(linked):
    """One keeps its cycle, the other hangs on it as a tree: it lacks any one of its links."""
    network = linked([(0, 1), (1, 2), (2, 0), (0, 3), (3, 4), (4, 0)])
    first, second = network.coupling.reshape(2, 3)
    flux = 2 * np.pi * 5.0 / FLUX_QUANTUM_G_UM2 * network.area_um2.reshape(2, 3).sum(axis=1)
    one, other = 2 - 2 * np.cos(flux)
    expected = first.prod() * second.prod() * (one * (1 / second).sum() + other * (1 / first).sum())
    assert np.exp(determinant(network, 5.0)) == pytest.approx(expected, rel=1e-12)


def test_the_value_is_per_loop(linked):
    ring = [(0, 1), (1, 2), (2, 0)]
    twice = linked([*ring, (3, 4), (4, 5), (5, 3)], np.ones(6), np.full(6, 0.2))
    once = linked(ring, np.ones(3), np.full(3, 0.2))
    assert MagneticLaplacian(twice).n_loops == 2
    assert MagneticLaplacian(twice).log_determinant(3.0) == pytest.approx(
        MagneticLaplacian(once).log_determinant(3.0)
    )


def test_a_leaf_only_multiplies_by_its_weight(linked, dense):
    network = linked([*K4, (3, 4), (4, 5), (4, 6), (0, 7)])
    ends = np.concatenate((network.tail, network.head))
    whole = np.diag(np.bincount(ends, np.tile(network.coupling, 2))) - dense(network, 2.0)
    leaves = np.log(network.coupling[6:]).sum()
    assert determinant(network, 2.0) + leaves == pytest.approx(
        np.linalg.slogdet(whole)[1], rel=1e-12
    )
    assert MagneticLaplacian(network).n_nodes == 4


def test_a_bridge_between_loops_is_part_of_the_core(linked):
    network = linked([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 6), (6, 4)])
    laplacian = MagneticLaplacian(network)
    assert (laplacian.n_nodes, laplacian.n_links, laplacian.n_loops) == (7, 8, 2)
    assert np.exp(determinant(network, 1.0)) == pytest.approx(
        sum_over_forests(network, 1.0), rel=1e-12
    )


def test_trees_and_lone_nodes_change_nothing(linked):
    ring = linked([(0, 1), (1, 2), (2, 0)])
    more = FluxNetwork(
        np.ones(9),
        np.append(ring.tail, [4, 5]),
        np.append(ring.head, [5, 6]),
        np.append(ring.coupling, [7.0, 0.1]),
        np.append(ring.area_um2, [1.0, 1.0]),
    )
    assert MagneticLaplacian(more).log_determinant(2.0) == MagneticLaplacian(ring).log_determinant(
        2.0
    )


@pytest.mark.parametrize("pairs", [[], [(0, 1)], [(0, 1), (1, 2), (1, 3)]])
def test_without_loops_there_is_no_determinant(linked, pairs):
    laplacian = MagneticLaplacian(linked(pairs))
    assert laplacian.n_loops == 0
    assert np.isnan(laplacian.log_determinant(1.0))


def test_without_a_field_the_regulariser_alone_keeps_it_finite(linked):
    """A ring of n: Π (2 − 2 cos(2πk/n) + 2ε)."""
    count, regulariser = 7, 1e-3
    ring = linked([*pairwise(range(count)), (count - 1, 0)], np.ones(count))
    levels = 2 - 2 * np.cos(2 * np.pi * np.arange(count) / count) + 2 * regulariser
    assert determinant(ring, 0.0, regulariser) == pytest.approx(np.log(levels).sum(), rel=1e-12)
    assert MagneticLaplacian(ring, 0.0).log_determinant(0.0) < -20


def test_without_a_field_it_counts_the_spanning_trees(linked):
    """Cayley: K4 has 4² of them, and ⟨D⟩ = 3."""
    network = linked(K4, np.ones(6))
    expected = np.log(1e-12 * 3 * 4 * 16)
    laplacian = MagneticLaplacian(network)
    found = laplacian.log_determinant(0.0) * laplacian.n_loops
    assert found == pytest.approx(expected, abs=1e-3)


def test_an_exact_zero_is_minus_infinity(linked):
    assert MagneticLaplacian(linked([(0, 0)]), 0.0).log_determinant(0.0) == -np.inf


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 50.0))
def test_gauge_order_and_direction_do_not_matter(seed, field_g):
    rng = np.random.default_rng(seed)
    network = random_network(rng, 40)
    expected = MagneticLaplacian(network).log_determinant(field_g)
    angle = rng.normal(0, 3, network.n_nodes)
    regauged = replace(
        network, area_um2=network.area_um2 + angle[network.head] - angle[network.tail]
    )
    name, order = rng.permutation(network.n_nodes), rng.permutation(network.n_links)
    renamed = FluxNetwork(
        network.mass[np.argsort(name)],
        name[network.tail][order],
        name[network.head][order],
        network.coupling[order],
        network.area_um2[order],
    )
    turned = replace(network, tail=network.head, head=network.tail, area_um2=-network.area_um2)
    for same in (regauged, renamed, turned):
        assert MagneticLaplacian(same).log_determinant(field_g) == pytest.approx(
            expected, rel=1e-9, abs=1e-9
        )
    assert MagneticLaplacian(network).log_determinant(-field_g) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", LATTICES)
def test_a_lattice_returns_after_a_whole_quantum_a_plaquette(name):
    lattice = LATTICES[name]
    patch = MagneticLaplacian(lattice_patch(lattice, 5))
    cell_um2 = float(np.linalg.det(lattice.vectors))
    period_g = FLUX_QUANTUM_G_UM2 * lattice.plaquettes / cell_um2
    first = patch.log_determinant(0.137 * period_g)
    assert patch.log_determinant(1.137 * period_g) == pytest.approx(first, abs=1e-9)
    assert patch.log_determinant(0.863 * period_g) == pytest.approx(first, abs=1e-9)
    assert patch.log_determinant(0.2 * period_g) != pytest.approx(first, abs=1e-3)


def test_equal_input_gives_equal_output():
    network = random_network(np.random.default_rng(4), 600)
    laplacian = MagneticLaplacian(network)
    first = laplacian.log_determinant(3.0)
    laplacian.log_determinant(9.0)  # leaves nothing behind
    assert laplacian.log_determinant(3.0) == first
    assert MagneticLaplacian(network).log_determinant(3.0) == first


def test_a_large_network_against_a_dense_determinant(dense):
    network = random_network(np.random.default_rng(5), 400, kept=0.9)
    ends = np.concatenate((network.tail, network.head))
    whole = np.diag(np.bincount(ends, np.tile(network.coupling, 2), network.n_nodes))
    leaves = in_leaves(network)
    whole = whole - dense(network, 3.0)
    assert determinant(network, 3.0) + np.log(network.coupling[leaves]).sum() == pytest.approx(
        np.linalg.slogdet(whole)[1], rel=1e-12
    )


def in_leaves(network):
    """Links outside the 2-core, by taking all leaves at once, again and again."""
    kept = np.ones(network.n_links, bool)
    for _ in range(network.n_nodes):
        ends = np.concatenate((network.tail[kept], network.head[kept]))
        degree = np.bincount(ends, minlength=network.n_nodes)
        kept &= (degree[network.tail] > 1) & (degree[network.head] > 1)
    return ~kept
