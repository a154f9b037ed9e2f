"""``grainscope evaluate``: pairs files, writes the reference's JSON, fails in one line."""

import contextlib
import importlib.util
import io
import json
import sys

import numpy as np
import pytest
import tifffile
from skimage.io import imread, imsave

from grainscope.cli import run_command_line


@pytest.fixture
def folders(tmp_path):
    """Two references, the second without a prediction."""
    true_dir, pred_dir = tmp_path / "true", tmp_path / "pred"
    true_dir.mkdir()
    pred_dir.mkdir()
    true = np.zeros((20, 30), np.uint16)
    true[2:8, 2:12], true[12:18, 2:12], true[0:3, 25:28] = 1, 2, 9
    pred = np.zeros_like(true)
    pred[2:8, 2:12], pred[12:18, 8:18] = 5, 6
    save(true_dir / "found.png", true)
    tifffile.imwrite(pred_dir / "found.tif", pred)
    save(true_dir / "missed.png", true)
    return true_dir, pred_dir


def save(path, labels):
    imsave(path, labels, check_contrast=False)


def evaluated(true_dir, pred_dir, *words):
    """Scores that the command writes as JSON."""
    path = true_dir.parent / "scores.json"
    assert (
        run_command_line(["evaluate", str(true_dir), str(pred_dir), "--json", str(path), *words])
        == 0
    )
    return json.loads(path.read_text("utf-8"))


def one_line(capsys, *words):
    """Message of a command that must fail with one line."""
    assert run_command_line(["evaluate", *map(str, words)]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "Traceback" not in message
    return message


def test_scores_of_a_hit_a_near_miss_and_a_miss(folders):
    found = evaluated(*folders)["images"]["found"]
    # 60 + 24 px in common; 60 + 60 + 9 true ones, 60 + 60 found; the pair at IoU 24/96 is no hit
    assert found["fg_iou"] == pytest.approx(84 / (129 + 120 - 84))
    assert (found["n_true"], found["n_pred"]) == (3, 2)
    assert found["ap50"] == pytest.approx(1 / 4)
    assert found["count_err"] == pytest.approx(-1 / 3)


def test_a_reference_without_a_prediction_counts_as_empty_and_is_named(folders, capsys):
    scores = evaluated(*folders)
    missed = scores["images"]["missed"]
    assert (missed["n_pred"], missed["ap50"], missed["fg_iou"], missed["ks"]) == (0, 0, 0, 1)
    assert scores["summary"]["images"] == 2
    assert scores["summary"]["ap50"] == pytest.approx(1 / 8)
    assert scores["summary"]["pooled_ap50"] == pytest.approx(1 / 7)
    assert "no prediction for 1 of 2: missed" in capsys.readouterr().out


def test_min_area_drops_small_grains(folders):
    found = evaluated(*folders, "--min-area", "10")["images"]["found"]
    assert (found["n_true"], found["n_pred"]) == (2, 2)
    assert found["ap50"] == pytest.approx(1 / 3)


def test_pixels_of_65535_in_the_reference_are_not_scored(tmp_path):
    true = np.array([[1, 1, 1, 65535, 65535, 0]], np.uint16)
    pred = np.array([[4, 4, 4, 4, 5, 0]], np.uint16)
    for folder, labels in (("true", true), ("pred", pred)):
        (tmp_path / folder).mkdir()
        np.save(tmp_path / folder / "one.npy", labels)
    scores = evaluated(tmp_path / "true", tmp_path / "pred")
    assert scores["images"]["one"]["n_pred"] == 1
    assert (scores["summary"]["ap"], scores["summary"]["fg_iou"]) == (1, 1)


def test_a_run_folder_is_a_folder_of_predictions(folders):
    true_dir, pred_dir = folders
    flat = evaluated(true_dir, pred_dir)
    (pred_dir / "found").mkdir()
    (pred_dir / "found.tif").rename(pred_dir / "found" / "labels.tif")
    assert evaluated(true_dir, pred_dir) == flat


def test_per_image_rows_name_every_reference(folders, capsys):
    assert run_command_line(["evaluate", *map(str, folders), "--per-image"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert {"name", "found", "missed"} <= {row.split()[0] for row in rows if row}


def test_no_match_at_all_writes_valid_json_without_nan(folders):
    (folders[1] / "found.tif").unlink()
    assert evaluated(*folders)["summary"]["d_err"] is None


def test_shapes_that_differ_are_one_line_with_both(folders, capsys):
    true_dir, pred_dir = folders
    tifffile.imwrite(pred_dir / "found.tif", np.zeros((20, 31), np.uint16))
    message = one_line(capsys, true_dir, pred_dir)
    assert "found.tif" in message
    assert "(20, 30)" in message
    assert "(20, 31)" in message


def test_absent_and_empty_folders_are_one_line(folders, tmp_path, capsys):
    assert "no such folder" in one_line(capsys, tmp_path / "nowhere", folders[1])
    assert "no such folder" in one_line(capsys, folders[0], tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "no label images" in one_line(capsys, tmp_path / "empty", folders[1])


def test_a_json_file_that_cannot_be_written_is_one_line(folders, tmp_path, capsys):
    message = one_line(capsys, *folders, "--json", tmp_path / "no" / "scores.json")
    assert "cannot be written" in message


DAMAGED = {
    "text.png": b"not a picture",
    "empty.png": b"",
    "text.npy": b"not an array",
    "half.tif": b"II*\x00\x08\x00",
}


@pytest.mark.parametrize(("name", "content"), DAMAGED.items(), ids=DAMAGED)
def test_a_damaged_label_image_is_one_line_with_its_name(tmp_path, capsys, name, content):
    (tmp_path / name).write_bytes(content)
    assert name in one_line(capsys, tmp_path, tmp_path)


def test_grey_levels_and_pickles_are_no_label_images(tmp_path, capsys):
    np.save(tmp_path / "map.npy", np.full((4, 4), 0.5))
    assert "whole numbers" in one_line(capsys, tmp_path, tmp_path)
    np.save(tmp_path / "map.npy", np.array([{"a": 1}], object), allow_pickle=True)
    assert "map.npy" in one_line(capsys, tmp_path, tmp_path)


@pytest.mark.data
@pytest.mark.parametrize("words", [[], ["--min-area", "10"]], ids=["all", "min area"])
def test_the_json_is_that_of_the_reference_implementation(
    data_dir, folders, rng, monkeypatch, words
):
    path = data_dir.parent / "evaluate.py"
    if not path.is_file():
        pytest.skip(f"no reference implementation at {path}")
    true_dir, pred_dir = folders
    for mask in sorted((data_dir / "masks").glob("*.png"))[::9]:
        labels = imread(mask)
        (true_dir / mask.name).write_bytes(mask.read_bytes())
        labels = np.where(labels == 65535, 1, np.roll(labels, 1, axis=1))
        labels[rng.random(labels.shape) < 0.1] = 0
        save(pred_dir / mask.name, labels)
    ours = evaluated(true_dir, pred_dir, *words)
    theirs = written_by(path, [str(true_dir), str(pred_dir), *words], true_dir.parent, monkeypatch)
    assert len(ours["images"]) > 3
    assert ours.keys() == theirs.keys()
    assert ours["images"].keys() == theirs["images"].keys()
    assert ours["summary"] == pytest.approx(theirs["summary"], abs=1e-12)
    for name, scores in ours["images"].items():
        assert scores == pytest.approx(theirs["images"][name], abs=1e-12), name


def written_by(script, words, folder, monkeypatch):
    """JSON that the reference implementation writes."""
    spec = importlib.util.spec_from_file_location("reference_command", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path = folder / "reference.json"
    monkeypatch.setattr(sys, "argv", [script.name, *words, "--json", str(path)])
    with contextlib.redirect_stdout(io.StringIO()):
        module.main()
    return json.loads(path.read_text("utf-8"))
