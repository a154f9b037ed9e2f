"""A film that continues at the opposite edge: its contacts do not know where the edge is."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.network import build_network, percolate
from grainscope.network.contacts import PIXEL_CENTRE_EXCESS_PX
from grainscope.network.periodic import periodic_contacts
from grainscope.settings import NetworkSettings


@pytest.fixture
def percolated(measured):
    def follow(film, **chosen):
        table = measured(film)
        chosen = NetworkSettings(**{"periodic": True, "percolation_points": 100_000} | chosen)
        return percolate(build_network(film, table), film, table, chosen)

    return follow


def _torus_of_discs(rng, shape, count, low=2, high=6):
    y, x = np.indices(shape)
    labels, nearest = np.zeros(shape, np.int32), np.full(shape, np.inf)
    for label in range(1, count + 1):
        cy, cx = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        way_y = (y - cy + shape[0] / 2) % shape[0] - shape[0] / 2
        way_x = (x - cx + shape[1] / 2) % shape[1] - shape[1] / 2
        square = way_y**2 + way_x**2
        inside = (square <= rng.uniform(low, high) ** 2) & (square < nearest)
        labels[inside], nearest[inside] = label, square[inside]
    return np.unique(labels, return_inverse=True)[1].reshape(shape).astype(np.int32)


def _multiset(labels):
    """Pairs of labels with their distances, joints left out, in one order."""
    found = periodic_contacts(labels)
    count = len(found.first) - found.n_joints
    a, b = found.label[found.first[:count]], found.label[found.second[:count]]
    distance = found.distance_px[:count]
    rows = np.column_stack((np.minimum(a, b), np.maximum(a, b), distance))
    return rows[np.lexsort(rows.T)].tolist()


@pytest.mark.parametrize(("shape", "count"), [((60, 80), 40), ((90, 50), 12), ((64, 64), 150)])
def test_contacts_of_a_rolled_film_are_the_same(rng, shape, count):
    labels = _torus_of_discs(rng, shape, count)
    once = _multiset(labels)
    assert len(once) > count / 2
    for down, right in [(17, 0), (0, 31), (23, 40), (-1, 1)]:
        assert _multiset(np.roll(labels, (down, right), (0, 1))) == once


@pytest.mark.parametrize("density", [0.02, 0.05, 0.2])
def test_pixels_as_grains_have_the_same_contacts_when_rolled(rng, density):
    """Many equal ways: whichever wins must not depend on where the edge is."""
    for _ in range(8):
        shape = tuple(rng.integers(8, 40, 2))
        labels = (rng.random(shape) < density) * np.arange(1, shape[0] * shape[1] + 1).reshape(
            shape
        )
        labels = np.unique(np.append(labels, 0), return_inverse=True)[1][:-1].reshape(shape)
        labels = labels.astype(np.int32)
        rolled = np.roll(labels, rng.integers(1, 40, 2), (0, 1))
        assert _multiset(rolled) == _multiset(labels)


def test_curves_of_a_rolled_film_wrap_at_the_same_gap(rng, labelled, percolated):
    labels = _torus_of_discs(rng, (90, 110), 60)
    once = percolated(labelled(labels))
    rolled = percolated(labelled(np.roll(labels, (33, 48), (0, 1))))
    assert once.wrapping_gap_nm > 0
    assert rolled.wrapping_gap_nm == once.wrapping_gap_nm
    for name in ("wraps_x", "wraps_y"):
        first = [c.gap_nm[np.argmax(getattr(c, name))] for c in (once, rolled)]
        assert first[0] == first[1]
    assert rolled.area_fraction[-1] == once.area_fraction[-1]
    shared = np.intersect1d(once.gap_nm, rolled.gap_nm)
    area = [c.area_fraction[np.searchsorted(c.gap_nm, shared)] for c in (once, rolled)]
    assert area[0] == pytest.approx(area[1], abs=1e-12)
    components = [c.n_components[np.searchsorted(c.gap_nm, shared)] for c in (once, rolled)]
    assert (components[0] == components[1]).all()


def test_a_chain_wraps_by_the_gap_across_the_edge(labelled, percolated):
    film = labelled("............\n.1..2...3...\n............\n............")
    curve = percolated(film)
    gaps = [5 * (d - PIXEL_CENTRE_EXCESS_PX) for d in (3, 4, 5)]
    assert curve.gap_nm[np.argmax(curve.wraps_x)] == pytest.approx(gaps[2])  # 3 over the edge to 1
    # 4 rows: each grain meets its own copy above at 4 px, before x wraps.
    assert curve.gap_nm[np.argmax(curve.wraps_y)] == pytest.approx(gaps[1])
    assert curve.wrapping_gap_nm == pytest.approx(gaps[1])


def test_a_bar_across_the_cell_wraps_alone_and_one_that_ends_does_not(labelled, percolated):
    whole = percolated(labelled(".....\n11111\n.....\n....."))
    assert whole.wraps_x.all()
    assert whole.wrapping_gap_nm == 0
    steps = percolated(labelled("11...\n..1..\n...11\n.....\n.....\n....."))
    assert not steps.wraps_x[0]  # its ends are two rows apart
    assert not steps.wraps_y[0]


def test_a_film_that_is_not_periodic_never_wraps(labelled, percolated):
    curve = percolated(labelled("11111\n.....\n22222"), periodic=False)
    assert not curve.wraps_x.any()
    assert not curve.wraps_y.any()
    assert np.isnan(curve.wrapping_gap_nm)


def test_spanning_and_components_stay_those_of_the_frame(rng, labelled, percolated):
    film = labelled(_torus_of_discs(rng, (90, 110), 60))
    periodic, framed = percolated(film), percolated(film, periodic=False)
    for name in ("threshold_gap_nm", "threshold_gap_x_nm", "threshold_low_nm"):
        assert getattr(periodic, name) == getattr(framed, name)
    assert periodic.components.n_grains.tolist() == framed.components.n_grains.tolist()
    assert periodic.bottleneck.contact.tolist() == framed.bottleneck.contact.tolist()
    assert (periodic.spans_x == (periodic.gap_nm >= framed.threshold_gap_x_nm)).all()


@pytest.mark.parametrize("points", [2, 3, 9])
def test_few_points_keep_the_gaps_at_which_the_film_spans_and_wraps(
    rng, labelled, percolated, points
):
    film = labelled(_torus_of_discs(rng, (90, 110), 60))
    every, few = percolated(film), percolated(film, percolation_points=points)
    assert len(few.gap_nm) <= max(points, 4)
    always = {0.0, every.gap_nm[-1], every.threshold_gap_nm, every.wrapping_gap_nm}
    assert always <= set(few.gap_nm.tolist())
    assert few.wrapping_gap_nm == every.wrapping_gap_nm
    assert few.threshold_area_fraction == every.threshold_area_fraction
    rows = np.searchsorted(every.gap_nm, few.gap_nm)
    for name in ("correlation_length_um", "n_components", "wraps_x", "spans_y"):
        assert (getattr(few, name) == getattr(every, name)[rows]).all()


def test_extent_of_a_component_is_measured_across_the_edge(labelled, percolated):
    # Grains 1 and 2 are 3 px apart over the edge, 9 px within the cell; 3 is far from both.
    film = "............\n.1........2.\n............\n............\n............\n.....3.3...."
    film = film.replace("3.3", "345")
    curve = percolated(labelled(film))
    row = int(np.flatnonzero(curve.n_components == 2)[0])
    assert curve.largest_component_fraction[row] == 3 / 5
    distance_um = 3 * 0.005
    assert curve.correlation_length_um[row] == pytest.approx(np.sqrt(2 * distance_um**2 / 4))


@pytest.mark.parametrize("art", [".", "1", "...\n...", "1..\n..."])
def test_few_grains_or_none_need_no_special_care(art, labelled, percolated):
    curve = percolated(labelled(art))
    grains = sum(c.isdigit() for c in art)
    assert len(curve.gap_nm) >= grains
    if grains:
        assert curve.wrapping_gap_nm >= 0  # it meets its own copy
