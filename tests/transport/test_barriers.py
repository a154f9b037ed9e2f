"""The histogram of charging energies."""

import numpy as np
import pytest

from grainscope.laws.charging_energy import charging_energy_k
from grainscope.settings import TransportSettings
from grainscope.transport import barrier_histogram
from grainscope.transport.barriers import log_uniform_share

COARSE = TransportSettings(barrier_bins_per_decade=1)


def widths(found) -> np.ndarray:
    return found.energy_k_high - found.energy_k_low


def test_five_grains_land_in_the_decades_of_their_energies(grains_of):
    found = barrier_histogram(grains_of([0.01, 0.03, 0.1, 0.3, 0.8]), COARSE)
    # 477, 159, 48, 16 and 6 K
    assert found.energy_k_low == pytest.approx([1, 10, 100])
    assert found.energy_k_high == pytest.approx([10, 100, 1000])
    assert found.count.tolist() == [1, 2, 2]
    assert found.density == pytest.approx(np.array([0.2, 0.4, 0.4]) / [9, 90, 900])
    assert found.kind == ("charging",) * 3


def test_counts_sum_to_the_grains_and_both_densities_to_one(grains_of, rng):
    table = grains_of(rng.lognormal(-2.5, 1, 500), rng.uniform(0, 3, 500))
    found = barrier_histogram(table, TransportSettings())
    assert found.count.sum() == 500
    assert (found.density * widths(found)).sum() == pytest.approx(1)
    assert (found.log_uniform_density * widths(found)).sum() == pytest.approx(1)


def test_density_weighs_grains_as_the_film_has_them_and_count_as_they_are_seen(grains_of):
    found = barrier_histogram(grains_of([0.01, 0.1, 0.8], [1.0, 0.0, 3.0]), COARSE)
    assert found.count.tolist() == [1, 1, 1]
    assert found.density * widths(found) == pytest.approx([0.75, 0, 0.25])


def test_the_log_uniform_law_reaches_from_the_smallest_to_the_largest_barrier(grains_of):
    # Energies of 10^0.5, 10^1.2 and 10^2 K: 1.5 decades, of which 0.5, 1 and 0 in each bin.
    energies_k = 10.0 ** np.array([0.5, 1.2, 2.0 - 1e-12])
    table = grains_of(charging_energy_k(1.0, 5.5) / energies_k)
    found = barrier_histogram(table, COARSE)
    assert found.log_uniform_density * widths(found) == pytest.approx([1 / 3, 2 / 3])


def test_log_uniform_barriers_have_the_log_uniform_density(grains_of):
    energies_k = np.geomspace(1.0001, 999.9, 30_000)
    table = grains_of(charging_energy_k(1.0, 5.5) / energies_k)
    found = barrier_histogram(table, TransportSettings())
    assert found.density == pytest.approx(found.log_uniform_density, rel=2e-3)


def test_equal_grains_fill_one_bin_of_both_densities(grains_of):
    found = barrier_histogram(grains_of([0.1, 0.1]), TransportSettings())
    assert found.count.tolist() == [2]
    assert found.density == pytest.approx(1 / widths(found))
    assert found.log_uniform_density == pytest.approx(1 / widths(found))


def test_twice_the_permittivity_halves_every_barrier(grains_of):
    table = grains_of([0.01, 0.1, 0.8])
    low = barrier_histogram(table, TransportSettings(relative_permittivity=1.0))
    high = barrier_histogram(table, TransportSettings(relative_permittivity=10.0))
    assert high.energy_k_low == pytest.approx(low.energy_k_low / 10)
    assert high.count.tolist() == low.count.tolist()


def test_density_is_unknown_where_every_grain_is_cut(grains_of):
    found = barrier_histogram(grains_of([0.1, 0.2], np.zeros(2)), TransportSettings())
    assert found.count.sum() == 2
    assert np.isnan(found.density).all()


def test_no_grains_give_no_rows(grains_of):
    found = barrier_histogram(grains_of([]), TransportSettings())
    assert found.kind == ()
    assert len(found.count) == len(found.density) == len(found.log_uniform_density) == 0


def test_equal_barriers_on_an_edge_belong_to_the_bin_above():
    edges, barriers = np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0])
    assert log_uniform_share(edges, barriers).tolist() == [0, 1]
