"""Corrections by hand in a result folder: measured by predict, never lost, whoever was killed."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
from PIL import Image

from grainscope import edits, files
from grainscope.batch import BatchOptions, predict_result, run_batch
from grainscope.errors import ResultError
from grainscope.files.label_folders import read_drawn_labels
from grainscope.records import Frame, LogEntry, PixelSize
from grainscope.settings import Settings

PIXEL = PixelSize(7.0, 0.0, "option")
NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def folder(images, tmp_path):
    """OUT/c of a finished run: labels 1 2 3 0 0."""
    run_batch([images], tmp_path / "out", Settings())
    return tmp_path / "out" / "c"


def correct(folder, *entries):
    """Log entries as the viewer does: an action, or a function of the stable labels."""
    for entry in entries:
        stored = files.read_result(folder)
        log = files.open_edit_log(stored)
        if callable(entry):
            labels = stored.edits.labels if stored.edits else stored.segmentation.labels
            log.append(LogEntry("edit", NOW, entry(labels)))
        else:
            log.append(LogEntry(entry, NOW))


def delete_2(labels):
    return edits.delete(labels, [2])


def merge_2_3(labels):
    return edits.merge(labels, [2, 3])


def labels_of(folder):
    return files.read_result(folder).segmentation.labels.tolist()


def save_as_another_program(folder, labels):
    files.write_label_image(folder / "labels.tif", np.array([labels], np.int32), PIXEL)


def test_a_correction_counts_at_once_and_predict_measures_it(folder):
    correct(folder, delete_2)
    stored = files.read_result(folder)
    assert stored.segmentation.labels.tolist() == [[1, 0, 2, 0, 0]]
    assert stored.edits.labels.tolist() == [[1, 0, 3, 0, 0]]
    assert not stored.is_measured
    assert files.read_label_image(folder / "labels.tif").tolist() == [[1, 2, 3, 0, 0]]
    assert read_drawn_labels(folder / "labels.tif").tolist() == [[1, 0, 2, 0, 0]]

    assert predict_result(folder).headline["n_grains"] == 2
    stored = files.read_result(folder)
    assert stored.is_measured
    assert stored.record.edited
    assert stored.edits.labels.tolist() == [[1, 0, 3, 0, 0]]
    assert files.read_label_image(folder / "labels.tif").tolist() == [[1, 0, 2, 0, 0]]
    assert files.read_label_image(folder / "labels_automatic.tif").tolist() == [[1, 2, 3, 0, 0]]
    assert files.damaged_files(folder, stored.record) == []
    assert {"edits.jsonl", "labels_automatic.tif"} <= set(stored.record.files)


def test_predict_twice_changes_nothing(folder):
    correct(folder, merge_2_3, "undo", "redo")
    predict_result(folder)
    before = {path.name: path.read_bytes() for path in folder.glob("*.*")}
    predict_result(folder)
    after = {path.name: path.read_bytes() for path in folder.glob("*.*")}
    records = [json.loads(state.pop("record.json")) for state in (before, after)]
    for record in records:
        record.pop("seconds")
    assert after == before
    assert records[0] == records[1]


def test_everything_taken_back_gives_the_labels_of_the_run(folder):
    correct(folder, delete_2, "undo")
    stored = files.read_result(folder)
    assert stored.segmentation.labels.tolist() == [[1, 2, 3, 0, 0]]
    assert stored.is_measured


def test_a_label_deleted_is_never_given_again(folder):
    correct(folder, lambda labels: edits.delete(labels, [3]))
    assert files.read_result(folder).edits.next_label == 4
    correct(folder, lambda labels: edits.delete(labels, [1]))
    predict_result(folder)
    assert files.read_result(folder).edits.next_label == 4


def test_labels_that_the_window_did_not_come_to_save_are_those_of_the_log(folder):
    correct(folder, delete_2)
    predict_result(folder)
    correct(folder, lambda labels: edits.delete(labels, [3]))
    assert labels_of(folder) == [[1, 0, 0, 0, 0]]


def test_a_predict_killed_half_way_does_not_undo_later_corrections(folder):
    correct(folder, delete_2)
    record = (folder / "record.json").read_bytes()
    predict_result(folder)
    (folder / "record.json").write_bytes(record)  # killed after labels.tif, before record.json
    assert labels_of(folder) == [[1, 0, 2, 0, 0]]
    assert not files.read_result(folder).is_measured
    correct(folder, lambda labels: edits.delete(labels, [3]))
    stored = files.read_result(folder)
    assert stored.segmentation.labels.tolist() == [[1, 0, 0, 0, 0]]
    assert stored.segmentation.warnings == ()


def test_what_another_program_saved_becomes_one_more_correction(folder):
    correct(folder, delete_2)
    predict_result(folder)
    save_as_another_program(folder, [5, 5, 0, 7, 7])
    stored = files.read_result(folder)
    assert stored.edits.labels.tolist() == [[1, 1, 0, 4, 4]]
    assert stored.segmentation.labels.tolist() == [[1, 1, 0, 2, 2]]
    assert any("saved by another program" in text for text in stored.segmentation.warnings)
    predict_result(folder)
    assert any("by another program" in text for text in files.read_record(folder).label_warnings)
    assert len(files.read_result(folder).edits.entries) == 2
    correct(folder, "undo")
    assert labels_of(folder) == [[1, 0, 2, 0, 0]]
    correct(folder, "redo")
    assert labels_of(folder) == [[1, 1, 0, 2, 2]]


def test_a_correction_on_top_of_another_programs_labels_keeps_both(folder):
    correct(folder, delete_2)
    save_as_another_program(folder, [5, 5, 0, 7, 7])
    correct(folder, lambda labels: edits.delete(labels, [4]))
    assert labels_of(folder) == [[1, 1, 0, 0, 0]]
    correct(folder, "undo", "undo")
    assert labels_of(folder) == [[1, 0, 2, 0, 0]]


def test_the_first_correction_may_follow_another_program(folder):
    save_as_another_program(folder, [9, 0, 9, 0, 4])
    assert labels_of(folder) == [[1, 0, 2, 0, 3]]
    correct(folder, delete_2)
    assert labels_of(folder) == [[1, 0, 0, 0, 2]]


def test_labels_of_another_program_without_a_log_are_measured_kept_and_told(images, folder):
    save_as_another_program(folder, [1, 1, 0, 0, 2])
    (told,) = files.read_result(folder).segmentation.warnings
    assert "the labels before it are not kept" in told
    assert predict_result(folder).headline["n_grains"] == 2
    assert files.read_record(folder).edited
    assert any("not kept" in text for text in files.read_record(folder).label_warnings)
    other = Settings.model_validate({"network": {"max_gap_nm": 7}})
    for _ in range(2):  # whatever changes, the labels stay
        run_batch([images], folder.parent, other, BatchOptions())
        assert labels_of(folder) == [[1, 1, 0, 0, 2]]
    run_batch([images], folder.parent, other, BatchOptions(discard_edits=True))
    assert labels_of(folder) == [[1, 2, 3, 0, 0]]


@pytest.mark.parametrize("kind", ["colours", "floats", "png"])
def test_an_image_that_holds_no_labels_is_nobodys_to_replace_either(images, folder, kind):
    path = folder / "labels.tif"
    if kind == "png":
        Image.fromarray(np.array([[1, 1, 0, 0, 2]], np.uint8)).save(path, format="PNG")
    else:
        shape, dtype = ((2, 5, 3), np.uint8) if kind == "colours" else ((1, 5), np.float32)
        tifffile.imwrite(path, np.ones(shape, dtype))
    saved = path.read_bytes()
    run_batch([images], folder.parent, Settings(), BatchOptions())
    assert path.read_bytes() == saved
    with pytest.raises(ResultError, match="label image"):
        predict_result(folder)


def test_labels_that_are_cut_off_are_made_again(images, folder):
    path = folder / "labels.tif"
    saved = path.read_bytes()
    path.write_bytes(saved[:200])
    run_batch([images], folder.parent, Settings(), BatchOptions())
    assert path.read_bytes() == saved


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_lost_labels_come_back_from_the_log(folder, harm):
    correct(folder, delete_2)
    path = folder / "labels.tif"
    path.unlink() if harm == "gone" else path.write_bytes(path.read_bytes()[:200])
    stored = files.read_result(folder)
    assert stored.segmentation.labels.tolist() == [[1, 0, 2, 0, 0]]
    assert any("labels are those of edits.jsonl" in text for text in stored.segmentation.warnings)
    assert predict_result(folder).status == "ok"
    assert files.read_label_image(path).tolist() == [[1, 0, 2, 0, 0]]


def test_labels_of_another_size_are_refused(folder):
    correct(folder, delete_2)
    save_as_another_program(folder, [1, 2, 3, 0, 0, 0])
    with pytest.raises(ResultError, match=r"remove labels\.tif"):
        files.read_result(folder)


def test_a_cut_last_line_is_said_and_mended(folder):
    correct(folder, delete_2)
    log = folder / "edits.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"action":"un')
    predict_result(folder)
    assert any("cut off" in text for text in files.read_record(folder).label_warnings)
    assert log.read_bytes() == whole


def test_a_damaged_log_is_refused_and_moved_away_gives_the_saved_labels(folder):
    correct(folder, delete_2)
    predict_result(folder)
    (folder / "edits.jsonl").write_text("{}\n")
    with pytest.raises(ResultError, match="move it away"):
        predict_result(folder)
    (folder / "edits.jsonl").unlink()
    assert labels_of(folder) == [[1, 0, 2, 0, 0]]


def test_a_run_says_what_it_keeps_and_why(images, folder):
    correct(folder, delete_2)
    notes = []

    class Notes:
        def __getattr__(self, name):
            return notes.append if name == "note" else (lambda *args: None)

    outcomes = run_batch([images], folder.parent, Settings(), BatchOptions(progress=Notes()))
    assert [outcome.status for outcome in outcomes] == ["skipped"] * 3
    assert any("corrected since it was measured" in note and "predict" in note for note in notes)
    predict_result(folder)
    notes.clear()
    run_batch([images], folder.parent, Settings(), BatchOptions(progress=Notes()))
    assert not any("corrections" in note for note in notes)


def test_the_frame_keeps_what_another_program_paints_on_the_databar(folder):
    correct(folder, delete_2)
    record = json.loads((folder / "record.json").read_text())
    record["frame"]["columns"] = [0, 4]
    (folder / "record.json").write_text(json.dumps(record))
    save_as_another_program(folder, [1, 0, 2, 2, 2])
    stored = files.read_result(folder)
    assert stored.segmentation.frame == Frame(0, 1, 0, 4)
    assert stored.segmentation.labels.tolist() == [[1, 0, 2, 2, 0]]
