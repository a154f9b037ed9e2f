"""Zarr and OME-Zarr by rows (extra ``cluster``): a folder of chunks in place of a file."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import MissingDependencyError
from grainscope.files.lengths import nm_per_unit
from grainscope.files.pixel_size import FoundSize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

#: What a chunk may be packed with. Others of the library run code that the file holds (pickle).
_CODECS = frozenset(
    {"blosc", "bytes", "bz2", "crc32c", "delta", "endian", "fixedscaleoffset", "gzip", "lz4"}
    | {"lzma", "sharding_indexed", "shuffle", "transpose", "zlib", "zstd"}
)
_BAND_BYTES = 1 << 26
#: Chunks that take more than this decoded are not read one by one.
_MOST_CHUNK_BYTES = 1 << 29


@dataclass(frozen=True)
class ZarrImage:
    """The picture in a Zarr folder.

    Attributes
    ----------
    array : zarr.Array
        All axes but the last two have length 1.
    shape_px : (int, int)
        Height and width.
    sizes : tuple of FoundSize
        From the metadata of OME-Zarr.
    """

    array: Any
    shape_px: tuple[int, int]
    sizes: tuple[FoundSize, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""
        dtype: np.dtype[Any] = np.dtype(self.array.dtype)
        return dtype

    def bands(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield the first row of each band of whole chunks, with its pixels."""
        height, width = self.shape_px
        per_chunk = max(int(self.array.chunks[-2]), 1)
        n_chunks = max(_BAND_BYTES // (per_chunk * width * self.dtype.itemsize), 1)
        lead = (0,) * (self.array.ndim - 2)
        for first in range(0, height, n_chunks * per_chunk):
            stop = min(first + n_chunks * per_chunk, height)
            yield first, np.asarray(self.array[(*lead, slice(first, stop))])


def open_zarr(path: Path) -> ZarrImage:
    """Open the array of a Zarr folder; of OME-Zarr the largest level of the first image.

    Parameters
    ----------
    path : Path
        The folder.

    Raises
    ------
    MissingDependencyError
        The library is not installed.
    ValueError
        No Zarr, not one picture, chunks too large, or packed with what may run code.
    """
    if find_spec("zarr") is None:
        raise MissingDependencyError(
            f'{path.name}: Zarr is read with zarr: pip install "grainscope[cluster]"'
        )
    where = path
    sizes: tuple[FoundSize, ...] = ()
    scales = _multiscales(path)
    if scales is not None:
        where, sizes = _first_level(path, scales)
    _check_codecs(where)
    array = import_module("zarr").open_array(str(where), mode="r")
    if array.ndim < 2 or any(n != 1 for n in array.shape[:-2]):
        raise ValueError(
            f"got an array of shape {array.shape}, expected one picture of grey levels"
        )
    n_bytes = math.prod(map(int, array.chunks)) * np.dtype(array.dtype).itemsize
    if n_bytes > _MOST_CHUNK_BYTES:
        raise ValueError(f"its chunks take {n_bytes / 1e9:.1f} GB each; save it in smaller ones")
    return ZarrImage(array, (int(array.shape[-2]), int(array.shape[-1])), sizes)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found if isinstance(found, dict) else {}


def _multiscales(path: Path) -> dict[str, Any] | None:
    """Return the first image of OME-Zarr 0.4 or 0.5; None for a plain array."""
    attributes = {**_json(path / ".zattrs"), **_json(path / "zarr.json").get("attributes", {})}
    found = attributes.get("ome", attributes).get("multiscales")
    return found[0] if isinstance(found, list) and found else None


def _first_level(path: Path, scales: dict[str, Any]) -> tuple[Path, tuple[FoundSize, ...]]:
    try:
        level = scales["datasets"][0]
        where = (path / str(level["path"])).resolve()
        steps = next(t["scale"] for t in level["coordinateTransformations"] if t["type"] == "scale")
        units = [axis.get("unit", "") for axis in scales["axes"]]
    except (KeyError, IndexError, TypeError, AttributeError, StopIteration) as error:
        raise ValueError("the multiscales metadata is damaged") from error
    if not where.is_relative_to(path.resolve()):
        raise ValueError(f"its metadata points outside the folder ({level['path']})")
    nm = [nm_per_unit(str(unit)) for unit in units[-2:]]
    if len(steps) < 2 or not all(nm):
        return where, ()
    height_nm, width_nm = (
        float(step) * float(unit or 0) for step, unit in zip(steps[-2:], nm, strict=True)
    )
    size = FoundSize("ome", width_nm, height_nm)
    return where, (size,) if size.is_usable else ()


def _check_codecs(where: Path) -> None:
    described = [_json(where / ".zarray"), _json(where / "zarr.json")]
    if not any(described):
        raise ValueError("is no Zarr array (neither .zarray nor zarr.json)")
    for name in (n for metadata in described for n in _codec_names(metadata)):
        if name not in _CODECS:
            raise ValueError(f"its chunks are packed with {name!r}, which is not read")


def _codec_names(metadata: dict[str, Any]) -> Iterator[str]:
    """Yield the names of all codecs, those inside of shards too."""
    packed = [metadata.get("compressor"), *(metadata.get("filters") or ())]
    packed += metadata.get("codecs") or ()
    configuration = metadata.get("configuration") or {}
    packed += [c for key in ("codecs", "index_codecs") for c in configuration.get(key) or ()]
    for codec in packed:
        if isinstance(codec, dict):
            yield str(codec.get("id") or codec.get("name"))
            yield from _codec_names({"configuration": codec.get("configuration")})
        elif codec is not None:
            yield str(codec)
