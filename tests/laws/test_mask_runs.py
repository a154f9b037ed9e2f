"""Regions by runs are those that a labelling of pixels finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from skimage.measure import label, regionprops

from grainscope.laws.mask_runs_kernel import find_runs, paint_runs, regions_of_runs, runs_at

MASKS = arrays(
    np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 1)
)


def region_image(mask):
    first, start = find_runs(mask)
    region, is_on, box_area = regions_of_runs(mask, first, start)
    image = np.empty(mask.shape, np.int32)
    paint_runs(first, start, region, image)
    return image, is_on, box_area


@settings(deadline=None)  # the first example compiles
@given(MASKS)
def test_regions_of_both_colours_are_those_of_a_labelling_of_pixels(mask):
    image, is_on, box_area = region_image(mask)
    on, off = label(mask, connectivity=2), label(1 - mask, connectivity=1)
    assert len(is_on) == on.max() + off.max()
    assert np.array_equal(is_on[image], mask)
    for region in range(len(is_on)):
        here = image == region
        same = on if is_on[region] else off
        assert np.array_equal(here, same == same[here][0])
        (found,) = regionprops(here.astype(np.uint8))
        top, left, bottom, right = found.bbox
        assert box_area[region].tolist() == [top, bottom, left, right, found.area]


def test_regions_are_numbered_by_their_first_pixel(rng):
    image, is_on, _ = region_image((rng.random((60, 70)) > 0.5).astype(np.uint8))
    _, first = np.unique(image, return_index=True)
    assert len(first) == len(is_on)
    assert (np.diff(first) > 0).all()


@pytest.mark.parametrize(("row", "n_regions"), [([[1, 0], [0, 1]], 3), ([[0, 1], [1, 0]], 3)])
def test_a_corner_joins_the_mask_and_parts_the_background(row, n_regions):
    assert len(region_image(np.array(row, np.uint8))[1]) == n_regions


@settings(deadline=None)
@given(MASKS, st.data())
def test_pixels_lie_in_the_runs_that_paint_them(mask, data):
    first, start = find_runs(mask)
    run_of = np.empty(mask.shape, np.int32)
    paint_runs(first, start, np.arange(len(start), dtype=np.int32), run_of)
    chosen = data.draw(st.sets(st.integers(0, mask.size - 1)))
    pixels = np.array(sorted(chosen), np.int64)
    found = runs_at(first, start, pixels, mask.shape[1])
    assert np.array_equal(found, run_of.ravel()[pixels])
