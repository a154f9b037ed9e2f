"""The histogram of log10 area: counts, correction, intervals."""

import math

import numpy as np
import pytest
from scipy.stats import poisson

from grainscope.grains import size_histogram
from grainscope.grains.size_histogram import _widened, weighted_count_interval
from grainscope.records import PixelSize
from grainscope.settings import GrainSettings

SIZE = PixelSize(1000.0, 0.0, "option")
SQUARES = """
................
.1..22..333.4.5.
....22..333.....
........333.....
................
6...............
................
"""


def test_counts_sum_to_the_number_of_grains_and_weights_to_their_sum(measured, blobs):
    table = measured(blobs)
    histogram = size_histogram(table, SIZE, GrainSettings(bins_per_decade=7))
    assert histogram.count.sum() == table.n_grains
    assert histogram.corrected_count.sum() == pytest.approx(table.edge_weight.sum())
    assert np.isnan(histogram.completeness).all()


def test_bins_lie_on_round_edges_and_hold_their_lower_one(measured):
    histogram = size_histogram(measured(SQUARES), SIZE, GrainSettings(bins_per_decade=2))
    assert histogram.log10_area_low == pytest.approx([0, 0.5])
    assert histogram.log10_area_high == pytest.approx([0.5, 1.0])
    assert histogram.count.tolist() == [4, 2]  # area 1 is in the first bin, 4 and 9 in the second


def test_edges_as_diameters_are_those_of_discs(measured):
    histogram = size_histogram(measured(SQUARES), SIZE, GrainSettings(bins_per_decade=2))
    area_um2 = 10.0 ** np.array([0, 0.5])
    assert math.pi / 4 * histogram.diameter_low_um**2 == pytest.approx(area_um2)
    assert histogram.diameter_high_um[0] == histogram.diameter_low_um[1]


def test_only_grains_off_the_frame_are_corrected_for(measured):
    table = measured(SQUARES)
    histogram = size_histogram(table, SIZE, GrainSettings(bins_per_decade=2))
    assert table.edge_weight[5] == 0
    single = 7 * 16 / (5 * 14)
    expected = [3 * single, 7 * 16 / (4 * 13) + 7 * 16 / (3 * 12)]
    assert histogram.corrected_count == pytest.approx(expected)


def test_the_resolution_cut_is_an_area(measured):
    size = PixelSize(5.0, 0.0, "option")
    settings = GrainSettings(resolution_cut_px=30)
    assert size_histogram(measured("1"), size, settings).resolution_cut_um2 == pytest.approx(7.5e-4)


def test_no_grains_give_no_rows(measured):
    histogram = size_histogram(measured("..."), SIZE, GrainSettings())
    assert len(histogram.count) == len(histogram.corrected_high) == 0


def test_equal_weights_give_the_poisson_interval_times_the_weight():
    n = np.array([1.0, 4.0, 25.0, 400.0])
    low, high = weighted_count_interval(2.5 * n, 2.5**2 * n)
    # Garwood: as many counts or more have a chance of 16 % at the lower end, and the reverse.
    assert poisson.sf(n - 1, low / 2.5) == pytest.approx(0.16)
    assert poisson.cdf(n, high / 2.5) == pytest.approx(0.16)


def test_a_bin_without_weight_has_the_scale_of_its_neighbours():
    total = np.array([0, 2.0, 0, 8.0])
    low, high = weighted_count_interval(total, np.array([0, 2.0, 0, 16.0]))
    empty = -math.log(0.16)
    assert low[[0, 2]].tolist() == [0, 0]
    assert high[[0, 2]] == pytest.approx([empty, 1.5 * empty])


def test_an_upper_bound_without_any_weight_is_not_known():
    low, high = weighted_count_interval(np.zeros(2), np.zeros(2))
    assert low.tolist() == [0, 0]
    assert np.isnan(high).all()


def test_the_interval_of_weighted_counts_covers_as_it_says_and_is_no_wider_than_needed():
    rng = np.random.default_rng(3)
    n_seeds, mean_count = 2000, 60.0
    expected = mean_count * (0.8 * 1.2 + 0.2 * 3.0)
    small, large = rng.poisson([0.8 * mean_count, 0.2 * mean_count], (n_seeds, 2)).T
    total = 1.2 * small + 3.0 * large
    low, high = weighted_count_interval(total, 1.2**2 * small + 3.0**2 * large)
    coverage = ((low <= expected) & (expected <= high)).mean()
    assert 0.64 < coverage < 0.76
    assert np.median(high - low) / 2 < 1.2 * total.std()


def test_what_completeness_leaves_open_adds_in_quadrature():
    # 1/p is 1 in the middle of the curves, 0.8 and 1.5 where 16 % lie beyond.
    factor = np.interp(np.linspace(0, 1, 1001), [0, 0.16, 0.5, 0.84, 1], [0.8, 0.8, 1, 1.5, 1.5])
    mean = factor.mean()
    low, high = _widened(*(np.array([v]) for v in (50.0, 47.0, 54.0)), 0.5 / factor[:, None])
    assert low == pytest.approx(50 - math.hypot(3, 50 * (0.8 / mean - 1)))
    assert high == pytest.approx(50 + math.hypot(4, 50 * (1.5 / mean - 1)))
