"""Decode the first page of a TIFF, and read the tags that tell about its pixels."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.files.tiff_metadata import METADATA_TAGS, read_imagej, read_ome, read_resolution
from grainscope.files.vendors import VENDOR_TAGS, VendorFacts, read_vendor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from tifffile import TiffFile, TiffPage

    from grainscope.files.pixel_size import FoundSize

#: Classic and big TIFF, little and big endian.
TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WHITE_IS_ZERO, _PALETTE = 0, 3
_COLOURS = {0: "grey", 1: "grey", 2: "RGB", 3: "palette", 5: "CMYK", 6: "RGB"}

# What tifffile logs about odd tags reaches the user as one error or warning of ours.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


class TiffImage(NamedTuple):
    """Pixels of shape (H, W) or (H, W, C), and what the tags say."""

    pixels: NDArray[Any]
    encoding: str
    vendor: VendorFacts | None
    sizes: tuple[FoundSize, ...]
    warnings: tuple[str, ...]


def read_tiff(path: Path, check_size: Callable[[int, int], None]) -> TiffImage:
    """Decode the first page of a TIFF file.

    Parameters
    ----------
    path : Path
        The file.
    check_size : callable
        ``check_size(height, width)`` raises where the declared size is too large.

    Returns
    -------
    TiffImage

    Raises
    ------
    ValueError
        A damaged or truncated file, or a layout that is no single picture.
    """
    from tifffile import TiffFile

    with path.open("rb") as file:
        try:
            with TiffFile(file, name=path.name) as tiff:
                page = _first_page(tiff)
                check_size(page.imagelength, page.imagewidth)
                check_size(page.tilelength or 0, page.tilewidth or 0)
                _check_layout(page, path.stat().st_size)
                pixels = _pixels(page)
                tags = _tags(page)
                n_pages = _count_pages(tiff)
        except ValueError:
            raise
        except Exception as error:  # tifffile and the codecs raise many kinds on damaged files
            if type(error).__module__.startswith("grainscope"):
                raise
            raise ValueError(f"damaged or truncated TIFF ({_one_line(error)})") from error
    vendor = read_vendor(tags, pixels.shape[:2])
    bits = page.bitspersample
    encoding = f"{bits}-bit {_COLOURS.get(int(page.photometric), 'grey')} TIFF"
    return TiffImage(pixels, encoding, vendor, _sizes(vendor, tags), _told_pages(n_pages))


class TiffFacts(NamedTuple):
    """What the tags of a page of one channel say, and the highest level where white is 0."""

    sizes: tuple[FoundSize, ...]
    warnings: tuple[str, ...]
    white_is_zero_top: int | None

    def upright(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return pixels with white as the highest level."""
        return _upright(pixels, self.white_is_zero_top)


def tiff_facts(tiff: TiffFile, n_bytes: int) -> TiffFacts:
    """Read the tags of the first page, without its pixels.

    Parameters
    ----------
    tiff : TiffFile
        An open file.
    n_bytes : int
        Its size.

    Raises
    ------
    ValueError
        A truncated file, or a layout that is no single picture.
    """
    page = _first_page(tiff)
    _check_layout(page, n_bytes)
    tags = _tags(page)
    shape = (int(page.imagelength), int(page.imagewidth))
    n_pages = _count_pages(tiff)
    return TiffFacts(
        _sizes(read_vendor(tags, shape), tags), _told_pages(n_pages), _white_is_zero_top(page)
    )


def _white_is_zero_top(page: TiffPage) -> int | None:
    if page.photometric != _WHITE_IS_ZERO or page.dtype.kind not in "ub":
        return None
    return 1 if page.dtype.kind == "b" else (1 << page.bitspersample) - 1


def _upright(pixels: NDArray[Any], white_is_zero_top: int | None) -> NDArray[Any]:
    return (
        pixels if white_is_zero_top is None else (white_is_zero_top - pixels).astype(pixels.dtype)
    )


def _told_pages(n_pages: int) -> tuple[str, ...]:
    return (f"holds {n_pages} pages; the first is used",) if n_pages > 1 else ()


def _first_page(tiff: TiffFile) -> TiffPage:
    if not len(tiff.pages):
        raise ValueError("the TIFF has no pages")
    return tiff.pages.first


def _check_layout(page: TiffPage, n_bytes: int) -> None:
    """Refuse what tifffile would fill with zeros or cut: missing strips, stacks, odd colours."""
    if page.imagedepth > 1 or page.imagelength < 1 or page.imagewidth < 1:
        raise ValueError(f"got a TIFF page of shape {page.shape}, expected one picture")
    if page.photometric not in _COLOURS or page.photometric == 5:
        raise ValueError(f"got colours of kind {page.photometric!r}, expected grey, RGB or palette")
    ends = [o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=False)]
    if not ends or min(page.databytecounts) == 0:
        raise ValueError("the TIFF holds no pixels, or parts of them are missing")
    if max(ends) > n_bytes:
        raise ValueError(f"truncated TIFF: {n_bytes} bytes of at least {max(ends)}")


def _pixels(page: TiffPage) -> NDArray[Any]:
    pixels: NDArray[Any] = page.asarray()
    if pixels.ndim < 2:
        raise ValueError(f"got pixels of shape {pixels.shape}, expected one picture")
    if pixels.dtype.kind == "c":
        raise ValueError("got complex pixels, expected integers or floats")
    if page.axes == "SYX":
        pixels = np.moveaxis(pixels, 0, -1)
    if page.photometric == _PALETTE and page.colormap is not None:
        palette = (np.asarray(page.colormap) >> 8).astype(np.uint8).T
        return np.take(palette, pixels, axis=0)
    return np.asarray(_upright(pixels, _white_is_zero_top(page)))


def _tags(page: TiffPage) -> dict[int, Any]:
    """Decode the tags of interest; one that cannot be decoded is as good as absent."""
    tags: dict[int, Any] = {}
    for code in (*VENDOR_TAGS, *METADATA_TAGS):
        try:
            value = page.tags.valueof(code)
        except Exception:  # a vendor's own layout may defeat the parser in any way
            continue
        if value is not None:
            tags[code] = value
    return tags


def _count_pages(tiff: TiffFile) -> int:
    """Count pages; ImageJ writes large stacks behind a single page."""
    declared = (tiff.imagej_metadata or {}).get("images", 1)
    return max(len(tiff.pages), int(declared))


def _sizes(vendor: VendorFacts | None, tags: dict[int, Any]) -> tuple[FoundSize, ...]:
    found = [vendor.size if vendor else None]
    found += [read_ome(tags), read_imagej(tags), read_resolution(tags)]
    return tuple(size for size in found if size is not None and size.is_usable)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
