"""Whole or not at all: what happens to a folder when its write goes wrong at any point."""

from __future__ import annotations

from pathlib import Path

import pytest

from grainscope.errors import OutputError, ResultError
from grainscope.files import labels_by_stem, result_folders
from grainscope.files.result_folder import (
    _partial_folder,
    _publish,
    remove_partial_folders,
)
from grainscope.files.whole_files import writing


def write(folder: Path, text: str) -> None:
    """Write a folder of one file as results are written."""
    with writing(folder), _partial_folder(folder) as partial:
        (partial / "grains.csv").write_text(text)
        _publish(partial, folder)


def test_a_new_folder_takes_the_place_of_an_older_one(tmp_path):
    write(tmp_path / "film", "old")
    write(tmp_path / "film", "new")
    assert (tmp_path / "film" / "grains.csv").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["film"]


@pytest.mark.parametrize("failing_rename", [1, 2])
def test_the_older_folder_comes_back_when_a_rename_fails(tmp_path, monkeypatch, failing_rename):
    write(tmp_path / "film", "old")
    rename, calls = Path.rename, []

    def sometimes(self, target):
        calls.append(self)
        if len(calls) == failing_rename:
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", sometimes)
    with pytest.raises(OutputError, match="film cannot be written: Permission denied"):
        write(tmp_path / "film", "new")
    assert (tmp_path / "film" / "grains.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["film"]


def test_a_stop_while_writing_leaves_nothing(tmp_path):
    def stopped():
        with _partial_folder(tmp_path / "film") as partial:
            (partial / "grains.csv").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert list(tmp_path.iterdir()) == []


def test_a_stem_as_long_as_a_name_may_be_can_be_written(tmp_path):
    write(tmp_path / ("f" * 250), "x")
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_run_left_is_no_result(tmp_path):
    for name in ("film", "film_2", ".film.partial-0123", ".hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "record.json").write_text("{}")
        (tmp_path / name / "labels.tif").write_bytes(b"labels")
    (tmp_path / "masks.tif").write_bytes(b"labels")
    (tmp_path / "._masks.tif").write_bytes(b"of a file system that knows no such thing")
    assert [folder.name for folder in result_folders(tmp_path)] == ["film", "film_2"]
    assert labels_by_stem(tmp_path) == {
        "film": tmp_path / "film" / "labels.tif",
        "film_2": tmp_path / "film_2" / "labels.tif",
        "masks": tmp_path / "masks.tif",
    }


def test_two_label_images_of_one_micrograph_are_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"labels")
    (tmp_path / "a.tif").write_bytes(b"others")
    with pytest.raises(ResultError, match=r"a\.png and a\.tif are both labels of a; remove one"):
        labels_by_stem(tmp_path)


def test_only_leftovers_of_writes_are_removed(tmp_path):
    (tmp_path / ".film.partial-12345678" / "figures").mkdir(parents=True)
    (tmp_path / ".summary.csv.partial-write").write_text("half")
    for name in (".hidden", "my.partial-results"):
        (tmp_path / name).mkdir()
    remove_partial_folders(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "my.partial-results"]
