"""Pixels as stored, whatever holds them; one clear line for every file that holds none."""

from __future__ import annotations

import contextlib
import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from grainscope.errors import GrainscopeError, ImageTooLargeError, UnreadableImageError
from grainscope.files.images import DecodedImage, read_image
from grainscope.files.micrographs import read_micrograph
from grainscope.settings import InputSettings

MAX_MEGAPIXELS = 1200.0
EDGE_PX = 100_000


def ramp(dtype: type = np.uint8, shape: tuple[int, int] = (40, 60)) -> np.ndarray:
    """Every grey level of 0–255 at least once, none symmetric under a flip."""
    return (np.arange(shape[0] * shape[1]) % 256).reshape(shape).astype(dtype)


def encoded(array: np.ndarray, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, kind, **options)
    return stream.getvalue()


def read(path: Path) -> DecodedImage:
    return read_image(path, MAX_MEGAPIXELS)


def read_tiff_of(folder: Path, array: np.ndarray, **options) -> DecodedImage:
    tifffile.imwrite(folder / "a.tif", array, **{"photometric": "minisblack"} | options)
    return read(folder / "a.tif")


def read_bytes_of(folder: Path, content: bytes, name: str = "a.png") -> DecodedImage:
    (folder / name).write_bytes(content)
    return read(folder / name)


def refusal(path: Path, kind: type[GrainscopeError] = UnreadableImageError) -> str:
    """The message of the refusal: one line that begins with the file's name."""
    with pytest.raises(kind) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ")
    assert "\n" not in message
    return message


# Grey levels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"compression": "lzw"},
        {"compression": "deflate", "predictor": True},
        {"compression": "packbits"},
        {"tile": (16, 16)},
        {"rowsperstrip": 7},
    ],
    ids=str,
)
def test_grey_tiff_keeps_every_level(tmp_path, dtype, options):
    image = read_tiff_of(tmp_path, ramp(dtype), **options)
    assert image.intensity.dtype == dtype
    assert image.intensity.dtype.isnative
    assert np.array_equal(image.intensity, ramp(dtype))
    assert image.encoding == f"{8 * np.dtype(dtype).itemsize}-bit grey TIFF"
    assert image.warnings == ()
    assert image.sizes == ()


def test_jpeg_inside_a_tiff_is_close_to_what_was_written(tmp_path):
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    image = read_tiff_of(tmp_path, smooth, compression="jpeg", compressionargs={"level": 95})
    assert np.abs(image.intensity.astype(int) - smooth).max() <= 4


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("BMP", "bmp")])
def test_grey_png_and_bmp_keep_every_level(tmp_path, kind, ending):
    image = read_bytes_of(tmp_path, encoded(ramp(), kind), f"a.{ending}")
    assert image.intensity.dtype == np.uint8
    assert np.array_equal(image.intensity, ramp())
    assert image.encoding.endswith(kind)


def test_jpeg_is_close_to_what_was_written(tmp_path):
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    image = read_bytes_of(tmp_path, encoded(smooth, "JPEG", quality=95), "a.jpg")
    assert image.encoding == "8-bit grey JPEG"
    assert np.abs(image.intensity.astype(int) - smooth).max() <= 4


def test_twelve_bits_in_sixteen_are_not_rescaled(tmp_path):
    deep = ramp(np.uint16) * 16 + 15
    for image in (
        read_tiff_of(tmp_path, deep),
        read_bytes_of(tmp_path, encoded(deep, "PNG")),
    ):
        assert image.intensity.dtype == np.uint16
        assert np.array_equal(image.intensity, deep)


def test_sixteen_bit_colour_png_keeps_sixteen_bits(tmp_path):
    """Pillow would cut it to 8 bits; written here chunk by chunk."""
    grey = ramp(np.uint16) * 257
    rows = np.repeat(grey[:, :, None], 3, axis=2).astype(">u2")
    content = b"".join(b"\0" + row.tobytes() for row in rows)
    image = read_bytes_of(tmp_path, png(60, 40, content, bits=16, colour=2))
    assert image.intensity.dtype == np.uint16
    assert np.array_equal(image.intensity, grey)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint32, np.float32, np.float64])
def test_other_numbers_become_float32_with_the_same_values(tmp_path, dtype):
    values = ramp(dtype) - dtype(3 if np.issubdtype(dtype, np.signedinteger) else 0)
    image = read_tiff_of(tmp_path, values)
    assert image.intensity.dtype == np.float32
    assert np.array_equal(image.intensity, values)


def test_one_bit_becomes_black_and_white(tmp_path):
    is_white = ramp() > 128
    for image in (
        read_tiff_of(tmp_path, is_white),
        read_bytes_of(tmp_path, encoded(is_white, "PNG")),
        read_bytes_of(tmp_path, encoded(is_white, "TIFF")),
    ):
        assert image.intensity.dtype == np.uint8
        assert np.array_equal(image.intensity, np.where(is_white, 255, 0))


def test_white_is_zero_is_turned_over(tmp_path):
    image = read_tiff_of(tmp_path, ramp(), photometric="miniswhite")
    assert np.array_equal(image.intensity, 255 - ramp())


# Colours


def coloured() -> np.ndarray:
    return np.stack([ramp(), ramp()[::-1], ramp()[:, ::-1]], axis=2)


def luma(colour: np.ndarray) -> np.ndarray:
    """ITU-R BT.601, written out."""
    red, green, blue = np.moveaxis(colour[..., :3].astype(float), 2, 0)
    return 0.299 * red + 0.587 * green + 0.114 * blue


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_rgb_tiff_becomes_luma(tmp_path, planar):
    pixels = coloured() if planar == "contig" else np.moveaxis(coloured(), 2, 0)
    image = read_tiff_of(tmp_path, pixels, photometric="rgb", planarconfig=planar)
    assert image.intensity.dtype == np.uint8
    assert np.abs(image.intensity - luma(coloured())).max() <= 0.51
    assert image.encoding == "8-bit RGB TIFF"


def test_rgb_of_equal_channels_is_the_channel_itself(tmp_path):
    grey = np.repeat(ramp()[:, :, None], 3, axis=2)
    assert np.array_equal(read_tiff_of(tmp_path, grey, photometric="rgb").intensity, ramp())
    assert np.array_equal(read_bytes_of(tmp_path, encoded(grey, "PNG")).intensity, ramp())


def test_alpha_is_dropped(tmp_path):
    rgba = np.dstack([coloured(), ramp().T.reshape(40, 60)])
    as_tiff = read_tiff_of(tmp_path, rgba, photometric="rgb", extrasamples=["unassalpha"])
    as_png = read_bytes_of(tmp_path, encoded(rgba, "PNG"))
    for image in (as_tiff, as_png):
        assert np.abs(image.intensity - luma(rgba)).max() <= 0.51
    grey_alpha = np.dstack([ramp(), ramp()[::-1]])
    assert np.array_equal(read_bytes_of(tmp_path, encoded(grey_alpha, "PNG")).intensity, ramp())


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_a_palette_is_looked_up(tmp_path, kind):
    """Index i stands for grey 255 − i: reading the indices would turn the film over."""
    stream = io.BytesIO()
    indexed = Image.fromarray(ramp()).convert("P")
    indexed.putpalette([255 - i for i in range(256) for _ in range(3)])
    indexed.save(stream, kind)
    image = read_bytes_of(tmp_path, stream.getvalue())
    assert np.array_equal(image.intensity, 255 - ramp())
    assert image.encoding == f"8-bit palette {kind}"


# What a name says, and what a file is


def test_content_decides_not_the_ending(tmp_path):
    image = read_bytes_of(tmp_path, encoded(ramp(), "PNG"), "png_called.tif")
    assert image.encoding == "8-bit grey PNG"
    assert np.array_equal(image.intensity, ramp())
    tifffile.imwrite(tmp_path / "tiff_called.tif", ramp())
    (tmp_path / "tiff_called.tif").rename(tmp_path / "tiff_called.jpg")
    assert read(tmp_path / "tiff_called.jpg").encoding == "8-bit grey TIFF"


@pytest.mark.parametrize("imagej", [False, True])
def test_of_several_pages_the_first_counts_with_a_warning(tmp_path, imagej):
    stack = np.stack([ramp(), 255 - ramp(), ramp()])
    image = read_tiff_of(tmp_path, stack, imagej=imagej)
    assert np.array_equal(image.intensity, ramp())
    assert image.warnings == ("holds 3 pages; the first is used",)


@pytest.mark.parametrize("level", [0, 7, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (60, 80)])
def test_tiny_and_constant_images_are_read(tmp_path, shape, level):
    array = np.full(shape, level, np.uint8)
    tifffile.imwrite(tmp_path / "flat.tif", array)
    film = read_micrograph(tmp_path / "flat.tif", InputSettings(pixel_size_nm=5.0))
    assert np.array_equal(film.intensity, array)
    assert (film.frame.row_stop, film.frame.column_stop) == shape
    assert film.databar is None


# Refusals


def test_no_image_is_told_plainly(tmp_path):
    (tmp_path / "diary.tif").write_text("dear diary")
    (tmp_path / "nothing.png").write_bytes(b"")
    (tmp_path / "folder.tif").mkdir()
    assert "no TIFF, PNG, JPEG or BMP" in refusal(tmp_path / "diary.tif")
    assert "dear dia" in refusal(tmp_path / "diary.tif")
    assert "0 bytes" in refusal(tmp_path / "nothing.png")
    assert "folder" in refusal(tmp_path / "folder.tif")
    assert "no such file" in refusal(tmp_path / "absent.tif")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers_are_counted(tmp_path, value):
    pixels = ramp(np.float32)
    pixels[3, 4:7] = value
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    assert "3 of 2400 pixels are NaN or infinite" in refusal(tmp_path / "a.tif")


def test_a_double_beyond_float32_is_refused_not_made_infinite(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.full((4, 4), 1e300))
    assert "16 of 16 pixels" in refusal(tmp_path / "a.tif")


def test_complex_pixels_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", ramp().astype(np.complex64))
    assert "complex" in refusal(tmp_path / "a.tif")


def whole_files() -> dict[str, bytes]:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64)).astype(np.uint8)
    stream = io.BytesIO()
    tifffile.imwrite(stream, noise, compression="lzw", rowsperstrip=16)
    files = {kind: encoded(noise, kind) for kind in ("PNG", "JPEG", "BMP", "TIFF")}
    return files | {"LZW TIFF": stream.getvalue()}


@pytest.mark.parametrize("kind", whole_files())
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path, kind):
    """Half an image must never pass as a whole one with a black lower half."""
    content = whole_files()[kind]
    for share in (0.005, 0.05, 0.3, 0.5, 0.7, 0.9, 0.98):
        path = tmp_path / "cut.tif"
        path.write_bytes(content[: max(3, int(share * len(content)))])
        refusal(path)


@pytest.mark.parametrize(("tag", "value"), [("StripByteCounts", 0), ("StripOffsets", 10_000_000)])
def test_a_strip_that_is_not_there_is_not_filled_with_black(tmp_path, tag, value):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, ramp(), rowsperstrip=10)
    with tifffile.TiffFile(path, mode="r+") as tiff:
        entry = tiff.pages.first.tags[tag]
        entry.overwrite((*entry.value[:2], value, *entry.value[3:]))
    refusal(path)


@pytest.mark.parametrize("kind", whole_files())
def test_a_damaged_file_is_read_or_refused_but_never_breaks_the_reader(tmp_path, kind):
    rng = np.random.default_rng(7)
    path = tmp_path / "damaged.tif"
    for _ in range(60):
        content = bytearray(whole_files()[kind])
        first_bytes = rng.random() < 0.7  # headers are where readers trip
        reach = min(300, len(content)) if first_bytes else len(content)
        for place in rng.integers(4, reach, 4):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        with contextlib.suppress(UnreadableImageError, ImageTooLargeError):
            assert read_image(path, max_megapixels=10).intensity.ndim == 2


# Sizes that would not fit into memory


def png(width: int, height: int, content: bytes, bits: int = 8, colour: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(content)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def tiff_header(*more_tags: tuple[int, int], edge_px: int = EDGE_PX) -> bytes:
    tags = {256: edge_px, 257: edge_px, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1}
    tags |= {278: edge_px, 279: 10_000} | dict(more_tags)
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0)


def jpeg_header() -> bytes:
    """A small JPEG whose frame header (SOF0) is changed to the largest size JPEG can declare."""
    content = encoded(ramp(), "JPEG")
    place = content.index(b"\xff\xc0") + 5
    return content[:place] + struct.pack(">HH", 65_000, 65_000) + content[place + 4 :]


def bmp_header() -> bytes:
    content = encoded(ramp(), "BMP")
    return content[:18] + struct.pack("<ii", EDGE_PX, EDGE_PX) + content[26:]


HUGE = {
    "TIFF": tiff_header(),
    "tiled TIFF": tiff_header((322, EDGE_PX), (323, EDGE_PX), (324, 8), (325, 9), edge_px=64),
    "PNG": png(EDGE_PX, EDGE_PX, b"\0"),
    "16-bit RGB PNG": png(EDGE_PX, EDGE_PX, b"\0", bits=16, colour=2),
    "JPEG": jpeg_header(),
    "BMP": bmp_header(),
}


@pytest.mark.parametrize("kind", HUGE)
def test_a_huge_declared_size_is_refused_before_memory_is_taken(tmp_path, kind):
    path = tmp_path / "huge.tif"
    path.write_bytes(HUGE[kind])
    read_tiff_of(tmp_path, ramp())  # decoders' own modules are loaded before the count
    read_bytes_of(tmp_path, encoded(ramp(), "PNG"))
    tracemalloc.start()
    try:
        message = refusal(path, ImageTooLargeError)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "input.max_megapixels = 1200" in message
    assert peak_bytes < 5e6


def test_the_limit_is_a_setting(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", ramp(shape=(100, 100)))
    with pytest.raises(ImageTooLargeError, match="100 × 100"):
        read_image(tmp_path / "a.tif", max_megapixels=0.009)
    assert read_image(tmp_path / "a.tif", max_megapixels=0.01).intensity.shape == (100, 100)
