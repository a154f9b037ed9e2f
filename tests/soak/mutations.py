"""Damage files: at random, and in the ways that a format invites."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    Mutation = Callable[[bytes, np.random.Generator], bytes]

_NUMBERS = re.compile(rb"-?\d+\.?\d*(?:[eE][-+]?\d+)?")
_ODD_NUMBERS = (
    *(b"nan", b"-inf", b"1e400", b"-1", b"0", b"1e-320", b"99999999999999999999", b"9" * 5000),
    *(b"", b"true", b"null", b'"x"', b"[1]", b"{}", b"0x10", b"1_0", b"--1", b"1e", b"1,5"),
)
_ODD_TEXT = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r", b'"', b"'", b"\\", b"\x1b[2J", b"%s%n"),
    *(b"{{7*7}}", b"${HOME}", b"../../../x", b"<script>", b"=1+1", b"\xe2\x80\xae", b"a" * 70_000),
    *(b"[" * 3000, b'{"a":' * 3000, b"(" * 3000, b",", b"\t" * 500, b"\xed\xa0\x80"),
)
_EXTREMES = (0, 1, 2, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 8, 2**16 + 1)


def flip(content: bytes, rng: np.random.Generator) -> bytes:
    """Change some bytes, most often near the beginning."""
    changed = bytearray(content)
    reach = len(changed) if rng.random() < 0.5 else min(len(changed), 600)
    for place in rng.integers(0, reach, rng.integers(1, 12)):
        changed[place] = rng.integers(256)
    return bytes(changed)


def cut(content: bytes, rng: np.random.Generator) -> bytes:
    """End the file early, or take a piece out of it."""
    start, stop = sorted(rng.integers(0, len(content) + 1, 2).tolist())
    return content[:start] if rng.random() < 0.5 else content[:start] + content[stop:]


def repeat(content: bytes, rng: np.random.Generator) -> bytes:
    """Write a piece of the file again, somewhere."""
    start, stop = sorted(rng.integers(0, len(content) + 1, 2).tolist())
    place = int(rng.integers(0, len(content) + 1))
    return content[:place] + content[start : min(stop, start + 50_000)] + content[place:]


def overwrite(content: bytes, rng: np.random.Generator) -> bytes:
    """Put zeros, ones or noise over a piece."""
    start = int(rng.integers(0, len(content)))
    length = int(rng.integers(1, 2000))
    piece = (b"\0" * length, b"\xff" * length, rng.bytes(length))[int(rng.integers(3))]
    return content[:start] + piece + content[start + length :]


def extreme(content: bytes, rng: np.random.Generator) -> bytes:
    """Put an extreme whole number into the header."""
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(0, max(min(len(changed), 1000) - 4, 1)))
        order = "<>"[int(rng.integers(2))]
        value = _EXTREMES[int(rng.integers(len(_EXTREMES)))]
        changed[place : place + 4] = struct.pack(f"{order}I", value)
    return bytes(changed)


def tiff_entry(content: bytes, rng: np.random.Generator) -> bytes:
    """Change tag, type, count or value of one entry of the first directory."""
    if content[:2] not in (b"II", b"MM"):
        return flip(content, rng)
    order = "<" if content[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}I", content, 4)
    if start + 2 > len(content):
        return flip(content, rng)
    (count,) = struct.unpack_from(f"{order}H", content, start)
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 3))):
        entry = start + 2 + 12 * int(rng.integers(0, max(count, 1)))
        if entry + 12 > len(content):
            continue
        part = int(rng.integers(4))
        value = _EXTREMES[int(rng.integers(len(_EXTREMES)))]
        if part < 2:
            small = int(rng.integers(1, 20)) if part else int(rng.integers(254, 350))
            struct.pack_into(f"{order}H", changed, entry + 2 * part, small)
        else:
            struct.pack_into(f"{order}I", changed, entry + 4 * (part - 1), value)
    return bytes(changed)


def png_chunk(content: bytes, rng: np.random.Generator) -> bytes:
    """Change the content of one chunk, with the right check sum."""
    if content[:4] != b"\x89PNG":
        return flip(content, rng)
    chunks, place = [], 8
    while place + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += 12 + length
    target = int(rng.integers(len(chunks)))
    name, data = chunks[target]
    if data:
        chunks[target] = name, (extreme if rng.random() < 0.5 else flip)(data, rng)
    bomb = zlib.compress(bytes(30_000_000))
    extra = {0: (b"zTXt", b"k\0\0" + bomb), 1: (b"iCCP", b"p\0\0" + bomb), 2: (b"tEXt", b"k\0x")}
    if rng.random() < 0.2:
        chunks.insert(1, extra[int(rng.integers(3))])
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in chunks)


def chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def number(content: bytes, rng: np.random.Generator) -> bytes:
    """Put odd numbers in the place of some."""
    found = list(_NUMBERS.finditer(content))
    if not found:
        return flip(content, rng)
    for _ in range(int(rng.integers(1, 4))):
        match = found[int(rng.integers(len(found)))]
        value = _ODD_NUMBERS[int(rng.integers(len(_ODD_NUMBERS)))]
        content = content[: match.start()] + value + content[match.end() :]
    return content


def text(content: bytes, rng: np.random.Generator) -> bytes:
    """Put odd text somewhere."""
    place = int(rng.integers(0, len(content) + 1))
    return content[:place] + _ODD_TEXT[int(rng.integers(len(_ODD_TEXT)))] + content[place:]


def lines(content: bytes, rng: np.random.Generator) -> bytes:
    """Leave out, double or exchange lines, or end them otherwise."""
    rows = content.split(b"\n")
    one, two = rng.integers(0, len(rows), 2).tolist()
    kind = int(rng.integers(4))
    if kind == 0:
        del rows[one]
    elif kind == 1:
        rows.insert(one, rows[two])
    elif kind == 2:
        rows[one], rows[two] = rows[two], rows[one]
    return (b"\r\n" if kind == 3 else b"\n").join(rows)


def encoding(content: bytes, rng: np.random.Generator) -> bytes:
    """Write the text in another encoding."""
    name = ("utf-16", "utf-16-be", "utf-32", "latin-1", "utf-7")[int(rng.integers(5))]
    return content.decode("utf-8", "replace").encode(name, "replace")


ANY: Sequence[Mutation] = (flip, cut, repeat, overwrite, extreme)
IMAGE: Sequence[Mutation] = (*ANY, tiff_entry, tiff_entry, tiff_entry, png_chunk, png_chunk)
TEXT: Sequence[Mutation] = (
    flip,
    cut,
    repeat,
    overwrite,
    number,
    number,
    text,
    text,
    lines,
    encoding,
)


def mutated(content: bytes, mutations: Sequence[Mutation], rng: np.random.Generator) -> bytes:
    """Apply one to three of them."""
    for _ in range(int(rng.integers(1, 4))):
        content = mutations[int(rng.integers(len(mutations)))](content or b"\0", rng)
    return content
