"""Zarr and OME-Zarr hold the image that they were made from, and run no code."""

import json
from contextlib import closing

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from grainscope.errors import MissingDependencyError, UnreadableImageError
from grainscope.files import (
    file_sha256,
    find_inputs,
    inspect_mosaic,
    read_micrograph,
    read_mosaic,
    zarr_mosaics,
)
from grainscope.files.scratch import ScratchImage
from grainscope.settings import InputSettings

SIZE = InputSettings(pixel_size_nm=5.0)
GREY = np.random.default_rng(0).integers(0, 60_000, (150, 97)).astype(np.uint16)


def by_rows(path, tmp_path):
    info = inspect_mosaic(path, SIZE)
    with closing(ScratchImage(tmp_path / "raw", info.shape_px, info.dtype)) as raw:
        read_mosaic(path, raw)
        return raw.read(0, info.shape_px[0])


def described(path, metadata):
    path.mkdir(parents=True, exist_ok=True)
    (path / ".zarray").write_text(json.dumps(metadata))


def plain(codec=None, filters=None):
    return {
        "zarr_format": 2, "shape": [4, 4], "chunks": [4, 4], "dtype": "|u1", "order": "C",
        "fill_value": 0, "compressor": codec, "filters": filters,
    }  # fmt: skip


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_it_is_the_image(zarr_format, tmp_path):
    zarr = pytest.importorskip("zarr")
    path = tmp_path / "film.zarr"
    array = zarr.create_array(
        str(path), shape=(1, *GREY.shape), chunks=(1, 40, 31), dtype="u2", zarr_format=zarr_format
    )
    array[0] = GREY
    assert find_inputs([path]).images[0].path == path
    assert_array_equal(by_rows(path, tmp_path), GREY)
    before = file_sha256(path)
    array[0, 3, 3] = 1
    assert file_sha256(path) != before


def test_the_pixel_size_is_that_of_ome_zarr(tmp_path):
    zarr = pytest.importorskip("zarr")
    group = zarr.open_group(str(tmp_path / "film.ome.zarr"), mode="w", zarr_format=2)
    group.create_array("0", shape=GREY.shape, chunks=(64, 64), dtype="u2")[:] = GREY
    scale = [{"type": "scale", "scale": [0.003, 0.003]}]
    axes = [{"name": n, "type": "space", "unit": "micrometer"} for n in "yx"]
    datasets = [{"path": "0", "coordinateTransformations": scale}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    found = inspect_mosaic(tmp_path / "film.ome.zarr", InputSettings())
    assert found.pixel_size.value_nm == pytest.approx(3.0)
    assert_array_equal(by_rows(tmp_path / "film.ome.zarr", tmp_path), GREY)


@pytest.mark.parametrize("bad", [plain({"id": "pickle"}), plain(None, [{"id": "pickle"}])], ids=str)
def test_chunks_that_would_run_code_are_refused(bad, tmp_path, monkeypatch):
    monkeypatch.setattr(zarr_mosaics, "find_spec", lambda name: True)
    described(tmp_path / "film.zarr", bad)
    with pytest.raises(UnreadableImageError, match="pickle"):
        inspect_mosaic(tmp_path / "film.zarr", SIZE)


def test_so_are_those_inside_of_shards(tmp_path, monkeypatch):
    monkeypatch.setattr(zarr_mosaics, "find_spec", lambda name: True)
    inner = {"codecs": [{"name": "numcodecs.pickle"}], "index_codecs": []}
    sharded = {"codecs": [{"name": "sharding_indexed", "configuration": inner}]}
    (tmp_path / "film.zarr").mkdir()
    (tmp_path / "film.zarr" / "zarr.json").write_text(json.dumps(sharded))
    with pytest.raises(UnreadableImageError, match=r"numcodecs\.pickle"):
        inspect_mosaic(tmp_path / "film.zarr", SIZE)


def test_metadata_that_points_elsewhere_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(zarr_mosaics, "find_spec", lambda name: True)
    described(tmp_path / "other", plain())
    path = tmp_path / "film.zarr"
    path.mkdir()
    scale = [{"type": "scale", "scale": [1, 1]}]
    datasets = [{"path": "../other", "coordinateTransformations": scale}]
    attributes = {"multiscales": [{"axes": [{}, {}], "datasets": datasets}]}
    (path / ".zattrs").write_text(json.dumps(attributes))
    with pytest.raises(UnreadableImageError, match="outside the folder"):
        inspect_mosaic(path, SIZE)


def test_without_the_library_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(zarr_mosaics, "find_spec", lambda name: None)
    described(tmp_path / "film.zarr", plain())
    with pytest.raises(MissingDependencyError, match="cluster"):
        inspect_mosaic(tmp_path / "film.zarr", SIZE)


def test_a_run_in_memory_says_how_zarr_is_read(tmp_path):
    described(tmp_path / "film.zarr", plain())
    with pytest.raises(UnreadableImageError, match="--memory"):
        read_micrograph(tmp_path / "film.zarr", SIZE)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dtype": "<c8", "fill_value": None}, "complex64, expected integers or floats"),
        ({"shape": [99_999, 99_999], "chunks": [99_999, 99_999]}, r"10\.0 GB each"),
    ],
)
def test_what_cannot_be_taken_by_rows_is_refused_before_a_pixel_is_read(changed, said, tmp_path):
    pytest.importorskip("zarr")
    described(tmp_path / "film.zarr", plain() | changed)
    with pytest.raises(UnreadableImageError, match=said):
        inspect_mosaic(tmp_path / "film.zarr", SIZE)
