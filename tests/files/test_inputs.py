"""Which images a run gets, in which order, and under which names."""

from __future__ import annotations

import hashlib
import os
import unicodedata

import pytest

from grainscope.files import find_inputs, with_stems
from grainscope.files.inputs import hashed_stem, sidecar_paths


@pytest.fixture
def folder(tmp_path):
    names = ["film10.tif", "film2.TIF", "film1.png", "film1.toml", "film10-tif.hdr", ".hidden.png"]
    for name in [*names, "notes.md", "index.csv"]:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "film1.png").write_bytes(b"x")
    return tmp_path


def names(listed):
    return [image.path.name for image in listed.images]


def test_a_folder_gives_its_images_in_natural_order_without_sidecars_and_sub_folders(folder):
    listed = find_inputs([folder])
    assert names(listed) == ["film1.png", "film2.TIF", "film10.tif"]
    assert [note.split(":")[0].rsplit("/", 1)[1] for note in listed.notes] == [
        "index.csv",
        "notes.md",
    ]


def test_the_order_of_arguments_is_kept_and_each_image_counts_once(folder):
    listed = find_inputs([folder / "film2.TIF", str(folder / "film*.*"), folder])
    assert names(listed) == ["film2.TIF", "film1.png", "film10.tif"]


def test_a_glob_reaches_sub_folders_but_never_results(folder):
    result = folder / "out" / "film1"
    (result / "figures").mkdir(parents=True)
    for name in ("record.json", "overview.png", "figures/loops.png"):
        (result / name).write_bytes(b"x")
    found = [i.path for i in find_inputs([str(folder / "**" / "*.png")]).images]
    assert found == [folder / "film1.png", folder / "masks" / "film1.png"]


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ("missing.tif", "no such file or folder"),
        ("*.bmp", "no image matches this pattern"),
        ("empty", "no images in this folder (endings"),
        ("nested", "no images in this folder; it has sub-folders"),
        ("result", "is a result folder"),
    ],
)
def test_what_cannot_be_found_is_told_and_keeps_its_place(folder, argument, problem):
    for name in ("empty", "nested/deeper", "result"):
        (folder / name).mkdir(parents=True)
    (folder / "result" / "record.json").write_text("{}")
    listed = find_inputs([folder / argument, folder / "film1.png"])
    assert listed.inputs[0].problem.startswith(problem)
    assert names(listed) == ["film1.png"]


def test_a_link_keeps_the_name_that_the_user_gave_it(folder):
    (folder / "nice.tif").symlink_to(folder / "film10.tif")
    assert names(find_inputs([folder / "nice.tif"])) == ["nice.tif"]


def test_shared_stems_get_eight_digits_of_the_hash_of_their_path(folder):
    listed = find_inputs([folder / "film1.png", folder / "masks", folder / "film2.TIF"])
    stems = [image.stem for image in with_stems(listed, lambda stem, path: False).inputs]
    digits = [hashlib.sha256(str(i.path).encode()).hexdigest()[:8] for i in listed.inputs]
    assert stems == [f"film1__{digits[0]}", f"film1__{digits[1]}", "film2"]


def test_stems_that_differ_in_case_only_are_shared(tmp_path):
    for name in ("Film.png", "film.tif"):
        (tmp_path / name).write_bytes(b"x")
    stems = [i.stem for i in with_stems(find_inputs([tmp_path]), lambda *_: False).inputs]
    assert len({stem.casefold() for stem in stems}) == 2


def test_no_folder_takes_the_name_of_a_file_of_the_run(tmp_path):
    path = tmp_path / "summary.csv.png"
    path.write_bytes(b"x")
    assert with_stems(find_inputs([path]), lambda *_: False).inputs[0].stem == hashed_stem(path)


def test_a_taken_name_is_left_to_its_owner(folder):
    listed = find_inputs([folder / "film1.png"])
    named = with_stems(listed, lambda stem, path: stem == "film1")
    assert named.inputs[0].stem == hashed_stem(folder / "film1.png")


ODD = {
    "...tif": "__",
    "..tif": "_",
    ".hidden.tif": "_hidden",
    "new\nline.tif": "new_line",
    "\x1b[2J.tif": "_[2J",
    "pooled_loops.csv.tif": "pooled_loops.csv",
    "µ" * 125 + ".tif": "µ" * 65,
}


@pytest.mark.parametrize("name", ODD)
def test_a_name_that_is_no_sound_folder_is_changed_and_gets_its_hash(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"x")
    stem = with_stems(find_inputs([path]), lambda *_: False).inputs[0].stem
    assert stem == f"{ODD[name]}__{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"
    assert len(os.fsencode(stem)) <= 140


@pytest.mark.parametrize("name", ["a film.tif", "粒子.tif", "a..b..tif", "-rf.tif", "$(x).tif"])
def test_a_name_that_a_folder_can_have_is_kept(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    stem = with_stems(find_inputs([tmp_path]), lambda *_: False).inputs[0].stem
    assert stem == name[:-4]


def test_accents_composed_otherwise_and_a_file_named_as_anothers_folder_stay_apart(tmp_path):
    first = tmp_path / "film.png"
    for name in ("e\u0301.tif", "\u00e9.tif", "film.png", "film.tif"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / f"{hashed_stem(first)}.tif").write_bytes(b"x")
    stems = [i.stem for i in with_stems(find_inputs([tmp_path]), lambda *_: False).inputs]
    assert len({unicodedata.normalize("NFC", stem).casefold() for stem in stems}) == 5


def test_what_is_no_regular_file_gets_its_row_and_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.tif")
    (tmp_path / "nowhere.tif").symlink_to(tmp_path / "gone.tif")
    (tmp_path / "zero.tif").symlink_to("/dev/zero")
    found = find_inputs([tmp_path, tmp_path / "pipe.tif", tmp_path / ("x" * 300)]).inputs
    assert [image.path.name for image in found[:3]] == ["nowhere.tif", "pipe.tif", "zero.tif"]
    assert found[0].problem == "a link to a file that is not there"
    assert {image.problem for image in found[1:3]} == {"no regular file (a device, pipe or socket)"}
    assert found[3].problem == "cannot be read: File name too long"


def test_the_longest_name_has_no_sidecar_and_is_read(tmp_path):
    path = tmp_path / ("n" * 251 + ".tif")
    path.write_bytes(b"x")
    assert find_inputs([tmp_path]).inputs[0].problem == ""
    assert sidecar_paths(path) == []
