"""Bad files give one clear line that names the file, and take no memory."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from grainscope.errors import ImageTooLargeError, UnreadableImageError
from grainscope.files.images import read_image


def refusal(path: Path, kind: type[Exception] = UnreadableImageError) -> str:
    with pytest.raises(kind) as caught:
        read_image(path, 1200.0)
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ")
    assert "\n" not in message
    return message


def tiff_header(width: int, height: int, **tags: int) -> bytes:
    """Write a TIFF by hand: a directory of LONG tags, and a single byte of pixels."""
    entries = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1}
    entries |= {278: height, 279: 1} | {int(code[1:]): value for code, value in tags.items()}
    body = struct.pack("<H", len(entries))
    for code in sorted(entries):
        body += struct.pack("<HHII", code, 4, 1, entries[code])
    return b"II*\0" + struct.pack("<I", 12) + b"\x07\0\0\0" + body + b"\0\0\0\0"


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [header, data, b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks
    )


def test_missing_folder_and_empty(tmp_path: Path):
    assert "no such file" in refusal(tmp_path / "gone.tif")
    (tmp_path / "folder.tif").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.tif")
    (tmp_path / "empty.tif").touch()
    assert "0 bytes" in refusal(tmp_path / "empty.tif")


@pytest.mark.parametrize("content", [b"hello\nworld\n", b"II", b"II*\0", b"MM\0*\0\0\0\x08", b"BM"])
def test_text_and_stumps_are_no_image(tmp_path: Path, content: bytes):
    path = tmp_path / "notes.tif"
    path.write_bytes(content)
    refusal(path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["tif", "lzw.tif", "tiled.tif", "png", "jpg", "bmp"])
def test_truncated_files_are_refused(tmp_path: Path, rng, kind: str, share: float):
    pixels = rng.integers(0, 256, (160, 170)).astype(np.uint8)
    path = tmp_path / f"film.{kind}"
    if kind.endswith("tif"):
        compression = "lzw" if kind == "lzw.tif" else None
        tile = (64, 64) if kind == "tiled.tif" else None
        tifffile.imwrite(path, pixels, compression=compression, tile=tile, rowsperstrip=None)
    else:
        Image.fromarray(pixels).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert "runcated" in refusal(path)


def test_nan_and_infinity_are_counted(tmp_path: Path):
    pixels = np.ones((10, 10), np.float32)
    pixels[2, 3] = np.nan
    pixels[4, :2] = np.inf
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    assert "3 of 100 pixels are NaN or infinite" in refusal(tmp_path / "a.tif")


@pytest.mark.parametrize("kind", ["tif", "png", "tiled.tif"])
def test_a_huge_declared_size_is_refused_before_memory_is_taken(tmp_path: Path, kind: str):
    content = {
        "tif": tiff_header(100_000, 100_000),
        "png": png_header(100_000, 100_000),
        "tiled.tif": tiff_header(1, 1, t322=100_000, t323=100_000),
    }[kind]
    path = tmp_path / f"bomb.{kind}"
    path.write_bytes(content)
    tracemalloc.start()
    message = refusal(path, ImageTooLargeError)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "10000 megapixels" in message
    assert "input.max_megapixels = 1200" in message
    assert peak_bytes < 50e6


def test_a_large_image_within_the_limit_is_no_bomb(tmp_path: Path):
    """Pillow's own limit of 179 megapixels must not get in the way of ours."""
    path = tmp_path / "large.png"
    path.write_bytes(png_header(20_000, 20_000))
    assert "runcated" in refusal(path)  # and not: too large


def test_stack_behind_one_page_and_odd_colours_are_refused(tmp_path: Path):
    tifffile.imwrite(tmp_path / "cmyk.tif", np.zeros((4, 4, 4), np.uint8), photometric="separated")
    assert "expected grey, RGB or palette" in refusal(tmp_path / "cmyk.tif")
    tifffile.imwrite(
        tmp_path / "volume.tif",
        np.zeros((16, 16, 16), np.uint8),
        volumetric=True,
        tile=(16, 16, 16),
    )
    assert "expected one picture" in refusal(tmp_path / "volume.tif")


def test_tiff_noise_stays_silent(tmp_path: Path, capfd, caplog):
    path = tmp_path / "odd.tif"
    path.write_bytes(tiff_header(40, 40)[:60])
    refusal(path)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
