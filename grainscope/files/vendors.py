"""Pixel size and strip height from the tags that makers of microscopes put into TIFF files.

Zeiss, FEI/Thermo, JEOL and Hitachi were checked against real files and their
scale bars; TESCAN follows the documented layout of its header only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grainscope.files.lengths import (
    length_rounding_nm,
    nm_per_unit,
    parse_length_nm,
    rounding_uncertainty,
    whole_number,
)
from grainscope.files.pixel_size import FoundSize, square

if TYPE_CHECKING:
    from collections.abc import Mapping

    Tags = Mapping[int, Any]

_ZEISS, _OLD_FEI, _FEI, _TESCAN = 34118, 34680, 34682, 50431
_EXIF, _WINDOWS_COMMENT = 34665, 40092

#: Tags that ``read_vendor`` looks at.
VENDOR_TAGS = (_ZEISS, _OLD_FEI, _FEI, _TESCAN, _EXIF, _WINDOWS_COMMENT)


@dataclass(frozen=True)
class VendorFacts:
    """What a maker's tags tell.

    Attributes
    ----------
    vendor : str
        Name of the maker.
    size : FoundSize or None
        Pixel size, where the tags hold one.
    film_rows : int or None
        Rows above the information strip, where the tags tell.
    """

    vendor: str
    size: FoundSize | None = None
    film_rows: int | None = None


def read_vendor(tags: Tags, shape_px: tuple[int, int]) -> VendorFacts | None:
    """Read the maker's tags.

    Parameters
    ----------
    tags : mapping of int to value
        TIFF tags by code, as tifffile decodes them.
    shape_px : (int, int)
        Rows and columns of the image.

    Returns
    -------
    VendorFacts or None
        None where no known maker's tag is there.

    Examples
    --------
    >>> zeiss = {"ap_image_pixel_size": ("Image Pixel Size", 2.93, "nm")}
    >>> read_vendor({34118: zeiss}, (768, 1024)).size.width_nm
    2.93
    """
    for read in (_read_zeiss, _read_fei, _read_jeol, _read_hitachi, _read_tescan):
        facts = read(tags, shape_px)
        if facts is not None:
            return facts
    return None


def _read_zeiss(tags: Tags, shape_px: tuple[int, int]) -> VendorFacts | None:
    """Zeiss SmartSEM; ``AP_PIXEL_SIZE`` is never used: on some frame sizes it is off by 2 or ½."""
    entries = tags.get(_ZEISS)
    if entries is None:
        return None
    entries = entries if isinstance(entries, dict) else {}
    image_pixel = _zeiss_length_nm(entries.get("ap_image_pixel_size"))
    if image_pixel:
        size = square("vendor:Zeiss AP_IMAGE_PIXEL_SIZE", image_pixel, _four_digits(image_pixel))
        return VendorFacts("Zeiss", size)
    width_nm = _zeiss_length_nm(entries.get("ap_width"))
    if not width_nm:
        return VendorFacts("Zeiss")
    column_nm = width_nm / shape_px[1]
    row_nm = (_zeiss_length_nm(entries.get("ap_height")) or column_nm * shape_px[0]) / shape_px[0]
    size = FoundSize("vendor:Zeiss AP_WIDTH", column_nm, row_nm, _four_digits(column_nm))
    return VendorFacts("Zeiss", size)


def _zeiss_length_nm(entry: Any) -> float | None:
    if not isinstance(entry, tuple) or len(entry) != 3:
        return None
    unit_nm = nm_per_unit(str(entry[2]))
    return float(entry[1]) * unit_nm if unit_nm and isinstance(entry[1], int | float) else None


def _four_digits(value_nm: float) -> float:
    """Uncertainty of a number that SmartSEM rounds to four digits."""
    return rounding_uncertainty(f"{value_nm:.3e}")


def _read_fei(tags: Tags, shape_px: tuple[int, int]) -> VendorFacts | None:
    """FEI / Thermo Fisher; lengths in metres. The older tag (SFEG) holds no pixel size."""
    sections = tags.get(_FEI)
    if not isinstance(sections, dict):
        return VendorFacts("FEI") if _OLD_FEI in tags else None
    film_rows = _section(sections, "Image").get("ResolutionY")
    for name in ("Scan", "EScan", "IScan"):
        scan = _section(sections, name)
        width, height = scan.get("PixelWidth"), scan.get("PixelHeight")
        if isinstance(width, float) and width > 0:
            height = height if isinstance(height, float) and height > 0 else width
            size = FoundSize(f"vendor:FEI {name}.PixelWidth", width * 1e9, height * 1e9)
            return VendorFacts("FEI", size, _film_rows(film_rows, shape_px))
    return VendorFacts("FEI", None, _film_rows(film_rows, shape_px))


def _section(sections: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = sections.get(name)
    return section if isinstance(section, dict) else {}


def _film_rows(rows: Any, shape_px: tuple[int, int]) -> int | None:
    """Rows above the strip; None where there is no strip, or the image was resized since."""
    try:
        film_rows = int(rows)
    except (TypeError, ValueError, OverflowError):
        return None
    return film_rows if 0.6 * shape_px[0] <= film_rows < shape_px[0] else None


def _read_jeol(tags: Tags, shape_px: tuple[int, int]) -> VendorFacts | None:
    exif = tags.get(_EXIF)
    note = exif.get("MakerNote") if isinstance(exif, dict) else None
    if not isinstance(note, bytes):
        return None
    entries = jeol_entries(note.removeprefix(b"UNICODE\0").decode("utf-16-le", "replace"))
    if not any(key.startswith("CM_") for key in entries):
        return None
    width, _, height = entries.get("CM_IMAGE_SIZE", "").partition(" ")
    film_rows = _film_rows(height, shape_px) if width == str(shape_px[1]) else None
    return VendorFacts("JEOL", jeol_size(entries, "vendor:JEOL"), film_rows)


def jeol_entries(text: str) -> dict[str, str]:
    r"""Split JEOL's ``$KEY=value`` or ``$$KEY value`` entries.

    Examples
    --------
    >>> jeol_entries("$CM_MAG=10000\t$CM_PIXEL_SIZE=10.0nm/pixel")["CM_PIXEL_SIZE"]
    '10.0nm/pixel'
    """
    return {
        key: value.strip()
        for key, value in re.findall(r"\$+([A-Z][A-Z0-9_]*)[= ]([^\t\r\n$]*)", text)
    }


def jeol_size(entries: Mapping[str, str], source: str) -> FoundSize | None:
    """Return the pixel size of JEOL's entries: stated, else scale bar by its length in px.

    Examples
    --------
    >>> jeol_size({"SM_MICRON_BAR": "100", "SM_MICRON_MARKER": "1um"}, "sidecar").width_nm
    10.0
    """
    stated = entries.get("CM_PIXEL_SIZE", "")
    size_nm = parse_length_nm(stated)
    if size_nm:
        return square(f"{source} CM_PIXEL_SIZE", size_nm, length_rounding_nm(stated))
    marker_nm = parse_length_nm(entries.get("SM_MICRON_MARKER", ""))
    bar_px = whole_number(entries.get("SM_MICRON_BAR", ""))
    if marker_nm and bar_px:
        uncertainty_nm = marker_nm / bar_px**2 * rounding_uncertainty("1")
        return square(f"{source} SM_MICRON_MARKER", marker_nm / bar_px, uncertainty_nm)
    return None


def _read_hitachi(tags: Tags, shape_px: tuple[int, int]) -> VendorFacts | None:
    comment = tags.get(_WINDOWS_COMMENT)
    if not isinstance(comment, bytes):
        return None
    text = comment.decode("utf-16-le", "replace")
    match = re.search(r"^PixelSize=([0-9]+(?:\.[0-9]*)?)(?![0-9.])", text, re.MULTILINE)
    if match is None or "Condition=" not in text:
        return None
    uncertainty_nm = rounding_uncertainty(match[1])
    return VendorFacts(
        "Hitachi", square("vendor:Hitachi PixelSize", float(match[1]), uncertainty_nm)
    )


def _read_tescan(tags: Tags, shape_px: tuple[int, int]) -> VendorFacts | None:
    content = tags.get(_TESCAN)
    if content is None:
        return None
    text = content.decode("latin-1") if isinstance(content, bytes) else str(content)
    entries = tescan_entries(text)
    strip_rows = whole_number(entries.get("ImageStripSize", "0"))
    film_rows = None if strip_rows is None else _film_rows(shape_px[0] - strip_rows, shape_px)
    return VendorFacts("TESCAN", tescan_size(entries, "vendor:TESCAN"), film_rows)


def tescan_entries(text: str) -> dict[str, str]:
    r"""Split TESCAN's ``Key=value`` lines; other bytes of the tag are passed over.

    Examples
    --------
    >>> tescan_entries("[MAIN]\nPixelSizeX=1.25e-08\n")
    {'PixelSizeX': '1.25e-08'}
    """
    return dict(re.findall(r"(\w+)=([^\r\n\0]*)", text))


def tescan_size(entries: Mapping[str, str], source: str) -> FoundSize | None:
    """Return the pixel size of TESCAN's entries, which are in metres.

    Examples
    --------
    >>> tescan_size({"PixelSizeX": "5e-9", "PixelSizeY": "5e-9"}, "vendor:TESCAN").width_nm
    5.0
    """
    try:
        width_nm = float(entries["PixelSizeX"]) * 1e9
        height_nm = float(entries.get("PixelSizeY", entries["PixelSizeX"])) * 1e9
    except (KeyError, ValueError):
        return None
    return FoundSize(f"{source} PixelSizeX", width_nm, height_nm)
