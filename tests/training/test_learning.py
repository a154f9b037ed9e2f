"""What training is made of: truth of candidates, trees as arrays, calibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grainscope.scoring import IGNORE_LABEL
from grainscope.segmentation.boosted_trees import evaluate_trees
from grainscope.segmentation.region_collector import RegionCollector
from grainscope.settings import PreprocessingSettings
from grainscope.training import scene_examples
from grainscope.training.calibration import rising_mean
from grainscope.training.candidate_truth import best_iou
from grainscope.training.tree_training import train_trees


def test_trees_as_arrays_predict_what_scikit_learn_predicts():
    from sklearn.ensemble import HistGradientBoostingRegressor

    rng = np.random.default_rng(0)
    rows = rng.random((4000, 5)).astype(np.float32)
    target = rows[:, 0] * rows[:, 1] + np.sin(5 * rows[:, 2])
    weight = rng.random(4000) + 0.1
    trees = train_trees(rows, target, weight, tuple("abcde"), 40)
    rival = HistGradientBoostingRegressor(
        max_iter=40, max_leaf_nodes=31, learning_rate=0.1, min_samples_leaf=40,
        early_stopping=False, random_state=0,
    ).fit(rows, target, sample_weight=weight)  # fmt: skip
    new = rng.random((3000, 5)).astype(np.float32)
    found = evaluate_trees(trees, new)
    assert np.abs(found - rival.predict(new)).max() < 1e-9
    assert found.tobytes() == evaluate_trees(trees, new, n_threads=1).tobytes()


def test_the_best_grain_counts_and_unscored_pixels_do_not():
    true = np.array([[1, 1, 1, 1, 0, 2, 2, 0, IGNORE_LABEL, IGNORE_LABEL]], np.int32)
    candidates = RegionCollector(1, 100)
    for left, right in ((0, 4), (2, 7), (7, 10), (5, 9)):
        row = np.full(true.shape, -1, np.int32)
        row[0, left:right] = 0
        candidates.add_labels(row)
    # 4/4; 2 of 7 against 2 of 5; two thirds unscored; 2 of 3 scored pixels
    assert best_iou(candidates.regions(), true) == pytest.approx([1, 0.4, -1, 2 / 3])


def test_the_rising_mean_keeps_the_mean_and_never_falls():
    rng = np.random.default_rng(2)
    score, weight = rng.random(2000), rng.random(2000) + 0.5
    value = score + rng.normal(0, 0.5, 2000)
    at, mean = rising_mean(score, value, weight)
    assert (np.diff(mean) >= 0).all()
    assert (np.diff(at) > 0).all()
    assert mean.mean() == pytest.approx(np.average(value, weights=weight), abs=5e-3)
    assert np.abs(mean - at).max() < 0.12


def test_too_few_regions_leave_the_score_as_it_is():
    few = np.linspace(0.2, 0.9, 119)
    at, mean = rising_mean(few, np.ones(119), np.ones(119))
    assert np.interp(few, at, mean) == pytest.approx(few)


def test_a_model_without_calibration_is_refused(tiny_grain_model):
    with pytest.raises(ValueError, match="found_score is empty"):
        replace(tiny_grain_model, found_score=np.empty(0), found_iou=np.empty(0))


def test_scenes_depend_on_their_seed_alone():
    settings = PreprocessingSettings()
    one, two = scene_examples(2, 5, settings), scene_examples(3, 5, settings)
    for a, b in zip(one, two, strict=False):
        assert a.film.tobytes() == b.film.tobytes()
        assert a.labels.tobytes() == b.labels.tobytes()
    assert scene_examples(1, 6, settings)[0].film.tobytes() != one[0].film.tobytes()
