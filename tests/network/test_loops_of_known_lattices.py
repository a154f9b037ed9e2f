"""Lattices and rings of discs, whose loops are known in closed form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.path import Path

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.network import build_network, find_loops, membership
from grainscope.settings import NetworkSettings


def _discs(shape, centres, radius_px):
    y, x = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for label, (cy, cx) in enumerate(centres, start=1):
        labels[(y - cy) ** 2 + (x - cx) ** 2 <= radius_px**2] = label
    return labels


def _square(n, pitch, radius):
    centres = [(pitch * (i + 0.5), pitch * (j + 0.5)) for i in range(n) for j in range(n)]
    return _discs((n * pitch, n * pitch), np.round(centres), radius)


@pytest.fixture
def loops_of(measured):
    def find(segmentation, **settings):
        table = measured(segmentation)
        network = build_network(segmentation, table)
        return find_loops(network, segmentation, table, NetworkSettings(**settings))

    return find


@pytest.mark.parametrize("n", [2, 3, 6])
def test_square_lattice_has_a_loop_of_one_pitch_squared_per_cell(n, labelled, loops_of):
    loops = loops_of(labelled(_square(n, 20, 7)), max_gap_nm=30)
    assert loops.n_loops == (n - 1) ** 2
    assert loops.area_um2 == pytest.approx(0.1**2, rel=1e-9)
    assert loops.field_g == pytest.approx(FLUX_QUANTUM_G_UM2 / 0.1**2, rel=1e-9)
    assert loops.field_mt == pytest.approx(loops.field_g / 10)
    assert (loops.n_grains == 4).all()
    hole_um2 = (400 - (_square(1, 20, 7) == 1).sum()) * 0.005**2
    assert loops.hole_area_um2.mean() == pytest.approx(hole_um2, rel=0.01)


def test_area_of_a_loop_of_one_point_three_micrometres_gives_the_paper_field(labelled, loops_of):
    # Four grains on a square whose side is √(π 1.3²/4) µm = 1.152 µm: 1.327 µm², 15.58 G.
    nm_per_px = 1000 * np.sqrt(np.pi * 1.3**2 / 4) / 20
    loops = loops_of(labelled(_square(2, 20, 7), nm_per_px), max_gap_nm=10 * nm_per_px)
    assert loops.area_um2 == pytest.approx([1.3273], rel=1e-4)
    assert loops.field_g == pytest.approx([15.58], abs=0.005)
    assert loops.equivalent_diameter_um == pytest.approx([1.3])


def test_triangular_lattice_has_triangles_only(labelled, loops_of):
    pitch, height = 30, 26
    centres = [
        (20 + height * i, 20 + pitch * j + pitch // 2 * (i % 2)) for i in range(4) for j in range(5)
    ]
    loops = loops_of(labelled(_discs((120, 180), centres, 11)), max_gap_nm=80)
    assert loops.n_loops == 2 * 3 * 4
    assert (loops.n_grains == 3).all()
    assert loops.area_um2 == pytest.approx(pitch * height / 2 * 0.005**2, rel=0.02)


def test_ring_of_grains_is_one_loop_with_the_right_polygon(labelled, loops_of):
    n, radius = 12, 60.0
    angles = 2 * np.pi * np.arange(n) / n
    centres = np.column_stack((80 + radius * np.sin(angles), 80 + radius * np.cos(angles)))
    loops = loops_of(labelled(_discs((160, 160), centres, 13)), max_gap_nm=60)
    polygon_px2 = n / 2 * radius**2 * np.sin(2 * np.pi / n)
    assert loops.n_loops == 1
    assert loops.n_grains.tolist() == [n]
    assert loops.area_um2 == pytest.approx([polygon_px2 * 0.005**2], rel=0.005)
    assert loops.vertex_start.tolist() == [0, 2 * n]


def test_two_grains_have_no_loop_and_three_in_contact_have_one(labelled, loops_of):
    assert loops_of(labelled("11.22\n11.22")).n_loops == 0
    loops = loops_of(labelled("1122\n1122\n3333"))
    assert loops.n_loops == 1
    assert loops.n_grains.tolist() == [3]
    assert loops.max_gap_nm.tolist() == [0.0]
    assert loops.hole_area_um2.tolist() == [0.0]


def test_loop_reports_its_widest_gap_and_smallest_grain(labelled, loops_of, measured):
    film = labelled("111.222\n111.222\n.......\n..333..\n..333..\n..333..")
    loops, grains = loops_of(film), measured(film)
    assert loops.n_loops == 1
    assert loops.max_gap_nm[0] > 5.0
    assert loops.min_grain_diameter_um[0] == grains.equivalent_diameter_um[0]
    assert loops_of(film, max_gap_nm=1.0).n_loops == 0
    assert loops_of(film, min_grain_diameter_um=0.016).n_loops == 0


def test_edge_weight_is_the_inverse_chance_that_all_grains_lie_whole_in_the_frame(
    labelled, loops_of
):
    # Discs of 15 px on a pitch of 20: a box of 35 px in a frame of 40 has 4 places a side.
    loops = loops_of(labelled(_square(2, 20, 7)), max_gap_nm=30)
    assert loops.edge_weight == pytest.approx([(40 / 4) ** 2])
    cut = _square(2, 20, 7)[4:]
    assert loops_of(labelled(cut), max_gap_nm=30).edge_weight.tolist() == [0.0]


def test_edge_weights_of_small_frames_give_the_density_of_the_whole_film(rng, labelled, loops_of):
    film = _film_of_discs(rng, size=600, tries=3000)
    whole, count, weight = loops_of(labelled(film), max_gap_nm=70), 0, 0.0
    for row in range(0, 600, 150):
        for column in range(0, 600, 150):
            part = film[row : row + 150, column : column + 150]
            labels = np.unique(np.append(part, 0), return_inverse=True)[1][:-1].reshape(part.shape)
            loops = loops_of(labelled(labels), max_gap_nm=70)
            count, weight = count + loops.n_loops, weight + loops.edge_weight.sum()
    assert whole.n_loops > 400
    assert count < 0.95 * whole.n_loops
    assert weight == pytest.approx(whole.n_loops, rel=0.1)


def test_loose_and_hanging_grains_change_nothing_in_the_loop_around_them(labelled, loops_of):
    n, radius = 12, 60.0
    angles = 2 * np.pi * np.arange(n) / n
    ring = np.column_stack((80 + radius * np.sin(angles), 80 + radius * np.cos(angles)))
    inside = {
        "loose": [(80, 80)],
        "on one contact": [(80, 113)],
        "pair on one grain": [(73, 114.5), (87, 114.5)],
    }
    around = _discs((160, 160), ring, 13)
    alone = loops_of(labelled(around), max_gap_nm=40)
    for name, centres in inside.items():
        within = _discs((160, 160), centres, 6)
        loops = loops_of(labelled(around + np.where(within, within + n, 0)), max_gap_nm=40)
        large = loops.n_grains == n
        assert large.sum() == 1, name
        assert loops.area_um2[large] == pytest.approx(alone.area_um2), name
        assert loops.hole_area_um2[large][0] < alone.hole_area_um2[0], name


def test_doubling_the_pixel_size_makes_four_times_the_area_and_a_quarter_of_the_field(
    labelled, loops_of
):
    labels = _square(4, 20, 7)
    small = loops_of(labelled(labels, 5.0), max_gap_nm=30)
    large = loops_of(labelled(labels, 10.0), max_gap_nm=60)
    assert large.area_um2 == pytest.approx(4 * small.area_um2)
    assert large.hole_area_um2 == pytest.approx(4 * small.hole_area_um2)
    assert large.field_g == pytest.approx(small.field_g / 4)
    assert large.edge_weight == pytest.approx(small.edge_weight)


def test_a_databar_shifts_the_coordinates_and_nothing_else(labelled, framed, loops_of):
    labels = _square(3, 20, 7)
    plain = loops_of(labelled(labels), max_gap_nm=30)
    moved = loops_of(framed(labels, above=11, left=4), max_gap_nm=30)
    assert moved.vertex_y_um == pytest.approx(plain.vertex_y_um + 11 * 0.005)
    assert moved.vertex_x_um == pytest.approx(plain.vertex_x_um + 4 * 0.005)
    assert moved.area_um2 == pytest.approx(plain.area_um2)
    assert moved.edge_weight == pytest.approx(plain.edge_weight)


def _film_of_discs(rng, size=300, tries=900):
    """Discs of radius 3–14 px, at least 1 px apart, anywhere."""
    labels = np.zeros((size, size), np.int32)
    y, x = np.indices(labels.shape)
    count = 0
    for _ in range(tries):
        (cy, cx), radius = rng.uniform(0, size, 2), rng.uniform(3, 14)
        square = (y - cy) ** 2 + (x - cx) ** 2
        if not (labels[square <= (radius + 1.5) ** 2] > 0).any():
            count += 1
            labels[square <= radius**2] = count
    return labels


def _turned(labels):
    return np.ascontiguousarray(np.rot90(labels))


def _relabelled(labels):
    return np.where(labels > 0, labels.max() + 1 - labels, 0).astype(np.int32)


@pytest.mark.parametrize("change", [_turned, _relabelled])
def test_turning_or_relabelling_the_film_changes_only_the_order(rng, labelled, loops_of, change):
    labels = _film_of_discs(rng)
    before, after = loops_of(labelled(labels)), loops_of(labelled(change(labels)))
    assert before.n_loops > 50
    assert abs(after.n_loops - before.n_loops) <= 1  # pixels equally near to two grains
    if after.n_loops == before.n_loops:
        change_of_each = np.sort(after.area_um2) / np.sort(before.area_um2) - 1
        assert np.abs(change_of_each).mean() < 0.01
    assert after.area_um2.sum() == pytest.approx(before.area_um2.sum(), rel=0.01)


def test_holes_of_a_film_hold_the_background_inside_its_polygons(rng, labelled, loops_of):
    labels = _film_of_discs(rng)
    loops = loops_of(labelled(labels), max_gap_nm=60)
    y, x = np.indices(labels.shape)
    pixels_um = 0.005 * np.column_stack((x[labels == 0], y[labels == 0]))
    inside = [
        Path(np.column_stack((loops.vertex_x_um[a:b], loops.vertex_y_um[a:b])))
        .contains_points(pixels_um)
        .sum()
        for a, b in pairwise(loops.vertex_start)
    ]
    inside_um2 = np.array(inside) * 0.005**2
    assert loops.hole_area_um2.sum() == pytest.approx(inside_um2.sum(), rel=0.02)
    large = inside_um2 > 100 * 0.005**2
    assert np.std(loops.hole_area_um2[large] / inside_um2[large]) < 0.15


def test_every_loop_belongs_to_the_largest_component_of_a_lattice(labelled, measured):
    film = labelled(_square(3, 20, 7))
    grains = measured(film)
    network = build_network(film, grains)
    degree, component = membership(network, grains, NetworkSettings(max_gap_nm=30))
    assert degree.tolist() == [2, 3, 2, 3, 4, 3, 2, 3, 2]
    assert component.tolist() == [1] * 9
