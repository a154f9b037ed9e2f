"""From scenes to a saved model, with tiny numbers: reproducible, honest, usable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grainscope import files
from grainscope.opencv import cv2
from grainscope.scoring import score_labels
from grainscope.segmentation.learnt import label_grains
from grainscope.settings import PreprocessingSettings
from grainscope.training import Example, examples
from grainscope.training import train_grain_model as train


@pytest.fixture(scope="module")
def material(small_training):
    """Two films of discs that are called real, and six scenes; none may be written."""
    seen = [discs(f"real/{k}", k) for k in range(2)]
    scenes = examples.scene_examples(6, 1, PreprocessingSettings())
    for example in (*seen, *scenes):
        example.film.flags.writeable = example.labels.flags.writeable = False
    return seen, scenes


def discs(name, seed, shape=(110, 120)):
    rng = np.random.default_rng((9, seed))
    y, x = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for k, (row, column) in enumerate(np.ndindex(3, 3), start=1):
        labels[np.hypot(y - 19 - 36 * row, x - 20 - 39 * column) <= rng.uniform(6, 14)] = k
    film = cv2.GaussianBlur((labels > 0).astype(np.float32), (0, 0), 1.2)
    return Example(name, (film + rng.normal(0, 0.04, shape)).astype(np.float32), labels)


@pytest.fixture(scope="module")
def model(material):
    told = []
    trained = train(*material, 5, told.append)
    assert len(told) == 5
    assert all(line and "\n" not in line for line in told)
    return trained


def saved(model, folder):
    folder.mkdir()
    files.save_model(model, folder / "m.json")
    return [(folder / name).read_bytes() for name in ("m.json", "m.npz")]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(material, model, tmp_path):
    again, other = (train(*material, seed, lambda _: None) for seed in (5, 6))
    first = saved(model, tmp_path / "first")
    assert saved(again, tmp_path / "again") == first
    of_other = saved(other, tmp_path / "other")
    assert of_other[0] != first[0]
    assert of_other[1] != first[1]


@pytest.mark.slow
def test_what_is_trained_is_saved_loaded_and_used(model, tmp_path):
    files.save_model(model, tmp_path / "m.json")
    loaded = files.load_model(tmp_path / "m.json")
    new = discs("new", 7)
    for a, b in zip(
        label_grains(new.film, model, 10), label_grains(new.film, loaded, 10), strict=True
    ):
        assert a.tobytes() == b.tobytes()
    assert model.trained_on == ("real", "scenes")
    assert model.seed == 5


@pytest.mark.slow
def test_a_dozen_trees_already_find_discs(model):
    hits = true = 0
    for seed in (11, 12):
        new = discs("new", seed)
        labels, confidence = label_grains(new.film, model, 10)
        score = score_labels(new.labels, labels, 10)
        hits, true = hits + int(score.true_matched.sum()), true + score.n_true
        assert ((confidence >= 0) & (confidence <= 1)).all()
    assert hits >= 0.7 * true


@pytest.mark.slow
def test_the_cut_and_the_calibration_are_within_their_limits(model):
    assert 0.35 <= model.cut_score.min() <= model.cut_score.max() <= 0.65 + 1e-9
    assert (np.diff(model.found_score) > 0).all()
    assert (np.diff(model.found_iou) >= 0).all()
    assert ((model.found_iou >= 0) & (model.found_iou <= 1)).all()


@pytest.mark.slow
def test_scenes_alone_and_few_grains_give_a_model_that_can_be_used(small_training, tmp_path):
    """Four discs a film are too few to calibrate: the confidence must still be one."""
    scenes = []
    for k in range(3):
        whole = discs(f"scenes/{k}", k)
        corner = np.s_[:72, :76]
        scenes.append(
            replace(whole, film=whole.film[corner].copy(), labels=whole.labels[corner].copy())
        )
    model = train([], scenes, 0, lambda _: None)
    files.save_model(model, tmp_path / "m.json")
    labels, confidence = label_grains(scenes[0].film, files.load_model(tmp_path / "m.json"), 10)
    assert len(confidence) == labels.max()
    assert ((confidence >= 0) & (confidence <= 1)).all()
