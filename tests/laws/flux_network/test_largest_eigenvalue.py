"""The stiffness of a network against dense spectra and closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.flux_network import FluxNetwork, MagneticCoupling
from grainscope.laws.flux_network.lanczos_kernel import lanczos_steps
from grainscope.laws.flux_network.link_matrix import LinkMatrix
from grainscope.synthetic.lattices import LATTICES, lattice_patch
from grainscope.synthetic.random_network import random_network


def dense_value(dense, network, field_g):
    root = np.sqrt(np.outer(network.mass, network.mass))
    return np.linalg.eigvalsh(dense(network, field_g) / root)[-1]


@pytest.mark.parametrize("n_nodes", [1, 30, 100, 101, 400])
@pytest.mark.parametrize("field_g", [0.0, 0.4, 7.0, -60.0])
def test_against_the_whole_spectrum(dense, n_nodes, field_g):
    if n_nodes == 1:
        network = FluxNetwork(np.array([2.0]), *np.zeros((2, 1), np.int64), *np.ones((2, 1)))
    else:
        network = random_network(np.random.default_rng(n_nodes), n_nodes, log_spread=0.3)
    found = MagneticCoupling(network).largest_eigenvalue(field_g)
    assert found == pytest.approx(dense_value(dense, network, field_g), rel=1e-10)


@pytest.mark.parametrize("quanta", [0.0, 0.1, 0.5, 0.8, 1.0])
def test_a_ring_is_a_cosine_of_the_flux_over_its_length(linked, quanta):
    """2 cos((2πf − 2πm)/n) at the m nearest to f."""
    ring = linked([(0, 1), (1, 2), (2, 3), (3, 0)], np.ones(4), np.full(4, 0.25), np.ones(4))
    found = MagneticCoupling(ring).largest_eigenvalue(quanta * FLUX_QUANTUM_G_UM2)
    assert found == pytest.approx(2 * np.cos(2 * np.pi * (quanta - round(quanta)) / 4))


def test_links_between_the_same_grains_interfere(linked):
    """|J1 + J2 e^{iΦ}| / √(M1 M2)."""
    pair = linked([(0, 1), (1, 0)], [2.0, 1.0], [0.5, 0.5], [4.0, 9.0])
    stiffness = MagneticCoupling(pair).largest_eigenvalue
    assert stiffness(0.0) == pytest.approx(3 / 6)
    assert stiffness(FLUX_QUANTUM_G_UM2 / 2) == pytest.approx(1 / 6)
    assert stiffness(FLUX_QUANTUM_G_UM2 / 4) == pytest.approx(np.sqrt(5) / 6)


def test_pieces_answer_for_themselves(linked):
    strong, weak = [(0, 1)], [(2, 3), (3, 4), (4, 2)]
    network = linked([*strong, *weak], [5.0, 1, 1, 1], None, np.ones(5))
    assert MagneticCoupling(network).largest_eigenvalue(3.0) == pytest.approx(5.0)


def test_nothing_to_couple(linked):
    none = np.empty(0, np.int64)
    lone = FluxNetwork(np.ones(3), none, none, np.empty(0), np.empty(0))
    assert MagneticCoupling(lone).largest_eigenvalue(1.0) == 0
    assert np.isnan(MagneticCoupling(linked([])).largest_eigenvalue(1.0))


@pytest.mark.parametrize("n_nodes", [60, 300])
def test_gauge_direction_and_sign_of_the_field_do_not_matter(n_nodes):
    rng = np.random.default_rng(8)
    network = random_network(rng, n_nodes)
    expected = MagneticCoupling(network).largest_eigenvalue(4.0)
    angle = rng.normal(0, 3, network.n_nodes)
    moved = network.area_um2 + angle[network.head] - angle[network.tail]
    turned = replace(network, tail=network.head, head=network.tail)
    for same in (replace(network, area_um2=moved), turned):
        found = MagneticCoupling(same).largest_eigenvalue(4.0)
        assert found == pytest.approx(expected, rel=1e-10)


def test_units_of_coupling_and_mass_scale_it():
    network = random_network(np.random.default_rng(9), 50)
    scaled = replace(network, coupling=6 * network.coupling, mass=3 * network.mass)
    assert MagneticCoupling(scaled).largest_eigenvalue(2.0) == pytest.approx(
        2 * MagneticCoupling(network).largest_eigenvalue(2.0)
    )


@pytest.mark.parametrize("name", LATTICES)
def test_a_lattice_returns_after_a_whole_quantum_a_plaquette(name):
    lattice = LATTICES[name]
    patch = MagneticCoupling(lattice_patch(lattice, 12))
    period_g = FLUX_QUANTUM_G_UM2 * lattice.plaquettes / float(np.linalg.det(lattice.vectors))
    first = patch.largest_eigenvalue(0.1 * period_g)
    assert patch.largest_eigenvalue(1.1 * period_g) == pytest.approx(first, rel=1e-9)
    assert patch.largest_eigenvalue(0.9 * period_g) == pytest.approx(first, rel=1e-9)
    assert patch.largest_eigenvalue(0.0) > 1.02 * first


def test_a_field_is_answered_alike_whatever_was_asked_before():
    coupling = MagneticCoupling(random_network(np.random.default_rng(3), 500))
    first = coupling.largest_eigenvalue(5.0)
    coupling.largest_eigenvalue(0.0)
    assert coupling.largest_eigenvalue(5.0) == first


def test_the_recurrence_ends_where_there_is_nothing_left_to_find():
    """From one of two coupled grains to the other and back: all of H after two steps."""
    pair = LinkMatrix(np.array([0]), np.array([1]), np.ones(1), np.zeros(2)).at(np.zeros(1))
    before, now = np.zeros(2, complex), np.array([1, 0], complex)
    alpha, beta = np.full((2, 5), np.nan)
    matrix = (pair.indptr, pair.indices, pair.data)
    assert lanczos_steps(*matrix, before, now, alpha, beta, 0) == 2
    assert alpha[:2].tolist() == [0, 0]
    assert beta[:2].tolist() == [1, 0]


@pytest.mark.parametrize("n_pairs", [60, 200])
def test_equal_pieces_end_the_iteration_early(n_pairs):
    """All pairs are alike: a few steps know all there is to know."""
    tail = 2 * np.arange(n_pairs)
    network = FluxNetwork(np.ones(2 * n_pairs), tail, tail + 1, *np.ones((2, n_pairs)))
    assert MagneticCoupling(network).largest_eigenvalue(2.0) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("name", ["square", "honeycomb"])
def test_the_many_states_of_a_landau_level_are_waited_for_no_longer_than_the_value(dense, name):
    lattice = LATTICES[name]
    patch = lattice_patch(lattice, 20)
    field_g = 0.03 * FLUX_QUANTUM_G_UM2 / float(np.linalg.det(lattice.vectors))
    found = MagneticCoupling(patch).largest_eigenvalue(field_g)
    assert found == pytest.approx(dense_value(dense, patch, field_g), rel=1e-8)
