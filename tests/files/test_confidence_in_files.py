"""Spread and confidence on disk: in a model file, in grains.csv, and gone with corrected labels."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import grainscope
from grainscope import figures, files, report
from grainscope.batch import BatchOptions, predict_result, run_batch, thread_map
from grainscope.errors import ModelError
from grainscope.files.models import load_model, save_model
from grainscope.opencv import cv2
from grainscope.pipeline import segment_micrograph
from grainscope.settings import Settings

# ---- the spread in a model file


@pytest.fixture
def model(tiny_grain_model):
    return replace(tiny_grain_model, found_sd=np.array([0.1, 0.2]), image_sd=0.3, outline_sd=0.05)


@pytest.fixture
def path(model, tmp_path):
    save_model(model, tmp_path / "film.json")
    return tmp_path / "film.json"


def change(path, **entries):
    """Replace entries of the calibration; None takes one away."""
    content = json.loads(path.read_text("utf-8"))
    changed = content["calibration"] | entries
    content["calibration"] = {key: v for key, v in changed.items() if v is not None}
    path.write_text(json.dumps(content), "utf-8")


def test_the_spread_comes_back(model, path):
    loaded = load_model(path)
    assert loaded.found_sd.tolist() == [0.1, 0.2]
    assert not loaded.found_sd.flags.writeable
    assert (loaded.image_sd, loaded.outline_sd) == (0.3, 0.05)


def test_a_model_that_does_not_know_its_spread_is_saved_without_one(tiny_grain_model, tmp_path):
    save_model(tiny_grain_model, tmp_path / "film.json")
    calibration = json.loads((tmp_path / "film.json").read_text("utf-8"))["calibration"]
    assert set(calibration) == {"score", "iou"}
    loaded = load_model(tmp_path / "film.json")
    assert loaded.found_sd is None
    assert (loaded.image_sd, loaded.outline_sd) == (0, 0)


def test_the_limits_themselves_are_allowed(path):
    change(path, sd=[0, 10], image_sd=0, outline_sd=10)
    assert load_model(path).found_sd.tolist() == [0, 10]


NAN, INFINITE = float("nan"), float("inf")
WRONG = {
    "sd negative": ({"sd": [0.1, -0.01]}, "within 0…10"),
    "sd too large": ({"sd": [0.1, 11]}, "within 0…10"),
    "sd nan": ({"sd": [0.1, NAN]}, "sd must hold finite"),
    "sd infinite": ({"sd": [0.1, INFINITE]}, "sd must hold finite"),
    "sd too short": ({"sd": [0.1]}, "rows"),
    "sd too long": ({"sd": [0.1, 0.2, 0.3]}, "rows"),
    "sd empty": ({"sd": []}, "sd must hold finite"),
    "sd one number": ({"sd": 0.1}, "found_sd"),
    "sd in a table": ({"sd": [[0.1], [0.2]]}, "found_sd"),
    "sd text": ({"sd": ["wide", "narrow"]}, "sd must be a rectangular list of numbers"),
    "image negative": ({"image_sd": -0.1}, "within 0…10"),
    "image too large": ({"image_sd": 10.5}, "within 0…10"),
    "image nan": ({"image_sd": NAN}, "image_sd must hold finite"),
    "image two numbers": ({"image_sd": [0.1, 0.2]}, "image_sd|damaged"),
    "image in a list": ({"image_sd": [0.1]}, "image_sd|damaged"),
    "image text": ({"image_sd": "wide"}, "image_sd must be"),
    "outline negative": ({"outline_sd": -0.1}, "within 0…10"),
    "outline nan": ({"outline_sd": NAN}, "outline_sd must hold finite"),
    "outline too large, without sd": ({"sd": None, "outline_sd": 11}, "within 0…10"),
}


@pytest.mark.parametrize(("entries", "message"), WRONG.values(), ids=WRONG)
def test_a_spread_that_cannot_be_is_one_line(path, entries, message):
    change(path, **entries)
    with pytest.raises(ModelError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [{"found_sd": np.array([0.1, np.nan])}, {"image_sd": -0.1}, {"outline_sd": 20.0}],
    ids=["nan", "negative", "large"],
)
def test_a_spread_that_would_not_come_back_is_not_saved(model, tmp_path, changes):
    with pytest.raises(ModelError, match="cannot be saved"):
        save_model(replace(model, **changes), tmp_path / "film.json")
    assert list(tmp_path.iterdir()) == []


# ---- the confidence in a result

SIZE, DRAWS = {"pixel_size_nm": 5.0}, {"uncertainty_draws": 5}
SETTINGS = Settings(input=SIZE, run=DRAWS)


@pytest.fixture(scope="module", autouse=True)
def no_other_pictures():
    """Paint the confidence as the real writer does, and leave out what takes long."""

    def paint(folder, micrograph, segmented, analysis, for_print):
        (folder / "figures").mkdir()
        if analysis.grains.confidence is not None:
            picture = figures.paint_confidence(micrograph, segmented, analysis.grains.confidence)
            picture.save(folder / "figures" / "confidence.png")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "write_figures", paint)
        patch.setattr(report, "write_report", lambda out: None)
        yield


@pytest.fixture(scope="module")
def image_and_model(tmp_path_factory):
    """Discs from clear to faint, and the shipped model with a spread."""
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(1)
    y, x = np.indices((170, 200))
    grey = np.full(y.shape, 60.0)
    for row, column in np.ndindex(4, 5):
        away = np.hypot(y - 20 - 42 * row, x - 20 - 40 * column)
        grey[away < rng.uniform(5, 15)] += rng.uniform(10, 90)
    grey = cv2.GaussianBlur(grey, (0, 0), 1.5) + rng.normal(0, 8, grey.shape)
    cv2.imwrite(str(folder / "a.png"), grey.clip(0, 255).astype(np.uint8))
    model = grainscope.load_model()
    found_sd = np.full_like(model.found_iou, 0.15)
    model = replace(model, found_sd=found_sd, image_sd=0.3, outline_sd=0.1)
    save_model(model, folder / "spread.json")
    return folder / "a.png", folder / "spread.json"


def finished(out, image_and_model, settings=SETTINGS, model=True):
    image, path = image_and_model
    options = BatchOptions(model_path=path if model else None)
    here = partial(thread_map, workers=1, time_limit_s=600)  # where no other picture is drawn
    (outcome,) = run_batch([image], out, settings, options, here)
    assert outcome.status == "ok", outcome
    return out / "a"


@pytest.fixture(scope="module")
def written(image_and_model, tmp_path_factory):
    """The folder of a run, to read only."""
    return finished(tmp_path_factory.mktemp("out"), image_and_model)


@pytest.fixture
def folder(written, tmp_path):
    """A copy of it, to work on."""
    return shutil.copytree(written.parent, tmp_path / "out") / "a"


def grains(folder):
    with (folder / "grains.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def confidences(folder):
    return [float(row["confidence"]) for row in grains(folder)]


def headline(folder):
    return json.loads((folder / "record.json").read_text("utf-8"))["headline"]


def test_every_grain_has_the_confidence_that_its_pixels_got(written, image_and_model):
    image, model = image_and_model
    micrograph = files.read_micrograph(image, SETTINGS.input)
    expected = segment_micrograph(micrograph, SETTINGS, load_model(model))
    assert len(set(expected.confidence)) > 5
    assert np.array_equal(files.read_result(written).segmentation.labels, expected.labels)
    assert [int(row["label"]) for row in grains(written)] == list(range(1, expected.n_grains + 1))
    assert confidences(written) == pytest.approx(expected.confidence, rel=1e-5)


def test_the_record_tells_of_confidence_and_intervals(written):
    found = headline(written)
    assert found["mean_confidence"]["value"] == pytest.approx(
        np.mean(confidences(written)), rel=1e-5
    )
    for name in ("n_grains", "area_fraction"):
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"]
    assert "low" not in found["mean_confidence"]
    assert (written / "figures" / "confidence.png").is_file()


def test_the_confidence_is_read_back_with_the_labels(written):
    stored = files.read_result(written).segmentation.confidence
    assert stored == pytest.approx(confidences(written), rel=1e-9)


def test_measured_again_from_the_same_labels_it_stays(folder):
    before = confidences(folder)
    predict_result(folder, ["network.max_gap_nm=40"])
    assert confidences(folder) == before
    assert "mean_confidence" in headline(folder)
    assert (folder / "figures" / "confidence.png").is_file()
    predict_result(folder)
    assert confidences(folder) == before


@pytest.mark.parametrize("correction", ["one grain gone", "the last gone", "one pixel", "swapped"])
def test_corrected_labels_have_none(folder, correction):
    stored = files.read_result(folder).segmentation
    labels, n = stored.labels.copy(), stored.n_grains
    if correction == "one grain gone":
        labels[labels == 3] = 0
    elif correction == "the last gone":
        labels[labels == n] = 0
    elif correction == "one pixel":  # the numbers stay 1…n
        y, x = np.argwhere(labels == 2)[0]
        labels[y, x] = 0
    else:
        labels = np.where(labels == 1, 2, np.where(labels == 2, 1, labels))
    files.write_label_image(folder / "labels.tif", labels, stored.pixel_size)
    assert files.read_result(folder).segmentation.confidence is None
    for _ in range(2):  # nor does it come back
        predict_result(folder)
        assert "confidence" not in grains(folder)[0]
        assert not {"mean_confidence", "unsure_fraction"} & set(headline(folder))
        assert not (folder / "figures" / "confidence.png").exists()


def test_a_table_that_was_changed_is_not_believed(folder):
    table = folder / "grains.csv"
    table.write_text(table.read_text("utf-8").replace("0.", "0.1", 1), "utf-8")
    assert files.read_result(folder).segmentation.confidence is None


def test_the_fast_method_has_none_but_intervals(image_and_model, tmp_path):
    fast = Settings(input=SIZE, run=DRAWS, segmentation={"method": "fast"})
    folder = finished(tmp_path / "out", image_and_model, fast, model=False)
    assert "confidence" not in grains(folder)[0]
    assert "low" in headline(folder)["n_grains"]
    assert not (folder / "figures" / "confidence.png").exists()


def test_no_draws_no_intervals_in_the_record(image_and_model, tmp_path):
    none = Settings(input=SIZE, run={"uncertainty_draws": 0}, grains={"bootstrap_draws": 0})
    folder = finished(tmp_path / "out", image_and_model, none)
    assert all("low" not in figure for figure in headline(folder).values())
    assert len(confidences(folder)) > 10
