"""Images that declare, or unpack to, more than they are."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import tifffile
from mutations import chunk


def png(width: int, height: int, packed: bytes, depth: int = 8, colour: int = 0) -> bytes:
    """Return a PNG of this header and packed content."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def tiff(tags: dict[int, int], content: bytes = b"", next_at: int = 0) -> bytes:
    """Return a TIFF of one directory; the pixels follow it."""
    start = 8 + 2 + 12 * (len(tags) + 1) + 4
    whole = {**tags, 273: start}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, whole[tag]) for tag in sorted(whole))
    directory = struct.pack("<H", len(whole)) + entries + struct.pack("<I", next_at)
    return b"II*\0" + struct.pack("<I", 8) + directory + content


def zeros(n_bytes: int) -> bytes:
    """Return so many zeros, packed."""
    packer = zlib.compressobj(1)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(n_bytes >> 20)]
    return b"".join(parts) + packer.compress(bytes(n_bytes & ((1 << 20) - 1))) + packer.flush()


def bombs() -> dict[str, bytes]:
    """Return the files by name."""
    small = {256: 64, 257: 64, 258: 8, 259: 1, 262: 1, 277: 1, 278: 64, 279: 4096}
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.zeros((64, 64), np.uint8), compression="jpeg", tile=(64, 64))
    jpeg = stream.getvalue()
    frame = jpeg.find(b"\xff\xc0") + 5  # height and width in the compressed tile
    return {
        "bomb_declared.png": png(34_000, 34_000, zlib.compress(b"0")),
        "bomb_unpacked.png": png(20_000, 20_000, zeros(20_001 * 20_000)),
        "bomb_refused.png": png(2**31 - 1, 2**31 - 1, zlib.compress(b"0")),
        "bomb_deep.png": png(17_000, 17_000, zlib.compress(b"0"), 16, 6),
        "bomb_samples.tif": tiff({**small, 277: 60_000}, bytes(4096)),
        "bomb_bits.tif": tiff({**small, 258: 64_000}, bytes(4096)),
        "bomb_rows.tif": tiff({**small, 256: 30_000, 257: 30_000, 278: 1}, bytes(4096)),
        "bomb_strip.tif": tiff({**small, 259: 8, 279: 2_000_000}, zeros(1_500_000_000)),
        "bomb_circle.tif": tiff(small, bytes(4096), next_at=8),
        "bomb_tile.tif": jpeg[:frame] + b"\xff\xdc\xff\xdc" + jpeg[frame + 4 :],
        "bomb.bmp": b"BM"
        + struct.pack(
            "<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 2**30, 2**30, *[1, 8], 0, 0, 1, 1, 0, 0
        ),
        "bomb.jpg": b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xd9",
    }
