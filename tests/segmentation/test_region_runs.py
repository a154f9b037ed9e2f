"""Runs and regions against label images, Euler numbers and sets of pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage
from skimage.measure import euler_number

from grainscope.segmentation import region_collector
from grainscope.segmentation import region_run_kernels as kernels
from grainscope.segmentation.region_collector import RegionCollector
from grainscope.segmentation.region_runs import joined

EIGHT = np.ones((3, 3), int)
SHAPE = (40, 50)
cheap = settings(max_examples=60, deadline=None, derandomize=True)
any_mask = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=14))


def spiral(side):
    """One connected line that winds to the middle: its ends meet late in raster order."""
    mask = np.zeros((side, side), bool)
    y = x = 0
    dy, dx = 0, 1
    steps = [side - 1] + [n for k in range(side - 1, 0, -2) for n in (k, k)]
    for n in steps:
        for _ in range(n):
            mask[y, x] = True
            y, x = y + dy, x + dx
        dy, dx = dx, -dy
    return mask


def adversaries():
    y, x = np.indices(SHAPE)
    yield "spiral", spiral(41)
    yield "spiral turned", np.rot90(spiral(41)).copy()
    yield "comb down", (x % 2 == 0) | (y == 0)
    yield "comb up", (x % 2 == 0) | (y == SHAPE[0] - 1)
    yield "comb left", (y % 2 == 0) | (x == 0)
    yield "two combs", ((x % 4 == 0) & (y < 38)) | (y == 0) | ((x % 4 == 2) & (y > 1)) | (y == 39)
    yield "checkerboard", (y + x) % 2 == 0
    yield "dots", (y % 2 == 0) & (x % 2 == 0)
    yield "rings", np.hypot(y - 20, x - 25) % 5 < 2
    yield "diagonals", (y + x) % 3 == 0
    yield "diagonals the other way", (y - x) % 3 == 0
    yield "full", np.ones(SHAPE, bool)
    yield "empty", np.zeros(SHAPE, bool)
    yield "one pixel", np.ones((1, 1), bool)
    yield "no pixel", np.zeros((1, 1), bool)
    yield "one row", np.arange(31)[None] % 3 > 0
    yield "one column", np.arange(31)[:, None] % 3 > 0
    rng = np.random.default_rng(4)
    for share in (0.1, 0.41, 0.59, 0.9):  # around both percolation thresholds
        yield f"noise {share}", rng.random(SHAPE) < share


ADVERSARIES = dict(adversaries())
each_mask = pytest.mark.parametrize("mask", ADVERSARIES.values(), ids=ADVERSARIES)


def by_first_pixel(labels):
    """Number labels 1…n by their first pixel in raster order."""
    value, first = np.unique(labels, return_index=True)
    number = np.zeros(labels.max(initial=0) + 1, int)
    number[value[value > 0][np.argsort(first[value > 0])]] = np.arange(1, (value > 0).sum() + 1)
    return number[labels]


def check_regions(mask):
    row, left, right, region, n = kernels.runs_above(mask.astype(np.float32), np.float32(0.5))
    found = np.zeros(mask.shape, int)
    for y, a, b, k in zip(row, left, right, region, strict=True):
        assert a < b
        assert not found[y, a:b].any()
        found[y, a:b] = k + 1
    expected, n_expected = ndimage.label(mask, EIGHT)
    assert n == n_expected
    assert np.array_equal(found, by_first_pixel(expected))
    at = row.astype(int) * (mask.shape[1] + 2) + left
    assert (np.diff(at) > 0).all()  # raster order
    same_row = np.diff(row) == 0
    assert (left[1:][same_row] > right[:-1][same_row]).all()  # as long as can be


@each_mask
def test_regions_of_adversaries_are_the_8_connected_ones(mask):
    check_regions(mask)


@given(mask=any_mask)
@cheap
def test_regions_of_any_mask_are_the_8_connected_ones(mask):
    check_regions(mask)


def test_above_means_above():
    grey = np.array([[1, 2, 3, np.nan, 3, -np.inf, np.inf]], np.float32)
    _, left, right, _, _ = kernels.runs_above(grey, np.float32(2))
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(2, 3), (4, 5), (6, 7)]


def test_an_image_that_may_not_be_written_is_read():
    grey = np.ones((3, 4), np.float32)
    grey.flags.writeable = False
    assert kernels.runs_above(grey, np.float32(0))[4] == 1


@given(
    labels=arrays(
        np.int32, array_shapes(min_dims=2, max_dims=2, max_side=10), elements=st.integers(-1, 4)
    )
)
@cheap
def test_runs_of_labels_rebuild_the_labels(labels):
    row, left, right, region = kernels.runs_of_labels(labels)
    found = np.full(labels.shape, -1)
    for y, a, b, k in zip(row, left, right, region, strict=True):
        found[y, a:b] = k
    assert np.array_equal(found, labels)
    n = labels.max(initial=-1) + 1
    area, _ = kernels.areas_and_digests(row, left, right, region, n)
    assert area.tolist() == [int((labels == k).sum()) for k in range(n)]


# ---- digests


def digests(regions):
    region = np.repeat(np.arange(len(regions)), np.diff(regions.first)).astype(np.int32)
    return kernels.areas_and_digests(
        regions.row, regions.left, regions.right, region, len(regions)
    )[1]


def test_every_set_of_pixels_has_a_digest_of_its_own(regions_of):
    sets = [np.array([k >> b & 1 for b in range(12)], bool).reshape(3, 4) for k in range(1, 4096)]
    assert len(np.unique(digests(regions_of(sets)))) == 4095


def test_a_shifted_region_is_another_region(regions_of, blob, rng):
    mask, _ = blob(rng)
    one = regions_of([mask])
    moved = [one.moved(rows, columns) for rows in range(30) for columns in range(30)]
    assert len(np.unique(digests(joined(moved)))) == 900
    assert digests(one.moved(3, 4).moved(-3, -4)) == digests(one)


@each_mask
def test_equal_regions_of_any_source_have_equal_digests(mask, regions_of):
    *runs, n = kernels.runs_above(mask.astype(np.float32), np.float32(0.5))
    expected, _ = ndimage.label(mask, EIGHT)
    expected = by_first_pixel(expected)
    of_labels = kernels.areas_and_digests(*kernels.runs_of_labels((expected - 1).astype("i4")), n)
    of_masks = digests(regions_of([expected == k for k in range(1, n + 1)][:40]))
    found = kernels.areas_and_digests(*runs, n)
    assert np.array_equal(found[0], of_labels[0])
    assert np.array_equal(found[1], of_labels[1])
    assert np.array_equal(found[1][:40], of_masks)
    assert len(np.unique(found[1])) == n


# ---- holes


def sorted_by_region(mask):
    *runs, n = kernels.runs_above(mask.astype(np.float32), np.float32(0.5))
    return kernels.runs_by_region(*runs, np.ones(n, bool))


def check_holes(mask):
    labels, _ = ndimage.label(mask, EIGHT)
    labels = by_first_pixel(labels)
    holes = kernels.hole_counts(*sorted_by_region(mask))
    expected = [1 - euler_number(labels == k, connectivity=2) for k in range(1, labels.max() + 1)]
    assert holes.tolist() == expected


def check_filling(mask):
    labels, _ = ndimage.label(mask, EIGHT)
    labels = by_first_pixel(labels)
    first, *runs = sorted_by_region(mask)
    for k in range(1, labels.max() + 1):
        row, left, right = kernels.filled_runs(*(a[first[k - 1] : first[k]] for a in runs))
        found = np.zeros(mask.shape, bool)
        for y, a, b in zip(row, left, right, strict=True):
            found[y, a:b] = True
        assert np.array_equal(found, ndimage.binary_fill_holes(labels == k))


@each_mask
def test_holes_of_adversaries(mask):
    check_holes(mask)
    check_filling(mask)


@given(mask=any_mask)
@cheap
def test_holes_of_any_mask(mask):
    check_holes(mask)
    check_filling(mask)


def test_a_hole_does_not_leak_through_a_corner():
    """A region connects over corners, so what it encloses does not."""
    ring = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bool)
    assert kernels.hole_counts(*sorted_by_region(ring)).tolist() == [1]
    check_filling(ring)
    assert kernels.hole_counts(*sorted_by_region(ring[:2])).tolist() == [0]


# ---- the sorted form


@given(mask=any_mask, seed=st.integers(0, 5))
@cheap
def test_kept_regions_keep_their_runs_in_order(mask, seed):
    *runs, n = kernels.runs_above(mask.astype(np.float32), np.float32(0.5))
    keep = np.random.default_rng(seed).random(n) < 0.5
    first, row, left, right = kernels.runs_by_region(*runs, keep)
    assert len(first) == keep.sum() + 1
    for i, k in enumerate(np.flatnonzero(keep)):
        mine = runs[3] == k
        at = slice(first[i], first[i + 1])
        for found, whole in zip((row, left, right), runs, strict=False):
            assert np.array_equal(found[at], whole[mine])


def test_the_peak_is_the_first_highest_pixel(rng):
    grey = rng.integers(0, 4, (12, 15)).astype(np.float32)
    *runs, n = kernels.runs_above(grey, np.float32(1))
    labels = by_first_pixel(ndimage.label(grey > 1, EIGHT)[0])
    for k, peak in enumerate(kernels.peaks_of(grey, *runs, n), start=1):
        assert peak == np.argmax(np.where(labels == k, grey, -1))


def test_regions_are_chosen_moved_and_joined(regions_of, masks_of, blob, rng):
    masks = [blob(rng, 30)[0] for _ in range(6)]
    regions = regions_of(masks)
    order = np.array([4, 1, 1, 5])
    few = regions.subset(order)
    assert few.area_px.tolist() == [masks[k].sum() for k in order]
    for found, k in zip(masks_of(few, (30, 30)), order, strict=True):
        assert np.array_equal(found, masks[k])
    shifted = masks_of(few.moved(7, 3), (37, 33))
    assert np.array_equal(shifted[0][7:, 3:], masks[4])
    both = joined([few, regions.subset(np.empty(0, np.int64)), regions])
    assert len(both) == 10
    assert all(
        np.array_equal(a, b) for a, b in zip(masks_of(both, (30, 30))[4:], masks, strict=True)
    )
    assert len(joined([])) == 0
    assert [a.dtype for a in (both.row, both.left, both.right)] == [np.int32] * 3


# ---- the collector


def nested_levels(rng):
    grey = ndimage.gaussian_filter(rng.random((36, 44)), 1.5).astype(np.float32)
    return grey, np.quantile(grey, np.linspace(0.05, 0.97, 25))


def components(grey, levels):
    for level in sorted(levels, reverse=True):
        labels, n = ndimage.label(grey > np.float32(level), EIGHT)
        yield from (labels == k for k in range(1, n + 1))


def test_every_set_of_pixels_is_kept_once_and_is_a_level_set_or_one_filled(rng, masks_of):
    grey, levels = nested_levels(rng)
    collector = RegionCollector(5, 400)
    collector.add_levels(grey, levels)
    found = [mask.tobytes() for mask in masks_of(collector.regions(), grey.shape)]
    level_sets = list(components(grey, levels))
    whole = {mask.tobytes() for mask in level_sets}
    filled = {ndimage.binary_fill_holes(mask).tobytes() for mask in level_sets}
    assert len(set(found)) == len(found) > 30
    assert set(found) <= whole | filled
    assert set(found) & (filled - whole)
    assert all(5 <= np.frombuffer(mask, bool).sum() <= 400 for mask in found)
    collector.add_levels(grey, levels)
    assert len(collector.regions()) == len(found)


def test_no_level_set_is_far_from_a_kept_one(rng, masks_of):
    """Thinning drops what grew by less than a tenth since the last one kept around its peak."""
    grey, levels = nested_levels(rng)
    collector = RegionCollector(5, 400)
    collector.add_levels(grey, levels)
    kept = masks_of(collector.regions(), grey.shape)
    for mask in components(grey, levels):
        if 5 <= mask.sum() <= 400:
            iou = max((mask & one).sum() / (mask | one).sum() for one in kept)
            assert iou > 1 / 1.1


def test_the_order_of_levels_does_not_matter(rng):
    grey, levels = nested_levels(rng)
    found = []
    for these in (levels, levels[::-1], rng.permutation(levels)):
        collector = RegionCollector(5, 400)
        collector.add_levels(grey, these)
        found.append(collector.regions())
    for other in found[1:]:
        assert all(
            np.array_equal(getattr(other, name), getattr(found[0], name))
            for name in ("first", "row", "left", "right", "area_px")
        )


def test_a_table_that_grows_forgets_nothing(rng, monkeypatch):
    labels = np.arange(600, dtype=np.int32).reshape(20, 30)
    counts = []
    for slots in (4, 1 << 16):
        monkeypatch.setattr(region_collector, "_SLOTS", slots)
        collector = RegionCollector(1, 100)
        for k in (1, 2, 3):
            collector.add_labels(np.ascontiguousarray(labels[:, : 10 * k] // k))
        collector.add_labels(labels)
        collector.add_labels(labels)
        counts.append(len(collector.regions()))
    assert counts[0] == counts[1] > 600


def test_limits_are_kept_to_the_pixel():
    labels = np.full((1, 20), -1, np.int32)
    for k, (left, n) in enumerate(((0, 3), (4, 4), (9, 5), (15, 2))):
        labels[0, left : left + n] = k
    collector = RegionCollector(3, 4)
    collector.add_labels(labels)
    assert collector.regions().area_px.tolist() == [3, 4]


def test_what_is_too_large_when_filled_stays_a_ring(masks_of):
    y, x = np.indices((11, 11))
    ring = (np.maximum(abs(y - 5), abs(x - 5)) == 4).astype(np.int32) - 1
    small, large = RegionCollector(1, 80), RegionCollector(1, 81)
    for collector in (small, large):
        collector.add_labels(ring)
    assert small.regions().area_px.tolist() == [32]
    assert large.regions().area_px.tolist() == [32, 81]


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (5, 5)])
def test_nothing_to_collect(shape):
    collector = RegionCollector(1, 100)
    collector.add_labels(np.full(shape, -1, np.int32))
    collector.add_levels(np.zeros(shape, np.float32), [0.0, 1.0])
    assert len(collector.regions()) == 0


def test_two_collectors_put_together_are_one_that_saw_it_all():
    rng = np.random.default_rng(12)
    film = ndimage.gaussian_filter(rng.standard_normal((50, 60)), 2).astype(np.float32)
    labels = np.asarray(ndimage.label(film > 0.02)[0] - 1, np.int32)
    levels = np.linspace(-0.2, 0.2, 9)
    whole, first, second = (RegionCollector(5, 1500) for _ in range(3))
    for collector in (whole, first):
        collector.add_levels(film, levels)
    for collector in (whole, second):
        collector.add_labels(labels)
        collector.add_levels(-film, levels)
    assert 0 < len(second.regions()) < len(whole.regions())
    first.add_collected(second)
    expected, found = whole.regions(), first.regions()
    for name in ("first", "row", "left", "right", "area_px"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
