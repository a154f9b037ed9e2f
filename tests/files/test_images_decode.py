"""Every kind of image file gives the grey levels it was written with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from grainscope.files.grey import to_grey, to_intensity
from grainscope.files.images import read_image


@pytest.fixture
def grey(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (24, 37)).astype(np.uint8)


def decoded(path: Path) -> np.ndarray:
    return read_image(path, 1200.0).intensity


@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "packbits"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_grey_tiff_is_exact(tmp_path: Path, rng, dtype: type, compression: str | None):
    pixels = (rng.random((24, 37)) * 4095).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", pixels, compression=compression)
    image = read_image(tmp_path / "a.tif", 1200.0)
    assert image.intensity.dtype == dtype
    assert np.array_equal(image.intensity, pixels)
    assert image.encoding == f"{8 * pixels.itemsize}-bit grey TIFF"


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_byte_order_and_big_tiff(tmp_path: Path, byteorder: str, bigtiff: bool):
    pixels = np.arange(12, dtype=np.uint16).reshape(3, 4) * 341
    tifffile.imwrite(tmp_path / "a.tif", pixels, byteorder=byteorder, bigtiff=bigtiff)
    intensity = decoded(tmp_path / "a.tif")
    assert intensity.dtype == np.dtype(np.uint16)
    assert np.array_equal(intensity, pixels)


def test_twelve_bit_content_of_sixteen_bits_is_kept(tmp_path: Path):
    pixels = np.array([[0, 4095], [17, 2048]], np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    assert np.array_equal(decoded(tmp_path / "a.tif"), pixels)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_equal_channels_are_one_channel_exactly(tmp_path: Path, grey, planar: str):
    axis = 2 if planar == "contig" else 0
    rgb = np.stack([grey] * 3, axis=axis)
    tifffile.imwrite(tmp_path / "a.tif", rgb, photometric="rgb", planarconfig=planar)
    assert np.array_equal(decoded(tmp_path / "a.tif"), grey)


def test_colour_becomes_luma(tmp_path: Path):
    rgb = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", rgb, photometric="rgb")
    assert decoded(tmp_path / "a.tif").tolist() == [[76, 150, 29, 255]]


def test_alpha_is_dropped(tmp_path: Path, grey):
    rgba = np.dstack([grey, grey, grey, 255 - grey])
    tifffile.imwrite(tmp_path / "a.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    Image.fromarray(rgba).save(tmp_path / "a.png")
    assert np.array_equal(decoded(tmp_path / "a.tif"), grey)
    assert np.array_equal(decoded(tmp_path / "a.png"), grey)


def test_palette_is_looked_up(tmp_path: Path, grey):
    colormap = np.stack([np.arange(256)[::-1] * 257] * 3).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", grey, photometric="palette", colormap=colormap)
    image = read_image(tmp_path / "a.tif", 1200.0)
    assert np.array_equal(image.intensity, 255 - grey)
    assert image.encoding == "8-bit palette TIFF"


def test_white_is_zero_is_turned_over(tmp_path: Path, grey):
    tifffile.imwrite(tmp_path / "a.tif", grey, photometric="miniswhite")
    assert np.array_equal(decoded(tmp_path / "a.tif"), 255 - grey)


def test_first_page_of_many_with_a_warning(tmp_path: Path, grey):
    tifffile.imwrite(tmp_path / "a.tif", np.stack([grey, 255 - grey, grey]), photometric=1)
    image = read_image(tmp_path / "a.tif", 1200.0)
    assert np.array_equal(image.intensity, grey)
    assert image.warnings == ("holds 3 pages; the first is used",)


@pytest.mark.parametrize("ending", ["png", "bmp"])
def test_lossless_kinds_are_exact(tmp_path: Path, grey, ending: str):
    Image.fromarray(grey).save(tmp_path / f"a.{ending}")
    assert np.array_equal(decoded(tmp_path / f"a.{ending}"), grey)


@pytest.mark.parametrize("mode", ["1", "P", "RGB"])
@pytest.mark.parametrize("ending", ["png", "bmp"])
def test_other_modes_of_png_and_bmp(tmp_path: Path, mode: str, ending: str):
    black_white = np.array([[0, 255, 0], [255, 255, 0]], np.uint8)
    Image.fromarray(black_white).convert(mode).save(tmp_path / f"a.{ending}")
    intensity = decoded(tmp_path / f"a.{ending}")
    assert intensity.dtype == np.uint8
    assert np.array_equal(intensity, black_white)


def test_sixteen_bit_png_grey_and_colour(tmp_path: Path, rng):
    from grainscope.opencv import cv2

    deep = rng.integers(0, 65536, (9, 7)).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "grey.png"), deep)
    cv2.imwrite(str(tmp_path / "rgb.png"), np.dstack([deep] * 3))
    assert np.array_equal(decoded(tmp_path / "grey.png"), deep)
    assert np.array_equal(decoded(tmp_path / "rgb.png"), deep)


def test_one_bit_tiff_is_black_and_white(tmp_path: Path):
    bits = np.zeros((8, 16), bool)
    bits[2:5, 3:9] = True
    tifffile.imwrite(tmp_path / "a.tif", bits, photometric="minisblack")
    assert np.array_equal(decoded(tmp_path / "a.tif"), bits * np.uint8(255))
    tifffile.imwrite(tmp_path / "a.tif", bits, photometric="miniswhite")
    assert np.array_equal(decoded(tmp_path / "a.tif"), ~bits * np.uint8(255))


def test_jpeg_is_near_its_source(tmp_path: Path):
    smooth = np.add.outer(np.arange(64), np.arange(80)).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(decoded(tmp_path / "a.jpg").astype(int) - smooth).max() <= 3


def test_content_decides_not_the_ending(tmp_path: Path, grey):
    Image.fromarray(grey).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.tif")
    assert np.array_equal(decoded(tmp_path / "a.tif"), grey)


@pytest.mark.parametrize("ending", ["tif", "png", "bmp", "jpg"])
def test_a_single_pixel_is_an_image(tmp_path: Path, ending: str):
    pixel = np.array([[200]], np.uint8)
    if ending == "tif":
        tifffile.imwrite(tmp_path / "a.tif", pixel)
    else:
        Image.fromarray(pixel).save(tmp_path / f"a.{ending}")
    assert decoded(tmp_path / f"a.{ending}").tolist() == [[200]]


def test_signed_and_double_become_float(tmp_path: Path):
    for dtype in (np.int16, np.int32, np.float64):
        tifffile.imwrite(tmp_path / "a.tif", np.array([[-3, 5]], dtype))
        intensity = decoded(tmp_path / "a.tif")
        assert intensity.dtype == np.float32
        assert intensity.tolist() == [[-3.0, 5.0]]


def test_five_channels_and_complex_pixels_are_refused():
    with pytest.raises(ValueError, match="expected grey, RGB or RGBA"):
        to_grey(np.zeros((4, 4, 5), np.uint8))
    with pytest.raises(ValueError, match="complex"):
        to_intensity(np.zeros((4, 4), np.complex64))
