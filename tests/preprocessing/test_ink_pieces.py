"""Pieces of ink from runs are OpenCV's components, in its order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from grainscope.opencv import cv2
from grainscope.preprocessing.ink_pieces import find_pieces

MASKS = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.booleans())


@settings(deadline=None)  # the first example compiles
@given(MASKS, st.integers(1, 4))
def test_pieces_are_the_components_that_opencv_finds(mask, share):
    mask &= np.random.default_rng(share).random(mask.shape) < share / 4
    _, label, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    found = find_pieces(mask)
    assert np.array_equal(found.box, stats[1:, :4])
    assert np.array_equal(found.area_px, stats[1:, 4])
    for index, (x, y, width, height) in enumerate(found.box):
        window = np.s_[y : y + height, x : x + width]
        assert np.array_equal(found.mask_of(index, window), label[window] == index + 1)
    corner = np.s_[len(mask) // 2 : len(mask), mask.shape[1] // 3 : mask.shape[1] // 3 + 1]
    for index in range(len(found.box)):
        assert np.array_equal(found.mask_of(index, corner), label[corner] == index + 1)
