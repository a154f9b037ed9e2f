"""Loops of every choice of contacts, their weights and their response."""

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.linking import morphology_of
from grainscope.linking.loop_sets import ChoiceGrid, loop_sets
from grainscope.linking.response import HARMONICS, any_loops, in_cells, mean_response
from grainscope.records import PixelSize, Segmentation

AT_ALL = ChoiceGrid((0.1,), (600.0,), (100.0,))


def only(morphology, grid=AT_ALL):
    found = list(loop_sets(morphology, grid))
    assert len(found) == 1
    return found[0][2]


def test_a_square_lattice_has_a_loop_a_cell(lattice_film):
    film = lattice_film(np.random.default_rng(0), jitter=0.0)
    loops = only(film)
    assert len(loops) == 12  # of 4 × 5 discs
    assert loops.area_um2 == pytest.approx(np.ones(12), rel=0.02)
    assert loops.weight.shape == (2, 1, 12)
    assert loops.weight.max(axis=2) == pytest.approx(np.ones((2, 1)))


def test_twice_the_pixel_gives_four_times_the_area(lattice_film):
    film = lattice_film(np.random.default_rng(1))
    frame, labels = film.frame, film.segmentation.labels
    wide = morphology_of(Segmentation(labels, PixelSize(32.0, 0.0, "option"), frame))
    one, two = only(film), only(wide, ChoiceGrid((0.2,), (1200.0,), (200.0,)))
    assert two.area_um2 == pytest.approx(4 * one.area_um2)
    assert two.weight == pytest.approx(one.weight)


def test_weights_are_those_of_the_contacts_around(lattice_film):
    """Each cell of the lattice by hand: the weakest contact, and Π J/D of a walk around it."""
    film = lattice_film(np.random.default_rng(0), rows=3, columns=4)
    net, length_nm = film.network, 100.0
    coupling = net.facet_nm * np.exp(-net.gap_nm / length_nm) * (net.gap_nm <= 600)
    place = np.lexsort((film.grains.x_um // 1, film.grains.y_um // 1)) + 1
    grid = place.reshape(3, 4)
    sums = {g: coupling[(net.grain_a == g) | (net.grain_b == g)].sum() for g in place}
    joint = {(a, b): j for a, b, j in zip(net.grain_a, net.grain_b, coupling, strict=True)}
    weakest, walk = [], []
    for i, j in np.ndindex(2, 3):
        ring = grid[i, j], grid[i, j + 1], grid[i + 1, j + 1], grid[i + 1, j]
        around = [joint[min(p), max(p)] for p in zip(ring, np.roll(ring, -1), strict=True)]
        weakest.append(min(around))
        walk.append(np.prod(around) / np.prod([sums[g] for g in ring]))
    found = only(film).weight[:, 0]
    for row, expected in zip(found, (weakest, walk), strict=True):
        # Edge weights differ with the boxes of jittered cells by a twentieth or so.
        assert np.sort(row) == pytest.approx(np.sort(expected) / max(expected), rel=0.15)


def test_a_narrower_gap_or_larger_grain_leaves_fewer_loops(lattice_film):
    film = lattice_film(np.random.default_rng(2), jitter=0.25)
    grid = ChoiceGrid((0.1, 0.7), (150.0, 400.0, 900.0), (100.0,))
    found = {(i, j): len(loops) for i, j, loops in loop_sets(film, grid)}
    assert all(i == 0 for i, _ in found)  # no grain reaches 0.7 µm
    assert found.get((0, 0), 0) <= found.get((0, 1), 0) <= found[0, 2]


def test_a_short_length_favours_loops_of_narrow_gaps(lattice_film):
    film = lattice_film(np.random.default_rng(3), jitter=0.25)
    loops = only(film, ChoiceGrid((0.1,), (900.0,), (20.0, 2000.0)))
    number = loops.weight.sum(axis=2) ** 2 / (loops.weight**2).sum(axis=2)
    assert number[0, 0] < number[0, 1]


def test_the_response_is_its_series():
    area, weight = np.array([1.0, 0.3]), np.array([[1.0, 2.0]])
    field_g = np.linspace(0, 50, 7)
    phase = 2 * np.pi / FLUX_QUANTUM_G_UM2 * field_g[:, None] * area
    found = mean_response(field_g, area, weight)
    for h, response in zip(HARMONICS, found[:, 0], strict=True):
        series = sum(h ** (n - 1) * np.cos(n * phase) for n in range(1, 60))
        assert response == pytest.approx(series @ weight[0] / 3, abs=1e-9)


def test_cells_of_area_change_the_response_by_little():
    rng = np.random.default_rng(4)
    area, weight = rng.lognormal(-1, 1, 5000), rng.random((2, 5000))
    cells, share = in_cells(area, weight)
    assert len(cells) <= 600
    assert share.sum(axis=1) == pytest.approx(np.ones(2))
    field_g = np.linspace(0, 100, 60)
    whole = np.cos(2 * np.pi / FLUX_QUANTUM_G_UM2 * field_g[:, None] * area)
    expected = weight @ whole.T / weight.sum(axis=1)[:, None]
    assert np.abs(mean_response(field_g, area, weight)[0] - expected).max() < 0.01


def test_random_loops_vary_alike_at_all_fields():
    curves = any_loops(np.linspace(2.0, 90.0, 40))
    assert (curves**2).sum(axis=1) == pytest.approx(np.full(40, 0.5))


def test_any_loop_turns_by_half_a_quantum_at_least_and_by_0_4_a_step_at_most():
    field_g = np.linspace(7.0, 40.0, 34)
    curves = any_loops(field_g)
    number = 4 * len(field_g)
    widest, smallest = curves[:, [0, number]], curves[:, number - 1]
    assert widest[-1] == pytest.approx(-widest[0])  # cos(φ + π) and sin(φ + π)
    turned = np.cos(2 * np.pi * 0.4 * field_g) / np.sqrt(8 * len(field_g))
    assert smallest == pytest.approx(turned)
