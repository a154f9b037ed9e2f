"""Squared distances to the background are exact, over any number of strips."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from grainscope.segmentation.distances import squared_distance_map


@settings(deadline=None, max_examples=60)  # the first example compiles
@given(
    st.integers(0, 10**6),
    st.tuples(st.integers(1, 200), st.integers(1, 60)),
    st.sampled_from([0.3, 0.9, 0.999]),
)
def test_squares_are_those_of_the_nearest_background(seed, shape, share):
    mask = np.random.default_rng(seed).random(shape) < share
    mask.flat[seed % mask.size] = False
    expected = np.rint(distance_transform_edt(mask) ** 2)
    assert np.array_equal(squared_distance_map(mask.view(np.uint8)), expected)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3)])
def test_without_background_all_is_one(shape):
    assert (squared_distance_map(np.ones(shape, np.uint8)) == 1).all()


def test_a_point_far_away():
    mask = np.ones((900, 700), np.uint8)
    mask[3, 690] = 0
    rows, columns = np.indices(mask.shape)
    expected = (rows - 3) ** 2 + (columns - 690) ** 2
    assert np.array_equal(squared_distance_map(mask), expected)
