"""Decoders must set no limit of their own, and write nothing on the screen."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from grainscope.errors import UnreadableImageError
from grainscope.files.images import read_image


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableImageError) as caught:
        read_image(path, 1200.0)
    return str(caught.value)


def test_an_image_above_pillows_own_limit_is_still_tried(tmp_path: Path):
    """400 declared megapixels: truncated, but not too large (Pillow's limit is 179)."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    chunks = [header, b"IDAT" + zlib.compress(b"\0" * 100), b"IEND"]
    path = tmp_path / "large.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks
        )
    )
    assert "truncated" in refusal(path)


@pytest.mark.parametrize("n_bytes", [9, 40, 70])
def test_a_damaged_tiff_writes_nothing_itself(tmp_path: Path, capfd, caplog, n_bytes: int):
    path = tmp_path / "odd.tif"
    tags = struct.pack("<H", 40) + b"".join(
        struct.pack("<HHII", code, 4, 1, 10_000) for code in (256, 257, 258, 273, 279)
    )
    path.write_bytes((b"II*\0" + struct.pack("<I", 8) + tags)[:n_bytes])
    assert refusal(path).startswith("odd.tif: ")
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
