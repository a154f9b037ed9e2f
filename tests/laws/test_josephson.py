"""Josephson energies, critical currents and gaps against textbook values."""

import numpy as np
import pytest
from scipy import constants as codata

from grainscope.laws.josephson import (
    GAP_PER_TC,
    PAIR_RESISTANCE_OHM,
    critical_current_a,
    josephson_energy_k,
    superconducting_gap_k,
)


def test_the_gap_of_indium_and_the_resistance_quantum():
    assert pytest.approx(1.764, abs=2e-4) == GAP_PER_TC
    gap_mev = superconducting_gap_k(0.0, 3.4) * codata.k / codata.e * 1e3
    assert gap_mev == pytest.approx(0.517, abs=1e-3)
    assert pytest.approx(6453.2, abs=0.1) == PAIR_RESISTANCE_OHM


def test_the_gap_over_temperature_against_the_tables_of_muehlschlegel():
    # B. Mühlschlegel, Z. Phys. 155, 313 (1959)
    reduced = np.array([0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96])
    table = np.array([0.9999, 0.9850, 0.9569, 0.9070, 0.8288, 0.7110, 0.5263, 0.3416])
    found = superconducting_gap_k(3.4 * reduced, 3.4) / superconducting_gap_k(0.0, 3.4)
    assert found == pytest.approx(table, rel=0.02)
    assert superconducting_gap_k([3.4, 4.0, 1.0], [3.4, 3.4, 0.0]).tolist() == [0, 0, 0]


def test_a_junction_of_the_resistance_quantum_has_half_the_gap():
    assert josephson_energy_k(PAIR_RESISTANCE_OHM, 6.0, 0.0) == pytest.approx(3.0)
    assert josephson_energy_k([1e3, np.inf], 6.0, 0.0) == pytest.approx([3.0 * 6.4532, 0], rel=1e-4)


def test_current_times_resistance_is_pi_half_of_the_gap_voltage():
    gap_k = superconducting_gap_k(0.0, 3.4)
    gap_v = gap_k * codata.k / codata.e
    assert critical_current_a(50.0, gap_k, 0.0) * 50 == pytest.approx(np.pi / 2 * gap_v, rel=1e-9)


def test_near_the_critical_temperature_the_current_is_linear():
    # I_c R_n → π Δ²/4 e k_B T, and Δ² ∝ 1 − T/Tc: 635 µV/K (Ambegaokar and Baratoff).
    temperature = 3.4 - np.array([1e-3, 2e-3])
    volts = critical_current_a(1.0, superconducting_gap_k(temperature, 3.4), temperature)
    assert volts / (3.4 - temperature) == pytest.approx(635e-6, rel=0.01)


@pytest.mark.parametrize("temperature_k", [0.0, 0.5, 2.0, 3.0])
def test_energy_is_the_flux_quantum_times_the_current(temperature_k):
    gap_k = superconducting_gap_k(temperature_k, 3.4)
    energy_j = josephson_energy_k(2e3, gap_k, temperature_k) * codata.k
    current_a = critical_current_a(2e3, gap_k, temperature_k)
    assert energy_j == pytest.approx(codata.hbar / (2 * codata.e) * current_a, rel=1e-9)
    half = gap_k / (2 * temperature_k) if temperature_k else np.inf
    assert energy_j == pytest.approx(
        codata.h * gap_k * codata.k / (8 * codata.e**2 * 2e3) * np.tanh(half), rel=1e-9
    )
