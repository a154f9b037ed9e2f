"""Tunnel conductances by hand."""

import numpy as np
import pytest
from scipy import constants as codata

from grainscope.laws.tunnelling import decay_per_nm, tunnel_conductance_s


def test_an_electron_below_one_electronvolt():
    # 1.025 Å⁻¹ √(φ/eV) is 2κ as the tunnelling literature quotes it.
    assert 2 * decay_per_nm(1.0) / 10 == pytest.approx(1.025, abs=5e-4)
    kinetic_ev = (codata.hbar * decay_per_nm(2.5, 0.4) * 1e9) ** 2 / (0.8 * codata.m_e) / codata.e
    assert kinetic_ev == pytest.approx(2.5, rel=1e-8)


def test_it_grows_as_the_root_of_height_and_mass():
    assert decay_per_nm([4.0, 1.0, 0.0], [1.0, 4.0, 1.0]) == pytest.approx(
        decay_per_nm(1.0) * np.array([2, 2, 0])
    )


def test_a_decade_in_ln_ten_over_two_kappa():
    step_nm = np.log(10) / (2 * 5.0)
    falls = tunnel_conductance_s(step_nm * np.arange(3), 0.1, 5.0, 1e-3, 0.1)
    assert falls == pytest.approx([1e-3, 1e-4, 1e-5])
    assert tunnel_conductance_s(0.0, [0.05, 0.0], 5.0, 1e-3, 0.1) == pytest.approx([5e-4, 0])


@pytest.mark.parametrize("values", [(-1.0, 1.0), (1.0, 0.0), (np.nan, 1.0)])
def test_impossible_barriers_are_refused(values):
    with pytest.raises(ValueError, match="barrier_ev"):
        decay_per_nm(*values)
