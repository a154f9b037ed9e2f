"""Constants against CODATA as scipy carries it."""

import math

import pytest
from scipy import constants as codata

from grainscope import constants


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (constants.ELEMENTARY_CHARGE_C, codata.e),
        (constants.PLANCK_J_S, codata.h),
        (constants.REDUCED_PLANCK_J_S, codata.hbar),
        (constants.BOLTZMANN_J_PER_K, codata.k),
        (constants.FLUX_QUANTUM_WB, codata.physical_constants["mag. flux quantum"][0]),
    ],
)
def test_exact_constants_are_those_of_the_si(ours, theirs):
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_the_vacuum_permittivity_is_measured_and_agrees_within_successive_adjustments():
    ratio = constants.VACUUM_PERMITTIVITY_F_PER_M / codata.epsilon_0
    assert ratio == pytest.approx(1, abs=2e-9)


def test_the_flux_quantum_in_gauss_and_square_micrometres():
    # 1 T = 1e4 G, 1 m² = 1e12 µm²
    flux_g_um2 = codata.physical_constants["mag. flux quantum"][0] * 1e4 * 1e12
    assert flux_g_um2 == pytest.approx(constants.FLUX_QUANTUM_G_UM2, rel=1e-9)
    assert math.isclose(constants.FLUX_QUANTUM_G_UM2, 20.678, rel_tol=2e-5)
    assert constants.GAUSS_PER_MILLITESLA == 1e-3 * 1e4
