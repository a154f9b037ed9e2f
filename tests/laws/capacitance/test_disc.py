"""Capacitance of round and elliptic discs against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants as codata
from scipy.integrate import quad

from grainscope.laws.capacitance import disc_capacitance_f, elliptic_disc_capacitance_f

AXES = st.floats(1e-3, 10.0)


def test_a_round_ellipse_is_a_disc():
    assert elliptic_disc_capacitance_f(0.3, 0.3, 5.5) == pytest.approx(
        disc_capacitance_f(0.3, 5.5), rel=1e-14
    )


def test_a_long_ellipse_against_the_integral_over_confocal_ellipsoids():
    # 1/C = (1/8π ε) ∫ dλ / √[(λ + a²)(λ + b²) λ]; λ = t² takes the pole away.
    a, b = 2e-6, 0.25e-6
    integral = quad(lambda t: 2 / np.hypot(t, a / 1e-6) / np.hypot(t, b / 1e-6), 0, np.inf)[0]
    expected = 8 * np.pi * codata.epsilon_0 * 3.0 * 1e-6 / integral
    assert elliptic_disc_capacitance_f(4.0, 0.5, 3.0) == pytest.approx(expected, rel=1e-8)


@given(AXES, AXES)
def test_an_ellipse_lies_between_its_discs_and_above_the_one_of_its_area(major_um, minor_um):
    capacitance_f = elliptic_disc_capacitance_f(major_um, minor_um, 5.5)
    inner, outer = sorted((major_um, minor_um))
    slack = 1 + 1e-12
    assert disc_capacitance_f(inner, 5.5) <= capacitance_f * slack
    assert capacitance_f <= disc_capacitance_f(outer, 5.5) * slack
    # Of all shapes of one area the disc has least (Pólya and Szegő).
    assert disc_capacitance_f(np.sqrt(inner * outer), 5.5) <= capacitance_f * slack
    assert elliptic_disc_capacitance_f(minor_um, major_um, 5.5) == capacitance_f
    assert elliptic_disc_capacitance_f(2 * major_um, 2 * minor_um, 5.5) == pytest.approx(
        2 * capacitance_f, rel=1e-12
    )
