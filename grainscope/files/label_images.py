"""``labels.tif``: OME-TIFF with the physical size inside, in as few bytes as will do."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from grainscope.errors import ResultError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.records import PixelSize

_TILE_PX = 256


def write_label_image(path: Path, labels: NDArray[np.int32], pixel_size: PixelSize) -> None:
    """Write labels as a tiled, compressed OME-TIFF.

    16 bits a pixel below 65535 grains, 32 above. The file's identifier is made
    from its content, so that equal labels give equal bytes.

    Parameters
    ----------
    path : Path
        File to write.
    labels : ndarray of int32, shape (H, W)
        0 is background.
    pixel_size : PixelSize
        Goes into the OME header (µm) and the resolution tags (per cm).
    """
    import tifffile

    narrow = labels.max(initial=0) < np.iinfo(np.uint16).max
    dtype = np.dtype(np.uint16 if narrow else np.uint32)
    per_cm = 1e7 / pixel_size.value_nm
    size_um = f"{pixel_size.um:.12g}"
    tifffile.imwrite(
        path,
        _tiles(labels, dtype),
        shape=labels.shape,
        dtype=dtype,
        ome=True,
        photometric="minisblack",
        tile=(_TILE_PX, _TILE_PX),
        compression="zlib",
        predictor=True,
        resolution=(per_cm, per_cm),
        resolutionunit="CENTIMETER",
        software="grainscope",
        metadata={
            "axes": "YX",
            "Name": "labels",
            "Creator": "grainscope",
            "UUID": f"urn:uuid:{_content_uuid(labels, dtype, size_um)}",
            "PhysicalSizeX": size_um,
            "PhysicalSizeXUnit": "µm",
            "PhysicalSizeY": size_um,
            "PhysicalSizeYUnit": "µm",
        },
    )


def _tiles(labels: NDArray[np.int32], dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
    """Yield square tiles, those at the lower and right edges filled up with zeros."""
    height, width = labels.shape
    for row in range(0, height, _TILE_PX):
        for column in range(0, width, _TILE_PX):
            part = labels[row : row + _TILE_PX, column : column + _TILE_PX]
            tile = np.zeros((_TILE_PX, _TILE_PX), dtype)
            tile[: part.shape[0], : part.shape[1]] = part
            yield tile


def _content_uuid(labels: NDArray[np.int32], dtype: np.dtype[Any], size_um: str) -> UUID:
    content = hashlib.sha256()
    for row in range(0, len(labels), _TILE_PX):
        content.update(np.ascontiguousarray(labels[row : row + _TILE_PX], dtype).data)
    content.update(f"{labels.shape}{size_um}".encode())
    return UUID(bytes=content.digest()[:16], version=5)


def read_label_image(path: Path) -> NDArray[np.int32]:
    """Read a label image of any whole-number type, as another program may have saved it.

    Returns
    -------
    ndarray of int32, shape (H, W)

    Raises
    ------
    ResultError
        Absent, damaged, not two-dimensional, or not whole numbers from 0.
    """
    import tifffile

    try:
        labels = np.asarray(tifffile.imread(path))
    except FileNotFoundError as error:
        raise ResultError(f"{path}: no such file") from error
    except Exception as error:  # every decoder has its own kinds
        raise ResultError(f"{path}: cannot be read as a label image ({error})") from error
    while labels.ndim > 2 and len(labels) == 1:
        labels = labels[0]
    if labels.ndim != 2 or labels.dtype.kind not in "iub":
        raise ResultError(
            f"{path}: got {labels.ndim} dimensions of {labels.dtype}, expected one 2-D label image"
        )
    if labels.size and (labels.min() < 0 or labels.max() > np.iinfo(np.int32).max):
        raise ResultError(f"{path}: got labels {labels.min()}…{labels.max()}, expected 0…2³¹−1")
    return labels.astype(np.int32)


def holds_pixels(path: Path) -> bool:
    """Whether a file is a whole image of any kind, of labels or not, as a person may have saved it.

    Colours, floats and PNG under another name count; what is cut off does not.
    """
    import tifffile
    from PIL import Image

    try:
        return bool(np.size(tifffile.imread(path)))
    except Exception:  # every decoder has its own kinds
        try:
            with Image.open(path) as picture:
                picture.load()
        except Exception:
            return False
        return True


def one_region_each(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give labels the numbers 1…n without gaps; a label in several pieces becomes several.

    Pieces are 8-connected. Where each label is one piece the order stays;
    otherwise grains are numbered as the rows meet them.

    Examples
    --------
    >>> one_region_each(np.array([[0, 7], [3, 7]], np.int32))
    array([[0, 2],
           [1, 2]], dtype=int32)
    >>> one_region_each(np.array([[5, 0, 5]], np.int32))
    array([[1, 0, 2]], dtype=int32)
    """
    from skimage.measure import label

    present, compact = np.unique(labels, return_inverse=True)
    offset = 0 if present.size and present[0] == 0 else 1
    pieces, n_pieces = label(labels, connectivity=2, return_num=True)
    if n_pieces == len(present) - 1 + offset:
        return (compact.reshape(labels.shape) + offset).astype(np.int32)
    return np.asarray(pieces, np.int32)
