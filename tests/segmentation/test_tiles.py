"""Large images in pieces: nothing is lost, and nothing comes twice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import grainscope
from grainscope.opencv import cv2
from grainscope.scoring import score_labels
from grainscope.segmentation import tiles
from grainscope.segmentation.learnt import label_grains, score_grains
from grainscope.segmentation.tiles import Tile, tiles_of

SIDE, HALO = 220, 45


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiles, "_SIDE_PX", SIDE)
    monkeypatch.setattr(tiles, "HALO_PX", HALO)


@pytest.fixture(scope="module")
def model():
    return grainscope.load_model()


# ---- the tiles themselves


@given(shape=st.tuples(st.integers(1, 5200), st.integers(1, 5200)))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_cores_cover_every_pixel_once_and_halos_are_whole(shape):
    found = tiles_of(shape)
    for axis in (0, 1):
        cores = sorted({(t.core[axis].start, t.core[axis].stop) for t in found})
        assert cores[0][0] == 0
        assert cores[-1][1] == shape[axis]
        assert all(a[1] == b[0] for a, b in pairwise(cores))
        for tile in found:
            core, outer = tile.core[axis], tile.outer[axis]
            assert outer.start == max(core.start - tiles.HALO_PX, 0)
            assert outer.stop == min(core.stop + tiles.HALO_PX, shape[axis])
            assert outer.stop - outer.start <= tiles._SIDE_PX + 1
    cores_px = [
        (t.core[0].stop - t.core[0].start) * (t.core[1].stop - t.core[1].start) for t in found
    ]
    assert sum(cores_px) == shape[0] * shape[1]
    assert len({(t.core[0].start, t.core[1].start) for t in found}) == len(found)


def test_every_pixel_of_an_image_of_several_tiles_is_counted(small_tiles):
    count = np.zeros((517, 333), np.uint8)
    for tile in tiles_of(count.shape):
        count[tile.core] += 1
    assert (count == 1).all()


# ---- who answers for a region


def owners(mask, regions_of):
    """Tiles that see all of a region and return it."""
    found = []
    for tile in tiles_of(mask.shape):
        seen = mask[tile.outer]
        if seen.any() and len(tile.owns(regions_of([seen]))):
            found.append(tile)
    return found


def test_a_region_smaller_than_the_halo_has_an_owner_wherever_it_lies(small_tiles, regions_of):
    rng = np.random.default_rng(2)
    edges = [s.start for _, s in tiles._spans(400)][1:]
    for _ in range(300):
        mask = np.zeros((400, 400), bool)
        height, width = rng.integers(1, HALO - 1, 2)
        near = rng.choice(edges, 2) - rng.integers(-3, HALO, 2)  # most across a line
        top, left = np.clip(near, 0, 400 - np.array([height, width]))
        mask[top : top + height, left : left + width] = True
        found = owners(mask, regions_of)
        assert 1 <= len(found) <= 4
        for tile in found:
            assert mask[tile.outer].sum() == height * width  # seen whole


def test_what_reaches_a_seam_is_left_to_the_neighbour(small_tiles, regions_of):
    first, second = tiles_of((100, 300))[:2]
    assert first.core[1].stop == second.core[1].start == 100
    mask = np.zeros((100, 300), bool)
    mask[40:60, 90:150] = True  # begins in the first core, goes beyond its halo
    assert len(first.owns(regions_of([mask[first.outer]]))) == 0
    assert owners(mask, regions_of) == [second]  # near enough to its core, and whole
    inside = np.zeros((100, 300), bool)
    inside[40:60, 90:144] = True  # ends one pixel before the seam at 145
    assert first in owners(inside, regions_of)


def test_the_edge_of_the_image_is_no_seam(regions_of):
    whole = Tile((slice(0, 30), slice(0, 40)), (slice(0, 30), slice(0, 40)), (30, 40))
    assert whole.owns(regions_of([np.ones((30, 40), bool)])).tolist() == [0]
    assert whole.owns(regions_of([])).tolist() == []


def test_each_region_is_judged_by_itself(small_tiles, regions_of):
    tile = tiles_of((100, 300))[1]
    masks = np.zeros((4, 100, 300), bool)
    masks[0, 10:20, 120:140] = True  # in the core
    masks[1, 10:20, 55:90] = True  # on the seam at 55
    masks[2, 10:20, 222:240] = True  # in the halo, far from the core
    masks[3, 50:60, 180:195] = True  # in the core
    regions = regions_of([mask[tile.outer] for mask in masks])
    assert tile.owns(regions).tolist() == [0, 3]


@pytest.mark.parametrize("way", ["left", "right", "down"])
def test_an_arm_that_reaches_a_seam_is_one_too_many(small_tiles, regions_of, way):
    """It begins in the core, as whatever is cut there may; one pixel shorter it is whole."""
    tile = tiles_of((300, 300))[4]  # the middle one: core 100 to 200, seen 55 to 245
    for short, expected in ((0, []), (1, [0])):
        mask = np.zeros((300, 300), bool)
        mask[140:160, 140:160] = True
        arm = {
            "left": np.s_[150, 55 + short : 140],
            "right": np.s_[150, 160 : 245 - short],
            "down": np.s_[160 : 245 - short, 150],
        }[way]
        mask[arm] = True
        assert tile.owns(regions_of([mask[tile.outer]])).tolist() == expected


# ---- grains


def film_of(centres, radii, shape, seed=0, sigma=1.6):
    """Discs on a noisy film, and their labels."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    true, grey = np.zeros(shape, np.int32), np.full(shape, 50.0)
    for label, ((cy, cx), radius) in enumerate(zip(centres, radii, strict=True), start=1):
        inside = np.hypot(y - cy, x - cx) <= radius
        true[inside] = label
        grey[inside] = rng.uniform(110, 220)
    grey = cv2.GaussianBlur(grey, (0, 0), sigma) + rng.normal(0, 5, shape)
    return grey.astype(np.float32), true


def rows_of_discs_on_the_lines(seed, shape=(300, 300)):
    """Discs whose first row is the first of a core, give or take a pixel."""
    rng = np.random.default_rng(seed)
    lines = [span.start for _, span in tiles._spans(shape[0])][1:]
    centres, radii = [], []
    for line in lines:
        for cx in range(20, shape[1] - 15, 34):
            radii.append(rng.uniform(7, 13))
            centres.append((line + radii[-1] + rng.uniform(-1.2, 1.2), cx))
    return film_of(centres, radii, shape, seed)


@pytest.mark.parametrize("seed", range(6))
def test_no_disc_is_lost_on_the_line_between_two_cores(small_tiles, model, seed):
    """Two tiles draw its outline a pixel apart: it must not begin in the other one for both."""
    grey, true = rows_of_discs_on_the_lines(seed)
    labels, _ = label_grains(grey, model, 10)
    score = score_labels(true, labels, 10)
    assert score.true_matched.all()
    assert score.n_pred == score.n_true  # nor is it there twice


@pytest.mark.parametrize("seed", [1, 2])
def test_discs_come_out_as_without_tiles(model, monkeypatch, seed):
    """Near a seam and far from one, disc by disc.

    Not to the pixel: what is typical of a film is asked of each tile, and moves outlines.
    """
    rng = np.random.default_rng(seed)
    places = [
        (25 + 42 * i + rng.uniform(-4, 4), 25 + 42 * j + rng.uniform(-4, 4))
        for i, j in np.ndindex(9, 8)
    ]
    grey, true = film_of(places, rng.uniform(6, 14, len(places)), (390, 350), seed, sigma=1.2)
    whole, whole_confidence = label_grains(grey, model, 10)
    monkeypatch.setattr(tiles, "_SIDE_PX", SIDE)
    monkeypatch.setattr(tiles, "HALO_PX", HALO)
    assert len(tiles_of(grey.shape)) == 9
    labels, confidence = label_grains(grey, model, 10)
    for reference in (true, whole):
        score = score_labels(reference, labels, 10)
        assert score.true_matched.all()
        assert score.n_pred == score.n_true == len(places)
    pairs = [(whole == k, labels == np.bincount(labels[whole == k]).argmax()) for k in range(1, 73)]
    iou = [(a & b).sum() / (a | b).sum() for a, b in pairs]
    assert np.median(iou) > 0.9
    assert confidence.mean() == pytest.approx(whole_confidence.mean(), abs=0.08)


def test_a_grain_on_the_seam_of_one_tile_is_not_lost(small_tiles, model):
    """Discs centred on the seams of outer tiles, which their own cores see whole."""
    seams = sorted({t.outer[0].stop for t in tiles_of((300, 300))} - {300})
    assert seams == [145, 245]
    centres = [(seam, cx) for seam in seams for cx in (30, 75, 120, 165, 210, 255)]
    grey, true = film_of(centres, [11.0] * 12, (300, 300))
    score = score_labels(true, label_grains(grey, model, 10)[0], 10)
    assert score.true_matched.all()
    assert score.n_pred == 12


def test_grains_of_tiles_are_gathered_best_first_in_image_coordinates(small_tiles, model, masks_of):
    grey, true = rows_of_discs_on_the_lines(0)
    grains = score_grains(grey, model)
    assert (np.diff(grains.score) <= 0).all()
    assert grains.regions.row.max() < 300
    for mask in masks_of(grains.regions, grey.shape):
        inside = true[mask]
        assert (inside > 0).mean() > 0.5
        assert len(np.unique(inside[inside > 0])) == 1


def test_tiles_give_the_same_every_time(small_tiles, model):
    grey, _ = rows_of_discs_on_the_lines(3)
    one, two = label_grains(grey, model, 10), label_grains(grey.copy(), model, 10)
    assert one[0].tobytes() == two[0].tobytes()
    assert one[1].tobytes() == two[1].tobytes()
