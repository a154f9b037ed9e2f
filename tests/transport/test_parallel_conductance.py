"""Grains in parallel: the sum over barriers against one barrier, two, and a law."""

import numpy as np
import pytest

from grainscope.laws.charging_energy import charging_energy_k
from grainscope.laws.parallel_activation import log_uniform_ln_conductance
from grainscope.settings import TransportSettings
from grainscope.transport import conduct


def with_barriers(grains_of, energies_k, edge_weight=None):
    diameter_um = charging_energy_k(1.0, 5.5) / np.asarray(energies_k, float)
    return grains_of(diameter_um, edge_weight)


def test_one_barrier_is_arrhenius(grains_of):
    found = conduct(with_barriers(grains_of, [30.0]), TransportSettings(sheet_conductance_s=2e-4))
    expected = 2e-4 * np.exp(-30 / found.temperature_k)
    assert found.parallel_s == pytest.approx(expected, rel=1e-12, abs=0)
    assert found.effective_medium_s is None


def test_barriers_add_by_their_edge_weights(grains_of):
    table = with_barriers(grains_of, [2.0, 40.0, 1e-3], [3.0, 1.0, 0.0])
    found = conduct(table, TransportSettings())
    factors = np.exp(-np.array([2.0, 40.0]) / found.temperature_k[:, None])
    assert found.parallel_s == pytest.approx(1e-4 * (factors @ [0.75, 0.25]), rel=1e-12, abs=0)


def test_log_uniform_barriers_give_the_closed_form(grains_of):
    lowest_k, highest_k, n = 0.5, 500.0, 20_000
    energies_k = lowest_k * (highest_k / lowest_k) ** ((np.arange(n) + 0.5) / n)
    settings = TransportSettings(temperature_min_k=0.2, sheet_conductance_s=1.0)
    found = conduct(with_barriers(grains_of, energies_k), settings)
    law = np.exp(log_uniform_ln_conductance(found.temperature_k, lowest_k, highest_k))
    assert found.parallel_s == pytest.approx(law, rel=1e-6)


def test_temperatures_are_a_logarithmic_grid_between_the_settings(grains_of):
    settings = TransportSettings(
        temperature_min_k=0.1, temperature_max_k=1000.0, temperature_points=5
    )
    found = conduct(grains_of([0.1]), settings)
    assert found.temperature_k == pytest.approx([0.1, 1, 10, 100, 1000])


def test_conductance_rises_with_temperature_towards_its_limit(grains_of, rng):
    settings = TransportSettings(temperature_max_k=1e6)
    found = conduct(grains_of(rng.lognormal(-2.5, 1, 300)), settings)
    assert (np.diff(found.parallel_s) >= 0).all()
    assert found.parallel_s[-1] == pytest.approx(1e-4, rel=1e-2)


def test_a_conductance_below_the_smallest_number_is_zero(grains_of):
    found = conduct(with_barriers(grains_of, [1e4]), TransportSettings())
    assert found.parallel_s[0] == 0
    assert found.parallel_s[-1] > 0


@pytest.mark.parametrize(("diameter_um", "weight"), [([], []), ([0.1], [0.0])])
def test_without_a_weighted_grain_the_grid_is_there_and_the_conductance_unknown(
    grains_of, diameter_um, weight
):
    found = conduct(grains_of(diameter_um, np.array(weight)), TransportSettings())
    assert len(found.temperature_k) == 120
    assert np.isnan(found.parallel_s).all()
