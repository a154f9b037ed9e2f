"""Percolation against chains of known gaps and against scipy's components at every gap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from grainscope.network import build_network, membership, percolate
from grainscope.network.contacts import PIXEL_CENTRE_EXCESS_PX
from grainscope.settings import NetworkSettings


@pytest.fixture
def film_of_discs(labelled, rng):
    labels = np.zeros((300, 300), np.int32)
    y, x = np.indices(labels.shape)
    count = 0
    for _ in range(900):
        (cy, cx), radius = rng.uniform(0, 300, 2), rng.uniform(3, 14)
        square = (y - cy) ** 2 + (x - cx) ** 2
        if not (labels[square <= (radius + 1.5) ** 2] > 0).any():
            count += 1
            labels[square <= radius**2] = count
    return labelled(labels)


def test_a_chain_grows_gap_by_gap_and_spans_at_its_widest(labelled, measured):
    film = labelled("1..2...3.4\n1..2...3.4")
    grains = measured(film)
    curve = percolate(build_network(film, grains), film, grains, NetworkSettings())
    gaps = [5 * (d - PIXEL_CENTRE_EXCESS_PX) for d in (2, 3, 4)]
    assert curve.gap_nm == pytest.approx([0, *gaps])
    assert curve.n_components.tolist() == [4, 3, 2, 1]
    assert curve.largest_component_fraction.tolist() == [0.25, 0.5, 0.5, 1.0]
    assert curve.mean_component_size.tolist() == [1.0, 1.0, 2.0, 0.0]
    assert curve.spans_x.tolist() == [False, False, False, True]
    assert curve.spans_y.all()  # every grain touches top and bottom
    assert curve.threshold_gap_nm == 0.0


def test_threshold_is_the_gap_that_first_connects_two_opposite_edges(labelled, measured):
    film = labelled("..........\n1..2...3.4\n..........")
    grains = measured(film)
    curve = percolate(build_network(film, grains), film, grains, NetworkSettings())
    assert curve.threshold_gap_nm == pytest.approx(5 * (4 - PIXEL_CENTRE_EXCESS_PX))
    assert not curve.spans_y.any()


def test_small_grains_take_no_part(labelled, measured):
    film = labelled("11.2.33\n11...33")
    grains = measured(film)
    network = build_network(film, grains)
    curve = percolate(network, film, grains, NetworkSettings(min_grain_diameter_um=0.008))
    assert curve.n_components[0] == 2
    assert percolate(network, film, grains, NetworkSettings()).n_components[0] == 3


def test_every_row_agrees_with_the_components_at_that_gap(film_of_discs, measured):
    grains = measured(film_of_discs)
    network = build_network(film_of_discs, grains)
    curve = percolate(network, film_of_discs, grains, NetworkSettings())
    n = grains.n_grains
    assert len(curve.gap_nm) > 30
    for row, gap in enumerate(curve.gap_nm):
        kept = network.gap_nm <= gap
        pairs = network.grain_a[kept] - 1, network.grain_b[kept] - 1
        graph = coo_array((np.ones(kept.sum()), pairs), (n, n))
        n_components, member = connected_components(graph, directed=False)
        sizes = np.sort(np.bincount(member))
        rest = sizes[:-1]
        assert curve.n_components[row] == n_components
        assert curve.largest_component_fraction[row] == sizes[-1] / n
        assert curve.mean_component_size[row] == pytest.approx((rest**2).sum() / max(rest.sum(), 1))
        left, right = (np.unique(film_of_discs.labels[:, i]) for i in (0, -1))
        reach = np.intersect1d(member[left[left > 0] - 1], member[right[right > 0] - 1])
        assert curve.spans_x[row] == (len(reach) > 0)


def test_few_points_keep_first_last_and_threshold(film_of_discs, measured):
    grains = measured(film_of_discs)
    network = build_network(film_of_discs, grains)
    every = percolate(network, film_of_discs, grains, NetworkSettings(percolation_points=100_000))
    for points in (3, 7, 20):
        curve = percolate(
            network, film_of_discs, grains, NetworkSettings(percolation_points=points)
        )
        assert points - 2 <= len(curve.gap_nm) <= points
        assert {0.0, every.gap_nm[-1], every.threshold_gap_nm} <= set(curve.gap_nm.tolist())
        assert curve.threshold_gap_nm == every.threshold_gap_nm
        assert np.isin(curve.gap_nm, every.gap_nm).all()
    first = every.gap_nm >= every.threshold_gap_nm
    assert ((every.spans_x | every.spans_y) == first).all()


def test_membership_orders_components_by_size_then_label(labelled, measured):
    film = labelled("""
        1.......2
        3.......2
        .........
        ....6...4
        .........
        5........
    """)
    grains = measured(film)
    settings = NetworkSettings(max_gap_nm=0)
    degree, component = membership(build_network(film, grains), grains, settings)
    assert degree.tolist() == [1, 0, 1, 0, 0, 0]
    assert component.tolist() == [1, 2, 1, 3, 4, 5]
    settings = NetworkSettings(max_gap_nm=0, min_grain_diameter_um=0.006)
    degree, component = membership(build_network(film, grains), grains, settings)
    assert component.tolist() == [0, 1, 0, 0, 0, 0]
    assert degree.tolist() == [0] * 6


@pytest.mark.parametrize(("art", "rows"), [(".", 0), ("...\n...", 0), ("1", 1), (".1.", 1)])
def test_no_grain_gives_no_rows_and_one_grain_one(art, rows, labelled, measured):
    film = labelled(art)
    grains = measured(film)
    curve = percolate(build_network(film, grains), film, grains, NetworkSettings())
    assert curve.gap_nm.tolist() == [0.0] * rows
    assert curve.largest_component_fraction.tolist() == [1.0] * rows
    if art == "1":
        assert curve.threshold_gap_nm == 0.0
    else:
        assert np.isnan(curve.threshold_gap_nm) or art == ".1."
