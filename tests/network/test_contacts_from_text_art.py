"""Contacts of films small enough to draw."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from grainscope.errors import ResultError
from grainscope.network import build_network, find_loops, membership
from grainscope.network.contacts import PIXEL_CENTRE_EXCESS_PX, zone_facets
from grainscope.network.feature_transform_kernel import nearest_grain_pixels, zones_of
from grainscope.settings import NetworkSettings


@pytest.fixture
def network_of(labelled, measured):
    def build(art):
        film = labelled(art)
        return build_network(film, measured(film))

    return build


def test_gap_and_contact_point_of_two_grains_face_to_face(network_of):
    network = network_of("""
        11....22
        11....22
        11....22
    """)
    assert (network.grain_a.tolist(), network.grain_b.tolist()) == ([1], [2])
    assert network.gap_nm == pytest.approx([5 * (5 - PIXEL_CENTRE_EXCESS_PX)])
    assert network.y_um == pytest.approx([0.005])
    assert network.x_um == pytest.approx([0.0175])
    assert network.facet_nm == pytest.approx([3 * 5 * 0.948])


def test_grains_that_touch_by_edge_or_corner_have_no_gap(network_of):
    assert network_of("1122").gap_nm.tolist() == [0.0]
    assert network_of("11..\n11..\n..22\n..22").gap_nm.tolist() == [0.0]
    assert network_of("11.22").gap_nm == pytest.approx([5 * (2 - PIXEL_CENTRE_EXCESS_PX)])


def test_contact_point_of_a_long_touch_is_its_middle(network_of):
    network = network_of("1112\n1112\n1112\n1112")
    assert network.y_um == pytest.approx([1.5 * 0.005])
    assert network.x_um == pytest.approx([2.5 * 0.005])


def test_a_third_grain_hides_those_behind_it(network_of):
    network = network_of("""
        1..3..2
        1..3..2
        1..3..2
    """)
    pairs = list(zip(network.grain_a.tolist(), network.grain_b.tolist(), strict=True))
    assert pairs == [(1, 3), (2, 3)]


def test_two_grains_around_a_third_are_in_contact_twice(labelled, measured):
    film = labelled("""
        111112222
        111112222
        111333222
        111333222
        111112222
        111112222
    """)
    grains = measured(film)
    network = build_network(film, grains)
    pairs = list(zip(network.grain_a.tolist(), network.grain_b.tolist(), strict=True))
    assert pairs == [(1, 2), (1, 2), (1, 3), (2, 3)]
    assert find_loops(network, film, grains, NetworkSettings()).n_loops == 2
    degree, _ = membership(network, grains, NetworkSettings())
    assert degree.tolist() == [3, 3, 2]
    # Without the small grain the two contacts remain, and the loop around it.
    loops = find_loops(network, film, grains, NetworkSettings(min_grain_diameter_um=0.02))
    assert loops.n_grains.tolist() == [2]


def test_an_island_in_a_ring_has_one_contact_with_it(labelled, measured):
    film = labelled("""
        1111111
        1.....1
        1.222.1
        1.222.1
        1.....1
        1111111
    """)
    network = build_network(film, measured(film))
    assert network.n_contacts == 1
    assert network.around_hole.tolist() == [True, False]
    assert len(set(network.node_contour.tolist())) == 2
    assert find_loops(network, film, measured(film), NetworkSettings()).n_loops == 0


def test_islands_in_a_ring_make_loops_with_it_and_the_outside_does_not_see_them(labelled, measured):
    film = labelled("""
        11111111.4
        1......1.4
        1.22.331.4
        1.22.331.4
        1......1.4
        11111111.4
    """)
    grains = measured(film)
    network = build_network(film, grains)
    pairs = list(zip(network.grain_a.tolist(), network.grain_b.tolist(), strict=True))
    assert pairs == [(1, 2), (1, 3), (1, 4), (2, 3)]
    contour_of = dict(zip(pairs, network.node_contour.reshape(-1, 2).tolist(), strict=True))
    assert contour_of[1, 2][0] == contour_of[1, 3][0] != contour_of[1, 4][0]
    loops = find_loops(network, film, grains, NetworkSettings())
    assert loops.n_loops == 1  # E − V + C = 3 − 3 + 1 inside, 1 − 2 + 1 outside
    assert loops.n_grains.tolist() == [3]


def test_diagonal_grains_stay_whole_and_crossing_ones_stay_planar(network_of):
    # 1 is connected across corners only; 2 and 3 lie on either side all along.
    network = network_of("""
        1222
        3122
        3312
        3331
    """)
    pairs = list(zip(network.grain_a.tolist(), network.grain_b.tolist(), strict=True))
    assert pairs == [(1, 2), (1, 3)]
    assert len(set(network.node_contour.tolist())) == 3
    crossing = network_of("12\n21")
    assert set(crossing.grain_a.tolist()) == {1}
    assert set(crossing.grain_b.tolist()) == {2}


@pytest.mark.parametrize("art", [".", "1", "...\n...", "111\n111", "1.\n..", "1...1\n11111"])
def test_fewer_than_two_grains_give_an_empty_network(art, labelled, measured):
    film = labelled(art)
    grains = measured(film)
    network = build_network(film, grains)
    assert network.n_contacts == 0
    assert find_loops(network, film, grains, NetworkSettings()).n_loops == 0
    degree, component = membership(network, grains, NetworkSettings())
    assert (degree.tolist(), component.tolist()) == ([0] * grains.n_grains, [1] * grains.n_grains)


def test_a_table_of_other_grains_is_refused(labelled, measured):
    with pytest.raises(ResultError, match="2 grains but the grain table 1"):
        build_network(labelled("1.2"), measured(labelled("1..")))


def test_facet_length_is_unbiased_over_orientations():
    y, x = np.indices((101, 101)) - 50
    ratios = []
    for angle in np.linspace(0, np.pi / 2, 46):
        side = (x * np.sin(angle) + y * np.cos(angle) > 0.3) + 1
        side[x**2 + y**2 > 48**2] = 0
        disc = zone_facets(np.where(side, side, 0).astype(np.int32))
        # Beyond the disc the zones go on to the frame along the same line.
        inside = 100 / max(abs(np.cos(angle)), abs(np.sin(angle)))
        ratios.append(disc.length_px.sum() / inside)
    assert np.mean(ratios) == pytest.approx(1, abs=0.02)
    assert np.ptp(ratios) < 0.12


@pytest.mark.parametrize("density", [0.01, 0.1, 0.6])
def test_feature_transform_is_exact(rng, density):
    for _ in range(20):
        labels = (rng.random(rng.integers(1, 40, 2)) < density).astype(np.int32)
        labels *= rng.integers(1, 9, labels.shape).astype(np.int32)
        if not labels.any():
            continue
        labels.flags.writeable = False
        nearest = nearest_grain_pixels(labels)
        y, x = np.indices(labels.shape)
        squared = (nearest // labels.shape[1] - y) ** 2 + (nearest % labels.shape[1] - x) ** 2
        exact = ndimage.distance_transform_edt(labels == 0)
        assert (squared == np.rint(exact**2)).all()
        assert (labels.ravel()[nearest] > 0).all()


def test_zones_hang_together_with_their_grains(rng):
    for _ in range(40):
        labels = (rng.random((40, 40)) < 0.03).astype(np.int32)
        labels *= np.arange(1, 1601, dtype=np.int32).reshape(40, 40)  # each pixel a grain
        zones, _ = zones_of(labels, nearest_grain_pixels(labels))
        for zone in np.unique(zones):
            assert ndimage.label(zones == zone)[1] == 1
