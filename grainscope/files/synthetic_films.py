"""A synthetic micrograph on disk: the image, and its true grains in ``masks/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.synthetic import FilmImage


def write_film(folder: Path, stem: str, image: FilmImage) -> Path:
    """Write ``FOLDER/STEM.tif`` and ``FOLDER/masks/STEM.tif``.

    Both are ImageJ-style TIFFs, compressed, with the pixel size in nm inside.
    Labels take 16 bits, or 32 beyond 65535 grains.

    Parameters
    ----------
    folder : Path
        Made if absent.
    stem : str
        Name of both files.
    image : FilmImage

    Returns
    -------
    Path
        The micrograph.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    path, mask = folder / f"{stem}.tif", folder / "masks" / f"{stem}.tif"
    # 65535 means "not scored" in a 16-bit reference.
    narrow = image.labels.max(initial=0) < np.iinfo(np.uint16).max
    try:
        mask.parent.mkdir(parents=True, exist_ok=True)
        _write(path, image.intensity, image.pixel_size_nm)
        _write(mask, image.labels.astype(np.uint16 if narrow else np.uint32), image.pixel_size_nm)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error}); choose another folder") from error
    return path


def _write(
    path: Path, pixels: NDArray[np.uint8 | np.uint16 | np.uint32], pixel_size_nm: float
) -> None:
    import tifffile

    tifffile.imwrite(
        path,
        pixels,
        photometric="minisblack",
        compression="zlib",
        predictor=True,
        resolution=(1 / pixel_size_nm, 1 / pixel_size_nm),
        resolutionunit="NONE",
        description="ImageJ=1.54f\nunit=nm\n",
        metadata=None,
        software="grainscope",
    )
