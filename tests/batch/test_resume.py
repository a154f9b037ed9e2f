"""Resume keeps what would come out the same, redoes the rest, and never touches corrections."""

from __future__ import annotations

import json

import numpy as np
import pytest

from grainscope import edits, files, report
from grainscope.batch import BatchOptions, predict_result, process_image, run_batch
from grainscope.errors import ResultError, SettingsError, UnreadableImageError
from grainscope.files import result_record
from grainscope.records import LogEntry, PixelSize
from grainscope.settings import Settings


@pytest.fixture
def done(images, tmp_path):
    """OUT of a finished run."""
    run_batch([images], tmp_path / "out", Settings())
    return tmp_path / "out"


def correct(folder, verb):
    """Make one correction as the viewer does, without measuring or saving anything else."""
    stored = files.read_result(folder)
    edit = verb(stored.edits.labels if stored.edits else stored.segmentation.labels)
    files.open_edit_log(stored).append(LogEntry("edit", "2026-01-01T00:00:00+00:00", edit))


def delete_first(labels):
    return edits.delete(labels, [labels[labels > 0].min()])


def statuses(images, out, settings=None, **options):
    outcomes = run_batch([images], out, settings or Settings(), BatchOptions(**options))
    return [outcome.status for outcome in outcomes]


def test_nothing_changed_nothing_redone_and_the_summary_is_the_same(images, done):
    before = [line.split(",")[6:-1] for line in (done / "summary.csv").read_text().splitlines()]
    stamp = (done / "a" / "record.json").stat().st_mtime_ns
    assert statuses(images, done) == ["skipped"] * 3
    assert (done / "a" / "record.json").stat().st_mtime_ns == stamp
    after = [line.split(",")[6:-1] for line in (done / "summary.csv").read_text().splitlines()]
    assert after == before


@pytest.fixture
def reported(images, tmp_path, monkeypatch):
    """OUT of a finished run with a report that holds nothing but its stamp."""

    def write(out):
        stamp = files.stamp_of_run(out)
        (out / "report.html").write_text(f'<meta name="made-from" content="{stamp}">')

    monkeypatch.setattr(report, "write_report", write)
    run_batch([images], tmp_path / "out", Settings())
    return tmp_path / "out"


def made(done):
    names = ("report.html", "pooled_histogram.csv", "pooled_size_law.json")
    return [(done / name).stat().st_mtime_ns for name in names]


def test_with_nothing_to_do_pooled_tables_and_report_are_left_as_they_are(images, reported):
    before = made(reported)
    assert statuses(images, reported) == ["skipped"] * 3
    assert made(reported) == before


@pytest.mark.parametrize("change", ["image", "table", "report", "fewer", "record"])
def test_whatever_changes_is_pooled_and_reported_again(images, reported, change):
    done, before = reported, made(reported)
    if change == "image":
        (images / "a.png").write_text("1111")
    elif change == "table":
        (done / "pooled_loops.csv").unlink()
    elif change == "report":
        (done / "report.html").write_text("<html>older</html>")
    elif change == "fewer":
        (images / "c.png").unlink()
    else:
        record = done / "a" / "record.json"
        record.write_text(record.read_text().replace('"sample"', ' "sample"'))
    statuses(images, done)
    again = [now != then for now, then in zip(made(done), before, strict=True)]
    # A table that comes back as it was leaves the report true.
    assert again == [change != "table", True, True]
    assert (done / "pooled_loops.csv").is_file()
    assert files.stamp_of_report(done) == files.stamp_of_run(done) != ""


def test_a_changed_image_is_redone(images, done):
    (images / "a.png").write_text("1111")
    assert statuses(images, done) == ["ok", "skipped", "skipped"]
    assert len(files.read_result(done / "a").table("grains")["label"]) == 3 + 1


def test_a_new_sidecar_is_redone(images, done):
    (images / "b.toml").write_text("pixel_size_nm = 3")
    assert statuses(images, done) == ["skipped", "empty", "skipped"]


def test_other_settings_are_redone_unless_they_only_spread_the_work(images, done):
    spread = {"run": {"workers": 2, "time_limit_s": 5.0, "memory_limit_gb": 3.0}}
    assert statuses(images, done, Settings(**spread)) == ["skipped"] * 3
    gap = {"network": {"max_gap_nm": 50.0}}
    assert statuses(images, done, Settings(**gap)) == ["ok", "empty", "ok"]
    assert statuses(images, done, Settings(**gap)) == ["skipped"] * 3


def test_a_newer_algorithm_is_redone(images, done, monkeypatch):
    monkeypatch.setitem(files.STAGE_VERSIONS, "network", files.STAGE_VERSIONS["network"] + 1)
    assert statuses(images, done) == ["ok", "empty", "ok"]


@pytest.mark.parametrize("harm", ["truncate", "delete", "record", "labels"])
def test_an_incomplete_folder_is_redone(images, done, harm):
    folder = done / "a"
    whole = {p.name: p.read_bytes() for p in folder.glob("*.csv")}
    if harm == "truncate":
        (folder / "grains.csv").write_text("label\n")
    elif harm == "delete":
        (folder / "loops.csv").unlink()
    elif harm == "record":
        (folder / "record.json").write_text('{"schema": 1')
    else:
        (folder / "labels.tif").write_bytes((folder / "labels.tif").read_bytes()[:300])
    assert statuses(images, done) == ["ok", "skipped", "skipped"]
    assert {p.name: p.read_bytes() for p in folder.glob("*.csv")} == whole


def test_fresh_redoes_everything(images, done):
    assert statuses(images, done, fresh=True) == ["ok", "empty", "ok"]


def test_another_model_is_redone(images, done, tmp_path, monkeypatch):
    model = tmp_path / "model.json"
    model.write_text("{}")
    monkeypatch.setattr(files, "load_model", lambda path: None, raising=False)
    assert statuses(images, done, model_path=model) == ["ok", "empty", "ok"]
    assert statuses(images, done, model_path=model) == ["skipped"] * 3


def test_a_moved_image_is_known_by_its_content(images, done, tmp_path):
    moved = images.rename(tmp_path / "elsewhere")
    assert statuses(moved, done) == ["skipped"] * 3


@pytest.mark.parametrize("fresh", [False, True])
def test_corrections_are_kept_until_they_are_discarded(images, done, fresh):
    correct(done / "a", delete_first)
    labels = files.read_result(done / "a").segmentation.labels.tolist()
    other = Settings(network={"max_gap_nm": 50.0})
    assert statuses(images, done, other, fresh=fresh) == ["skipped", "empty", "ok"]
    assert files.read_result(done / "a").segmentation.labels.tolist() == labels == [[0, 0, 1]]
    assert statuses(images, done, other, discard_edits=True)[0] == "ok"
    assert not list((done / "a").glob("edits*")) + list((done / "a").glob("labels_automatic*"))
    assert files.read_result(done / "a").segmentation.labels.tolist() == [[1, 0, 2]]


@pytest.mark.parametrize("discard", [False, True])
def test_corrections_made_while_the_run_is_at_work_are_kept(images, done, discard):
    def corrected_meanwhile(job, report):
        if job.folder.name == "a":
            correct(job.folder, delete_first)
        return process_image(job, report)

    options = BatchOptions(fresh=True, discard_edits=discard)
    outcomes = run_batch([images], done, Settings(), options, process=corrected_meanwhile)
    assert [o.status for o in outcomes] == ["ok" if discard else "failed", "empty", "ok"]
    assert (done / "a" / "edits.jsonl").exists() is not discard
    if not discard:
        assert (outcomes[0].stage, outcomes[0].error[-15:]) == ("write", "--discard-edits")


def test_labels_saved_by_another_program_are_corrections_too(images, done):
    by_hand = np.array([[1, 0, 0]], np.int32)
    files.write_label_image(done / "a" / "labels.tif", by_hand, PixelSize(7.0, 0.0, "option"))
    assert statuses(images, done) == ["skipped"] * 3
    predict_result(done / "a")
    assert statuses(images, done, fresh=True) == ["skipped", "empty", "ok"]
    assert files.read_result(done / "a").segmentation.n_grains == 1
    assert statuses(images, done, discard_edits=True, fresh=True)[0] == "ok"
    assert files.read_result(done / "a").segmentation.n_grains == 2


def test_predict_measures_labels_of_another_program_and_the_run_follows(images, done):
    corrected = np.array([[5, 9, 5]], np.int32)  # gaps, and one label in two pieces
    files.write_label_image(done / "a" / "labels.tif", corrected, PixelSize(7.0, 0.0, "option"))
    assert files.read_result(done / "a").segmentation.labels.tolist() == [[1, 2, 3]]
    outcome = predict_result(done / "a", ["network.max_gap_nm=40"])
    assert outcome.headline["n_grains"] == 3
    stored = files.read_result(done / "a")
    assert any("several pieces" in warning for warning in stored.record.label_warnings)
    assert stored.segmentation.labels.tolist() == [[1, 2, 3]]
    assert stored.table("loops")["area_um2"].tolist() == [40, 40, 40]
    assert stored.record.settings["network"]["max_gap_nm"] == 40
    assert stored.record.edited
    assert files.damaged_files(stored.folder, stored.record) == []
    summary = (done / "summary.csv").read_text().splitlines()
    assert summary[1].split(",")[1:3] == ["a", "ok"]
    assert summary[1].split(",")[6] == "3"
    pooled = (done / "pooled_loops.csv").read_text().splitlines()
    assert len(pooled) == 1 + 3 + 3


def test_predict_with_nothing_changed_changes_nothing(images, done):
    before = {p.name: p.read_bytes() for p in (done / "a").glob("*.*")}
    predict_result(done / "a")
    after = {p.name: p.read_bytes() for p in (done / "a").glob("*.*")}
    records = [json.loads(state.pop("record.json")) for state in (before, after)]
    for record in records:
        record.pop("seconds")
    assert after == before
    assert records[0] == records[1]


def test_predict_refuses_what_would_need_new_labels(done):
    with pytest.raises(SettingsError, match="keeps the labels"):
        predict_result(done / "a", ["segmentation.min_area_px=3"])


def test_predict_needs_the_very_image(images, done, tmp_path):
    moved = (images / "a.png").rename(tmp_path / "moved.png")
    with pytest.raises(UnreadableImageError, match="--image"):
        predict_result(done / "a")
    assert predict_result(done / "a", image=moved).status == "ok"
    with pytest.raises(UnreadableImageError, match="is not the image"):
        predict_result(done / "a", image=images / "c.png")


def test_predict_on_nothing_makes_nothing(tmp_path):
    with pytest.raises(ResultError, match="no result here"):
        predict_result(tmp_path / "runs" / "nothing")
    assert not (tmp_path / "runs").exists()


def test_a_record_of_a_newer_program_is_refused(done, monkeypatch):
    monkeypatch.setattr(result_record, "RECORD_SCHEMA", 0)
    with pytest.raises(ResultError, match="newer than this program"):
        files.read_result(done / "a")


def test_damaged_tables_beside_corrections_cost_a_row_and_not_the_run(images, done):
    correct(done / "a", delete_first)
    (done / "a" / "loops.csv").unlink()
    assert statuses(images, done) == ["failed", "skipped", "skipped"]
    assert "grainscope predict" in (done / "failures.csv").read_text()
    assert predict_result(done / "a").status == "ok"
    assert statuses(images, done) == ["skipped"] * 3
