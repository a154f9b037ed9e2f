"""Capacitance matrices, selected inverses and charging energies of networks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants as codata
from scipy.sparse import csc_array
from scipy.spatial import Delaunay

from grainscope.laws.capacitance import (
    capacitance_matrix_f,
    grounded_charging_energy_k,
    inverse_entries,
    network_charging,
)
from grainscope.laws.charging_energy import charging_energy_k, disc_capacitance_f

PER_FARAD = codata.e**2 / 2 / codata.k


def film(seed, count=200):
    """Delaunay links of random points with capacitances over two decades."""
    rng = np.random.default_rng(seed)
    corners = Delaunay(rng.random((count, 2))).simplices
    links = np.unique(
        np.sort(np.concatenate(np.split(corners[:, [0, 1, 1, 2, 2, 0]], 3, 1))), axis=0
    )
    return (
        10 ** rng.uniform(-18, -16, count),
        links[:, 0],
        links[:, 1],
        10 ** rng.uniform(-19, -17, len(links)),
    )


def test_a_matrix_by_hand():
    matrix = capacitance_matrix_f([1.0, 2.0, 3.0], [0, 1], [1, 2], [0.5, 0.25]).toarray()
    assert matrix.tolist() == [[1.5, -0.5, 0], [-0.5, 2.75, -0.25], [0, -0.25, 3.25]]


def test_rows_add_up_to_the_capacitance_to_ground_and_all_eigenvalues_are_positive():
    to_ground, a, b, mutual = film(1)
    matrix = capacitance_matrix_f(to_ground, a, b, mutual).toarray()
    assert matrix.sum(axis=1) == pytest.approx(to_ground, rel=1e-9)
    assert matrix == pytest.approx(matrix.T)
    assert np.linalg.eigvalsh(matrix).min() >= to_ground.min() * (1 - 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_selected_entries_are_those_of_the_dense_inverse(seed):
    to_ground, a, b, mutual = film(seed)
    matrix = capacitance_matrix_f(to_ground, a, b, mutual)
    dense = np.linalg.inv(matrix.toarray())
    found = inverse_entries(matrix, b, a)
    assert found.diagonal == pytest.approx(np.diag(dense), rel=1e-10)
    assert found.entries == pytest.approx(dense[a, b], rel=1e-10)


def test_entries_on_the_diagonal_and_separate_grains_are_found_too():
    matrix = capacitance_matrix_f([1.0, 2.0, 4.0], [0], [1], [1.0])
    found = inverse_entries(matrix, [2, 0], [2, 1])
    assert found.diagonal == pytest.approx([0.6, 0.4, 0.25])
    assert found.entries == pytest.approx([0.25, 0.2])
    empty = inverse_entries(csc_array((0, 0)), [], [])
    assert empty.diagonal.shape == empty.entries.shape == (0,)


@pytest.mark.parametrize(
    ("values", "place", "message"),
    [
        ([[1.0, 2.0], [2.0, 1.0]], ([0], [1]), "positive definite"),
        ([[0.0, 0.0], [0.0, 0.0]], ([0], [1]), "factorised"),
        ([[1.0, 0.0], [0.0, 1.0]], ([0], [1]), "only where"),
    ],
)
def test_what_cannot_be_inverted_is_refused(values, place, message):
    with pytest.raises(ValueError, match=message):
        inverse_entries(csc_array(np.array(values)), *place)


def test_a_pair_by_hand():
    matrix = capacitance_matrix_f([1e-17, 3e-17], [0], [1], [2e-17])
    charging = network_charging(matrix, [0], [1])
    # One grain: its own ground beside the other's, in series with the gap.
    alone = 1e-17 + 1 / (1 / 2e-17 + 1 / 3e-17)
    moved = 2e-17 + 1 / (1 / 1e-17 + 1 / 3e-17)
    assert charging.electron_k[0] == pytest.approx(PER_FARAD / alone, rel=1e-8)
    assert charging.pair_creation_k == pytest.approx([PER_FARAD / moved], rel=1e-8)
    assert grounded_charging_energy_k(matrix) == pytest.approx(
        PER_FARAD / np.array([3e-17, 5e-17]), rel=1e-8
    )


def test_without_contacts_a_grain_has_the_energy_of_its_disc():
    diameter_um = np.array([0.01, 0.1, 0.8])
    matrix = capacitance_matrix_f(disc_capacitance_f(diameter_um, 5.5), [], [], [])
    expected = charging_energy_k(diameter_um, 5.5)
    assert grounded_charging_energy_k(matrix) == pytest.approx(expected)
    assert network_charging(matrix, [], []).electron_k == pytest.approx(expected)


@given(st.integers(0, 20), st.floats(0.1, 10))
def test_energies_are_ordered_and_fall_as_one_over_length(seed, times):
    to_ground, a, b, mutual = film(seed, 40)
    matrix = capacitance_matrix_f(to_ground, a, b, mutual)
    charging = network_charging(matrix, a, b)
    slack = 1 + 1e-9
    assert np.all(grounded_charging_energy_k(matrix) <= charging.electron_k * slack)
    assert np.all(charging.electron_k <= PER_FARAD / to_ground * slack)
    assert np.all(charging.pair_creation_k > 0)
    assert np.all(charging.pair_creation_k <= PER_FARAD / mutual * slack)
    scaled = network_charging(capacitance_matrix_f(times * to_ground, a, b, times * mutual), a, b)
    assert scaled.electron_k == pytest.approx(charging.electron_k / times)
    assert scaled.pair_creation_k == pytest.approx(charging.pair_creation_k / times)


def test_a_ladder_of_equal_grains_falls_off_as_it_should():
    # C0 to ground and C between neighbours: (C⁻¹)_ii = 1/√(C0² + 4 C0 C) inside a long chain
    # [Bakhvalov et al. 1989].
    count = 401
    grain = np.arange(count - 1)
    matrix = capacitance_matrix_f(
        np.full(count, 1e-18), grain, grain + 1, np.full(count - 1, 5e-18)
    )
    charging = network_charging(matrix, grain, grain + 1)
    middle = PER_FARAD / np.sqrt(1e-36 + 4 * 5e-36)
    assert charging.electron_k[200] == pytest.approx(middle, rel=1e-8)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (([1.0, 1.0], [0], [1, 0], [1.0]), r"\(E,\)"),
        (([1.0, 1.0], [0], [2], [1.0]), "grains 0…1"),
        (([1.0, 1.0], [1], [1], [1.0]), "two different"),
        (([1.0, 0.0], [0], [1], [1.0]), "self_capacitance_f"),
        (([1.0, 1.0], [0], [1], [-1.0]), "gap_capacitance_f"),
    ],
)
def test_matrices_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        capacitance_matrix_f(*values)


def test_the_inverse_of_nothing_and_of_one_number():
    nothing = inverse_entries(csc_array((0, 0)), [], [])
    assert (len(nothing.diagonal), len(nothing.entries)) == (0, 0)
    one = inverse_entries(csc_array([[4.0]]), [0], [0])
    assert (one.diagonal.tolist(), one.entries.tolist()) == ([0.25], [0.25])
