"""Read a micrograph: pixels, frame without strip, pixel size with its source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grainscope.errors import PixelSizeConflictError, PixelSizeMissingError
from grainscope.files.images import DecodedImage, read_image
from grainscope.files.inputs import path_text, plain_stem
from grainscope.files.pixel_size import FoundSize, choose_pixel_size, declared_size, square
from grainscope.files.scale_bar_label import ocr_is_installed, read_scale_bar_label
from grainscope.files.sidecar import read_sidecars
from grainscope.preprocessing.databar import as_grey8, find_databar
from grainscope.preprocessing.scale_bar import ScaleBar, find_burnt_in_bar, find_scale_bar
from grainscope.records import Databar, Frame, Micrograph, PixelSize

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from grainscope.settings import InputSettings

#: Standard deviation of a measured bar length, in pixels; it is good to ±1.
_BAR_UNCERTAINTY_PX = 0.5


@dataclass(frozen=True)
class ImageInfo:
    """What ``grainscope info`` shows of one file.

    Attributes
    ----------
    path : Path
        The file.
    shape_px : (int, int)
        Height and width.
    encoding : str
        Such as ``"8-bit grey TIFF"``.
    vendor : str
        Maker of the microscope, empty where unknown.
    pixel_size : PixelSize or None
        The one that would be used.
    sources : tuple of str
        Every source found, with its value.
    databar : Databar or None
        Rows of the strip.
    scale_bar_px : float or None
        Length of the scale bar, on a strip or burnt into the film.
    scale_bar_label : str or None
        Its label, where it could be read.
    warnings : tuple of str
        What is noteworthy, and why there is no pixel size.
    """

    path: Path
    shape_px: tuple[int, int]
    encoding: str
    vendor: str
    pixel_size: PixelSize | None
    sources: tuple[str, ...]
    databar: Databar | None
    scale_bar_px: float | None
    scale_bar_label: str | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Annotation:
    """The strip and scale bar of an image, and the label once it is read."""

    rows: tuple[int, int] | None = None
    bar: ScaleBar | None = None
    label: str | None = None
    size: FoundSize | None = None

    @property
    def databar(self) -> Databar | None:
        if self.rows is None:
            return None
        return Databar(*self.rows, self.bar.length_px if self.bar else None, self.label)

    @property
    def warnings(self) -> tuple[str, ...]:
        if self.bar is None or self.rows is not None:
            return ()
        bar = self.bar
        return (
            f"a scale bar is burnt into the film (rows {bar.row_start}–{bar.row_stop}, columns "
            f"{bar.column_start}–{bar.column_stop}): preprocessing.annotations leaves it out "
            "where it is told from grains",
        )


def read_micrograph(path: str | Path, settings: InputSettings) -> Micrograph:
    """Read one image file with its pixel size.

    Sources in order: option or settings entry, sidecar, vendor's tags, OME,
    ImageJ, resolution tags, scale bar. The scale bar's label is read only where
    there is no other source, since that takes seconds.

    Parameters
    ----------
    path : str or Path
        TIFF, PNG, JPEG or BMP.
    settings : InputSettings
        Those of this file.

    Returns
    -------
    Micrograph
        Grey levels as stored; the frame leaves out the information strip.

    Raises
    ------
    UnreadableImageError, ImageTooLargeError
        No usable pixels, or too many.
    PixelSizeMissingError
        No source; the message names the option.
    PixelSizeConflictError
        Two sources disagree by more than 1 %, or pixels are not square.
    SettingsError
        A sidecar STEM.toml with unknown or wrong entries.
    """
    path = Path(path)
    image = read_image(path, settings.max_megapixels)
    beside, notes = read_sidecars(path, image.intensity.shape[1])
    found = [*beside, *image.sizes]
    declared = declared_size(settings)
    grey = as_grey8(image.intensity)
    annotation = _find_annotation(grey, image, settings)
    if not found and declared is None:
        annotation = _with_label(grey, annotation)
        found += [annotation.size] if annotation.size else []
    name = path_text(Path(path.name))
    pixel_size, overruled = choose_pixel_size(found, declared, name)
    if pixel_size is None:
        raise PixelSizeMissingError(_what_to_do(name, annotation, notes))
    return Micrograph(
        name=plain_stem(path),
        intensity=image.intensity,
        pixel_size=pixel_size,
        frame=_frame(grey.shape, annotation.rows),
        databar=annotation.databar,
        warnings=(*image.warnings, *notes, *overruled, *annotation.warnings),
    )


def inspect_image(path: Path, settings: InputSettings) -> ImageInfo:
    """Tell what a file holds; a missing or doubtful pixel size is a warning here, not an error.

    Every source is looked at, the scale bar's label too where OCR is installed.

    Parameters
    ----------
    path : Path
        TIFF, PNG, JPEG or BMP.
    settings : InputSettings
        Those of this file.

    Returns
    -------
    ImageInfo

    Raises
    ------
    UnreadableImageError, ImageTooLargeError
        No usable pixels, or too many.
    SettingsError
        A sidecar STEM.toml with unknown or wrong entries.
    """
    image = read_image(path, settings.max_megapixels)
    beside, notes = read_sidecars(path, image.intensity.shape[1])
    grey = as_grey8(image.intensity)
    annotation = _with_label(grey, _find_annotation(grey, image, settings))
    found = [*beside, *image.sizes, *([annotation.size] if annotation.size else [])]
    name = path_text(Path(path.name))
    pixel_size = None
    try:
        pixel_size, problems = choose_pixel_size(found, declared_size(settings), name)
    except PixelSizeConflictError as error:
        problems = (str(error),)
    if pixel_size is None and not problems:
        problems = (_what_to_do(name, annotation, ()),)
    return ImageInfo(
        path=path,
        shape_px=grey.shape,
        encoding=image.encoding,
        vendor=image.vendor.vendor if image.vendor else "",
        pixel_size=pixel_size,
        sources=tuple(size.text for size in found),
        databar=annotation.databar,
        scale_bar_px=annotation.bar.length_px if annotation.bar else None,
        scale_bar_label=annotation.label,
        warnings=(*image.warnings, *notes, *problems, *annotation.warnings),
    )


def _find_annotation(
    grey: NDArray[np.uint8], image: DecodedImage, settings: InputSettings
) -> _Annotation:
    """Find strip and scale bar; rows that the vendor's tags state go before what is seen."""
    if settings.databar == "none":
        return _Annotation()
    film_rows = image.vendor.film_rows if image.vendor else None
    rows = (film_rows, grey.shape[0]) if film_rows else find_databar(grey)
    bar = None if rows is None else find_scale_bar(grey[rows[0] : rows[1]])
    if rows is None or bar is None:
        return _Annotation(rows, find_burnt_in_bar(grey) if rows is None else None)
    return _Annotation(rows, bar.shifted(rows[0]))


def _with_label(grey: NDArray[np.uint8], annotation: _Annotation) -> _Annotation:
    """Read the label of the scale bar, if there is a bar and something to read it with."""
    bar = annotation.bar
    if bar is None or not ocr_is_installed():
        return annotation
    start, stop = annotation.rows or _rows_around(bar, grey.shape[0])
    label = read_scale_bar_label(grey[start:stop], bar.shifted(-start))
    if label is None:
        return annotation
    value_nm = label.length_nm / bar.length_px
    uncertainty_nm = value_nm * _BAR_UNCERTAINTY_PX / bar.length_px
    size = square(f"scale_bar:{label.text}", value_nm, uncertainty_nm)
    return replace(annotation, label=label.text, size=size)


def _rows_around(bar: ScaleBar, height_px: int) -> tuple[int, int]:
    reach = max(40, round(0.1 * height_px))
    return max(bar.row_start - reach, 0), min(bar.row_stop + reach, height_px)


def _frame(shape_px: tuple[int, int], rows: tuple[int, int] | None) -> Frame:
    """Return the larger part of the image above or below the strip."""
    height, width = shape_px
    if rows is None:
        return Frame.whole(shape_px)
    above, below = (0, rows[0]), (rows[1], height)
    start, stop = max(above, below, key=lambda part: part[1] - part[0])
    return Frame(start, stop, 0, width)


def _what_to_do(name: str, annotation: _Annotation, notes: tuple[str, ...]) -> str:
    """Say which option gives the pixel size, and what is known of the scale bar."""
    text = f"{name}: no pixel size in sidecar or tags"
    if annotation.bar is None:
        text += ", and no scale bar found; give --pixel-size-nm, or a [[files]] entry pixel_size_nm"
    else:
        px = f"{annotation.bar.length_px:.1f}"
        text += f"; the scale bar is {px} px long: give --pixel-size-nm = its label in nm / {px}"
        text += (
            " (its label could not be read reliably)"
            if ocr_is_installed()
            else ", or have its label read: pip install 'grainscope[ocr]'"
        )
    return "; ".join((text, *notes))
