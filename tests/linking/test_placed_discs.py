"""Discs placed at random: none overlap, all are there."""

import numpy as np
from scipy.spatial.distance import pdist

from grainscope.synthetic.placed_discs import place_discs
from grainscope.synthetic.placement_kernel import place_in_turn, seed_placement


def placed(radius, size, seed=1, tries=1000):
    seed_placement(seed)
    return place_in_turn(radius, np.array(size, float), 3.0, tries, 0.9)


def test_no_disc_overlaps_another_across_the_edges_or_not():
    radius = np.sort(np.random.default_rng(0).lognormal(0.3, 0.6, 300))[::-1]
    centre, kept = placed(radius, (90, 70))
    way = np.abs(centre[:, None] - centre)
    way = np.minimum(way, np.array((90, 70)) - way)
    gap = np.hypot(way[..., 0], way[..., 1]) - kept[:, None] - kept
    assert (gap[~np.eye(300, dtype=bool)] >= 0).all()
    assert (kept == radius).all()


def test_places_are_spread_evenly():
    centre, _ = placed(np.full(2000, 0.01), (10, 10))
    counts = np.histogram2d(*centre.T, bins=4, range=[[0, 10]] * 2)[0]
    assert ((counts - 125) ** 2 / 125).sum() < 37.7  # χ² of 15: p = 0.001


def test_few_discs_lie_as_if_alone():
    """Two discs a hundredth of the box: their distance is that of random points."""
    apart = [pdist(placed(np.full(2, 0.05), (10, 10), seed)[0])[0] for seed in range(400)]
    points = np.random.default_rng(1).random((2000, 2, 2)) * 10
    expected = np.linalg.norm(points[:, 0] - points[:, 1], axis=1).mean()
    assert abs(np.mean(apart) - expected) < 0.45


def test_labels_have_the_areas_of_the_discs_and_no_gaps_in_numbers():
    rng = np.random.default_rng(2)
    film = place_discs(rng.uniform(6, 30, 60), (200, 260), rng)
    assert film.shrunken == 0
    area = np.bincount(film.labels.ravel())[1:]
    assert (area > 0).all()
    assert len(area) >= 60  # those across an edge are several


def test_too_many_discs_are_made_smaller_and_that_is_told():
    film = place_discs(np.full(76, 10.0), (100, 100), np.random.default_rng(3))  # covers 0.6
    assert film.shrunken > 0
    assert 0 < film.lost_area < 0.2


def test_equal_generators_give_equal_films():
    one, two = (place_discs(np.full(40, 9.0), (90, 90), np.random.default_rng(4)) for _ in "ab")
    assert (one.labels == two.labels).all()


def test_no_discs_no_grains():
    assert place_discs(np.empty(0), (5, 6), np.random.default_rng(0)).labels.sum() == 0
