"""Charging energies among neutral neighbours against all discs solved as a whole."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import constants as codata

from grainscope.laws.capacitance import charging_among_neutral, disc_pair, neutral_share
from grainscope.laws.capacitance.neutral_share import (
    LARGEST_RATIO,
    SMALLEST_DISTANCE,
    TABLE_FILE,
    TABLE_SHAPE,
    exact_share,
)
from grainscope.laws.charging_energy import charging_energy_k

KELVIN = codata.e**2 / (2 * codata.k * codata.epsilon_0 * 1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(-2.4, 2.4), st.floats(-2.5, 1.5))
def test_the_share_of_a_neutral_neighbour_is_that_of_the_exact_solution(log_ratio, log_gap):
    ratio = 10**log_ratio
    gap = 10**log_gap * min(1, ratio)
    assert neutral_share(1.0, ratio, gap) == pytest.approx(exact_share(1.0, ratio, gap), rel=1e-4)


def test_far_away_it_is_a_polarisable_disc():
    # ½ α E² with α = 16 ε r2³/3 and E = 1/4π ε D², over ½/8 ε r1.
    share = neutral_share(1.0, 0.5, 500.0)
    field = 1 / (4 * np.pi * 501.5**2)
    assert share == pytest.approx(8 * 16 / 3 * 0.5**3 * field**2, rel=1e-4)


def test_the_shipped_table_says_what_it_covers_and_lengths_must_be_positive():
    shipped = json.loads(TABLE_FILE.read_text(encoding="utf-8"))
    assert np.shape(shipped["coefficients"]) == TABLE_SHAPE
    assert shipped["largest_ratio"] == LARGEST_RATIO
    assert shipped["smallest_distance"] == SMALLEST_DISTANCE
    with pytest.raises(ValueError, match="above 0"):
        neutral_share(1.0, 1.0, 0.0)


def test_a_pair_is_exact():
    pair = disc_pair(0.1, 0.05, 0.01)
    inverse = np.linalg.inv([[pair.c11, -pair.c12], [-pair.c12, pair.c22]])
    charging = charging_among_neutral([0.1, 0.05], [[0, 0], [0.16, 0]], [0], [1], [10.0], 5.5)
    assert charging.electron_k == pytest.approx(KELVIN / 5.5 * np.diag(inverse), rel=1e-4)
    moved = inverse[0, 0] + inverse[1, 1] - 2 * inverse[0, 1]
    assert charging.pair_creation_k == pytest.approx([KELVIN / 5.5 * moved], rel=1e-4)


@pytest.mark.parametrize(
    ("gap", "grain_within", "pair_within"), [(0.3, 1.5e-2, 1.5e-2), (1, 3e-3, 2e-3)]
)
def test_a_hexagon_of_seven_discs(discs_by_balayage, gap, grain_within, pair_within):
    angle = np.arange(6) * np.pi / 3
    ring = (2 + gap) * np.stack((np.cos(angle), np.sin(angle)), 1)
    centre = np.concatenate((np.zeros((1, 2)), ring))
    inverse = np.linalg.inv(discs_by_balayage(centre, np.ones(7), 8, 32))
    outer = np.arange(1, 7)
    a, b = np.append(np.zeros(6, int), outer), np.append(outer, outer % 6 + 1)
    charging = charging_among_neutral(np.ones(7), centre, a, b, np.full(12, gap * 1e3), 1.0)
    assert charging.electron_k == pytest.approx(KELVIN * np.diag(inverse), rel=grain_within)
    moved = np.diag(inverse)[a] + np.diag(inverse)[b] - 2 * inverse[a, b]
    assert charging.pair_creation_k == pytest.approx(KELVIN * moved, rel=pair_within)


def film(rng, count=30):
    centre = rng.permutation(np.argwhere(np.ones((6, 5))))[:count] * 0.1
    radius = rng.uniform(0.01, 0.045, count)
    a, b = np.triu_indices(count, 1)
    distance = np.hypot(*(centre[a] - centre[b]).T)
    near = distance < 0.15
    gap_nm = (distance - radius[a] - radius[b])[near] * 1e3
    return radius, centre, a[near], b[near], gap_nm


@given(st.integers(0, 50), st.floats(0.1, 10), st.floats(0, 6.3))
def test_lengths_turns_and_numbering_do_what_they_should(seed, times, angle):
    radius, centre, a, b, gap_nm = film(np.random.default_rng(seed))
    charging = charging_among_neutral(radius, centre, a, b, gap_nm, 5.5)
    assert np.all(charging.electron_k > 0)
    assert np.all(charging.electron_k <= charging_energy_k(2 * radius, 5.5))
    assert np.all(charging.pair_creation_k > 0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    scaled = charging_among_neutral(
        times * radius, times * centre @ turn, b, a, times * gap_nm, 5.5
    )
    assert scaled.electron_k == pytest.approx(charging.electron_k / times, rel=1e-6)
    assert scaled.pair_creation_k == pytest.approx(charging.pair_creation_k / times, rel=1e-6)
    # Numbered backwards, contacts in another order.
    last = len(radius) - 1
    back = charging_among_neutral(
        radius[::-1], centre[::-1], last - a[::-1], last - b[::-1], gap_nm[::-1], 5.5
    )
    assert back.electron_k[::-1] == pytest.approx(charging.electron_k, rel=1e-9)
    assert back.pair_creation_k[::-1] == pytest.approx(charging.pair_creation_k, rel=1e-9)


def test_without_contacts_grains_are_alone():
    charging = charging_among_neutral([0.05], [[0, 0]], [], [], [], 5.5)
    assert charging.electron_k == pytest.approx(charging_energy_k([0.1], 5.5))
    assert charging.pair_creation_k.shape == (0,)
    assert charging_among_neutral([], [], [], [], [], 5.5).electron_k.shape == (0,)
