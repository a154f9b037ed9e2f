"""Charging energies, against constants from elsewhere and against electrostatics."""

import numpy as np
import pytest
from scipy import constants as codata

from grainscope.laws.charging_energy import charging_energy_k, disc_capacitance_f


def test_the_energies_of_five_diameters_on_a_substrate():
    energies = charging_energy_k(np.array([10, 30, 100, 300, 800]) / 1000, 5.5)
    assert energies.round() == pytest.approx([477, 159, 48, 16, 6])


def test_one_electron_on_a_disc_in_vacuum_by_hand():
    radius_m = 50e-9
    volts = codata.e / (8 * codata.epsilon_0 * radius_m)
    assert charging_energy_k(0.1, 1.0) == pytest.approx(codata.e * volts / 2 / codata.k, rel=1e-8)


def test_the_capacitance_of_a_disc_is_that_of_its_charge_density_at_constant_potential():
    # σ(ρ) = Q / (2π r √(r² − ρ²)) on both sides together puts Q / (8 ε0 r) on the disc's centre.
    radius_m, charge_c = 1e-6, 1e-15
    angle = (np.arange(1000) + 0.5) * np.pi / 2000  # ρ = r sin(angle) takes the rim's pole away
    ring_c = charge_c * np.sin(angle) * (np.pi / 2000)
    volts = (ring_c / (4 * np.pi * codata.epsilon_0 * radius_m * np.sin(angle))).sum()
    assert disc_capacitance_f(2.0, 1.0) == pytest.approx(charge_c / volts, rel=1e-6)


def test_energy_falls_as_one_over_diameter_and_permittivity():
    assert charging_energy_k(0.2, 5.0) == pytest.approx(charging_energy_k(0.1, 5.0) / 2)
    assert charging_energy_k(0.1, 10.0) == pytest.approx(charging_energy_k(0.1, 5.0) / 2)
