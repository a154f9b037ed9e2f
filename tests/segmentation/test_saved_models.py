"""A model file gives back the same segmentation, and a bad one gives one clear line."""

import json
from dataclasses import replace

import numpy as np
import pytest

from grainscope.errors import ModelError, OutputError
from grainscope.files.models import load_model, save_model
from grainscope.records import ClusterModel
from grainscope.segmentation import segment
from grainscope.settings import SegmentationSettings

FAST = SegmentationSettings(method="fast")


@pytest.fixture
def model():
    return ClusterModel(
        clustering="gaussian_mixture",
        features=("intensity", "contrast_30px"),
        means=np.array([[0.1, 0.2], [0.7, 0.9]]),
        covariances=np.array([np.eye(2) * 0.02, [[0.03, 0.01], [0.01, 0.02]]]),
        weights=np.array([0.6, 0.4]),
        grain_classes=(1,),
        trained_on=("film µ",),
    )


def test_what_is_saved_is_loaded(model, tmp_path):
    path = tmp_path / "model.json"
    save_model(model, path)
    loaded = load_model(path)
    for name in ("clustering", "features", "grain_classes", "trained_on"):
        assert getattr(loaded, name) == getattr(model, name)
    for name in ("means", "covariances", "weights"):
        assert np.array_equal(getattr(loaded, name), getattr(model, name))
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


def test_a_saved_model_segments_as_the_fit_did(imaged, rng, tmp_path):
    grey = rng.normal(50, 5, (120, 120)).astype(np.float32)
    grey[20:50, 20:50] += 100
    grey[70:90, 60:100] += 80
    fitted = segment(imaged(grey), FAST)
    save_model(fitted.model, tmp_path / "film.json")
    again = segment(imaged(grey), FAST, load_model(tmp_path / "film.json"))
    assert fitted.n_grains == 2
    assert np.array_equal(again.labels, fitted.labels)


def test_a_folder_that_is_not_there_is_an_output_error(model, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        save_model(model, tmp_path / "no" / "model.json")


WRONG = {
    "newer schema": ({"schema": 2}, "newer than this program"),
    "no schema": ({"schema": None}, "schema is None"),
    "schema is true": ({"schema": True}, "schema is True"),
    "another kind": ({"kind": "forest"}, "kind is 'forest'"),
    "unknown clustering": ({"clustering": "spectral"}, "spectral"),
    "not a number": ({"weights": [float("nan"), 1.0]}, "finite"),
    "infinite": ({"means": [[1e999, 0], [0, 0]]}, "finite"),
    "text": ({"means": "0.1"}, "means"),
    "ragged": ({"means": [[0.1, 0.2], [0.3]]}, "rectangular"),
    "empty": ({"means": []}, "finite"),
    "wrong shape": ({"means": [[0.1], [0.2]]}, "do not belong together"),
    "too few weights": ({"weights": [1.0]}, "below 1"),
    "negative weight": ({"weights": [1.5, -0.5]}, "sum to 1"),
    "weights of another sum": ({"weights": [0.5, 0.6]}, "sum to 1"),
    "not symmetric": ({"covariances": [[[1, 0.5], [0, 1]]] * 2}, "symmetric"),
    "not positive": ({"covariances": [[[1, 2], [2, 1]]] * 2}, "positive definite"),
    "class out of range": ({"grain_classes": [2]}, "grain_classes"),
    "negative class": ({"grain_classes": [-1]}, "grain_classes"),
    "class twice": ({"grain_classes": [1, 1]}, "grain_classes"),
    "class is a flag": ({"grain_classes": [True]}, "grain_classes"),
    "features no list": ({"features": "intensity"}, "features"),
    "feature no name": ({"features": ["intensity", 3]}, "features"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_a_damaged_or_newer_model_is_one_line(model, tmp_path, change, message):
    path = tmp_path / "model.json"
    save_model(model, path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(ModelError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["clustering", "means", "grain_classes", "trained_on"])
def test_a_missing_entry_is_named(model, tmp_path, key):
    path = tmp_path / "model.json"
    save_model(model, path)
    content = json.loads(path.read_text("utf-8"))
    del content[key]
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ModelError, match=f"'{key}' is missing"):
        load_model(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"not json", b"\xff\xfe\x00", b"[1, 2]", b"[" * 200_000, b" " * 2_000_000, b"\x80\x04K."],
    ids=["empty", "text", "not utf-8", "a list", "deep", "huge", "pickle"],
)
def test_what_is_no_model_file_is_one_line(tmp_path, content):
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert "\n" not in str(caught.value)


def test_a_model_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "absent.json")


def test_a_model_without_grain_classes_finds_nothing(model, imaged, rng):
    grey = rng.random((40, 40)).astype(np.float32)
    empty = replace(model, grain_classes=())
    assert segment(imaged(grey), FAST, empty).n_grains == 0
