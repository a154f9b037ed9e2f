"""The effective medium against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grainscope.laws.resistor_network import effective_medium_ln_g


@pytest.mark.parametrize("coordination", [3.0, 4.0, 5.7, 6.0])
@pytest.mark.parametrize("ln_ratio", [0.1, 3.0, 30.0])
def test_two_kinds_of_links_are_a_quadratic_equation(coordination, ln_ratio):
    share, ratio = 0.45, coordination / 2 - 1
    good, poor = np.exp(ln_ratio), 1.0
    # Multiplied out, a = z/2 − 1 and p the share of good ones:
    # a x² − [(p (1 + a) − 1) good + ((1 − p)(1 + a) − 1) poor] x = good poor
    middle = (share * (1 + ratio) - 1) * good + ((1 - share) * (1 + ratio) - 1) * poor
    root = np.sqrt(middle**2 + 4 * ratio * good * poor)
    expected = (middle + root) / (2 * ratio) if middle > 0 else 2 * good * poor / (root - middle)
    found = effective_medium_ln_g([ln_ratio, 0.0], coordination, [share, 1 - share])
    assert found == pytest.approx(np.log(expected), abs=1e-9)


@pytest.mark.parametrize("half_span", [1e-3, 1.0, 50.0, 1e6])
def test_symmetric_spreads_on_the_square_lattice(half_span):
    above = np.random.default_rng(1).random(51) * half_span
    ln_g = 7.0 + np.concatenate((above, -above))
    assert effective_medium_ln_g(ln_g) == pytest.approx(7.0, abs=1e-11 * max(1, half_span))


def test_cut_links():
    """(p − 2/z) / (1 − 2/z) above the threshold, and nothing at or below it."""
    for share in (0.35, 0.5, 0.9, 1.0):
        found = effective_medium_ln_g([0.0, -np.inf], 6.0, [share, 1 - share])
        assert np.exp(found) == pytest.approx((share - 1 / 3) / (2 / 3), rel=1e-9)
    assert effective_medium_ln_g([0.0, -np.inf], 6.0, [0.33, 0.67]) == -np.inf
    assert effective_medium_ln_g([0.0, -np.inf], 4.0) == -np.inf
    assert effective_medium_ln_g([-np.inf]) == -np.inf


def test_wide_spreads_are_their_quantile():
    """A share 2/z is better than g_m."""
    ln_g = np.linspace(-1e8, 0, 3001)
    for coordination in (3.0, 4.0, 6.0):
        found = effective_medium_ln_g(ln_g, coordination)
        assert found == pytest.approx(-1e8 * 2 / coordination, rel=1e-3)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8), st.floats(2.1, 8))
def test_it_is_among_its_links_scales_and_grows_with_them(ln_g, coordination):
    ln_g = np.array(ln_g)
    found = effective_medium_ln_g(ln_g, coordination)
    assert ln_g.min() - 1e-9 <= found <= ln_g.max() + 1e-9
    weights = np.full(len(ln_g), 3.0)
    shifted = effective_medium_ln_g(ln_g + 16.0, coordination, weights)
    assert shifted == pytest.approx(found + 16.0, abs=1e-6)
    ln_g[0] += 1.0
    assert effective_medium_ln_g(ln_g, coordination) >= found - 1e-9


def test_what_has_no_answer_is_refused():
    for arguments in (
        ([],),
        ([[0.0]],),
        ([np.nan],),
        ([np.inf],),
        ([0.0], 2.0),
        ([0.0], 4.0, [0.0]),
        ([0.0], 4.0, [-1.0]),
        ([0.0], 4.0, [1.0, 1.0]),
    ):
        with pytest.raises(ValueError, match=r"expected|finite"):
            effective_medium_ln_g(*arguments)
