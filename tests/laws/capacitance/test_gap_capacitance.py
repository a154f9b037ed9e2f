"""The table of gap capacitances against the solution that it was made from."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import constants as codata

from grainscope.laws.capacitance import disc_pair, gap_capacitance_f
from grainscope.laws.capacitance.gap_capacitance import (
    SMALLEST_DISTANCE,
    SMALLEST_RATIO,
    TABLE_FILE,
    TABLE_SHAPE,
    exact_correction,
    table_place,
)

RADII = st.floats(1e-3, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.floats(-3, 0), st.floats(-3, 1.5))
def test_it_is_the_exact_solution_to_2e_5(log_ratio, log_gap):
    ratio = 10**log_ratio
    gap_um = 10**log_gap * ratio
    expected = codata.epsilon_0 * 5.5e-6 * disc_pair(1.0, ratio, gap_um).c12
    assert gap_capacitance_f(1.0, ratio, gap_um * 1000, 5.5) == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize(
    ("ratio", "gap_um", "within"), [(1, 1e-5, 2e-5), (1, 1e3, 1e-7), (1e-4, 1e-3, 5e-3)]
)
def test_it_continues_outside_the_table(ratio, gap_um, within):
    expected = codata.epsilon_0 * 1e-6 * disc_pair(1.0, ratio, gap_um).c12
    assert gap_capacitance_f(1.0, ratio, gap_um * 1000, 1.0) == pytest.approx(expected, rel=within)


def test_the_shipped_table_says_what_it_covers():
    shipped = json.loads(TABLE_FILE.read_text(encoding="utf-8"))
    assert np.shape(shipped["coefficients"]) == TABLE_SHAPE
    assert shipped["smallest_ratio"] == SMALLEST_RATIO
    assert shipped["smallest_distance"] == SMALLEST_DISTANCE


@pytest.mark.parametrize(("row", "column"), [(0, 0), (4, 3), (9, 6), (5, 11)])
def test_the_shipped_table_is_solved_again_at_some_of_its_points(row, column):
    # The series passes through its own points: there it must give what is solved now.
    coefficients = np.array(json.loads(TABLE_FILE.read_text(encoding="utf-8"))["coefficients"])
    at = [
        np.polynomial.chebyshev.chebpts1(TABLE_SHAPE[axis])[i]
        for axis, i in enumerate((row, column))
    ]
    ratio = SMALLEST_RATIO ** ((1 - at[0]) / 2)
    distance = SMALLEST_DISTANCE - 2 * np.log((at[1] + 1) / 2)
    assert table_place(ratio, distance) == pytest.approx(at)
    tabulated = np.polynomial.chebyshev.chebval2d(*at, coefficients)
    assert tabulated == pytest.approx(exact_correction(ratio, distance), abs=1e-8)


@given(RADII, RADII, st.floats(0.1, 1e4))
def test_it_is_symmetric_and_scales(radius_1_um, radius_2_um, gap_nm):
    value_f = gap_capacitance_f(radius_1_um, radius_2_um, gap_nm, 5.5)
    assert value_f > 0
    assert gap_capacitance_f(radius_2_um, radius_1_um, gap_nm, 5.5) == value_f
    doubled = gap_capacitance_f(2 * radius_1_um, 2 * radius_2_um, 2 * gap_nm, 5.5)
    assert doubled == pytest.approx(2 * value_f, rel=1e-9)
    assert gap_capacitance_f(radius_1_um, radius_2_um, gap_nm, 11.0) == pytest.approx(2 * value_f)
    assert gap_capacitance_f(radius_1_um, radius_2_um, gap_nm, 5.5, 0.5) == value_f / 2
    assert gap_capacitance_f(radius_1_um, radius_2_um, 1.1 * gap_nm, 5.5) < value_f


def test_arrays_are_broadcast():
    values_f = gap_capacitance_f([[0.1], [0.2]], 0.1, [1.0, 2.0, 3.0], 5.5)
    assert values_f.shape == (2, 3)
    assert values_f[1, 2] == gap_capacitance_f(0.2, 0.1, 3.0, 5.5)
    assert gap_capacitance_f([], [], [], 5.5).shape == (0,)


def test_touching_grains_are_refused():
    with pytest.raises(ValueError, match="one conductor"):
        gap_capacitance_f(0.1, 0.1, [1.0, 0.0], 5.5)
    with pytest.raises(ValueError, match="radii"):
        gap_capacitance_f([0.1, np.nan], 0.1, 1.0, 5.5)
