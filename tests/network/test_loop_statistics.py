"""Loops in a few numbers: weights, intervals, tiles."""

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.network import (
    build_network,
    find_loops,
    loop_contacts,
    loop_statistics,
    loops_in_tiles,
    percolate,
    scan_loops,
)
from grainscope.network.loop_shapes import chosen_faces, edge_weights, loop_ground
from grainscope.records import PiecedLoops
from grainscope.settings import NetworkSettings


def pieces(area_um2, weight=None, n_pieces=1, film_um2=100.0):
    area_um2 = np.asarray(area_um2, float)
    weight = np.ones(len(area_um2)) if weight is None else np.asarray(weight, float)
    piece = np.arange(len(area_um2)) % n_pieces
    return PiecedLoops(area_um2, weight, piece, np.full(n_pieces, film_um2))


def figures(loops, n_draws=0, seed=0):
    return loop_statistics(loops, n_draws, np.random.default_rng(seed))


def lattice(labelled, pitch_px, radius_px, n=9, nm_per_px=10.0, jitter=None):
    """Discs on a square lattice; jitter moves the centres, in pixels."""
    side = pitch_px * n
    y, x = np.indices((side, side))
    labels = np.zeros((side, side), np.int32)
    for k in range(n * n):
        cy, cx = (np.array(divmod(k, n)) + 0.5) * pitch_px
        if jitter is not None:
            cy, cx = (cy, cx) + jitter[k]
        labels[(y - cy) ** 2 + (x - cx) ** 2 < radius_px**2] = k + 1
    return labelled(labels, nm_per_px)


def test_figures_by_hand():
    found = figures(pieces([1.0, 3.0, 7.0], [1, 3, 0]))
    assert found.of("mean_loop_area_um2").value == pytest.approx(2.5)
    assert found.of("median_loop_area_um2").value == 3.0
    assert found.of("mean_loop_diameter_um").value == pytest.approx(2 * np.sqrt(2.5 / np.pi))
    assert found.of("mean_loop_field_g").value == pytest.approx(FLUX_QUANTUM_G_UM2 / 2.5)
    assert found.of("median_loop_field_g").value == pytest.approx(FLUX_QUANTUM_G_UM2 / 3)
    assert found.of("area_cv").value == pytest.approx(np.sqrt(0.75) / 2.5)
    assert found.of("density_per_um2").value == pytest.approx(4 / 100)
    assert found.of("n_effective").value == pytest.approx(16 / 10)
    assert (found.n_loops, found.n_whole, found.n_pieces) == (3, 2, 1)


def test_the_papers_loop_is_of_15_gauss():
    found = figures(pieces([np.pi / 4 * 1.3**2]))
    assert found.of("mean_loop_field_g").value == pytest.approx(15.58, abs=0.005)
    assert found.of("mean_loop_diameter_um").value == pytest.approx(1.3)


def test_no_whole_loop_has_no_figures():
    found = figures(pieces([1.0, 2.0], [0, 0], 2), n_draws=50)
    assert np.isnan(found.of("mean_loop_area_um2").value)
    assert found.of("density_per_um2").value == 0
    assert found.of("n_effective").value == 0
    assert np.isnan(found.low).all()


def test_intervals_of_fields_are_those_of_areas_turned_over(rng):
    found = figures(pieces(rng.lognormal(1, 0.5, 400), None, 20), 400)
    for kind in ("mean", "median"):
        area, field = found.of(f"{kind}_loop_area_um2"), found.of(f"{kind}_loop_field_g")
        assert field.low == pytest.approx(FLUX_QUANTUM_G_UM2 / area.high, rel=0.02)
        assert field.high == pytest.approx(FLUX_QUANTUM_G_UM2 / area.low, rel=0.02)


def test_pixels_twice_as_large_make_areas_fourfold_and_fields_a_quarter(rng):
    area = rng.lognormal(0, 0.5, 200)
    once, twice = (figures(pieces(k * area, None, 20, k * 10.0), 100) for k in (1, 4))
    for name, factor in (("mean_loop_area_um2", 4), ("mean_loop_field_g", 1 / 4), ("area_cv", 1)):
        a, b = once.of(name), twice.of(name)
        assert (b.value, b.low, b.high) == pytest.approx(
            (factor * a.value, factor * a.low, factor * a.high)
        )


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Loops of one tile share a scale, as neighbours do; 68 % intervals within the tolerance."""
    rng = np.random.default_rng(7)
    held, widths, values = [], [], []
    for _ in range(400):
        scale = np.repeat(rng.lognormal(0, 0.3, 36), 12)
        area = scale * rng.lognormal(0, 0.5, scale.size)
        loops = PiecedLoops(area, np.ones(area.size), np.repeat(np.arange(36), 12), np.ones(36))
        mean = loop_statistics(loops, 100, rng).of("mean_loop_area_um2")
        truth = np.exp(0.3**2 / 2 + 0.5**2 / 2)
        held.append(mean.low <= truth <= mean.high)
        widths.append((mean.high - mean.low) / 2)
        values.append(mean.value)
    assert 0.60 <= np.mean(held) <= 0.76
    assert np.median(widths) <= 1.5 * np.std(values)


def test_cells_leave_the_median_of_the_draws_where_it_is(rng):
    area = rng.lognormal(0, 1, 9000)
    found = figures(pieces(area, None, 40), 200).of("median_loop_area_um2")
    assert found.low < found.value < found.high
    spread = 1.2533 * 1.0 / np.sqrt(9000)  # of ln of the median of a lognormal with σ = 1
    assert np.log(found.high / found.low) / 2 == pytest.approx(spread, rel=0.35)


def test_loops_lie_in_the_tile_of_their_middle(labelled, measured):
    film = lattice(labelled, 16, 7)
    table = measured(film)
    network = build_network(film, table)
    loops = find_loops(network, film, table, NetworkSettings(max_gap_nm=60))
    assert loops.n_loops == 64
    # Loop (r, c) is centred on the corner of four lattice cells.
    expected = (np.arange(8) + 1) * 16 * 0.01
    assert np.unique(loops.y_um.round(3)) == pytest.approx(expected, abs=2e-3)
    tiled = loops_in_tiles(loops, film.frame, film.pixel_size)
    assert tiled.film_um2.sum() == pytest.approx((144 * 0.01) ** 2)
    number = np.bincount(tiled.piece, minlength=tiled.n_pieces)
    assert number.sum() == 64
    assert tiled.n_pieces in (4, 6)


def test_a_loop_of_1_3_um_survives_the_papers_frame_every_other_time(labelled, measured):
    """(5.12 − 1.3)(3.84 − 1.3)/(5.12 · 3.84) = 0.49: it counts about twice."""
    y, x = np.indices((384, 512))
    labels = np.zeros((384, 512), np.int32)
    for k, (cy, cx) in enumerate([(150, 200), (150, 281), (231, 200), (231, 281)], 1):
        labels[(y - cy) ** 2 + (x - cx) ** 2 <= 24**2] = k  # box of all four: 130 × 130 px
    film = labelled(labels, 10.0)
    table = measured(film)
    network = build_network(film, table)
    loops = find_loops(network, film, table, NetworkSettings(max_gap_nm=400))
    assert loops.n_loops == 1
    assert 1 / loops.edge_weight[0] == pytest.approx(0.49, abs=0.01)


def test_the_scan_holds_the_loops_of_the_run_itself(labelled, measured, rng):
    film = lattice(labelled, 18, 7, jitter=rng.uniform(-2, 2, (81, 2)))
    table = measured(film)
    network = build_network(film, table)
    settings = NetworkSettings(max_gap_nm=57.3, min_grain_diameter_um=0.1)
    loops = find_loops(network, film, table, settings)
    expected = figures(loops_in_tiles(loops, film.frame, film.pixel_size))
    scan = scan_loops(network, film, table, settings, 50, 0)
    row = (scan.max_gap_nm == 57.3) & (scan.min_grain_diameter_um == 0.1)
    assert row.sum() == 1
    assert scan.n_loops[row] == loops.n_loops
    tiled = loops_in_tiles(loops, film.frame, film.pixel_size)
    mean = loop_statistics(tiled, 50, np.random.default_rng(0)).of("mean_loop_area_um2")
    assert scan.mean_area_low_um2[row] == mean.low
    assert scan.mean_area_high_um2[row] == mean.high
    for column, name in (
        ("mean_area_um2", "mean_loop_area_um2"),
        ("median_area_um2", "median_loop_area_um2"),
        ("equivalent_diameter_um", "mean_loop_diameter_um"),
        ("mean_field_g", "mean_loop_field_g"),
        ("area_cv", "area_cv"),
        ("density_per_um2", "density_per_um2"),
    ):
        assert getattr(scan, column)[row] == pytest.approx(expected.of(name).value)
    assert scan.choice == (0.1, 57.3)
    assert scan.min_grain_diameter_um.min() == 0  # all grains, though the choice is another


def test_the_scan_goes_over_all_pairs_and_grains_only_get_fewer(labelled, measured, rng):
    film = lattice(labelled, 18, 7, jitter=rng.uniform(-2, 2, (81, 2)))
    table = measured(film)
    settings = NetworkSettings(scan_gaps=5, scan_diameters=4)
    scan = scan_loops(build_network(film, table), film, table, settings, 50, 0)
    diameters, gaps = np.unique(scan.min_grain_diameter_um), np.unique(scan.max_gap_nm)
    assert len(scan.max_gap_nm) == len(diameters) * len(gaps)
    assert scan.min_grain_diameter_um[0] == 0
    assert 100.0 in gaps  # the choice of the settings
    grid = scan.n_grains.reshape(len(diameters), len(gaps))
    assert (np.diff(grid, axis=0) <= 0).all()
    assert (grid == grid[:, :1]).all()
    known = np.isfinite(scan.mean_area_low_um2)
    assert known.any()
    assert (scan.mean_area_low_um2 <= scan.mean_area_um2)[known].all()


@pytest.mark.parametrize("off", [{"scan_gaps": 0}, {"scan_diameters": 0}])
def test_no_scan_where_none_is_asked_for(labelled, measured, rng, off):
    film = lattice(labelled, 16, 7, n=3)
    table = measured(film)
    scan = scan_loops(build_network(film, table), film, table, NetworkSettings(**off), 50, 0)
    assert len(scan.max_gap_nm) == 0


@pytest.mark.parametrize("art", ["0000\n0000", "1100\n1100", "1100\n1122"])
def test_films_of_few_grains_are_scanned_too(labelled, measured, rng, art):
    film = labelled(art)
    table = measured(film)
    network = build_network(film, table)
    scan = scan_loops(network, film, table, NetworkSettings(), 50, 0)
    assert scan.n_loops.sum() == 0
    loops = find_loops(network, film, table, NetworkSettings())
    assert figures(loops_in_tiles(loops, film.frame, film.pixel_size), 10).n_loops == 0


def test_large_grains_between_small_ones_give_the_large_loop_where_small_ones_do_not_count(
    labelled, measured, rng
):
    """Large discs that touch on a lattice, a small one in every hole: two loop sizes by choice."""
    film = lattice(labelled, 30, 15.5, n=8, nm_per_px=38.4)  # 1.152 µm: 1.327 µm² a cell
    labels = film.labels.copy()
    y, x = np.indices(labels.shape)
    for k in range(49):
        cy, cx = (np.array(divmod(k, 7)) + 1) * 30
        labels[(y - cy) ** 2 + (x - cx) ** 2 < 3**2] = 65 + k
    film = labelled(labels, 38.4)
    table = measured(film)
    network = build_network(film, table)
    scan = scan_loops(network, film, table, NetworkSettings(max_gap_nm=300), 50, 0)
    all_grains = (scan.min_grain_diameter_um == 0) & (scan.max_gap_nm == 300)
    large = (scan.min_grain_diameter_um > 0.5) & (scan.max_gap_nm == 300)
    assert scan.equivalent_diameter_um[all_grains] < 0.8
    assert scan.equivalent_diameter_um[large] == pytest.approx(1.3, abs=0.01)
    assert scan.mean_field_g[large] == pytest.approx(15.58, abs=0.2)
    assert (scan.area_cv[large] < 0.02).all()


def test_faces_of_a_choice_are_those_of_the_loops(labelled, measured, rng):
    film = lattice(labelled, 18, 7, jitter=rng.uniform(-2, 2, (81, 2)))
    table = measured(film)
    network = build_network(film, table)
    settings = NetworkSettings(max_gap_nm=70)
    loops = find_loops(network, film, table, settings)
    ground = loop_ground(network, film, table)
    faces = chosen_faces(ground, loop_contacts(network, table, settings))
    assert faces.area_um2.tolist() == loops.area_um2.tolist()
    assert edge_weights(ground, faces).tolist() == loops.edge_weight.tolist()


def test_small_grains_in_the_way_block_contacts_unless_they_are_ignored(labelled, measured, rng):
    """Four large grains around a loop, a thin one in each gap: no loop, or the one of all four."""
    y, x = np.indices((100, 100))
    labels = np.zeros((100, 100), np.int32)
    for k, (cy, cx) in enumerate([(25, 25), (25, 75), (75, 25), (75, 75)], 1):
        labels[(y - cy) ** 2 + (x - cx) ** 2 < 18**2] = k
    walls = ((slice(3, 47), slice(48, 53)), (slice(48, 53), slice(3, 47)))
    walls += ((slice(48, 53), slice(54, 97)), (slice(54, 97), slice(48, 53)))
    for k, wall in enumerate(walls, 5):
        labels[wall] = k
    film = labelled(labels)
    table = measured(film)
    size_um = float(table.equivalent_diameter_um[:4].min()) * 0.9
    found = {}
    for way in ("block", "ignore"):
        choice = NetworkSettings(
            max_gap_nm=500, min_grain_diameter_um=size_um, small_grains=way, scan_diameters=3
        )
        network = build_network(film, table, choice)
        found[way] = find_loops(network, film, table, choice), network
        scan = scan_loops(network, film, table, choice, 50, 0)
        row = (scan.min_grain_diameter_um == size_um) & (scan.max_gap_nm == 500)
        assert scan.n_loops[row] == found[way][0].n_loops
    assert found["block"][0].n_loops == 0
    loops, network = found["ignore"]
    assert loops.n_loops >= 1
    assert set(network.grain_a) | set(network.grain_b) == {1, 2, 3, 4}
    assert loops.area_um2.sum() == pytest.approx((50 * 0.005) ** 2, rel=0.02)
    sides = network.grain_a + network.grain_b != 5  # 1–4 and 2–3 are the diagonals
    assert network.gap_nm[sides] == pytest.approx([(50 - 35.6) * 5] * 4, abs=5)


def test_the_scan_is_there_where_the_runs_own_choice_leaves_no_grain(labelled, measured):
    film = lattice(labelled, 18, 7)
    table = measured(film)
    choice = NetworkSettings(min_grain_diameter_um=9.0, small_grains="ignore", scan_diameters=3)
    network = build_network(film, table, choice)
    assert network.n_contacts == 0
    scan = scan_loops(network, film, table, choice, 20, 0)
    assert scan.n_loops.max() == 64


def test_ignored_grains_are_film_on_a_periodic_film_too(labelled, measured):
    """Large grains with a thin one in each gap: across the edges as within the frame."""
    labels = np.zeros((60, 60), np.int32)
    for k, (r, c) in enumerate([(5, 5), (5, 35), (35, 5), (35, 35)], 1):
        labels[r : r + 20, c : c + 20] = k
    for k, c in enumerate((29, 59), 5):
        labels[:, c] = k  # a thin grain from top to bottom in each gap
    film = labelled(labels)
    table = measured(film)
    curves = {}
    for way in ("block", "ignore"):
        choice = NetworkSettings(min_grain_diameter_um=0.09, small_grains=way, periodic=True)
        curves[way] = percolate(build_network(film, table, choice), film, table, choice)
    assert curves["ignore"].wraps_x[-1]
    assert not curves["block"].wraps_x[-1]
