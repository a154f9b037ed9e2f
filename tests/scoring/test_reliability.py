"""Found IoU of each grain, and confidence against it: by hand, by brute force, simulated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grainscope.scoring import IGNORE_LABEL, best_ious, reliability

# ---- the best IoU


def test_best_ious_by_hand():
    true = np.array([[1, 1, 1, 1, 0, 2, 2, 0, 0, 5]])
    pred = np.array([[1, 1, 1, 2, 2, 2, 2, 0, 3, 0]])
    # 1: 3 of 4 px. 2: 1 of 7 with the first, 2 of 4 with the second. 3: nowhere.
    assert best_ious(true, pred) == pytest.approx([3 / 4, 2 / 4, 0])


def test_pixels_that_are_not_scored_do_not_count():
    true = np.array([[1, 1, 1, IGNORE_LABEL, IGNORE_LABEL, IGNORE_LABEL, 0]])
    pred = np.array([[1, 1, 1, 1, 0, 2, 0]])
    found = best_ious(true, pred)
    assert found[0] == 1
    assert np.isnan(found[1])


def test_half_unscored_is_too_much():
    true = np.array([[1, 1, IGNORE_LABEL, IGNORE_LABEL, 1, 1, 1, IGNORE_LABEL]])
    found = best_ious(true, np.array([[1, 1, 1, 1, 2, 2, 2, 2]]))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(3 / 5)


def test_no_grains_and_no_truth():
    nothing = np.zeros((3, 4), int)
    assert best_ious(nothing, nothing).shape == (0,)
    assert best_ious(nothing, nothing + 1).tolist() == [0]


def plain_best_ious(true, pred):
    scored, best = true != IGNORE_LABEL, []
    for k in range(1, pred.max() + 1):
        mine = pred == k
        ious = [0.0]
        for t in set(true[scored].tolist()) - {0}:
            theirs = true == t
            ious.append((mine & theirs).sum() / ((mine & scored) | theirs).sum())
        known = (mine & scored).sum() > 0.5 * mine.sum()
        best.append(max(ious) if known else np.nan)
    return best


@given(
    true=arrays(np.int64, (6, 9), elements=st.sampled_from([0, 1, 2, 3, 7, IGNORE_LABEL])),
    pred=arrays(np.int64, (6, 9), elements=st.integers(0, 4)),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_best_ious_are_those_of_the_plain_definition(true, pred):
    # Every number up to the largest is there, as in any Segmentation.
    pred = np.unique(np.append(pred, 0), return_inverse=True)[1][:-1].reshape(6, 9)
    found = best_ious(true, pred)
    assert found == pytest.approx(plain_best_ious(true, pred), nan_ok=True)


# ---- reliability


def simulated(rng, off=0.0, between=0.0, n_pictures=100, n=300):
    """IoUs that scatter around the confidence plus ``off``, and shift from picture to picture."""
    picture = np.repeat(np.arange(n_pictures), n)
    confidence = rng.uniform(0.2, 0.9, len(picture))
    shift = rng.normal(0, between, n_pictures)[picture]
    return confidence, confidence + off + shift + rng.normal(0, 0.05, len(picture)), picture


def test_bins_by_hand():
    found = reliability(
        np.array([0.0, 0.24, 0.25, 0.9, 1.0]),
        np.array([0.1, 0.3, 0.25, 0.7, np.nan]),
        np.array([0, 0, 0, 1, 1]),
        4,
    )
    assert found.edges.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.count.tolist() == [2, 1, 0, 1]
    assert found.confidence == pytest.approx([0.12, 0.25, np.nan, 0.9], nan_ok=True)
    assert found.iou == pytest.approx([0.2, 0.25, np.nan, 0.7], nan_ok=True)
    assert found.calibration_error == pytest.approx((2 * 0.08 + 0 + 0.2) / 4)


def test_a_confidence_of_one_is_in_the_last_bin():
    assert reliability(np.ones(3), np.ones(3), np.zeros(3, int), 5).count.tolist() == [
        *[0] * 4,
        3,
    ]


def test_what_is_calibrated_lies_on_the_diagonal(rng):
    found = reliability(*simulated(rng))
    filled = found.count > 0
    assert filled.tolist() == [False, False, *[True] * 7, False]
    away = (found.iou - found.confidence)[filled] / found.error[filled]
    assert np.abs(away).max() < 4
    assert found.calibration_error < 0.003


@pytest.mark.parametrize("off", [-0.15, 0.1])
def test_what_is_off_by_a_constant_has_that_calibration_error(rng, off):
    assert reliability(*simulated(rng, off)).calibration_error == pytest.approx(abs(off), abs=0.003)


def test_errors_of_opposite_sign_do_not_cancel(rng):
    confidence, iou, picture = simulated(rng)
    iou += np.where(confidence < 0.5, 0.1, -0.2)
    share = (confidence < 0.5).mean()
    expected = 0.1 * share + 0.2 * (1 - share)
    assert reliability(confidence, iou, picture).calibration_error == pytest.approx(
        expected, abs=0.003
    )


@pytest.mark.parametrize("between", [0.0, 0.1])
def test_the_error_bar_is_the_scatter_over_repetitions(between):
    """Grains of one picture shift together: with 10 pictures that is most of the error."""
    found = [
        reliability(*simulated(np.random.default_rng(seed), 0, between, 10, 60), 1)
        for seed in range(250)
    ]
    scatter = np.std([f.iou[0] - f.confidence[0] for f in found])
    bars = np.sqrt(np.mean([f.error[0] ** 2 for f in found]))
    # The mean of ten pictures is their own: 5 % too small; never below the grains' own scatter.
    assert 0.85 * scatter < bars < 1.25 * scatter


def test_the_error_bar_of_one_picture_is_that_of_its_grains():
    found = reliability(np.full(2, 0.55), np.array([0.4, 0.6]), np.zeros(2, int))
    assert found.error[5] == pytest.approx(np.hypot(0.1, 0.1) / 2)


def test_nothing_known_is_no_calibration_error():
    for confidence in (np.empty(0), np.array([0.5])):
        picture = np.zeros(len(confidence), int)
        found = reliability(confidence, confidence * np.nan, picture)
        assert found.count.sum() == 0
        assert np.isnan(found.calibration_error)
