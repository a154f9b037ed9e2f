"""Decode a micrograph: TIFF, PNG, JPEG or BMP, told apart by content, not by the file's ending.

TIFFs are read by tifffile, whose tags carry the metadata; the others by Pillow,
which reads the size before the pixels and refuses truncated files (OpenCV's
decoders pad some of them silently).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grainscope.errors import ImageTooLargeError, UnreadableImageError
from grainscope.files.grey import to_grey, to_intensity
from grainscope.files.inputs import ZARR_SUFFIX, path_text
from grainscope.files.raster_images import RASTER_KINDS, read_raster
from grainscope.files.tiff_images import TIFF_SIGNATURES, read_tiff

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.files.pixel_size import FoundSize
    from grainscope.files.vendors import VendorFacts


@dataclass(frozen=True)
class DecodedImage:
    """Pixels of one image file, and what its header tells.

    Attributes
    ----------
    intensity : ndarray of uint8, uint16 or float32, shape (H, W)
        Grey levels.
    encoding : str
        How the file holds them, such as ``"8-bit palette TIFF"``.
    vendor : VendorFacts or None
        What the microscope's maker wrote.
    sizes : tuple of FoundSize
        Pixel sizes inside the file, in their order.
    warnings : tuple of str
        What was passed over.
    """

    intensity: NDArray[Any]
    encoding: str
    vendor: VendorFacts | None = None
    sizes: tuple[FoundSize, ...] = ()
    warnings: tuple[str, ...] = ()


def read_image(path: Path, max_megapixels: float) -> DecodedImage:
    """Decode one file.

    Parameters
    ----------
    path : Path
        The file; its ending does not matter.
    max_megapixels : float
        A larger declared size is refused before any memory is taken for it.

    Returns
    -------
    DecodedImage

    Raises
    ------
    UnreadableImageError
        Missing, a folder, empty, truncated, no image, or NaN among the pixels.
    ImageTooLargeError
        More declared pixels than allowed.
    """
    name = path_text(Path(path.name))
    signature = _signature(path, name)

    def check_size(height: int, width: int) -> None:
        if height * width > max_megapixels * 1e6:
            raise ImageTooLargeError(
                f"{name}: declares {width} × {height} = {height * width / 1e6:.0f} megapixels, "
                f"above input.max_megapixels = {max_megapixels:g}"
            )

    try:
        if signature.startswith(TIFF_SIGNATURES):
            tiff = read_tiff(path, check_size)
            intensity = to_intensity(to_grey(tiff.pixels))
            return DecodedImage(intensity, tiff.encoding, tiff.vendor, tiff.sizes, tiff.warnings)
        raster = read_raster(path, check_size)
        intensity = to_intensity(to_grey(raster.pixels))
        return DecodedImage(intensity, raster.encoding, None, raster.sizes)
    except ValueError as error:
        raise UnreadableImageError(f"{name}: cannot be read: {error}") from error
    except OSError as error:
        raise UnreadableImageError(f"{name}: cannot be read: {error.strerror or error}") from error


def _signature(path: Path, name: str) -> bytes:
    """Return the first bytes of the file; say plainly what is wrong where it is no image."""
    if path.is_dir() and path.suffix.lower() == ZARR_SUFFIX:
        raise UnreadableImageError(f"{name}: Zarr is read with --memory, such as --memory 4GB")
    if path.is_dir():
        raise UnreadableImageError(f"{name}: is a folder, expected an image file")
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except FileNotFoundError as error:
        raise UnreadableImageError(f"{name}: no such file") from error
    except OSError as error:
        raise UnreadableImageError(f"{name}: cannot be opened: {error.strerror}") from error
    if not start:
        raise UnreadableImageError(f"{name}: is empty (0 bytes)")
    if not start.startswith((*TIFF_SIGNATURES, *RASTER_KINDS)):
        raise UnreadableImageError(
            f"{name}: is no TIFF, PNG, JPEG or BMP image (it begins with {start[:8]!r})"
        )
    return start
