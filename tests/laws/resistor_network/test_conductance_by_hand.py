"""What networks conduct that can be solved by hand, and what they must whatever they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grainscope.laws.resistor_network import (
    ResistorNetwork,
    StarMesh,
    clipped_ln_conductance,
    currents,
    ln_conductance_between,
)

ROUTES = [ln_conductance_between, clipped_ln_conductance]


@pytest.mark.parametrize("route", ROUTES)
class TestByHand:
    def test_in_series(self, route, between):
        chain = between([(0, 1), (1, 2), (3, 2)], 0, 3)
        assert np.exp(-route(chain, -np.log([2, 3, 4]))) == pytest.approx(9, rel=1e-9)

    def test_side_by_side(self, route, between):
        wires = between([(0, 1), (1, 0), (0, 1)], 0, 1)
        assert np.exp(route(wires, np.log([2, 3, 4]))) == pytest.approx(9, rel=1e-9)

    def test_a_bridge_out_of_balance(self, route, between):
        """Wheatstone with arms 1, 2, 3, 4 and 5 across: a ratio of minors of D − J."""
        bridge = between([(0, 1), (0, 2), (1, 3), (2, 3), (1, 2)], 0, 3)
        conductance = np.array([1.0, 2, 3, 4, 5])
        laplacian = np.zeros((4, 4))
        for a, b, g in zip(bridge.tail, bridge.head, conductance, strict=True):
            laplacian[[a, b], [a, b]] += g
            laplacian[[a, b], [b, a]] -= g
        minor = np.linalg.det(laplacian[1:, 1:]) / np.linalg.det(laplacian[1:3, 1:3])
        assert np.exp(route(bridge, np.log(conductance))) == pytest.approx(minor, rel=1e-9)

    def test_electrodes_of_several_nodes(self, route):
        """Two wires of 1 and 3 between strips, and what lies within a strip does not matter."""
        tail, head = np.array([0, 1, 0, 2]), np.array([2, 3, 1, 3])
        strip = np.array([True, True, False, False])
        network = ResistorNetwork(tail, head, strip, ~strip)
        assert np.exp(route(network, np.log([1, 3, 50, 0.1]))) == pytest.approx(4)

    def test_dead_ends_and_pieces_apart_carry_nothing(self, route, between):
        network = between([(0, 1), (1, 2), (1, 3), (4, 5), (5, 6), (6, 4)], 0, 2)
        found = route(network, np.log([2, 2, 9, 5, 5, 5]))
        assert found == pytest.approx(0, abs=1e-9)

    def test_nothing_between(self, route, between):
        assert route(between([(0, 1), (2, 3)], 0, 3), [0.0, 0.0]) == -np.inf
        assert route(between([], 0, 1), []) == -np.inf
        assert route(between([(0, 1), (1, 2)], 0, 2), [0.0, -np.inf]) == -np.inf
        nobody = np.zeros(2, bool)
        no_electrodes = ResistorNetwork(np.array([0]), np.array([1]), nobody, nobody)
        assert route(no_electrodes, [0.0]) == -np.inf

    def test_a_cut_link_is_as_none(self, route, between):
        network = between([(0, 1), (1, 2), (0, 2)], 0, 2)
        assert route(network, [0.0, -np.inf, 1.5]) == pytest.approx(1.5, abs=1e-12)

    def test_what_is_no_conductance_is_refused(self, route, between):
        pair = between([(0, 1)], 0, 1)
        for wrong in ([np.nan], [np.inf], [0.0, 0.0]):
            with pytest.raises(ValueError, match="ln_g"):
                route(pair, wrong)


def test_no_current_where_nothing_joins_the_electrodes(between):
    assert currents(between([(0, 1), (2, 3)], 0, 3), [0.0, 0.0]).tolist() == [0, 0]
    assert currents(between([(0, 1), (1, 2)], 0, 2), [0.0, -np.inf]).tolist() == [0, 0]
    assert currents(between([], 0, 1), []).tolist() == []


def test_what_is_no_network_is_refused():
    one, two = np.array([0]), np.array([True, False])
    with pytest.raises(ValueError, match="node 0 is in both electrodes"):
        ResistorNetwork(one, one + 1, two, two)
    with pytest.raises(ValueError, match="nodes 0…1"):
        ResistorNetwork(one, one + 2, two, ~two)
    with pytest.raises(ValueError, match="expected shapes"):
        ResistorNetwork(np.array([0, 1]), one, two, ~two)
    with pytest.raises(ValueError, match="not bool"):
        ResistorNetwork(one, one + 1, two.astype(int), ~two)


def test_what_is_beyond_all_reason_is_refused(between):
    with pytest.raises(ValueError, match="9e7"):
        ln_conductance_between(between([(0, 1)], 0, 1), [-1e9])


@pytest.mark.parametrize("span", [1.0, 1e3, 1e6])
def test_a_star_is_a_mesh(between, span):
    """g_i g_j / Σ g between any two ends of a star conducts as the star does."""
    ln_g = np.random.default_rng(1).uniform(-span, span, 4)
    star = [(0, 4), (1, 4), (2, 4), (3, 4)]
    mesh = [(i, j) for i in range(4) for j in range(i)]
    whole = np.logaddexp.reduce(ln_g)
    ln_mesh = [ln_g[i] + ln_g[j] - whole for i, j in mesh]
    for left, right in mesh:
        expected = ln_conductance_between(between(star, left, right), ln_g)
        found = ln_conductance_between(between(mesh, left, right), ln_mesh)
        assert found == pytest.approx(expected, abs=1e-12 + 1e-15 * span)


@st.composite
def conducting(draw):
    """A network of up to 9 nodes that joins 0 and 1, and ln conductances of some span."""
    count = draw(st.integers(2, 9))
    node = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(node, node), max_size=20))
    tail, head = np.array([(0, 1), *pairs]).T
    span = draw(st.sampled_from([1.0, 30.0, 1e3, 1e6]))
    value = st.floats(-span, span)
    ln_g = np.array(draw(st.lists(value, min_size=len(tail), max_size=len(tail))))
    node = np.arange(count)
    return ResistorNetwork(tail, head, node == 0, node == 1), ln_g


@settings(deadline=None)
@given(conducting(), st.floats(-1e3, 1e3))
def test_units_only_scale(case, ln_c):
    network, ln_g = case
    mesh = StarMesh(network)
    assert mesh.ln_conductance(ln_g + ln_c) == pytest.approx(
        mesh.ln_conductance(ln_g) + ln_c, abs=1e-9
    )


@settings(deadline=None)
@given(conducting(), st.randoms(use_true_random=False))
def test_names_directions_and_order_do_not_matter(case, random):
    network, ln_g = case
    name = np.array(random.sample(range(network.n_nodes), network.n_nodes))
    order = np.array(random.sample(range(network.n_links), network.n_links))
    turned = np.array([random.random() < 0.5 for _ in order])
    ends = np.stack((name[network.tail], name[network.head]))[:, order]
    tail, head = np.where(turned, ends[::-1], ends)
    left, right = np.zeros((2, network.n_nodes), bool)
    left[name[1]], right[name[0]] = True, True  # the electrodes change places too
    other = ResistorNetwork(tail, head, left, right)
    found = StarMesh(other).ln_conductance(ln_g[order])
    assert found == pytest.approx(StarMesh(network).ln_conductance(ln_g), abs=1e-9)
    there, back = currents(network, ln_g), currents(other, ln_g[order])
    assert back == pytest.approx(-np.where(turned, -1, 1) * there[order], abs=1e-12)


@settings(deadline=None)
@given(conducting(), st.data(), st.floats(0, 50))
def test_a_better_link_never_makes_it_worse(case, data, more):
    """Rayleigh's law of monotony."""
    network, ln_g = case
    raised = ln_g.copy()
    raised[data.draw(st.integers(0, network.n_links - 1))] += more
    mesh = StarMesh(network)
    before = mesh.ln_conductance(ln_g)
    assert mesh.ln_conductance(raised) >= before - 1e-15 * max(1, abs(before))
    assert mesh.ln_conductance(raised) <= before + more + 1e-12 * max(1, abs(before))


@settings(deadline=None)
@given(conducting())
def test_currents_obey_both_laws(case):
    """As much flows in as out of each node, and what flows through a resistor obeys Ohm."""
    network, ln_g = case
    share = currents(network, ln_g)
    out = np.bincount(network.tail, share, network.n_nodes)
    out -= np.bincount(network.head, share, network.n_nodes)
    assert out == pytest.approx(network.left.astype(float) - network.right, abs=1e-13)
    # Power: Σ i²/g = 1/G, in logarithms.
    flowing = share != 0
    ln_power = np.logaddexp.reduce(2 * np.log(np.abs(share[flowing])) - ln_g[flowing])
    found = StarMesh(network).ln_conductance(ln_g)
    assert ln_power == pytest.approx(-found, abs=1e-9)
