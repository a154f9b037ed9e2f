"""Spreads that the training measures: planted ones are found again."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.segmentation.context import Shortlist
from grainscope.segmentation.overlaps import overlaps
from grainscope.segmentation.region_runs import Regions
from grainscope.training.calibration import residual_spread
from grainscope.training.outline_spread import Slope, outline_slope, spread_of_slopes
from grainscope.training.score_training import Described

FOUNDER_IOU, FOUNDER_SCORE = 0.7, 0.8


def image(gains, wide_px=100):
    """One family a row: a founder of 100 px, then copies as wide as ``gains`` says.

    ``gains`` lists for each family what each width gains in IoU, against the score.
    """
    rows, lefts, rights, score, iou = [], [], [], [], []
    for row, family in enumerate(gains):
        for width, gain in ((wide_px, 0.0), *family):
            rows.append(row)
            lefts.append(0)
            rights.append(width)
            lower = 0.001 * (width != wide_px) * (1 + abs(width - wide_px))
            score.append(FOUNDER_SCORE - lower)
            iou.append(FOUNDER_IOU - lower + gain)
    n = len(rows)
    runs = np.array([rows, lefts, rights], np.int32)
    regions = Regions(np.arange(n + 1), *runs, (runs[2] - runs[1]).astype(np.int64))
    graph = overlaps(regions, (len(gains), 2 * wide_px))
    listed = Shortlist(regions, np.zeros((n, 1), np.float32), np.arange(n), *graph)
    described = Described("set/image", listed, np.array(iou), len(gains))
    chosen = np.flatnonzero(np.diff(np.r_[-1, rows]))
    return described, np.array(score), chosen


def sloped(slope, widths=(70, 80, 90, 110, 130, 140), rng=None, noise=0.0):
    found = []
    for width in widths:
        extra = rng.normal(0, noise) if noise else 0.0
        found.append((width, slope * np.log(width / 100) + extra))
    return found


# ---- the slope of one image


@pytest.mark.parametrize("slope", [-0.3, 0.0, 0.2])
def test_a_planted_slope_is_found_exactly(slope):
    found = outline_slope(*image([sloped(slope)] * 5))
    assert found.value == pytest.approx(slope, abs=1e-12)
    assert found.error == pytest.approx(0, abs=1e-12)


def test_the_slope_lies_within_its_error(rng):
    away = []
    for _ in range(100):
        # What differs from family to family counts in the error too.
        families = [sloped(rng.normal(0.2, 0.1), rng=rng, noise=0.05) for _ in range(30)]
        found = outline_slope(*image(families))
        away.append((found.value - 0.2) / found.error)
    assert np.mean(away) == pytest.approx(0, abs=0.3)
    assert np.std(away) == pytest.approx(1, abs=0.2)


def test_families_weigh_alike_however_many_copies_they_have():
    many, few = [(110, 0.3 * np.log(1.1))] * 40, [(110, 0.1 * np.log(1.1))] * 2
    assert outline_slope(*image([many, few])).value == pytest.approx(0.2)


def test_too_few_copies_say_nothing():
    assert outline_slope(*image([sloped(0.2)[:5]] * 4)).value == pytest.approx(0.2)  # 20 copies
    assert outline_slope(*image([sloped(0.2)[:5]] * 3 + [sloped(0.2)[:4]])) is None


def test_a_copy_of_equal_area_says_nothing():
    same = [(100, 0.5)] * 30
    assert outline_slope(*image([same] * 2)) is None


@pytest.mark.parametrize("left_out", ["not chosen", "no grain", "truth unknown"])
def test_what_does_not_count_does_not_move_the_slope(left_out):
    """Four families of slope 0.2 and one of −1 that does not count."""
    described, score, chosen = image([sloped(0.2)] * 4 + [sloped(-1.0)])
    fifth, iou = chosen[-1], described.iou.copy()
    assert outline_slope(described, score, chosen).value < 0.1
    if left_out == "not chosen":
        chosen = chosen[:-1]
    elif left_out == "no grain":
        iou[fifth:] -= 0.35
    else:
        iou[fifth:] = -1
    described = Described(described.name, described.listed, iou, described.n_true)
    assert outline_slope(described, score, chosen).value == pytest.approx(0.2)


# ---- the spread of slopes


def test_the_spread_of_true_slopes_is_found_under_their_errors(rng):
    error = rng.uniform(0.05, 0.2, 4000)
    value = rng.normal(0.3, 0.1, 4000) + rng.normal(0, error)
    slopes = [Slope(*pair) for pair in zip(value, error, strict=True)]
    assert spread_of_slopes(slopes, np.ones(4000)) == pytest.approx(0.1, rel=0.1)


def test_slopes_weigh_as_told():
    slopes = [Slope(0.0, 0.0), Slope(1.0, 0.0), None]
    assert spread_of_slopes(slopes, [1, 1, 9]) == pytest.approx(0.5)
    assert spread_of_slopes(slopes, [3, 1, 9]) == pytest.approx(np.sqrt(3) / 4)


@pytest.mark.parametrize(
    "slopes",
    [[], [None, None], [Slope(0.5, 0.1), None], [Slope(0.1, 0.3), Slope(-0.1, 0.3)]],
    ids=["none", "none known", "one", "within their errors"],
)
def test_no_spread_is_seen_where_none_can_be(slopes):
    assert spread_of_slopes(slopes, [1.0] * len(slopes)) == 0


# ---- the spread of IoUs around their calibration

KNOTS = np.array([0.3, 0.6, 0.9])
SD = np.array([0.25, 0.15, 0.05])


def residuals(rng, between, n_images=300, n=60):
    """σ by the knot nearest to the score, and one shift an image in units of σ."""
    number = np.repeat(np.arange(n_images), n)
    score = rng.uniform(0.2, 1.0, len(number))
    sd = SD[np.abs(score[:, None] - KNOTS).argmin(axis=1)]
    of_image = rng.normal(0, between, n_images)[number]
    return score, sd * (of_image + rng.normal(0, 1, len(number))), number


def test_both_planted_spreads_are_found(rng):
    score, residual, number = residuals(rng, 0.5)
    within, found = residual_spread(KNOTS, score, residual, number, np.ones(len(score)))
    assert found == pytest.approx(0.5, rel=0.1)
    assert within == pytest.approx(SD, rel=0.15)


def test_where_all_scores_scatter_alike_both_spreads_are_exact(rng):
    number = np.repeat(np.arange(400), 40)
    residual = 0.2 * (rng.normal(0, 0.5, 400)[number] + rng.normal(0, 1, len(number)))
    score = rng.uniform(0.2, 1.0, len(number))
    within, found = residual_spread(KNOTS, score, residual, number, np.ones(len(score)))
    assert within == pytest.approx([0.2] * 3, rel=0.03)
    assert found == pytest.approx(0.5, rel=0.1)


def test_without_a_difference_between_images_none_is_found(rng):
    score, residual, number = residuals(rng, 0.0)
    within, found = residual_spread(KNOTS, score, residual, number, np.ones(len(score)))
    # The mean of an image is known to σ/√n only: 6 % more where σ is least.
    assert within == pytest.approx(SD, rel=0.08)
    assert found < 0.06


def test_images_of_few_grains_say_nothing_of_the_difference(rng):
    score, residual, number = residuals(rng, 3.0, n_images=50, n=4)
    assert residual_spread(KNOTS, score, residual, number, np.ones(200))[1] == 0


def test_one_image_says_nothing_of_the_difference(rng):
    score, residual, number = residuals(rng, 2.0, n_images=1, n=600)
    within, found = residual_spread(KNOTS, score, residual, number, np.ones(600))
    assert found == 0
    assert within == pytest.approx(SD, rel=0.5)


def test_grains_weigh_as_told():
    """Two images of residuals ±.1 and ±.3 around their mean: n/(n − 1) is 2."""
    residual, number = np.array([0.1, -0.1, 0.3, -0.3]), np.array([0, 0, 1, 1])
    score = np.zeros(4)
    for weight, square in ((1.0, (2 + 18) / 2), (0.0, 2), (3.0, (2 + 3 * 18) / 4)):
        weights = np.array([1, 1, weight, weight])
        within, _ = residual_spread(np.array([0.5]), score, residual, number, weights)
        assert within == pytest.approx([0.1 * np.sqrt(square)])
