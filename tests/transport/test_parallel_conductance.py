"""Grains in parallel: the sum over barriers against one barrier, two, and a law."""

from types import SimpleNamespace

import numpy as np
import pytest

from grainscope.laws.parallel_activation import log_uniform_ln_conductance, log_uniform_slope
from grainscope.records import ChargingEnergies, Conductance, Couplings
from grainscope.settings import TransportSettings
from grainscope.transport import conduct, film_networks, log_slopes, log_windows

NONE = np.empty(0)
NO_COUPLINGS = Couplings(*[NONE] * 10)


def parallel(energies_k, edge_weight=None, settings=None):
    """Conduct through grains of given charging energies, without a contact."""
    energies_k = np.asarray(energies_k, float)
    n = len(energies_k)
    weight = np.ones(n) if edge_weight is None else np.asarray(edge_weight, float)
    table = SimpleNamespace(edge_weight=weight)
    charging = ChargingEnergies(np.arange(n) + 1, *[energies_k] * 4)
    networks = film_networks(NO_COUPLINGS, charging, np.zeros((4, n), bool), (10, 10))
    return conduct(table, charging, NO_COUPLINGS, networks, settings or TransportSettings())


def test_one_barrier_is_arrhenius():
    found = parallel([30.0], None, TransportSettings(sheet_conductance_s=2e-4))
    expected = 2e-4 * np.exp(-30 / found.temperature_k)
    assert found.parallel_s == pytest.approx(expected, rel=1e-12, abs=0)
    assert found.effective_medium_s is None


def test_barriers_add_by_their_edge_weights():
    found = parallel([2.0, 40.0, 1e-3], [3.0, 1.0, 0.0])
    factors = np.exp(-np.array([2.0, 40.0]) / found.temperature_k[:, None])
    assert found.parallel_s == pytest.approx(1e-4 * (factors @ [0.75, 0.25]), rel=1e-12, abs=0)


def test_log_uniform_barriers_give_the_closed_form():
    lowest_k, highest_k, n = 0.5, 500.0, 20_000
    energies_k = lowest_k * (highest_k / lowest_k) ** ((np.arange(n) + 0.5) / n)
    settings = TransportSettings(temperature_min_k=0.2, sheet_conductance_s=1.0)
    found = parallel(energies_k, None, settings)
    law = np.exp(log_uniform_ln_conductance(found.temperature_k, lowest_k, highest_k))
    assert found.parallel_s == pytest.approx(law, rel=1e-6)
    slope = log_uniform_slope(found.temperature_k, lowest_k, highest_k)
    assert found.parallel_exponent == pytest.approx(slope, rel=1e-5)
    windows = log_windows(found)
    straight = np.array(windows.quantity) == "conductance"
    assert windows.decades[straight & (windows.tolerance == 0.02)] == pytest.approx(2.1, abs=0.2)
    at_1k = log_slopes(found, settings)
    expected = float(log_uniform_slope(1.0, lowest_k, highest_k))
    assert at_1k.slope == pytest.approx([expected], rel=2e-3)
    assert at_1k.a_per_ohm == pytest.approx(at_1k.slope / at_1k.resistance_ohm)
    measured = log_slopes(found, TransportSettings(resistance_1k_ohm=5e3))
    assert measured.a_per_ohm == pytest.approx([expected / 5e3], rel=0.01)


def test_temperatures_are_a_logarithmic_grid_between_the_settings():
    settings = TransportSettings(
        temperature_min_k=0.1, temperature_max_k=1000.0, temperature_points=5
    )
    found = parallel([48.0], None, settings)
    assert found.temperature_k == pytest.approx([0.1, 1, 10, 100, 1000])


def test_conductance_rises_with_temperature_towards_its_limit(rng):
    settings = TransportSettings(temperature_max_k=1e6)
    found = parallel(rng.lognormal(3, 1, 300), None, settings)
    assert (np.diff(found.parallel_s) >= 0).all()
    assert found.parallel_s[-1] == pytest.approx(1e-4, rel=1e-2)


def test_a_conductance_below_the_smallest_number_is_zero():
    found = parallel([1e4])
    assert found.parallel_s[0] == 0
    assert found.parallel_s[-1] > 0


@pytest.mark.parametrize(("energy_k", "weight"), [([], []), ([48.0], [0.0])])
def test_without_a_weighted_grain_the_grid_is_there_and_the_conductance_unknown(energy_k, weight):
    found = parallel(energy_k, np.array(weight))
    assert len(found.temperature_k) == 120
    assert np.isnan(found.parallel_s).all()


def test_a_logarithm_in_the_resistance_is_straight_in_it_and_not_in_the_conductance():
    t = np.geomspace(0.1, 10, 101)
    resistance = 2000 - 300 * np.log(t)
    found = log_windows(Conductance(t, 1 / resistance, network_s=1e-3 * np.sqrt(t)))
    assert found.model == ("parallel",) * 4 + ("network",) * 4
    assert found.quantity == (*("resistance",) * 2, *("conductance",) * 2) * 2
    straight = np.flatnonzero((np.array(found.model) == "parallel") & (found.decades > 1.99))
    assert [found.quantity[row] for row in straight] == ["resistance", "resistance"]
    assert found.slope[straight] == pytest.approx(-300)
    assert found.temperature_low_k[straight] == pytest.approx(0.1)
    assert found.temperature_high_k[straight] == pytest.approx(10)
