"""A run as a whole: every input one row, every folder whole, nothing ends it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from grainscope import figures, files, report
from grainscope.batch import BatchOptions, run_batch
from grainscope.batch.lock import LOCK_NAME
from grainscope.errors import OutputError, UnreadableImageError
from grainscope.settings import FileSettings, Settings

EVERY_FILE = {
    *("labels.tif", "grains.csv", "histogram.csv", "contacts.csv", "loops.csv", "percolation.csv"),
    *("size_summary.csv", "cumulative.csv", "loop_summary.csv", "loop_scan.csv"),
    *("flux_features.csv", "magnetoresistance.csv", "charging.csv", "couplings.csv"),
    *("barrier_laws.csv", "log_windows.csv", "log_slopes.csv"),
    *("commensuration.csv", "barriers.csv", "conductance.csv", "record.json", "overview.png"),
    "figures/loops.png",
}
FILES_OF_A_RUN = {
    *("summary.csv", "failures.csv", "pooled_loops.csv", "pooled_histogram.csv", "settings.toml"),
    *("pooled_size_summary.csv", "pooled_size_law.json", "pooled_loop_summary.csv"),
    "pooled_flux.json",
    "log.jsonl",
}


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def content(folder):
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}


def test_no_micrograph_can_take_the_name_of_a_file_of_the_run():
    assert set(files.RUN_FILES) == FILES_OF_A_RUN
    taken = [*FILES_OF_A_RUN, "report.html"]
    named = files.InputList(tuple(files.InputImage(Path(f"/films/{name}.tif")) for name in taken))
    stems = [image.stem for image in files.with_stems(named, lambda stem, path: False).inputs]
    assert not set(stems) & set(taken)


def test_every_input_gets_a_row_in_order_and_every_image_a_whole_folder(images, tmp_path):
    out = tmp_path / "out"
    outcomes = run_batch([images / "c.png", images], out, Settings())
    assert [(o.stem, o.status) for o in outcomes] == [("c", "ok"), ("a", "ok"), ("b", "empty")]
    assert [row["n_grains"] for row in rows(out / "summary.csv")] == ["3", "2", "0"]
    for stem in "abc":
        assert set(content(out / stem)) == EVERY_FILE
    assert {path.name for path in out.iterdir()} == FILES_OF_A_RUN | {"a", "b", "c"}


def test_the_record_says_where_the_result_comes_from(images, tmp_path):
    run_batch([images / "a.png"], tmp_path / "out", Settings(run={"seed": 5}))
    folder = tmp_path / "out" / "a"
    record = json.loads(
        (folder / "record.json").read_text(),
        parse_constant=lambda name: pytest.fail(f"{name} is not JSON"),
    )
    assert record["schema"] == 1
    assert record["input"]["path"] == str(images / "a.png")
    assert record["input"]["sha256"] == files.file_sha256(images / "a.png")
    assert record["pixel_size_nm"] == {"value": 7.0, "uncertainty": 0.0, "source": "option"}
    assert record["headline"]["n_grains"] == {"value": 2, "unit": ""}
    assert record["headline"]["area_fraction"] == {"value": 0.2, "low": 0.1, "unit": ""}
    assert record["headline"]["percolation_gap_nm"] == {"value": None, "unit": "nm"}
    assert (record["seed"], record["sample"], record["databar_rows"]) == (5, "unnamed", None)
    assert record["warnings"] == ["a test image"]
    assert {"read", "segment", "figures"} <= set(record["seconds"])
    assert set(record["files"]) == EVERY_FILE - {"record.json"}
    required = ["program", "libraries", "settings", "stages", "frame"]
    assert all(record[name] for name in required)


def test_a_bad_image_costs_one_row_and_the_rest_is_done(images, tmp_path):
    (images / "b.png").write_text("text")
    (images / "c.png").write_text("8")
    outcomes = run_batch([images, "nowhere.tif"], tmp_path / "out", Settings())
    assert [o.status for o in outcomes] == ["ok", "failed", "failed", "failed"]
    failures = rows(tmp_path / "out" / "failures.csv")
    assert [row["stage"] for row in failures] == ["read", "segment", "read"]
    assert failures[0]["error"].endswith("b.png: not an image of any kind")
    assert failures[1]["error"] == "RuntimeError: an eight was not foreseen"
    assert failures[2]["error"].endswith("nowhere.tif: no such file or folder")
    assert not (tmp_path / "out" / "b").exists()
    log = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").open()]
    assert any("Traceback" in event["message"] and event["image"] == "c" for event in log)


def test_a_crash_while_writing_leaves_no_folder_and_keeps_an_older_one(
    images, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    run_batch([images / "a.png"], out, Settings())
    before = content(out / "a")

    def crash(folder, *_, **__):
        assert (folder / "labels.tif").exists()
        raise RuntimeError("crash")

    monkeypatch.setattr(figures, "write_figures", crash)
    outcomes = run_batch([images], out, Settings(), BatchOptions(fresh=True))
    assert [(o.status, o.stage) for o in outcomes] == [("failed", "figures")] * 3
    assert content(out / "a") == before
    assert {path.name for path in out.iterdir()} == FILES_OF_A_RUN | {"a"}


def test_what_an_interrupted_write_left_is_cleared_away(images, tmp_path):
    out = tmp_path / "out"
    (out / ".a.partial-0123").mkdir(parents=True)
    (out / ".a.partial-0123" / "labels.tif").write_bytes(b"half")
    (out / ".summary.csv.partial-write").write_bytes(b"half")
    run_batch([images], out, Settings())
    assert not [path for path in out.iterdir() if "partial" in path.name]


def test_a_stop_by_the_user_keeps_what_is_done_and_says_so(images, tmp_path, in_one_thread):
    def stopping(function, jobs):
        yield next(in_one_thread(function, jobs[:1]))
        raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run_batch([images], out, Settings(), map_images=stopping)
    assert [row["stem"] for row in rows(out / "summary.csv")] == ["a"]
    assert not (out / LOCK_NAME).exists()
    again = run_batch([images], out, Settings())
    assert [o.status for o in again] == ["skipped", "empty", "ok"]


def test_fail_fast_stops_at_the_first_failure(images, tmp_path, in_one_thread):
    (images / "b.png").write_text("text")
    options = BatchOptions(fail_fast=True)
    outcomes = run_batch([images], tmp_path / "out", Settings(), options, in_one_thread)
    assert [(o.stem, o.status) for o in outcomes] == [("a", "ok"), ("b", "failed")]


def test_no_image_at_all_is_wrong_usage_and_makes_no_folder(images, tmp_path):
    with pytest.raises(UnreadableImageError, match=r"no images.*nowhere\.tif: no such file"):
        run_batch(["nowhere.tif"], tmp_path / "out", Settings())
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_is_a_file_is_one_clear_error(images, tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="a file is in the way"):
        run_batch([images], tmp_path / "out", Settings())


def test_a_full_disk_is_one_row_an_image(images, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figures, "write_figures", full)
    outcomes = run_batch([images / "a.png"], tmp_path / "out", Settings())
    assert outcomes[0].error.endswith("cannot be written: No space left on device")


def test_a_report_that_fails_does_not_take_the_tables_with_it(images, tmp_path, monkeypatch):
    def fails(out):
        raise RuntimeError("no report")

    monkeypatch.setattr(report, "write_report", fails)
    assert len(run_batch([images], tmp_path / "out", Settings())) == 3
    assert "report.html was not written" in (tmp_path / "out" / "log.jsonl").read_text()


def test_images_of_equal_stem_both_get_a_folder_and_none_is_ever_renamed(images, tmp_path):
    out, other = tmp_path / "out", tmp_path / "other"
    other.mkdir()
    (other / "a.png").write_text("11")
    run_batch([images / "a.png"], out, Settings())
    before = content(out / "a")
    second = run_batch([other / "a.png"], out, Settings())
    assert second[0].stem.startswith("a__")
    assert content(out / "a") == before
    again = run_batch([other / "a.png"], out, Settings())
    assert (again[0].stem, again[0].status) == (second[0].stem, "skipped")


def test_a_folder_that_is_no_result_is_never_replaced(images, tmp_path):
    mine = tmp_path / "out" / "a" / "thesis.tex"
    mine.parent.mkdir(parents=True)
    mine.write_text("years of work")
    outcomes = run_batch([images / "a.png"], tmp_path / "out", Settings())
    assert outcomes[0].stem.startswith("a__")
    assert mine.read_text() == "years of work"


def test_values_of_one_file_apply_to_that_file(images, tmp_path):
    entry = FileSettings(match="a.png", pixel_size_nm=3.0, sample="S1")
    run_batch([images], tmp_path / "out", Settings(files=(entry,)))
    told = [(row["pixel_size_nm"], row["sample"]) for row in rows(tmp_path / "out" / "summary.csv")]
    assert told == [("3", "S1"), ("7", "unnamed"), ("7", "unnamed")]


def test_results_do_not_depend_on_how_the_work_is_spread(images, tmp_path, in_one_thread):
    run_batch([images], tmp_path / "one", Settings(), map_images=in_one_thread)
    run_batch([images], tmp_path / "two", Settings(run={"workers": 2}))
    one, two = content(tmp_path / "one"), content(tmp_path / "two")
    for name in sorted(set(one) | set(two)):
        if name.endswith(".csv") and "summary" not in name:
            assert one[name] == two[name], name
        if name.endswith("labels.tif"):
            assert one[name] == two[name], name
