"""An image read by rows holds the pixels that it holds when it is read at once."""

from contextlib import closing

import numpy as np
import pytest
import tifffile
from numpy.testing import assert_array_equal

from grainscope.errors import OutputError, PixelSizeMissingError, UnreadableImageError
from grainscope.files import inspect_mosaic, read_mosaic, scratch_beside
from grainscope.files.images import read_image
from grainscope.files.scratch import ScratchImage
from grainscope.settings import InputSettings

SIZE = InputSettings(pixel_size_nm=5.0)
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 200, (300, 217)).astype(np.uint8)


def by_rows(path, tmp_path):
    info = inspect_mosaic(path, SIZE)
    with closing(ScratchImage(tmp_path / "raw", info.shape_px, info.dtype)) as raw:
        read_mosaic(path, raw)
        return raw.read(0, info.shape_px[0])


@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"tile": (64, 48), "compression": "zlib"},
        {"tile": (256, 256), "bigtiff": True},
        {"rowsperstrip": 7, "compression": "lzw", "predictor": True},
        {"rowsperstrip": 300, "compression": "zlib"},
        {"tile": (128, 64), "ome": True, "compression": "zlib"},
        {"byteorder": ">"},
        {"photometric": "miniswhite", "rowsperstrip": 16},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_it_is_the_image(layout, dtype, tmp_path):
    path = tmp_path / "film.tif"
    tifffile.imwrite(path, (GREY * 3).astype(dtype), **{"photometric": "minisblack", **layout})
    found = by_rows(path, tmp_path)
    expected = read_image(path, 1.0).intensity
    assert found.dtype == expected.dtype
    assert_array_equal(found, expected)


def test_the_pixel_size_comes_from_the_same_tags(tmp_path):
    path = tmp_path / "film.ome.tif"
    metadata = {"PhysicalSizeX": 0.004, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.004}
    metadata["PhysicalSizeYUnit"] = "µm"
    tifffile.imwrite(path, GREY, ome=True, tile=(64, 64), metadata=metadata)
    found = inspect_mosaic(path, InputSettings())
    assert found.pixel_size.value_nm == pytest.approx(4.0)
    assert found.pixel_size.kind == "ome"
    assert found.name == "film.ome"


def test_without_a_pixel_size_the_option_is_named(tmp_path):
    tifffile.imwrite(tmp_path / "film.tif", GREY)
    with pytest.raises(PixelSizeMissingError, match="--pixel-size-nm"):
        inspect_mosaic(tmp_path / "film.tif", InputSettings())


def test_colours_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "film.tif", np.zeros((30, 40, 3), np.uint8), photometric="rgb")
    with pytest.raises(UnreadableImageError, match="3 channels"):
        inspect_mosaic(tmp_path / "film.tif", SIZE)


@pytest.mark.parametrize("content", [b"", b"II*\0", b"\x89PNG\r\n\x1a\n" + bytes(50), None])
def test_what_is_no_tiff_is_told(content, tmp_path):
    path = tmp_path / "film.tif"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableImageError, match=r"^film\.tif: cannot be read as a mosaic"):
        inspect_mosaic(path, SIZE)


@pytest.mark.parametrize("cut", [0.3, 0.7, 0.98])
def test_a_truncated_file_is_told(cut, tmp_path):
    path = tmp_path / "film.tif"
    tifffile.imwrite(path, GREY, tile=(64, 64), compression="zlib")
    path.write_bytes(path.read_bytes()[: int(cut * path.stat().st_size)])
    with pytest.raises(UnreadableImageError, match="cannot be read as a mosaic"):
        by_rows(path, tmp_path)


def test_damaged_tiles_are_told(tmp_path):
    path = tmp_path / "film.tif"
    tifffile.imwrite(path, GREY, tile=(64, 64), compression="zlib")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    path.write_bytes(content)
    with pytest.raises(UnreadableImageError, match="cannot be read as a mosaic"):
        by_rows(path, tmp_path)


def test_nan_among_the_pixels_is_told(tmp_path):
    grey = GREY.astype(np.float32)
    grey[200, 3] = np.nan
    tifffile.imwrite(tmp_path / "film.tif", grey, tile=(64, 64))
    with pytest.raises(UnreadableImageError, match="NaN"):
        by_rows(tmp_path / "film.tif", tmp_path)


def test_scratch_images_are_gone_whatever_happens(tmp_path):
    def work():
        with scratch_beside(tmp_path / "film", 10) as scratch:
            image = scratch.image((3, 4), np.int32)
            image.write(1, np.full((2, 4), 7))
            assert image.read(0, 3).sum() == 8 * 7
            assert image.mapped().sum() == 8 * 7
            scratch.empty((5, 5), np.float32)[:] = 1
            assert len(list(tmp_path.iterdir())) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_too_small_is_told_before_any_work(tmp_path):
    with (
        pytest.raises(OutputError, match="GB are needed"),
        scratch_beside(tmp_path / "film", 10**18),
    ):
        pass
