"""The fast method strip by strip gives the labels of the whole image, whatever the strips."""

from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.ndimage import gaussian_filter

from grainscope.laws.strips import RowsInMemory, Strip, lengthen, shrink, strips_of, widen
from grainscope.segmentation.clean_up import (
    connected_parts,
    drop_weak_outlines,
    fill_small_holes,
)
from grainscope.segmentation.clustered import cluster_grains
from grainscope.segmentation.split import split_by_distance
from grainscope.segmentation.strip_clean_up import (
    drop_weak_outlines_in_strips,
    fill_small_holes_in_strips,
)
from grainscope.segmentation.strip_clustering import cluster_in_strips
from grainscope.segmentation.strip_regions import find_pieces, join_regions
from grainscope.segmentation.strip_split import split_in_strips
from grainscope.settings import SegmentationSettings

SLOWLY = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
SHAPES = st.tuples(st.integers(1, 70), st.integers(1, 70))
SEEDS = st.integers(0, 10**6)
HEIGHTS = st.integers(1, 80)


def blobs(seed, shape, grain_px):
    """A film of random blobs, from noise to blobs larger than the picture, with flat ties."""
    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), grain_px)
    return field / (field.std() + 1e-12)


def working(shape, dtype):
    return RowsInMemory(np.zeros(shape, dtype))


def mask_of(seed, shape, grain_px=1.5):
    return blobs(seed, shape, grain_px) > np.random.default_rng(seed).normal(0, 0.7)


def area(strip, pieces):
    return np.bincount(pieces.region.ravel(), minlength=pieces.n_pieces + 1)[1:, None] * 1.0


@SLOWLY
@given(SEEDS, SHAPES, HEIGHTS, st.sampled_from([4, 8]))
def test_regions_and_their_areas_are_those_of_the_whole(seed, shape, height, connectivity):
    mask = mask_of(seed, shape, 0.7).astype(np.uint8)
    strips = strips_of(shape[0], height)
    found = join_regions(strips, lambda s: mask[s.first : s.stop], connectivity, area)
    whole = find_pieces(mask, connectivity)
    numbered = np.full(shape, -1)
    for strip in strips:
        region = find_pieces(mask[strip.first : strip.stop], connectivity).region
        piece = np.maximum(region - 1 + found.begins[strip], 0)
        if len(found.whole):
            numbered[strip.first : strip.stop] = np.where(region > 0, found.whole[piece], -1)
    pairs = np.unique(np.stack([whole.region.ravel(), numbered.ravel()]), axis=1)
    assert len(pairs.T) == len(np.unique(pairs[0])) == len(np.unique(pairs[1]))
    expected = np.bincount(whole.region.ravel(), minlength=whole.n_pieces + 1)[1:]
    assert sorted(found.total[found.is_first, 0]) == sorted(expected)


@SLOWLY
@given(SEEDS, SHAPES, HEIGHTS, st.floats(0, 1))
def test_the_same_outlines_are_too_weak(seed, shape, height, min_edge):
    grain = mask_of(seed, shape)
    film = (blobs(seed + 1, shape, 2) + grain).astype(np.float32)
    mask = RowsInMemory(grain.astype(np.uint8))
    strips = strips_of(shape[0], height)
    drop_weak_outlines_in_strips(
        mask, RowsInMemory(film), working(shape, np.float32), min_edge, strips
    )
    assert_array_equal(mask.image, drop_weak_outlines(grain, film, min_edge))


@SLOWLY
@given(SEEDS, SHAPES, HEIGHTS, st.integers(0, 60))
def test_the_same_holes_are_small(seed, shape, height, max_area_px):
    grain = mask_of(seed, shape, 0.8)
    mask = RowsInMemory(grain.astype(np.uint8))
    fill_small_holes_in_strips(mask, max_area_px, strips_of(shape[0], height))
    assert_array_equal(mask.image, fill_small_holes(grain, max_area_px))


def same_parts(first, second):
    """Whether two images are divided alike, whatever the numbers."""
    pairs = np.unique(np.stack([first.ravel(), second.ravel()]), axis=1)
    return len(pairs.T) == len(np.unique(pairs[0])) == len(np.unique(pairs[1]))


@SLOWLY
@given(
    SEEDS, SHAPES, HEIGHTS, st.sampled_from([0.7, 2.0, 6.0]), st.floats(0, 1), st.integers(1, 40)
)
def test_touching_grains_are_split_alike(seed, shape, height, grain_px, persistence, least_px):
    grain = mask_of(seed, shape, grain_px)
    node = working(shape, np.int32)
    chosen = SegmentationSettings(split_persistence=persistence, min_area_px=least_px)
    part, area_px = split_in_strips(
        RowsInMemory(grain.astype(np.uint8)),
        working(shape, np.float32),
        node,
        chosen,
        strips_of(shape[0], height),
    )
    found = np.append(part, -1)[node.image]
    (whole,) = split_by_distance(grain, (persistence,), least_px)
    assert_array_equal(found >= 0, grain)
    assert same_parts(found, whole)
    assert_array_equal(np.bincount(found[grain], minlength=len(area_px)), area_px)


def test_a_grain_far_larger_than_a_strip_keeps_its_distances():
    rows, columns = np.indices((240, 200))
    grain = np.hypot(rows - 120, columns - 100) < 95
    grain[100:104, 97:103] = False
    node = working(grain.shape, np.int32)
    part, _ = split_in_strips(
        RowsInMemory(grain.astype(np.uint8)),
        working(grain.shape, np.float32),
        node,
        SegmentationSettings(),
        strips_of(240, 7),
    )
    (whole,) = split_by_distance(grain, (0.45,), 10)
    assert same_parts(np.append(part, -1)[node.image], whole)


def film_of(seed, shape, grain_px, levels=255):
    field = blobs(seed, shape, grain_px)
    grey = 100 + 60 * np.tanh(5 * field) + np.random.default_rng(seed).normal(0, 10, shape)
    return np.rint(np.clip(grey, 0, 255) * levels / 255).astype(np.float32)


def in_strips(film, chosen, height):
    made = partial(working, film.shape)
    strips = strips_of(len(film), height)
    return cluster_in_strips(RowsInMemory(film), chosen, None, "film", strips, made)


@SLOWLY
@given(
    SEEDS,
    st.tuples(st.integers(1, 150), st.integers(1, 110)),
    st.integers(1, 160),
    st.sampled_from([1.0, 3.0, 12.0]),
    st.sampled_from([1, 4, 255]),
    st.booleans(),
)
def test_labels_are_those_of_the_whole_film(seed, shape, height, grain_px, levels, split):
    film = film_of(seed, shape, grain_px, levels)
    chosen = SegmentationSettings(method="fast", split=split, fill_holes_area_px=8)
    labels, model = in_strips(film, chosen, height)
    expected, expected_model = cluster_grains(film, chosen, None, "film")
    assert_array_equal(labels.image, expected)
    assert (model is None) == (expected_model is None)
    if model is not None:
        assert_array_equal(model.means, expected_model.means)


@pytest.mark.parametrize("clustering", ["kmeans", "gaussian_mixture"])
def test_a_film_with_grains_larger_than_a_strip_and_hot_pixels(clustering):
    film = film_of(3, (400, 300), 30.0)
    film[50, 60] = film[350, 10] = 60_000  # squeezes the histogram of the ends of the scale
    chosen = SegmentationSettings(method="fast", clustering=clustering, n_classes=3)
    labels, _ = in_strips(film, chosen, 16)
    expected, _ = cluster_grains(film, chosen, None, "film")
    assert_array_equal(labels.image, expected)
    tallest = max(np.ptp(np.flatnonzero((expected == k).any(axis=1))) for k in (1, 2, 3))
    assert tallest > 3 * 16


@SLOWLY
@given(SEEDS, SHAPES, HEIGHTS, st.integers(1, 20))
def test_a_smaller_image_is_the_same_from_strips(seed, shape, height, factor):
    image = np.random.default_rng(seed).random(shape).astype(np.float32)
    whole = shrink(image, Strip(0, shape[0], shape[0]), factor)
    wide = widen(whole, shape[1])
    large = lengthen(wide, shape, 0, shape[0])
    assert large.mean() == pytest.approx(image.mean(), abs=0.15)
    for strip in strips_of(shape[0], height):
        outer = strip.around(factor)
        part = shrink(image[outer.first : outer.stop], outer, factor)
        assert_array_equal(part.rows, whole.rows[part.first : part.first + len(part.rows)])
        assert_array_equal(
            lengthen(wide, shape, strip.first, strip.stop), large[strip.first : strip.stop]
        )


def test_turning_an_image_turns_the_smaller_one():
    image = np.random.default_rng(0).random((50, 71)).astype(np.float32)
    upright = shrink(image, Strip(0, 50, 50), 16)
    turned = shrink(image[::-1, ::-1].copy(), Strip(0, 50, 50), 16)
    assert turned.rows[::-1, ::-1] == pytest.approx(upright.rows, rel=1e-5)
    transposed = shrink(image.T.copy(), Strip(0, 71, 71), 16)
    assert pytest.approx(upright.rows, rel=1e-5) == transposed.rows.T


def test_regions_without_split_are_the_connected_ones():
    film = film_of(5, (90, 80), 2.0)
    chosen = SegmentationSettings(
        method="fast", split=False, min_area_px=1, min_edge_strength=0, fill_holes_area_px=0
    )
    labels, _ = in_strips(film, chosen, 11)
    assert same_parts(labels.image - 1, connected_parts(labels.image > 0))
