"""Decode PNG, JPEG and BMP with Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.files.pixel_size import FoundSize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

#: First bytes of each kind of file, and its name.
RASTER_KINDS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"BM": "BMP"}
#: A PNG resolution that means a coarser pixel is one for printing.
_COARSEST_NM = 1000.0


class RasterImage(NamedTuple):
    """Pixels of shape (H, W) or (H, W, C), how they were held, and the sizes stated."""

    pixels: NDArray[Any]
    encoding: str
    sizes: tuple[FoundSize, ...]


def read_raster(path: Path, check_size: Callable[[int, int], None]) -> RasterImage:
    """Decode a PNG, JPEG or BMP file.

    Parameters
    ----------
    path : Path
        The file.
    check_size : callable
        ``check_size(height, width)`` raises where the declared size is too large.

    Returns
    -------
    RasterImage

    Raises
    ------
    ValueError
        A damaged or truncated file.
    """
    from PIL import BmpImagePlugin, JpegImagePlugin, PngImagePlugin

    # The plugins are called directly: Image.open has a size limit of its own,
    # which is global to the process.
    openers: dict[str, Callable[[Any], Any]] = {
        "PNG": PngImagePlugin.PngImageFile,
        "JPEG": JpegImagePlugin.JpegImageFile,
        "BMP": BmpImagePlugin.BmpImageFile,
    }
    with path.open("rb") as file:
        start = file.read(26)
        file.seek(0)
        kind = next(name for signature, name in RASTER_KINDS.items() if start.startswith(signature))
        try:
            image = openers[kind](file)
            check_size(image.height, image.width)
            colour = _COLOURS.get(image.mode, "RGB")
            pixels = _deep_png(path) if _is_deep_colour(kind, start) else _pixels(image)
        except (SyntaxError, OSError, EOFError, IndexError, TypeError) as error:
            raise ValueError(f"damaged or truncated {kind} ({error})") from error
    encoding = f"{8 * pixels.dtype.itemsize}-bit {colour} {kind}"
    return RasterImage(pixels, encoding, _png_size(image) if kind == "PNG" else ())


_COLOURS = {"1": "black-and-white", "L": "grey", "I": "grey", "P": "palette", "LA": "grey"}
_COLOURS |= {"I;16": "grey", "I;16B": "grey", "F": "grey", "RGBA": "RGBA", "CMYK": "CMYK"}


def _is_deep_colour(kind: str, start: bytes) -> bool:
    """Whether a PNG holds 16-bit colour (header bytes 24 and 25), which Pillow cuts to 8 bits."""
    return kind == "PNG" and len(start) == 26 and start[24] == 16 and start[25] != 0


def _deep_png(path: Path) -> NDArray[Any]:
    import imagecodecs

    try:
        return np.asarray(imagecodecs.png_decode(path.read_bytes()))
    except imagecodecs.PngError as error:
        raise ValueError(f"damaged or truncated PNG ({error})") from error


def _pixels(image: Any) -> NDArray[Any]:
    if image.mode == "I":  # 16-bit grey in older versions of Pillow
        return np.asarray(image).astype(np.uint16)
    if image.mode in ("P", "PA", "CMYK", "YCbCr"):
        image = image.convert("RGB")
    return np.asarray(image)


def _png_size(image: Any) -> tuple[FoundSize, ...]:
    """Read the size of a pixel (chunk pHYs, pixels per metre), if it is not for printing."""
    dpi = image.info.get("dpi")
    if not dpi or not (dpi[0] > 0 and dpi[1] > 0):
        return ()
    found = FoundSize("resolution:pHYs", 2.54e7 / dpi[0], 2.54e7 / dpi[1])
    return (found,) if found.width_nm <= _COARSEST_NM else ()
