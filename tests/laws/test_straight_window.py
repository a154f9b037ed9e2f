"""Windows that are straight in ln x: found whole, not found where nothing is straight."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grainscope.laws.parallel_activation import log_uniform_ln_conductance
from grainscope.laws.straight_window import straight_window

X = np.geomspace(0.01, 100, 161)


def test_a_straight_line_is_one_window():
    found = straight_window(X, 5 + 0.7 * np.log(X), 0.01)
    assert (found.start, found.stop) == (0, 161)
    assert found.decades == pytest.approx(4)
    assert (found.intercept, found.slope) == pytest.approx((5, 0.7))
    assert found.deviation < 1e-12


def test_the_straight_part_between_two_bends_is_found():
    inside = np.clip(np.log(X), np.log(0.1), np.log(10))
    y = 10 + inside + 5 * (np.log(X) - inside)
    found = straight_window(X, y, 0.001)
    assert found.low == pytest.approx(0.1, rel=0.1)
    assert found.high == pytest.approx(10, rel=0.1)
    assert found.slope == pytest.approx(1, rel=0.02)


def test_conductance_of_log_uniform_barriers_is_straight_for_three_decades():
    """Within 2 % over 3.06 decades for Δ2/Δ1 = 10⁴, its inverse over about one."""
    t = np.geomspace(0.01, 1e6, 1200)
    g = np.exp(log_uniform_ln_conductance(t, 1.0, 1e4))
    assert straight_window(t, g, 0.02).decades == pytest.approx(3.06, abs=0.05)
    assert 0.8 < straight_window(t, 1 / g, 0.02).decades < 1.5


def test_a_longer_window_is_found_behind_one_that_fails():
    """Windows that grow may fail and hold again: all are looked at."""
    rng = np.random.default_rng(11)
    x = np.geomspace(1, 100, 60)
    for _ in range(20):
        y = 5 + np.log(x) + np.cumsum(rng.normal(0, 0.03, 60))
        found = straight_window(x, y, 0.02)
        best = 0.0
        for start in range(60):
            for stop in range(start + 5, 61):
                inverse, ln_x = 1 / y[start:stop], np.log(x[start:stop])
                design = np.stack((inverse, ln_x * inverse), axis=1)
                line, *_ = np.linalg.lstsq(design, np.ones(stop - start), rcond=None)
                middle = line[0] + line[1] * ln_x[[0, -1]].mean()
                flat = abs(line[1] * np.ptp(ln_x) / middle) < 0.2
                if np.abs(1 - design @ line).max() <= 0.02 and not flat:
                    best = max(best, np.log10(x[stop - 1] / x[start]))
        assert found.decades == pytest.approx(best)


@pytest.mark.parametrize("y", [np.full(161, 3.0), np.full(161, np.nan), np.zeros(161)])
def test_what_is_flat_or_unknown_has_no_window(y):
    found = straight_window(X, y, 0.01)
    assert found.decades == 0
    assert found.start == found.stop


def test_rows_that_are_not_known_break_a_window():
    y = 5 + 0.7 * np.log(X)
    y[60] = np.nan
    found = straight_window(X, y, 0.01)
    assert (found.start, found.stop) == (61, 161)


@given(st.floats(0.1, 10), st.floats(1.5, 1000))
def test_units_change_nothing_but_the_slope(scale, factor):
    y = 8 + np.log(X) + 0.3 * np.sin(np.log(X))
    once, other = straight_window(X, y, 0.02), straight_window(factor * X, scale * y, 0.02)
    assert (once.start, once.stop) == (other.start, other.stop)
    assert other.slope == pytest.approx(scale * once.slope, rel=1e-6)
