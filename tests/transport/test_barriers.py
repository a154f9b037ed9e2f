"""The histogram of charging energies."""

import numpy as np
import pytest
from scipy.stats import norm

from grainscope.laws.charging_energy import charging_energy_k
from grainscope.laws.tiles import widening
from grainscope.settings import TransportSettings
from grainscope.transport import barrier_histogram
from grainscope.transport.barriers import Barriers, log_uniform_share

COARSE = TransportSettings(barrier_bins_per_decade=1)


def binned(diameter_um, weight=None, settings=COARSE, n_tiles=4):
    """Bin the charging energies of discs, dealt out to tiles."""
    energy_k = charging_energy_k(np.asarray(diameter_um, float), 5.5)
    n = len(energy_k)
    weight = np.ones(n) if weight is None else np.asarray(weight, float)
    barriers = Barriers(
        "charging", energy_k, weight, np.arange(n) % n_tiles, np.ones(n, bool), n_tiles
    )
    return barrier_histogram([barriers], settings, np.random.default_rng(0))


def widths(found) -> np.ndarray:
    return found.energy_k_high - found.energy_k_low


def test_five_grains_land_in_the_decades_of_their_energies():
    found = binned([0.01, 0.03, 0.1, 0.3, 0.8])
    # 477, 159, 48, 16 and 6 K
    assert found.energy_k_low == pytest.approx([1, 10, 100])
    assert found.energy_k_high == pytest.approx([10, 100, 1000])
    assert found.count.tolist() == [1, 2, 2]
    assert found.density == pytest.approx(np.array([0.2, 0.4, 0.4]) / [9, 90, 900])
    assert found.kind == ("charging",) * 3


def test_counts_sum_to_the_grains_and_both_densities_to_one(rng):
    found = binned(rng.lognormal(-2.5, 1, 500), rng.uniform(0, 3, 500), TransportSettings())
    assert found.count.sum() == 500
    assert (found.density * widths(found)).sum() == pytest.approx(1)
    assert (found.log_uniform_density * widths(found)).sum() == pytest.approx(1)


def test_density_weighs_grains_as_the_film_has_them_and_count_as_they_are_seen():
    found = binned([0.01, 0.1, 0.8], [1.0, 0.0, 3.0])
    assert found.count.tolist() == [1, 1, 1]
    assert found.density * widths(found) == pytest.approx([0.75, 0, 0.25])


def test_the_log_uniform_law_reaches_from_the_smallest_to_the_largest_barrier():
    # Energies of 10^0.5, 10^1.2 and 10^2 K: 1.5 decades, of which 0.5, 1 and 0 in each bin.
    energies_k = 10.0 ** np.array([0.5, 1.2, 2.0 - 1e-12])
    found = binned(charging_energy_k(1.0, 5.5) / energies_k)
    assert found.log_uniform_density * widths(found) == pytest.approx([1 / 3, 2 / 3])


def test_log_uniform_barriers_have_the_log_uniform_density():
    energies_k = np.geomspace(1.0001, 999.9, 30_000)
    found = binned(charging_energy_k(1.0, 5.5) / energies_k, None, TransportSettings())
    assert found.density == pytest.approx(found.log_uniform_density, rel=2e-3)


def test_equal_grains_fill_one_bin_of_both_densities():
    found = binned([0.1, 0.1], None, TransportSettings())
    assert found.count.tolist() == [2]
    assert found.density == pytest.approx(1 / widths(found))
    assert found.log_uniform_density == pytest.approx(1 / widths(found))


def test_intervals_of_the_density_hold_that_of_the_film():
    """Grains of one tile alike: the interval is that of the tiles, within the tolerance."""
    rng, held = np.random.default_rng(2), []
    for _ in range(400):
        centre = np.repeat(rng.normal(2.0, 0.4, 25), 20)
        log10 = centre + 0.2 * rng.standard_normal(500)
        tile = np.repeat(np.arange(25), 20)
        barriers = Barriers("contact", 10**log10, np.ones(500), tile, np.ones(500, bool), 25)
        found = barrier_histogram([barriers], COARSE, rng)
        row = int(np.flatnonzero(np.isclose(found.energy_k_low, 100))[0])
        width = found.energy_k_high[row] - found.energy_k_low[row]
        truth = norm.cdf(1 / np.hypot(0.4, 0.2)) - norm.cdf(0)
        held.append(found.density_low[row] * width <= truth <= found.density_high[row] * width)
    assert 0.60 <= np.mean(held) <= 0.76


@pytest.mark.parametrize("first", [0, 2])
def test_empty_tiles_count_wherever_they_lie(first):
    """Two of four tiles hold all barriers: as they are first or last, the interval is one."""
    energy_k, tile = np.array([2.0, 20.0] * 50), np.repeat([first, first + 1], 50)
    weight = np.where((tile == first) == (energy_k < 10), 3.0, 1.0)
    barriers = Barriers("contact", energy_k, weight, tile, np.ones(100, bool), 4)
    found = barrier_histogram([barriers], COARSE, np.random.default_rng(0))
    draws = np.random.default_rng(1).multinomial(4, np.full(4, 0.25), 100_000)[:, :2]
    draws = draws[draws.any(axis=1)]
    spread = widening(4) * (draws @ [0.75, 0.25] / draws.sum(axis=1)).std()
    half = (found.density_high - found.density_low) * widths(found) / 2
    assert half == pytest.approx(spread, rel=0.15)


def test_kinds_stand_one_after_the_other():
    one = np.ones(3)
    kinds = [
        Barriers(name, energy, one, np.arange(3), one > 0, 3)
        for name, energy in (("charging", 2 * one), ("none", np.empty(0)), ("contact", 50 * one))
        if len(energy)
    ]
    kinds.insert(1, Barriers("none", *[np.empty(0)] * 2, np.empty(0, int), np.empty(0, bool), 3))
    found = barrier_histogram(kinds, COARSE, np.random.default_rng(0))
    assert found.kind == ("charging", "contact")
    assert found.energy_k_low == pytest.approx([1, 10])


def test_density_is_unknown_where_every_grain_is_cut():
    found = binned([0.1, 0.2], np.zeros(2), TransportSettings())
    assert found.count.sum() == 2
    assert np.isnan(found.density).all()


def test_no_grains_give_no_rows():
    found = binned([])
    assert found.kind == ()
    assert len(found.count) == len(found.density) == len(found.log_uniform_density) == 0


def test_equal_barriers_on_an_edge_belong_to_the_bin_above():
    edges, barriers = np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0])
    assert log_uniform_share(edges, barriers).tolist() == [0, 1]
    assert log_uniform_share(np.empty(0), np.empty(0)).tolist() == []
