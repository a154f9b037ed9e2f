"""Quantiles from pieces are those of all values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grainscope.laws.order_statistics import quantiles

FINITE = st.floats(-(2.0**100), 2.0**100, width=32)


@given(arrays(np.float32, st.integers(1, 60), elements=FINITE), st.integers(1, 60), st.floats(0, 1))
def test_they_are_numpys(values, size, share):
    pieces = [values[k : k + size] for k in range(0, len(values), size)]
    expected = np.quantile(values.astype(np.float64), share)
    rounding = 1e-9 * float(np.abs(values).max())
    assert quantiles(lambda: pieces, [share]) == pytest.approx([expected], abs=rounding)


def test_they_do_not_depend_on_the_pieces():
    values = np.random.default_rng(0).normal(0, 50, 10_007).astype(np.float32)
    shares = (0.0, 0.005, 0.5, 0.95, 1.0)
    once = quantiles(lambda: [values], shares)
    assert quantiles(lambda: np.array_split(values, 13), shares) == once
    assert once[0] == values.min()
    assert once[-1] == values.max()


def test_nothing_has_no_quantile():
    assert np.isnan(quantiles(lambda: [np.zeros(0, np.float32)], [0.5])).all()
