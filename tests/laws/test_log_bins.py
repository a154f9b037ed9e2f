"""Logarithmic bins: round edges, every value in exactly one bin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grainscope.laws.log_bins import log10_bins

values = st.lists(st.floats(-12, 12), min_size=1, max_size=30).map(np.array)
on_edges = st.lists(st.integers(-60, 60).map(lambda k: k / 10), min_size=1).map(np.array)


@given(st.one_of(values, on_edges), st.integers(1, 100))
def test_every_value_lies_in_its_bin_and_the_outer_bins_are_not_empty(log10_values, per_decade):
    edges, bins = log10_bins(log10_values, per_decade)
    assert (edges[bins] <= log10_values).all()
    assert (log10_values < edges[bins + 1]).all()
    assert bins.min() == 0
    assert bins.max() == len(edges) - 2


@given(values, st.integers(1, 100))
def test_edges_are_multiples_of_the_bin_width(log10_values, per_decade):
    edges, _ = log10_bins(log10_values, per_decade)
    steps = edges * per_decade
    assert np.allclose(steps, np.round(steps), atol=1e-9)
    assert np.allclose(np.diff(steps), 1)


def test_no_values_give_no_bins():
    edges, bins = log10_bins(np.empty(0), 10)
    assert len(edges) == 1
    assert len(bins) == 0
