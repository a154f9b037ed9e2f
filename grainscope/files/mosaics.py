"""Read an image larger than memory by rows: TIFF, BigTIFF, OME-TIFF, Zarr."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import MissingDependencyError, PixelSizeMissingError, UnreadableImageError
from grainscope.files.grey import to_intensity
from grainscope.files.inputs import path_text, plain_stem
from grainscope.files.pixel_size import choose_pixel_size, declared_size
from grainscope.files.sidecar import read_sidecars
from grainscope.files.tiff_images import TIFF_SIGNATURES, TiffFacts, tiff_facts
from grainscope.files.zarr_mosaics import open_zarr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from tifffile import TiffPage

    from grainscope.files.pixel_size import FoundSize
    from grainscope.laws.strips import Rows
    from grainscope.records import PixelSize
    from grainscope.settings import InputSettings

#: Strips or tiles that take more than this decoded are not read one by one.
_MOST_SEGMENT_BYTES = 1 << 28
_BUFFER_BYTES = 1 << 24


@dataclass(frozen=True)
class MosaicInfo:
    """What is known of a mosaic before its pixels are read.

    Attributes
    ----------
    name : str
        File name without ending.
    shape_px : (int, int)
        Height and width.
    dtype : dtype
        uint8, uint16 or float32.
    pixel_size : PixelSize
    warnings : tuple of str
    """

    name: str
    shape_px: tuple[int, int]
    dtype: np.dtype[Any]
    pixel_size: PixelSize
    warnings: tuple[str, ...]


def inspect_mosaic(path: Path, settings: InputSettings) -> MosaicInfo:
    """Read the header of a mosaic.

    Parameters
    ----------
    path : Path
        A TIFF of one channel in tiles or strips, or uncompressed, or a folder of Zarr.
    settings : InputSettings
        Those of this file; ``max_megapixels`` does not count, since no memory is taken.

    Raises
    ------
    UnreadableImageError
        No such file, or a layout that is not read by rows.
    MissingDependencyError
        Zarr without its library.
    PixelSizeMissingError, PixelSizeConflictError
        As for :func:`micrographs.read_micrograph`, without the scale bar.
    """
    shape, stored, sizes, noticed = _header(path)
    with _told(path):
        dtype = to_intensity(np.zeros((1, 1), stored)).dtype
    beside, notes = read_sidecars(path, shape[1])
    name = path_text(Path(path.name))
    pixel_size, overruled = choose_pixel_size([*beside, *sizes], declared_size(settings), name)
    if pixel_size is None:
        raise PixelSizeMissingError(
            f"{name}: no pixel size in sidecar or tags (a mosaic's scale bar is not looked for); "
            "give --pixel-size-nm, or a [[files]] entry pixel_size_nm"
        )
    warnings = (*noticed, *notes, *overruled)
    return MosaicInfo(plain_stem(path), shape, dtype, pixel_size, warnings)


def _header(
    path: Path,
) -> tuple[tuple[int, int], np.dtype[Any], tuple[FoundSize, ...], tuple[str, ...]]:
    """Return shape, type, pixel sizes and warnings."""
    if path.is_dir():
        with _told(path):
            image = open_zarr(path)
            return image.shape_px, image.dtype, image.sizes, ()
    with _page_of(path) as (page, facts):
        shape = (int(page.imagelength), int(page.imagewidth))
        return shape, np.dtype(page.dtype), facts.sizes, facts.warnings


def read_mosaic(path: Path, rows: Rows) -> None:
    """Copy the pixels of a mosaic, a row of tiles at a time.

    Parameters
    ----------
    path : Path
        The file.
    rows : Rows
        Of the shape and type that :func:`inspect_mosaic` tells; filled.

    Raises
    ------
    UnreadableImageError
        Damaged, or NaN among the pixels.
    """
    # An error of ``rows`` is not one of the image, and does not pass through it.
    for first, band in _bands(path):
        rows.write(first, band)


def _bands(path: Path) -> Iterator[tuple[int, NDArray[Any]]]:
    if path.is_dir():
        with _told(path):
            for first, block in open_zarr(path).bands():
                yield first, to_intensity(block)
        return
    with _page_of(path) as (page, facts):
        for first, block in _blocks(page):
            yield first, to_intensity(facts.upright(block))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what may be wrong with a file into one error."""
    name = path_text(Path(path.name))
    try:
        yield
    except MissingDependencyError:
        raise
    except Exception as error:  # the libraries raise many kinds on damaged files
        text = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
        raise UnreadableImageError(
            f"{name}: cannot be read as a mosaic: {text or type(error).__name__}"
        ) from error


@contextmanager
def _page_of(path: Path) -> Iterator[tuple[TiffPage, TiffFacts]]:
    """Open the first page of a TIFF."""
    from tifffile import TiffFile

    with _told(path), path.open("rb") as file:
        if not file.read(4).startswith(TIFF_SIGNATURES):
            raise ValueError("is no TIFF; mosaics are read from TIFF, BigTIFF, OME-TIFF or Zarr")
        file.seek(0)
        with TiffFile(file, name=path.name) as tiff:
            facts = tiff_facts(tiff, path.stat().st_size)
            page = tiff.pages.first
            _check_readable(page)
            yield page, facts


def _check_readable(page: TiffPage) -> None:
    if page.samplesperpixel != 1 or page.photometric not in (0, 1):
        raise ValueError(f"got {page.samplesperpixel} channels, expected one of grey levels")
    height, width = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, 0)
    n_bytes = int(height) * int(width or page.imagewidth) * page.dtype.itemsize
    if n_bytes > _MOST_SEGMENT_BYTES and not page.is_memmappable:
        raise ValueError(
            f"its parts take {n_bytes / 1e9:.1f} GB each; save it in tiles, or uncompressed"
        )


def _blocks(page: TiffPage) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the first row of each band of the page with the band's pixels."""
    if page.is_memmappable and not page.is_tiled:
        yield from _plain_blocks(page)
        return
    band: NDArray[Any] | None = None
    first = -1
    for pixels, index, _ in page.segments(maxworkers=1, buffersize=_BUFFER_BYTES):
        row, column = int(index[-3]), int(index[-2])
        if row != first:
            if band is not None:
                yield first, band
            first = row
            height = min(_band_height(page), page.imagelength - row)
            band = np.zeros((height, page.imagewidth), page.dtype)
        if pixels is None or band is None:
            raise ValueError("parts of the picture are missing")
        part = pixels[0, :, :, 0]
        part = part[: len(band), : band.shape[1] - column]
        band[: len(part), column : column + part.shape[1]] = part
    if band is None or first + len(band) != page.imagelength:
        raise ValueError("parts of the picture are missing")
    yield first, band


def _band_height(page: TiffPage) -> int:
    return int(page.tilelength if page.is_tiled else page.rowsperstrip)


def _plain_blocks(page: TiffPage) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield bands of an uncompressed page that lies in the file as one piece."""
    stream = page.parent.filehandle
    dtype = np.dtype(page.parent.byteorder + page.dtype.char)
    per_band = max(1, _BUFFER_BYTES // (page.imagewidth * dtype.itemsize))
    for first in range(0, page.imagelength, per_band):
        n_rows = min(per_band, page.imagelength - first)
        stream.seek(page.dataoffsets[0] + first * page.imagewidth * dtype.itemsize)
        content = stream.read(n_rows * page.imagewidth * dtype.itemsize)
        yield first, np.frombuffer(content, dtype).reshape(n_rows, page.imagewidth)
