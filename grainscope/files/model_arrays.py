"""The arrays of a saved model: npz without pickle, every size known before a byte is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike, NDArray

#: Largest array file, packed or unpacked.
MAX_BYTES = 64_000_000
_MAX_HEADER_BYTES = 1000
#: Of npy version 1.0; two bytes of the header's length follow.
_MAGIC = b"\x93NUMPY\x01\x00"
_DAMAGE = (
    *(zipfile.BadZipFile, struct.error, EOFError, OSError),
    *(ValueError, KeyError, RuntimeError, NotImplementedError, OverflowError),
)


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of an npz file; equal arrays give equal bytes.

    Nothing is compressed, so that the bytes do not depend on a library's version.

    Examples
    --------
    >>> pack_arrays({"a": np.arange(3)}) == pack_arrays({"a": np.arange(3)})
    True
    """
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **{name: arrays[name] for name in sorted(arrays)})
    return packed.getvalue()


def unpack_arrays(
    packed: bytes, expected: Mapping[str, tuple[DTypeLike, tuple[int, ...]]]
) -> dict[str, NDArray[Any]]:
    """Return the arrays of an npz file of known content.

    Parameters
    ----------
    packed : bytes
        The whole file.
    expected : mapping of str to (dtype, shape)
        What it must hold, no more and no less.

    Returns
    -------
    dict of str to ndarray
        All finite.

    Raises
    ------
    ValueError
        Anything else, in one line.

    Examples
    --------
    >>> unpack_arrays(pack_arrays({"a": np.ones(2)}), {"a": ("float64", (2,))})
    {'a': array([1., 1.])}
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            _check_directory(archive, expected)
            return {
                name: _array(archive, name, np.dtype(dtype), shape)
                for name, (dtype, shape) in expected.items()
            }
    except _DAMAGE as error:
        told = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"its array file: {told}") from error


def _check_directory(archive: zipfile.ZipFile, expected: Mapping[str, object]) -> None:
    members = archive.infolist()
    found = sorted(member.filename for member in members)
    wanted = sorted(f"{name}.npy" for name in expected)
    if found != wanted:
        other = sorted(set(found) ^ set(wanted)) or found
        raise ValueError(
            f"holds other arrays than the JSON file tells of, such as {other[0]!r:.60}"
        )
    total = sum(member.file_size for member in members)
    if total > MAX_BYTES:
        raise ValueError(f"unpacks to {total} bytes, expected at most {MAX_BYTES}")
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ValueError("is compressed, expected as 'grainscope train' writes it")


def _array(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> NDArray[Any]:
    """Read one array; its size and header must be those expected, which are never evaluated."""
    n_values = int(np.prod(shape, dtype=object))
    n_bytes = n_values * dtype.itemsize
    size = archive.getinfo(f"{name}.npy").file_size
    if not n_bytes < size <= n_bytes + _MAX_HEADER_BYTES:
        raise ValueError(f"{name} takes {size} bytes, expected {n_bytes} and a header")
    stored = archive.read(f"{name}.npy")
    start = len(_MAGIC) + 2 + int.from_bytes(stored[8:10], "little")
    header = f"{{'descr': {dtype.str!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    if (
        stored[:8] != _MAGIC
        or stored[10:start].rstrip() != header.encode()
        or len(stored) != start + n_bytes
    ):
        raise ValueError(f"{name} is not one array of {dtype} {shape}")
    values = np.frombuffer(stored, dtype, n_values, start)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must hold finite numbers")
    return values.reshape(shape)
