"""Two samples: p values under no difference, power where there is one, and odd input."""

import math

import numpy as np
import pytest
from scipy import stats

from grainscope.grains import size_differences, size_distances, size_statistics
from grainscope.records import CORRECTIONS, SizedGrains


def sample(rng, mean=0.0, between=0.3, n_pieces=12, n_each=15):
    """Lognormal grains whose pieces differ in their mean."""
    piece = np.repeat(np.arange(n_pieces), n_each)
    x = mean - 2 + between * rng.standard_normal(n_pieces)[piece]
    x = x + 0.5 * rng.standard_normal(len(piece))
    order = np.argsort(x)
    return SizedGrains(
        x[order],
        piece[order],
        dict.fromkeys(CORRECTIONS, np.ones(len(x))),
        np.ones(n_pieces),
        dict.fromkeys(CORRECTIONS, np.full(n_pieces, 0.3)),
        1e-6,
    )


def test_two_places_of_one_film_do_not_differ():
    """Grains taken as independent would differ in most pairs, as pieces are unlike."""
    ours, independent = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        a, b = sample(rng), sample(rng)
        ours.append(size_distances(a, b, 99, rng).ad_p)
        independent.append(stats.ks_2samp(a.log_diameter, b.log_diameter).pvalue)
    assert np.mean(np.array(independent) < 0.05) > 0.25
    assert 0.01 <= np.mean(np.array(ours) <= 0.05) <= 0.09
    assert stats.kstest(ours, "uniform").pvalue > 0.001


def test_equal_samples_of_whole_pixels_are_at_no_distance(rng):
    a = sample(rng)
    x = np.log(np.round(np.exp(a.log_diameter) * 100))
    whole = SizedGrains(x, a.piece, a.weight, a.area_um2, a.covered_um2, 1e-6)
    found = size_distances(whole, whole, 20, rng)
    assert (found.ks, found.ad) == (0, 0)
    other = np.log(np.round(np.exp(sample(rng).log_diameter) * 100))
    tied = SizedGrains(other, a.piece, a.weight, a.area_um2, a.covered_um2, 1e-6)
    found = size_distances(whole, tied, 0, rng)
    assert found.ks == pytest.approx(stats.ks_2samp(x, other).statistic)


def test_a_clear_difference_is_seen(rng):
    found = size_distances(sample(rng), sample(rng, mean=0.8), 199, rng)
    assert found.ks > 0.3
    assert (found.ks_p, found.ad_p) == (0.005, 0.005)


def test_grains_below_the_larger_cut_are_left_out(rng):
    a, b = sample(rng), sample(rng)
    coarse = SizedGrains(b.log_diameter, b.piece, b.weight, b.area_um2, b.covered_um2, 0.012)
    kept = b.log_diameter >= math.log(4 / math.pi * 0.012) / 2
    assert 0 < kept.sum() < len(kept)
    x, y = (s.log_diameter[s.log_diameter >= b.log_diameter[kept].min() - 1e-3] for s in (a, b))
    found = size_distances(a, coarse, 0, rng)
    assert found.ks == pytest.approx(stats.ks_2samp(x, y).statistic, abs=0.02)
    assert math.isnan(found.ks_p)


def test_nothing_to_compare_gives_no_number(rng):
    empty = np.empty(0)
    nothing = SizedGrains(empty, empty, dict.fromkeys(CORRECTIONS, empty), np.ones(4), {}, 1e-6)
    found = size_distances(sample(rng), nothing, 10, rng)
    assert math.isnan(found.ks)
    few = sample(rng, n_pieces=1)
    assert math.isnan(size_distances(few, few, 10, rng).ks_p)


def test_differences_hold_the_truth():
    inside, widths, values = 0, [], []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        a, b = (size_statistics(sample(rng, mean), 150, rng) for mean in (0.0, 0.3))
        found = size_differences(a, b)["mean_equivalent_diameter_um"]
        truth = math.exp(-2 + (0.3**2 + 0.5**2) / 2) * (math.exp(0.3) - 1)
        inside += found.low <= truth <= found.high
        widths.append((found.high - found.low) / 2)
        values.append(found.value)
    assert 0.60 <= inside / 400 <= 0.76
    assert np.median(widths) <= 1.5 * np.std(values)
