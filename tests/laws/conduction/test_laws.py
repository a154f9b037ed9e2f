"""Every law of R(T) against values computed apart, its limits and its own starts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grainscope.laws.conduction import (
    LOCALISATION_S,
    RESISTANCE_LAWS,
    LogSlope,
    contact_conductance,
)

#: A typical curve of each law; resistances of kilohms, temperatures of 0.06 to 4 K.
THETA = {
    "arrhenius": (1000.0, 0.2),
    "efros_shklovskii": (1000.0, 0.16),
    "mott_2d": (1000.0, 0.22),
    "power": (5000.0, 0.2),
    "log_resistance": (5000.0, 0.3),
    "log_conductance": (1e-3, 2e-4),
    "weak_localisation": (1e-4, 1.0),
    "granular_log": (3e-4, 0.2),
    "kondo": (2000.0, 6000.0, 0.5),
    "saturating": (100.0, 1000.0, 0.5),
    "saturating_conductance": (1e-4, 1e-3, 0.5),
}
FEW = settings(max_examples=25, deadline=None)
LAWS = [*RESISTANCE_LAWS.values(), LogSlope()]
EACH = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
NAMES = pytest.mark.parametrize("name", list(THETA))
T = np.geomspace(0.06, 4, 60)


def test_the_typical_curves_cover_all_laws():
    assert list(THETA) == sorted(THETA, key=list(RESISTANCE_LAWS).index)
    assert set(THETA) == set(RESISTANCE_LAWS)


@EACH
def test_known_values(law):
    for x, theta, expected in law.known_values:
        assert law.value(np.array([x]), theta)[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@EACH
def test_parameters_are_named_by_their_unit(law):
    suffix = {"Ω/□": "_ohm_sq", "K": "_k", "S": "_s", "1/Ω": "_per_ohm"}
    for parameter in law.parameters:
        assert parameter.low < parameter.high
        if parameter.unit:
            assert parameter.name.endswith(suffix[parameter.unit])


@NAMES
def test_a_start_is_near_what_made_the_curve(name):
    law = RESISTANCE_LAWS[name]
    r = law.value(T, THETA[name])
    assert np.all((r > 0) & np.isfinite(r))
    start = law.start(T, r)
    assert len(start) == len(law.parameters)
    np.testing.assert_allclose(law.value(T, start), r, rtol=0.1)


@EACH
@FEW
@given(
    level=st.floats(1e-3, 1e9),
    bend=st.floats(-3, 3),
    low=st.floats(0.01, 10),
    decades=st.floats(0.0, 3.0),
    n=st.integers(3, 20),
)
def test_a_start_is_inside_the_bounds_whatever_the_data(law, level, bend, low, decades, n):
    t = np.geomspace(low, low * 10**decades, n)
    start = law.start(t, level * (t / low) ** bend)
    for value, parameter in zip(start, law.parameters, strict=True):
        assert parameter.low <= value <= parameter.high
        assert math.isfinite(value)


@EACH
@FEW
@given(seed=st.integers(0, 10**6))
def test_values_are_finite_and_not_negative_inside_the_bounds(law, seed):
    rng = np.random.default_rng(seed)
    theta = []
    for p in law.parameters:
        size = 10 ** rng.uniform(-12, 6) * rng.choice([-1.0, 1.0])
        theta.append(float(np.clip(size, p.low, p.high)))
    r = law.value(np.geomspace(1e-3, 300, 40), theta)
    assert np.all(np.isfinite(r) & (r >= 0))


@pytest.mark.parametrize("name", sorted(set(THETA) - {"weak_localisation", "granular_log"}))
def test_resistances_scale_with_their_unit(name):
    """Twice the resistance, half the conductance: the shape does not know the unit."""
    law, theta = RESISTANCE_LAWS[name], THETA[name]
    factor = {"Ω/□": 2.0, "S": 0.5}
    doubled = tuple(
        value * factor.get(p.unit, 1.0) for value, p in zip(theta, law.parameters, strict=True)
    )
    np.testing.assert_allclose(law.value(T, doubled), 2 * law.value(T, theta))


def test_a_contained_law_is_a_limit_of_the_larger():
    arrhenius, power = RESISTANCE_LAWS["arrhenius"], RESISTANCE_LAWS["power"]
    falls = RESISTANCE_LAWS["saturating"].value(T, (0.0, 100.0, 0.5))
    rises = RESISTANCE_LAWS["saturating_conductance"].value(T, (0.0, 0.01, 0.5))
    np.testing.assert_allclose(falls, arrhenius.value(T, (100.0, -0.5)))
    np.testing.assert_allclose(rises, arrhenius.value(T, (100.0, 0.5)))
    kondo = RESISTANCE_LAWS["kondo"].value(T, (0.0, 1.0, 1e-4))
    np.testing.assert_allclose(
        kondo / kondo[0], power.value(T, (1.0, 0.44)) / 0.06**-0.44, rtol=1e-4
    )


def test_kondo_is_half_at_its_temperature_and_flat_far_below():
    law = RESISTANCE_LAWS["kondo"]
    r = law.value(np.array([1e-5, 0.5, 1e4]), (100.0, 60.0, 0.5))
    np.testing.assert_allclose(r, [160, 130, 100], atol=1)


def test_the_three_logarithms_in_conductance_are_one_form():
    slope = {"granular_log": math.pi, "weak_localisation": 2.5, "log_conductance": 2.5}
    theta = {
        "granular_log": (3e-4, 0.0),
        "weak_localisation": (3e-4, 2.5),
        "log_conductance": (3e-4, -2.5 * LOCALISATION_S),
    }
    for name, expected in slope.items():
        sigma = 1 / RESISTANCE_LAWS[name].value(np.array([1.0, math.e]), theta[name])
        assert (sigma[1] - sigma[0]) / LOCALISATION_S == pytest.approx(expected, rel=1e-9)


def test_the_papers_slope_in_units_of_localisation():
    in_units = 8.44e-5 / LOCALISATION_S
    assert in_units == pytest.approx(6.84, abs=0.01)
    r = LogSlope().value(np.array([1.0, 0.1]), (8.44e-5, 5000.0))
    assert (r[1] - r[0]) / r[0] == pytest.approx(8.44e-5 * 5000 * math.log(10))


def test_the_granular_correction_stops_at_its_cutoff():
    law = RESISTANCE_LAWS["granular_log"]
    sigma = 1 / law.value(np.array([0.01, 0.1, 0.5, 1.0]), (3e-4, 0.2))
    universal_s = 1 / 25812.80745
    assert sigma[0] == pytest.approx(sigma[1], rel=1e-3)
    assert sigma[3] - sigma[2] == pytest.approx(universal_s * math.log(2), rel=1e-3)
    assert sigma[3] - sigma[0] == pytest.approx(universal_s * math.log(5), rel=1e-3)


@FEW
@given(g=st.floats(1.0, 50.0), charging_k=st.floats(0.5, 500.0))
def test_the_conductance_of_a_contact_from_the_film(g, charging_k):
    """Efetov and Tschersich forwards: σ0 {1 − ln[g E_C/T]/4πg} at 1 K, in S."""
    classical_s = 2 * g * 2 * math.pi / 25812.80745  # (2e²/ħ) g
    at_1k = classical_s * (1 - math.log(g * charging_k) / (4 * math.pi * g))
    assert contact_conductance(at_1k, charging_k) == pytest.approx(g, rel=1e-6)


def test_there_is_no_contact_for_an_insulator():
    assert math.isnan(contact_conductance(-1e-3, 10.0))
