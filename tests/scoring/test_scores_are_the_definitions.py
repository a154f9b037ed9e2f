"""Closed forms, and the reference implementation where the data folder is."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grainscope.scoring import IGNORE_LABEL, THRESHOLDS, ks_distance, score_labels, summarise


def squares(shift):
    true, pred = np.zeros((40, 60), int), np.zeros((40, 60), int)
    true[10:20, 10:20] = 3
    pred[10:20, 10 + shift : 20 + shift] = 8
    return true, pred


@pytest.mark.parametrize("shift", range(10))
def test_one_square_shifted_by_s_has_iou_10_minus_s_over_10_plus_s(shift):
    score = score_labels(*squares(shift))
    iou = (10 - shift) / (10 + shift)
    assert score.fg_iou == pytest.approx(iou)
    assert score.fg_dice == pytest.approx((10 - shift) / 10)
    assert score.true_positives.tolist() == [int(iou > t) for t in THRESHOLDS]
    assert (score.ks, score.count_err, score.dmed_err) == (0, 0, 0)
    assert score.diameter_error.tolist() == ([0.0] if iou > 0.5 else [])


def test_detection_counts_hits_misses_and_inventions():
    true = np.array([[1, 1, 0, 2, 2, 0, 3, 3, 0, 0, 0]])
    pred = np.array([[1, 1, 0, 2, 2, 0, 0, 0, 0, 4, 4]])
    score = score_labels(true, pred)
    assert score.ap50 == 2 / 4
    assert score.fg_iou == 4 / 8
    assert score.true_matched.tolist() == [True, True, False]
    assert score.pred_matched.tolist() == [True, True, False]


def test_a_pair_at_exactly_one_half_is_no_hit():
    score = score_labels(np.array([[1, 1]]), np.array([[1, 0]]))
    assert score.ap50 == 0
    assert not score.true_matched.any()
    assert not score.pred_matched.any()


def test_diameter_error_of_a_grain_seen_four_ninths_too_small():
    true, pred = np.zeros((9, 9), int), np.zeros((9, 9), int)
    true[:9, :9], pred[:9, :6] = 1, 1
    score = score_labels(true, pred)
    assert score.diameter_error[0] == pytest.approx(1 - np.sqrt(6 / 9))
    assert score.dmed_err == pytest.approx(1 - np.sqrt(6 / 9))


def test_ignored_pixels_do_not_count_in_either_image():
    true = np.array([[1, 1, IGNORE_LABEL, IGNORE_LABEL, 0]])
    pred = np.array([[1, 1, 1, 2, 0]])
    score = score_labels(true, pred)
    assert (score.n_true, score.n_pred, score.fg_iou, score.ap) == (1, 1, 1, 1)


def test_small_grains_are_dropped_from_both():
    true = np.array([[1, 1, 1, 0, 2, 0, 0]])
    pred = np.array([[1, 1, 1, 0, 0, 0, 5]])
    score = score_labels(true, pred, min_area_px=2)
    assert (score.n_true, score.n_pred, score.ap50) == (1, 1, 1)


def test_two_empty_images_agree_and_one_empty_image_does_not():
    nothing, grain = np.zeros((4, 4), int), np.ones((4, 4), int)
    both = score_labels(nothing, nothing)
    assert (both.fg_iou, both.fg_dice, both.ap, both.ks) == (1, 1, 1, 0)
    together = summarise([both, both])
    assert (together.pooled_ap50, together.pooled_ap, together.pooled_ks) == (1, 1, 0)
    missed = score_labels(grain, nothing)
    assert (missed.fg_iou, missed.ap, missed.ks, missed.count_err) == (0, 0, 1, -1)
    invented = score_labels(nothing, grain)
    assert (invented.fg_iou, invented.ap, invented.ks, invented.count_err) == (0, 0, 1, 1)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"\(2, 2\) and \(2, 3\)"):
        score_labels(np.zeros((2, 2), int), np.zeros((2, 3), int))


def test_pooling_weighs_grains_and_means_weigh_images():
    many = np.arange(1, 101).reshape(10, 10)
    good, bad = score_labels(many, many), score_labels(np.ones((1, 1), int), np.zeros((1, 1), int))
    summary = summarise([good, bad])
    assert summary.ap50 == 0.5
    assert summary.pooled_ap50 == pytest.approx(100 / 101)


small_labels = arrays(np.int64, (12, 12), elements=st.integers(0, 5))


@given(true=small_labels, pred=small_labels)
@settings(max_examples=50, deadline=None)
def test_scores_stay_in_range_and_a_relabelling_changes_nothing(true, pred):
    score = score_labels(true, pred)
    for value in (score.fg_iou, score.fg_dice, score.ap50, score.ap75, score.ap, score.ks):
        assert 0 <= value <= 1
    assert score.ap50 >= score.ap75
    relabelled = score_labels(np.where(true, 50 - true, 0), np.rot90(np.rot90(pred, 1), -1))
    assert relabelled.figures() == score.figures()


def test_ks_distance_is_that_of_scipy(rng):
    from scipy.stats import ks_2samp

    a, b = rng.integers(1, 40, 300), rng.integers(5, 60, 200)
    assert ks_distance(a, b) == pytest.approx(ks_2samp(a, b).statistic, abs=1e-12)


@pytest.fixture(scope="session")
def reference(data_dir):
    path = data_dir.parent / "evaluate.py"
    if not path.is_file():
        pytest.skip(f"no reference implementation at {path}")
    spec = importlib.util.spec_from_file_location("reference_scores", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def blobs(rng, ignored):
    """Rectangles thrown on top of each other; the second image is the first, disturbed."""
    true = np.zeros((120, 150), np.int64)
    for label in range(1, 60):
        y, x = rng.integers(0, 110), rng.integers(0, 140)
        true[y : y + rng.integers(2, 20), x : x + rng.integers(2, 20)] = label
    pred = np.roll(true, rng.integers(-2, 3), axis=rng.integers(0, 2))
    pred[rng.random(true.shape) < 0.05] = 0
    pred[pred == 7] = 8
    if ignored:
        true[:, :20] = IGNORE_LABEL
    return true, pred


def same(ours, theirs):
    assert set(ours) <= set(theirs)
    for name, value in ours.items():
        assert value == pytest.approx(theirs[name], abs=1e-12, nan_ok=True), name


@pytest.mark.data
@pytest.mark.parametrize("min_area_px", [0, 10])
def test_random_labels_score_as_the_reference_says(reference, rng, min_area_px):
    ours, theirs = [], []
    for k in range(12):
        true, pred = blobs(rng, ignored=k % 3 == 0)
        if k == 5:
            pred = np.zeros_like(pred)
        ours.append(score_labels(true, pred, min_area_px))
        theirs.append(reference.score(true, pred, min_area_px))
        same(ours[-1].figures(), theirs[-1])
        same({"fg_dice": ours[-1].fg_dice, "ap75": ours[-1].ap75}, theirs[-1])
    same(summarise(ours).figures(), reference.summarise(theirs))


@pytest.mark.data
def test_real_micrographs_score_as_the_reference_says(reference, data_dir, imaged):
    from skimage.io import imread

    from grainscope.preprocessing import preprocess
    from grainscope.segmentation import segment
    from grainscope.settings import PreprocessingSettings, SegmentationSettings

    ours, theirs = [], []
    for path in sorted((data_dir / "masks").glob("*.png"))[::5]:
        true = imread(path)
        grey = imread(data_dir / "images" / path.name)
        grey = grey if grey.ndim == 2 else grey[..., 0]
        prepared = preprocess(imaged(grey), PreprocessingSettings(polarity="auto"))
        pred = segment(prepared, SegmentationSettings(method="fast")).labels
        ours.append(score_labels(true, pred, 10))
        theirs.append(reference.score(true.astype(np.int64), pred.astype(np.int64), 10))
    same(summarise(ours).figures(), reference.summarise(theirs))
