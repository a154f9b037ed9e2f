"""Grains painted into a micrograph: where, how large, and what stays as it was."""

from dataclasses import replace

import numpy as np
import pytest

from grainscope.grains import match_painted, measure, paint_grains
from grainscope.grains.appearance import edge_blur, take_apart
from grainscope.grains.stamps import cut_stamp, groove_of, resize_stamp
from grainscope.opencv import cv2
from grainscope.records import Frame, Micrograph, PixelSize, Segmentation
from grainscope.settings import GrainSettings

BLUR_PX, NOISE = 1.3, 3.0


def film(shape=(400, 420), pitch=40, dtype=np.uint8, masked=None, frame=None, seed=0):
    """Discs of 3 to 9 pixels radius, 120 above a film of 50, blurred and noisy."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, np.int32)
    y, x = np.indices(shape)
    for k, (row, column) in enumerate(np.ndindex(shape[0] // pitch, shape[1] // pitch)):
        place = pitch / 2 + pitch * row, pitch / 2 + pitch * column
        radius = 3 + 6 * rng.random()
        labels[np.hypot(y - place[0], x - place[1]) < radius] = k + 1
    grey = cv2.GaussianBlur(50 + 120.0 * (labels > 0), (0, 0), BLUR_PX)
    grey = grey + NOISE * rng.standard_normal(shape)
    if dtype == np.uint16:
        grey = grey * 200
    size, frame = PixelSize(5.0, 0.0, "option"), frame or Frame.whole(shape)
    micrograph = Micrograph("film", grey.astype(dtype), size, frame, masked=masked)
    return micrograph, Segmentation(labels, size, frame)


def painted_film(n_wanted=40, seed=1, **changes):
    micrograph, segmentation = film(**changes)
    solidity = measure(micrograph, segmentation, GrainSettings()).solidity
    rng = np.random.default_rng(seed)
    result = paint_grains(micrograph, segmentation, solidity, n_wanted, rng)
    return micrograph, segmentation, result


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_only_the_surroundings_of_painted_grains_change(dtype):
    before, segmentation, (after, painted) = painted_film(dtype=dtype)
    assert painted.max() > 20
    assert after.intensity.dtype == dtype
    near = cv2.dilate((painted > 0).astype(np.uint8), np.ones((21, 21), np.uint8)) > 0
    wiped = segmentation.labels > 0
    same = before.intensity == after.intensity
    assert same[~near & ~cv2.dilate(wiped.astype(np.uint8), np.ones((9, 9))).astype(bool)].all()
    assert not same[painted > 0].all()


def test_painted_grains_look_like_the_others():
    before, segmentation, (after, painted) = painted_film()
    area = np.bincount(painted.ravel())[1:]
    grey = np.bincount(painted.ravel(), after.intensity.ravel())[1:] / area
    own = np.bincount(segmentation.labels.ravel())[1:]
    level = np.bincount(segmentation.labels.ravel(), before.intensity.ravel())[1:] / own
    large = area > 60
    assert grey[large].mean() == pytest.approx(level[own > 60].mean(), rel=0.06)
    small = (area > 30) & (area < 60)
    assert grey[small].mean() == pytest.approx(level[(own > 30) & (own < 60)].mean(), rel=0.1)
    core = cv2.erode((painted > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert after.intensity[core].std() == pytest.approx(NOISE, rel=0.5)


def test_sizes_are_spread_evenly_over_decades():
    areas = np.concatenate([np.bincount(painted_film(seed=s)[2][1].ravel())[1:] for s in range(8)])
    assert 4 <= areas.min() < 9
    middle = np.sqrt(areas.min() * areas.max())
    assert 0.3 < (areas < middle).mean() < 0.7


def test_equal_seeds_paint_alike():
    one, two, other = (painted_film(seed=s)[2] for s in (3, 3, 4))
    assert np.array_equal(one[0].intensity, two[0].intensity)
    assert np.array_equal(one[1], two[1])
    assert not np.array_equal(one[1], other[1])


def test_nothing_is_painted_outside_the_frame_or_on_masked_pixels():
    masked = np.zeros((400, 420), bool)
    masked[100:200, 100:300] = True
    frame = Frame(10, 380, 20, 420)
    before, _, (after, painted) = painted_film(masked=masked, frame=frame)
    outside = np.ones(painted.shape, bool)
    outside[frame.slices] = False
    assert not painted[outside | masked].any()
    assert np.array_equal(after.intensity[outside], before.intensity[outside])
    assert painted.max() > 10


def test_grains_are_apart():
    _, _, (_, painted) = painted_film(n_wanted=80)
    for label in range(1, painted.max() + 1):
        near = cv2.dilate((painted == label).astype(np.uint8), np.ones((33, 33), np.uint8)) > 0
        assert set(np.unique(painted[near])) <= {0, label}


@pytest.mark.parametrize("shape", [(60, 60), (1, 1), (40, 360)])
def test_with_fewer_than_ten_whole_grains_nothing_is_painted(shape):
    assert painted_film(shape=shape, pitch=20 if shape == (60, 60) else 40)[2] is None


def test_a_film_full_of_grains_still_gets_some():
    """There is no film to put them on: they take the place of others."""
    labels = np.zeros((300, 300), np.int32)
    for k, (row, column) in enumerate(np.ndindex(16, 16)):  # the outermost are cut by the frame
        rows, columns = (slice(max(20 * at - 9, 0), 20 * at + 9) for at in (row, column))
        labels[rows, columns] = k + 1
    grey = cv2.GaussianBlur(40 + 100.0 * (labels > 0), (0, 0), 1.0).astype(np.uint8)
    size, frame = PixelSize(5.0, 0.0, "option"), Frame.whole(labels.shape)
    segmentation = Segmentation(labels, size, frame)
    result = paint_grains(
        Micrograph("full", grey, size, frame),
        segmentation,
        np.ones(256),
        30,
        np.random.default_rng(0),
    )
    assert result is not None
    areas = np.bincount(result[1].ravel())[1:]
    assert (areas >= 80).sum() >= 3, areas


@pytest.mark.parametrize("area_px", [8, 20, 60, 150, 600])
def test_a_stamp_has_the_area_asked_for(area_px, rng):
    y, x = np.indices((21, 15))
    mask = ((y - 10) / 9.5) ** 2 + ((x - 7) / 6.5) ** 2 < 1
    stamp = cut_stamp(mask, np.where(mask, 80, 0).astype(np.float32), BLUR_PX)
    sizes = [resize_stamp(stamp, area_px, BLUR_PX, rng).mask.sum() for _ in range(8)]
    assert np.mean(sizes) == pytest.approx(area_px, rel=0.05 if area_px > 50 else 0.15)


def test_a_stamp_blurred_again_has_its_grains_mean(rng):
    labels = np.zeros((40, 40), np.int32)
    y, x = np.indices(labels.shape)
    labels[np.hypot(y - 20, x - 20) < 5] = 1
    seen = cv2.GaussianBlur(90.0 * (labels > 0), (0, 0), BLUR_PX).astype(np.float32)
    stamp = cut_stamp(labels == 1, seen, BLUR_PX)
    mean = float((stamp.cover * stamp.contrast)[stamp.mask].mean())
    assert mean == pytest.approx(float(seen[labels == 1].mean()), rel=1e-3)


def test_the_blur_of_edges_is_measured():
    for blur_px in (0.8, 1.5, 2.5):
        labels = np.zeros((400, 400), np.int32)
        y, x = np.indices(labels.shape)
        for k, (row, column) in enumerate(np.ndindex(5, 5)):
            labels[np.hypot(y - 40 - 80 * row, x - 40 - 80 * column) < 20] = k + 1
        contrast = cv2.GaussianBlur(100.0 * (labels > 0), (0, 0), blur_px).astype(np.float32)
        assert edge_blur(contrast, labels) == pytest.approx(blur_px, rel=0.25)


@pytest.mark.parametrize(("width_px", "blur_px"), [(4, 0.8), (12, 0.8), (12, 1.4)])
def test_the_blur_of_straight_outlines_along_the_pixels_is_measured(width_px, blur_px, rng):
    """No pixel is 3.5 to 4 px from such an outline, nor from any in the middle of a thin grain."""
    labels = np.zeros((240, 260), np.int32)
    for k, row in enumerate(range(10, 220, width_px + 14)):
        labels[row : row + width_px, 20:240] = k + 1
    grey = cv2.GaussianBlur(120.0 * (labels > 0), (0, 0), blur_px)
    grey += NOISE * rng.standard_normal(labels.shape)
    assert edge_blur(grey.astype(np.float32), labels) == pytest.approx(blur_px, rel=0.15)


def test_film_and_noise_are_taken_apart():
    micrograph, segmentation = film()
    look = take_apart(
        micrograph.intensity.astype(np.float32), segmentation.labels, np.random.default_rng(0)
    )
    assert look.film.mean() == pytest.approx(50, abs=1)
    assert look.blur_px == pytest.approx(BLUR_PX, rel=0.3)
    assert 0.7 < look.noise_ratio < 1.4


def test_outlines_are_no_noise():
    """Where a grain was wiped off, nothing of its rim shows through what takes its place."""
    micrograph, segmentation = film()
    grey, labels = micrograph.intensity.astype(np.float32), segmentation.labels
    look = take_apart(grey, labels, np.random.default_rng(0))
    grain = (labels > 0).astype(np.uint8)
    rim = (cv2.dilate(grain, np.ones((3, 3), np.uint8)) > 0) & (grain == 0)
    rough = grey - cv2.GaussianBlur(grey, (0, 0), 1.5)
    assert abs(rough[rim].mean()) > NOISE
    assert abs(look.noise[rim].mean()) < 0.1 * NOISE
    assert look.noise[rim].std() == pytest.approx(look.noise[grain == 0].std(), rel=0.1)


def test_a_groove_is_a_share_of_the_contrast():
    labels = np.zeros((20, 30), np.int32)
    labels[5:15, 5:14], labels[5:15, 15:25] = 1, 2
    contrast = np.where(labels > 0, 80, 20).astype(np.float32)
    assert groove_of(labels, contrast, 1) == pytest.approx(0.25)
    assert groove_of(np.where(labels == 1, 1, 0).astype(np.int32), contrast, 1) == 1.0


def test_found_is_an_overlap_of_more_than_half():
    painted = np.zeros((10, 40), np.int32)
    painted[:, 0:10], painted[:, 20:30] = 1, 2
    labels = np.zeros_like(painted)
    labels[:, 3:10] = 7  # 70 of 100
    labels[:, 25:35] = 9  # 50 of 150
    found, area_px = match_painted(painted, labels)
    assert found.tolist() == [True, False]
    assert area_px.tolist() == [70, 0]
    nothing, _ = match_painted(np.zeros((3, 3), np.int32), np.zeros((3, 3), np.int32))
    assert len(nothing) == 0


def test_a_groove_darkens_only_the_line_between_grains():
    rng = np.random.default_rng(3)
    labels = np.zeros((400, 420), np.int32)
    for k, (row, column) in enumerate(np.ndindex(9, 8)):
        y, x = 18 + 42 * row, 16 + 50 * column
        labels[y : y + 15, x : x + 13], labels[y : y + 15, x + 14 : x + 27] = 2 * k + 1, 2 * k + 2
    grain = (labels > 0).astype(np.uint8)
    line = (cv2.morphologyEx(grain, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0) & (grain == 0)
    # Between the grains it is darker than on the film: a groove of nothing left.
    grey = cv2.GaussianBlur(50 + 120.0 * grain - 300.0 * line, (0, 0), 0.8)
    grey = (grey + NOISE * rng.standard_normal(labels.shape)).astype(np.float32)
    size, frame = PixelSize(5.0, 0.0, "option"), Frame.whole(labels.shape)
    before, segmentation = Micrograph("film", grey, size, frame), Segmentation(labels, size, frame)
    solidity = measure(before, segmentation, GrainSettings()).solidity
    after, painted = paint_grains(before, segmentation, solidity, 40, rng)
    change = np.abs(before.intensity - after.intensity)
    by_grains = cv2.dilate(grain, np.ones((13, 13))) > 0
    by_painted = cv2.dilate((painted > 0).astype(np.uint8), np.ones((5, 5))) > 0
    assert change[by_painted & ~by_grains].max() > 10 * NOISE
    assert change[~by_painted & ~by_grains].max() < 0.5 * NOISE


def test_less_than_a_pixel_is_painted_as_one(rng):
    stamp = cut_stamp(np.ones((5, 5), bool), np.full((5, 5), 80, np.float32), BLUR_PX)
    small = resize_stamp(replace(stamp, mask=np.eye(5, dtype=bool)), 0.2, BLUR_PX, rng)
    assert small.mask.sum() == 1
    assert small.contrast.shape == small.mask.shape


def test_the_noise_on_grains_is_told_from_that_on_the_film(rng):
    labels = np.zeros((300, 300), np.int32)
    y, x = np.indices(labels.shape)
    for k, (row, column) in enumerate(np.ndindex(4, 4)):
        labels[np.hypot(y - 40 - 72 * row, x - 40 - 72 * column) < 22] = k + 1
    grey = cv2.GaussianBlur(50 + 120.0 * (labels > 0), (0, 0), BLUR_PX)
    grey += np.where(labels > 0, 2 * NOISE, NOISE) * rng.standard_normal(labels.shape)
    look = take_apart(grey.astype(np.float32), labels, rng)
    assert look.noise_ratio == pytest.approx(2, rel=0.1)


def test_noise_is_cut_at_four_of_its_standard_deviations(rng):
    grey = 50 + NOISE * rng.standard_normal((300, 300))
    grey[::100, ::100] += 100 * NOISE  # hot pixels are none of it
    noise = take_apart(grey.astype(np.float32), np.zeros((300, 300), np.int32), rng).noise
    # Smoothing over s = 1.5 px leaves 1 − 1/(πs²) + 1/(4πs²) of the variance.
    left = np.sqrt(1 - 3 / (4 * np.pi * 1.5**2))
    assert noise.max() == pytest.approx(4 * left * NOISE, rel=0.02)


def test_the_first_grain_of_the_segmentation_counts_like_any_other():
    painted = np.array([[1, 1, 1, 0, 2, 2]], np.int32)
    found, area_px = match_painted(painted, np.array([[1, 1, 1, 1, 2, 2]], np.int32))
    assert (found.tolist(), area_px.tolist()) == ([True, True], [4, 2])
