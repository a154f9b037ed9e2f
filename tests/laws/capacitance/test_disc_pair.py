"""Two discs in a plane: limits, symmetries, and a second method."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ellipkm1, hyp2f1

from grainscope.laws.capacitance import disc_pair
from grainscope.laws.capacitance.disc_pair import _smooth_part

LENGTHS = st.floats(0.05, 1.0)


@pytest.mark.parametrize(
    ("radius_2", "gap", "within"), [(1, 3, 1e-13), (1, 0.3, 1e-6), (0.3, 0.3, 1e-7), (1, 0.1, 2e-3)]
)
def test_the_charges_that_two_discs_induce_on_each_other(discs_by_balayage, radius_2, gap, within):
    pair = disc_pair(1.0, radius_2, gap)
    other = discs_by_balayage([[0, 0], [1 + radius_2 + gap, 0]], [1, radius_2])
    expected = np.array([[pair.c11, -pair.c12], [-pair.c12, pair.c22]])
    assert other == pytest.approx(expected, rel=within)


def test_far_apart_they_are_a_disc_each_and_a_point_charge_to_the_other():
    for distance in (1e2, 1e4):
        pair = disc_pair(1.0, 0.5, distance - 1.5)
        first_order = 8 * 4 / (4 * np.pi * distance)
        assert pair.c11 == pytest.approx(8, rel=2 / distance**2)
        assert pair.c12 == pytest.approx(first_order, rel=1 / distance**2)


def test_a_small_disc_beside_a_large_one_takes_its_potential():
    # A disc at one volt has (2/π) arcsin(r/D) in its plane.
    pair = disc_pair(1.0, 1e-3, 0.5)
    assert pair.c12 == pytest.approx(8e-3 * 2 / np.pi * np.arcsin(1 / 1.501), rel=1e-3)


def test_the_loss_from_touch_is_that_of_facing_edges():
    # Two half-planes at a gap s have (2 ε/π) ln(1/s) + constant per length; along a contact
    # s + x²/2r gives C(0) − 4 √(2 r s).
    for radius_2 in (1.0, 0.2):
        reduced = radius_2 / (1 + radius_2)
        gaps = np.array([4e-4, 1e-4]) * radius_2
        values = [disc_pair(1.0, radius_2, gap).c12 for gap in gaps]
        slope = np.diff(values) / np.diff(-np.sqrt(2 * reduced * gaps))
        assert slope == pytest.approx(4, rel=0.02)


def test_facing_edges_of_wide_strips_have_the_logarithm_used_above():
    # Coplanar strips, exact: ε K(k')/K(k) per length, k = s/(s + 2w) [Gupta et al. 1979].
    def per_length(gap, width):
        k = gap / (gap + 2 * width)
        return ellipkm1(k**2) / ellipkm1(1 - k**2)

    rise = per_length(1e-6, 1.0) - per_length(1e-4, 1.0)
    assert rise == pytest.approx(2 / np.pi * np.log(100), rel=1e-3)


def test_at_touch_equal_discs_have_a_finite_capacitance():
    values = [disc_pair(1.0, 1.0, gap).c12 + 4 * np.sqrt(gap) for gap in (1e-3, 1e-4)]
    assert values == pytest.approx([4.504, 4.504], abs=2e-3)


@settings(max_examples=25, deadline=None)
@given(LENGTHS, LENGTHS, st.floats(0.05, 5.0), st.floats(0.1, 10.0))
def test_it_is_reciprocal_scales_with_length_and_is_positive(radius_1, radius_2, gap, times):
    pair = disc_pair(radius_1, radius_2, gap)
    swapped = disc_pair(radius_2, radius_1, gap)
    assert (swapped.c22, swapped.c12, swapped.c11) == pytest.approx(pair[:3], rel=1e-9)
    scaled = disc_pair(times * radius_1, times * radius_2, times * gap)
    assert scaled == pytest.approx(times * np.array(pair), rel=1e-8)
    assert pair.c12 > 0
    # Positive definite, and charge of one sign on both discs at one potential.
    assert min(pair.c11, pair.c22) > pair.c12 * min(1, radius_1 / radius_2, radius_2 / radius_1)
    assert pair.c11 * pair.c22 > pair.c12**2
    # At one potential they hold less than apart, one alone more than without the other.
    assert pair.c11 >= 8 * radius_1 >= pair.c11 - pair.c12


@settings(max_examples=25, deadline=None)
@given(LENGTHS, LENGTHS, st.floats(0.05, 2.0), st.floats(1.05, 3.0))
def test_it_falls_with_the_gap(radius_1, radius_2, gap, times):
    near, far = disc_pair(radius_1, radius_2, gap), disc_pair(radius_1, radius_2, times * gap)
    assert near.c12 > far.c12
    assert near.c11 > far.c11


def test_the_integral_for_high_modes_is_the_hypergeometric_function():
    for mode in (20, 50, 160):
        v = np.geomspace(1e-4, 60 / mode, 200)
        expected = hyp2f1(mode, -0.5, mode + 0.5, np.exp(-2 * v))
        assert _smooth_part(mode, v) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("lengths", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, 0.0)])
def test_lengths_of_zero_are_refused(lengths):
    with pytest.raises(ValueError, match="above 0"):
        disc_pair(*lengths)
