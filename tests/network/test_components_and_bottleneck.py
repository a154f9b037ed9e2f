"""Components at the threshold and the way through the one that spans, on drawn films."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.network import build_network, frame_sides, percolate
from grainscope.network.contacts import PIXEL_CENTRE_EXCESS_PX
from grainscope.settings import NetworkSettings


@pytest.fixture
def percolated(measured):
    def follow(film, **chosen):
        table = measured(film)
        return percolate(build_network(film, table), film, table, NetworkSettings(**chosen))

    return follow


def test_the_bottleneck_is_the_widest_contact_of_the_chain(labelled, percolated):
    found = percolated(labelled("............\n1..2...3.4.5\n............"))
    path = found.bottleneck
    assert path.direction == "x"
    assert path.step.tolist() == [1, 2, 3, 4]
    assert (path.grain_a.tolist(), path.grain_b.tolist()) == ([1, 2, 3, 4], [2, 3, 4, 5])
    gaps = [5 * (d - PIXEL_CENTRE_EXCESS_PX) for d in (3, 4, 2, 2)]
    assert path.gap_nm == pytest.approx(gaps)
    assert path.gap_nm.max() == found.threshold_gap_nm == found.threshold_gap_x_nm
    assert path.x_um == pytest.approx(np.array([1.5, 5, 8, 10]) * 0.005)
    assert path.y_um == pytest.approx(0.005)
    assert np.isnan(found.threshold_gap_y_nm)


def test_the_walk_goes_down_where_y_spans_first(labelled, percolated):
    art = ["............", "1..2...3.4.5", "............"]
    path = percolated(
        labelled("\n".join("".join(line) for line in zip(*art, strict=True)))
    ).bottleneck
    assert path.direction == "y"
    assert path.grain_a.tolist() == [1, 2, 3, 4]


def test_of_two_ways_the_one_of_fewer_contacts_is_walked(labelled, percolated):
    found = percolated(
        labelled("""
        1222223
        1.....3
        14.5.63
        .......
    """)
    )
    assert found.threshold_gap_nm == 0
    assert found.bottleneck.grain_b.tolist() == [2, 3]


def test_a_grain_that_spans_alone_needs_no_contact(labelled, percolated):
    found = percolated(labelled("1111\n....\n2..3"))
    assert found.bottleneck.n_steps == 0
    assert found.bottleneck.direction == "x"
    assert found.components.spans_x.tolist() == [True, False, False]


def test_components_at_the_threshold_have_size_place_and_extent(labelled, percolated):
    # 1–2 and 3–4 at gap 7 nm; 3–4–5 spans nothing; 1–2 spans in x at once.
    film = labelled("""
        11111.22222
        ...........
        ...........
        ...........
        ...........
        .3.4.......
        ...........
        ...........
        .........5.
        ...........
    """)
    found = percolated(film)
    assert found.threshold_gap_nm == pytest.approx(5 * (2 - PIXEL_CENTRE_EXCESS_PX))
    table = found.components
    assert table.n_grains.tolist() == [2, 2, 1]
    assert table.grain_component.tolist() == [1, 1, 2, 2, 3]
    assert table.area_um2 == pytest.approx(np.array([10, 2, 1]) * 0.005**2)
    assert table.y_um == pytest.approx(np.array([0, 5, 8]) * 0.005)
    assert table.x_um == pytest.approx(np.array([5, 2, 9]) * 0.005)
    assert table.radius_of_gyration_um == pytest.approx(np.array([3, 1, 0]) * 0.005)
    assert table.spans_x.tolist() == [True, False, False]
    assert not table.spans_y.any()


def test_components_where_nothing_spans_are_those_of_the_widest_gap(labelled, percolated):
    found = percolated(labelled("......\n.1.22.\n......\n.333..\n......"))
    assert np.isnan(found.threshold_gap_nm)
    assert found.components.n_grains.tolist() == [3]
    assert found.bottleneck.n_steps == 0
    assert found.bottleneck.direction == ""
    assert np.isnan([found.threshold_low_nm, found.threshold_area_fraction]).all()


def test_small_grains_are_of_no_component(labelled, percolated):
    found = percolated(labelled("11.2.33\n11...33\n......."), min_grain_diameter_um=0.008)
    assert found.components.grain_component.tolist() == [1, 0, 2]  # 2 still hides 1 from 3
    assert found.components.n_grains.tolist() == [1, 1]


def test_on_a_film_of_discs_walk_and_components_belong_together(
    labelled, measured, percolated, rng
):
    labels = np.zeros((200, 260), np.int32)
    y, x = np.indices(labels.shape)
    for label in range(1, 161):
        inside = (y - rng.uniform(0, 200)) ** 2 + (x - rng.uniform(0, 260)) ** 2 <= 36
        labels[inside & (labels == 0)] = label
    labels = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    found = percolated(labelled(labels), percolation_points=100_000)
    path, table = found.bottleneck, found.components
    row = found.gap_nm.tolist().index(found.threshold_gap_nm)
    assert table.n_components == found.n_components[row]
    assert table.n_grains[0] == round(found.largest_component_fraction[row] * table.n_grains.sum())
    assert path.gap_nm.max() == found.threshold_gap_nm
    assert path.grain_b[:-1].tolist() == path.grain_a[1:].tolist()
    spanning = table.grain_component[path.grain_a - 1]
    assert len(set(spanning.tolist())) == 1
    assert (table.spans_x if path.direction == "x" else table.spans_y)[spanning[0] - 1]
    near, far = (labels[:, 0], labels[:, -1]) if path.direction == "x" else (labels[0], labels[-1])
    assert path.grain_a[0] in near
    assert path.grain_b[-1] in far


def test_which_grains_touch_which_side_of_the_frame(labelled):
    touched = frame_sides(labelled("11.22\n..3..\n4....\n44.55"))
    left, right, top, bottom = (np.flatnonzero(side) + 1 for side in touched)
    assert (left.tolist(), right.tolist()) == ([1, 4], [2, 5])
    assert (top.tolist(), bottom.tolist()) == ([1, 2], [4, 5])
