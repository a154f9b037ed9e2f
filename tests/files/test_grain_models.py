"""A grain model comes back as it was saved, and a hostile one gives one clear line."""

import hashlib
import io
import json
import pickle
import shutil
import zipfile
from dataclasses import fields, replace

import numpy as np
import pytest

import grainscope
from grainscope.errors import ModelError, OutputError
from grainscope.files import models
from grainscope.files.model_arrays import pack_arrays
from grainscope.files.models import load_model, load_shipped_model, save_model
from grainscope.records import BoostedTrees, GrainModel, PixelNetwork
from grainscope.segmentation.candidate_features import FEATURES


@pytest.fixture
def path(tiny_grain_model, tmp_path):
    """A saved model."""
    save_model(tiny_grain_model, tmp_path / "film.json", notes={"ap50": 0.5, "µ": ["any", None]})
    return tmp_path / "film.json"


def assert_equal(first, second):
    """Compare two records field by field, arrays with their types."""
    assert type(first) is type(second)
    for field in fields(first):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, PixelNetwork | BoostedTrees):
            assert_equal(one, other)
            continue
        for a, b in zip(
            *((v if isinstance(v, tuple) else (v,)) for v in (one, other)), strict=True
        ):
            assert np.array_equal(a, b), field.name
            assert getattr(a, "dtype", None) == getattr(b, "dtype", None)


def change(path, **entries):
    """Replace entries of the JSON file; a dict is merged into the one that is there."""
    content = json.loads(path.read_text("utf-8"))
    for key, value in entries.items():
        merged = isinstance(value, dict) and isinstance(content.get(key), dict)
        content[key] = content[key] | value if merged else value
    path.write_text(json.dumps(content), "utf-8")


def put_arrays(path, packed):
    """Put other arrays beside the JSON file, and their hash into it."""
    path.with_suffix(".npz").write_bytes(packed)
    change(path, arrays={"sha256": hashlib.sha256(packed).hexdigest()})


def arrays_of(path):
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as stored:
        return dict(stored)


def change_array(path, name, at, value):
    arrays = arrays_of(path)
    arrays[name][at] = value
    put_arrays(path, pack_arrays(arrays))


def assert_refused(path, message):
    with pytest.raises(ModelError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_what_is_saved_is_loaded(tiny_grain_model, path):
    assert_equal(load_model(path), tiny_grain_model)
    assert sorted(file.name for file in path.parent.iterdir()) == ["film.json", "film.npz"]
    assert json.loads(path.read_text("utf-8"))["notes"] == {"ap50": 0.5, "µ": ["any", None]}


def test_equal_models_give_equal_bytes(tiny_grain_model, path, tmp_path):
    (tmp_path / "again").mkdir()
    save_model(load_model(path), tmp_path / "again" / "film.json")
    save_model(tiny_grain_model, path)
    for name in ("film.json", "film.npz"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / name).read_bytes()


def test_numpy_alone_can_open_the_arrays(tiny_grain_model, path):
    assert np.array_equal(arrays_of(path)["network_weight_0"], tiny_grain_model.network.weights[0])


def test_both_files_may_move_together(tiny_grain_model, path, tmp_path):
    (tmp_path / "else").mkdir()
    for file in (path, path.with_suffix(".npz")):
        shutil.move(file, tmp_path / "else")
    assert_equal(load_model(tmp_path / "else" / "film.json"), tiny_grain_model)


def test_a_clustering_still_loads_by_its_kind(path):
    change(path, kind="grainscope clustering")
    assert_refused(path, "'clustering' is missing")


def test_the_shipped_model_is_the_default(tiny_grain_model, path, monkeypatch):
    monkeypatch.setattr(models, "shipped_folder", lambda name: path.parent)
    with pytest.raises(ModelError, match=r"not there.*'fast'"):
        grainscope.load_model()
    save_model(tiny_grain_model, path.parent / "default.json")
    assert_equal(grainscope.load_model(), tiny_grain_model)
    assert isinstance(load_shipped_model(), GrainModel)


# ---- what cannot be saved


@pytest.mark.parametrize("place", ["no/film.json", "file/film.json"])
def test_a_place_that_cannot_be_written_leaves_nothing(tiny_grain_model, tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        save_model(tiny_grain_model, tmp_path / place)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_the_json_comes_last(tiny_grain_model, tmp_path):
    (tmp_path / "film.npz").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        save_model(tiny_grain_model, tmp_path / "film.json")
    assert [file.name for file in tmp_path.iterdir()] == ["film.npz"]


def test_a_name_without_json_is_refused(tiny_grain_model, tmp_path):
    with pytest.raises(OutputError, match=r"end in \.json"):
        save_model(tiny_grain_model, tmp_path / "film.npz")


@pytest.mark.parametrize(
    "changes",
    [{"cut_score": np.array([np.nan, 0.3])}, {"found_score": np.array([0.9, 0.3])}, {"seed": -1}],
    ids=["nan", "falling", "seed"],
)
def test_a_model_that_would_not_come_back_is_not_saved(tiny_grain_model, tmp_path, changes):
    with pytest.raises(ModelError, match="cannot be saved"):
        save_model(replace(tiny_grain_model, **changes), tmp_path / "film.json")
    assert list(tmp_path.iterdir()) == []


# ---- a JSON file that lies

WRONG = {
    "another kind": ({"kind": "forest"}, "kind is 'forest'"),
    "no kind": ({"kind": None}, "kind is None"),
    "newer schema": ({"schema": 2}, "newer than this program"),
    "schema is true": ({"schema": True}, "schema is True"),
    "network no object": ({"network": [1]}, "network must be an object"),
    "one layer": ({"network": {"layers": [29]}}, "layers must be"),
    "no layers": ({"network": {"layers": 29}}, "layers must be"),
    "a layer of nothing": ({"network": {"layers": [29, 0, 3]}}, "whole numbers from 1"),
    "a flag for a layer": ({"network": {"layers": [29, True, 3]}}, "whole numbers from 1"),
    "a huge layer": ({"network": {"layers": [29, 50_000_000, 3]}}, "takes"),
    "a layer too many": ({"network": {"layers": [29, 4, 4, 3]}}, "other arrays"),
    "another first layer": ({"network": {"layers": [28, 4, 3]}}, "one per feature"),
    "other outputs": ({"network": {"layers": [29, 3, 4]}}, "is not one array"),
    "unknown pixel features": ({"network": {"features": ["x"] * 29}}, "'x'.*train it again"),
    "feature no name": ({"network": {"features": [3] * 29}}, "list of names"),
    "unknown feature": ({"first_score": {"features": ["hue"]}}, "hue|no name"),
    "features no list": ({"second_score": {"features": "hue"}}, "list of names"),
    "fewer trees": ({"first_score": {"trees": 2}}, "is not one array"),
    "huge trees": ({"first_score": {"trees": 2**62}}, "takes"),
    "more than any trees": ({"first_score": {"trees": 2**70}}, "whole number"),
    "no trees": ({"first_score": {"trees": 0}}, "whole number"),
    "nodes no number": ({"first_score": {"nodes": "9"}}, "whole number"),
    "offset no number": ({"first_score": {"offset": [0.5]}}, "offset must be a number"),
    "offset infinite": ({"first_score": {"offset": 1e999}}, "finite"),
    "offset nan": ({"second_score": {"offset": float("nan")}}, "finite"),
    "cut nan": ({"cut": {"score": [float("nan"), 0.3]}}, "finite"),
    "cut falls": ({"cut": {"log10_area_px": [3.0, 1.0]}}, "must rise"),
    "cut too short": ({"cut": {"score": [0.4]}}, "rows"),
    "cut empty": ({"cut": {"score": [], "log10_area_px": []}}, "finite"),
    "cut ragged": ({"cut": {"score": [[0.4], [0.3, 0.2]]}}, "rectangular"),
    "iou above 1": ({"calibration": {"iou": [0.4, 1.4]}}, "within"),
    "calibration no object": ({"calibration": None}, "must be an object"),
    "seed no number": ({"seed": "3"}, "seed is"),
    "trained on a number": ({"trained_on": [3]}, "list of names"),
    "hash no text": ({"arrays": {"sha256": None}}, "SHA-256 differs"),
    "another hash": ({"arrays": {"sha256": "0" * 64}}, "SHA-256 differs"),
    "no such file": ({"arrays": {"file": "other.npz"}}, "cannot be read: No such file"),
}


@pytest.mark.parametrize(("entries", "message"), WRONG.values(), ids=WRONG)
def test_a_json_file_that_lies_is_one_line(path, entries, message):
    change(path, **entries)
    assert_refused(path, message)


@pytest.mark.parametrize(
    "key", ["arrays", "network", "first_score", "second_score", "cut", "calibration", "seed"]
)
def test_a_missing_entry_is_named(path, key):
    content = json.loads(path.read_text("utf-8"))
    del content[key]
    path.write_text(json.dumps(content), "utf-8")
    assert_refused(path, f"'{key}' is missing")


@pytest.mark.parametrize(
    ("outer", "inner"), [("arrays", "sha256"), ("network", "layers"), ("cut", "score")]
)
def test_a_missing_inner_entry_is_named(path, outer, inner):
    content = json.loads(path.read_text("utf-8"))
    del content[outer][inner]
    path.write_text(json.dumps(content), "utf-8")
    assert_refused(path, rf"{outer}\.{inner} is missing")


@pytest.mark.parametrize(
    "name",
    [
        "../film.npz", "/etc/passwd", "/tmp/film.npz", "sub/film.npz", "..\\film.npz", "C:film.npz",
        ".npz", "..npz", "film.npz\x00", "film\n.npz", "film.json", "", None, 3, ["film.npz"],
    ],
)  # fmt: skip
def test_only_a_plain_name_beside_the_json_is_opened(path, name):
    shutil.copy(path.with_suffix(".npz"), path.parent.parent / "film.npz")
    change(path, arrays={"file": name})
    assert_refused(path, r"arrays\.file is")


# ---- an array file that lies


def test_a_missing_array_file_is_named(path):
    path.with_suffix(".npz").unlink()
    assert_refused(path, r"No such file.*film\.npz; NAME\.json and NAME\.npz belong together")


def test_an_array_file_of_another_model_is_refused(path, tiny_grain_model, tmp_path):
    other = replace(
        tiny_grain_model, first_score=replace(tiny_grain_model.first_score, value=np.ones(9))
    )
    save_model(other, tmp_path / "other.json")
    shutil.move(tmp_path / "other.npz", path.with_suffix(".npz"))
    assert_refused(path, "is not the array file that it was saved with")


@pytest.mark.parametrize("keep", [0, 10, 200, -1], ids=["empty", "head", "some", "all but one"])
def test_a_truncated_array_file_is_refused(path, keep):
    packed = path.with_suffix(".npz").read_bytes()[:keep]
    path.with_suffix(".npz").write_bytes(packed)
    assert_refused(path, "SHA-256 differs")
    put_arrays(path, packed)
    assert_refused(path, "its array file")


def test_a_huge_array_file_is_not_read(path):
    with path.with_suffix(".npz").open("r+b") as file:
        file.truncate(10**10)
    assert_refused(path, "larger than")


def repacked(path, compression=zipfile.ZIP_STORED, **members):
    """Return the npz file with some members replaced by other bytes, or left out for None."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path.with_suffix(".npz")) as old, zipfile.ZipFile(packed, "w") as new:
        contents = {name: old.read(name) for name in old.namelist()}
        contents |= {f"{name}.npy": content for name, content in members.items()}
        for name, content in contents.items():
            if content is not None:
                new.writestr(name, content, compression)
    return packed.getvalue()


def as_npy(array, allow_pickle=False, version=(1, 0)):
    content = io.BytesIO()
    np.lib.format.write_array(content, np.asarray(array), version, allow_pickle=allow_pickle)
    return content.getvalue()


class Trap:
    """Leaves a trace when it is unpickled."""

    sprung: list[int] = []  # noqa: RUF012

    def __reduce__(self):
        return Trap.sprung.append, (1,)


def test_pickles_are_never_opened(path):
    trap = as_npy(np.array([Trap()] * 9, object), allow_pickle=True)
    for packed in (repacked(path, first_score_value=trap), pickle.dumps(Trap())):
        put_arrays(path, packed)
        assert_refused(path, "its array file")
    path.write_bytes(pickle.dumps({"kind": Trap()}))
    assert_refused(path, "not a JSON model file")
    assert Trap.sprung == []


OTHER = "is not one array of float64"
HEADER = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }"


def npy_with(descr="'<f8'", by_column="False", shape="(9,)", data=b"\0" * 72):
    text = (HEADER % (descr, by_column, shape)).ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


WRONG_ARRAYS = {
    "absent": (None, "such as 'first_score_value.npy'"),
    "another type": (as_npy(np.ones(9, np.float32)), OTHER),
    "another type of that size": (as_npy(np.ones(9, np.int64)), OTHER),
    "big endian": (as_npy(np.ones(9, ">f8")), OTHER),
    "another shape": (as_npy(np.ones((3, 3))), OTHER),
    "another length": (as_npy(np.ones(8)), OTHER),
    "version 2": (as_npy(np.ones(9), version=(2, 0)), OTHER),
    "not npy": (b"x" * 200, OTHER),
    "nan": (as_npy(np.full(9, np.nan)), "finite"),
    "infinite": (as_npy(np.full(9, np.inf)), "finite"),
    "a header of tebibytes": (npy_with(shape="(1099511627776,)"), OTHER),
    "a negative shape": (npy_with(shape="(-9,)"), OTHER),
    "by column": (npy_with(by_column="True"), OTHER),
    "a header that calls": (npy_with(descr="__import__('os').abort()"), OTHER),
    "a header that is deep": (npy_with(descr="(" * 300), OTHER),
    "a record type": (npy_with(descr="[('a', '<f4'), ('b', '|O')]"), OTHER),
    "too little data": (npy_with(data=b"\0" * 64), OTHER),
    "odd data": (npy_with(data=b"\0" * 73), OTHER),
    "a long header": (npy_with(shape="(9,)".ljust(2000)), "takes"),
}


@pytest.mark.parametrize(("content", "message"), WRONG_ARRAYS.values(), ids=WRONG_ARRAYS)
def test_an_array_that_is_not_what_the_json_says_is_refused(path, content, message):
    put_arrays(path, repacked(path, first_score_value=content))
    assert_refused(path, message)


def test_an_array_more_is_refused(path):
    put_arrays(path, repacked(path, extra=as_npy(np.ones(3))))
    assert_refused(path, r"such as 'extra\.npy'")


def test_a_name_twice_is_refused(path):
    packed = io.BytesIO(path.with_suffix(".npz").read_bytes())
    with zipfile.ZipFile(packed, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("network_mean.npy", as_npy(np.zeros(29, np.float32)))
    put_arrays(path, packed.getvalue())
    assert_refused(path, "other arrays")


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_bomb_is_not_unpacked(path, compression):
    put_arrays(path, repacked(path, compression))
    assert_refused(path, "is compressed")
    bomb = as_npy(np.zeros(70_000_000, np.int8))
    put_arrays(path, repacked(path, compression, first_score_value=bomb))
    assert path.with_suffix(".npz").stat().st_size < 1_000_000
    assert_refused(path, "unpacks to 7.* bytes")


def test_a_directory_that_understates_a_size_is_refused(path):
    """The size is the fourth number after the CRC in both headers of the zip format."""
    packed = bytearray(repacked(path, first_score_value=as_npy(np.ones(900))))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        name = packed.index(b"first_score_value.npy", packed.index(mark))
        head = packed.rindex(mark, 0, name)
        packed[head + at : head + at + 4] = (200).to_bytes(4, "little")
    put_arrays(path, bytes(packed))
    assert_refused(path, "its array file")


TREES = {
    "a loop": ("first_score_left", 0, 0, "later nodes"),
    "backwards": ("second_score_right", 3, 1, "later nodes"),
    "outside": ("first_score_right", 0, 9, "later nodes"),
    "negative": ("first_score_left", 6, -1, "later nodes"),
    "no such column": ("first_score_feature", 0, len(FEATURES), "no name"),
    "root outside": ("first_score_root", 2, 9, "root outside"),
    "root negative": ("first_score_root", 0, -1, "root outside"),
    "one root twice": ("first_score_root", 1, 0, "share a node"),
    "two branches meet": ("second_score_right", 0, 1, "share a node"),
    "no scale": ("network_scale", 5, 0.0, "positive"),
    "a weight that is nan": ("network_weight_1", (2, 1), np.nan, "finite"),
}


@pytest.mark.parametrize(("name", "at", "value", "message"), TREES.values(), ids=TREES)
def test_arrays_that_would_never_end_or_leave_their_table_are_refused(
    path, name, at, value, message
):
    change_array(path, name, at, value)
    assert_refused(path, message)


def refusal_or_nothing(path):
    """Load a model; return the message of what was refused."""
    try:
        assert isinstance(load_model(path), GrainModel)
    except ModelError as error:
        return str(error)
    return ""


def test_no_damage_of_the_arrays_is_anything_but_one_line_or_harmless(path, rng):
    """Bytes changed at random, with a hash that agrees: read, or refused, and nothing else."""
    text, packed = path.read_bytes(), path.with_suffix(".npz").read_bytes()
    for _ in range(300):
        damaged = bytearray(packed)
        for at in rng.integers(0, len(packed), rng.integers(1, 8)):
            damaged[at] = rng.integers(256)
        path.write_bytes(text)
        put_arrays(path, bytes(damaged[: rng.integers(len(packed) // 2, 2 * len(packed))]))
        assert "\n" not in refusal_or_nothing(path)


def test_no_damage_of_the_json_is_anything_but_one_line_or_harmless(path, rng):
    text = path.read_bytes()
    for _ in range(300):
        damaged = bytearray(text)
        for at in rng.integers(0, len(text), rng.integers(1, 8)):
            damaged[at] = rng.choice(list(b'0123456789[]{}",:eE-.\\ ntf'))
        path.write_bytes(damaged)
        assert "\n" not in refusal_or_nothing(path)
