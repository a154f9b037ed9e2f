"""Pixel size from what any program may write into a TIFF: OME-XML, ImageJ's text, resolution."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from grainscope.files.lengths import nm_per_unit
from grainscope.files.pixel_size import FoundSize

if TYPE_CHECKING:
    from collections.abc import Mapping

_DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION, _UNIT = 270, 282, 283, 296
#: Tags that this module looks at.
METADATA_TAGS = (_DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION, _UNIT)
#: Unit of the resolution tag: 2 = inch, 3 = centimetre; 1 = none.
_NM_PER_RESOLUTION_UNIT = {2: 2.54e7, 3: 1e7}
#: A resolution in dots per inch or cm that means a coarser pixel is one for printing
#: (1 µm is 25,400 dpi; printers end near 4,800).
_COARSEST_NM = 1000.0


def read_ome(tags: Mapping[int, Any]) -> FoundSize | None:
    """Read ``PhysicalSizeX`` and ``PhysicalSizeY`` of the first image; the default unit is µm.

    Source: OME-XML schema 2016-06, element Pixels.

    Examples
    --------
    >>> xml = '<OME><Image><Pixels PhysicalSizeX="5" PhysicalSizeXUnit="nm"/></Image></OME>'
    >>> read_ome({270: xml}).width_nm
    5.0
    """
    text = _description(tags)
    if "<OME" not in text or "<!DOCTYPE" in text:
        return None
    try:
        root = ElementTree.fromstring(text.encode("utf-8"))
    except ElementTree.ParseError:
        return None
    pixels = next((e for e in root.iter() if e.tag.rpartition("}")[2] == "Pixels"), None)
    if pixels is None:
        return None
    width = _ome_length_nm(pixels.attrib, "PhysicalSizeX")
    height = _ome_length_nm(pixels.attrib, "PhysicalSizeY") or width
    return FoundSize("ome", width, height) if width and height else None


def _ome_length_nm(attributes: Mapping[str, str], name: str) -> float | None:
    unit_nm = nm_per_unit(attributes.get(f"{name}Unit", "µm"))
    try:
        return float(attributes[name]) * unit_nm if unit_nm else None
    except (KeyError, ValueError):
        return None


def read_imagej(tags: Mapping[int, Any]) -> FoundSize | None:
    r"""Read ImageJ's unit; the resolution tags are then pixels per that unit.

    ``unit=inch`` and ``unit=cm`` are what ImageJ makes of a resolution for
    printing, so they count only below 1 µm.

    Examples
    --------
    >>> read_imagej({270: "ImageJ=1.54f\nunit=nm\n", 282: (1, 5), 283: (1, 5)}).width_nm
    5.0
    """
    text = _description(tags)
    match = re.search(r"^unit=(.+)$", text, re.MULTILINE)
    if not text.startswith("ImageJ=") or match is None:
        return None
    unit_nm = nm_per_unit(match[1])
    is_print_unit = match[1].strip().lower() in ("inch", "in", "cm")
    return _from_resolution("imagej", tags, unit_nm, _COARSEST_NM if is_print_unit else None)


def read_resolution(tags: Mapping[int, Any]) -> FoundSize | None:
    """Read the plain resolution tags; values for printing (72 dpi, 1/1, no unit) are no size.

    Examples
    --------
    >>> read_resolution({282: (2_000_000, 1), 283: (2_000_000, 1), 296: 3}).width_nm
    5.0
    >>> read_resolution({282: (300, 1), 283: (300, 1), 296: 2}) is None
    True
    >>> read_resolution({282: (2_000_000, 1), 283: (2_000_000, 1), 296: (3, 3)}) is None
    True
    """
    unit = tags.get(_UNIT)
    unit_nm = _NM_PER_RESOLUTION_UNIT.get(int(unit)) if isinstance(unit, int) else None
    return _from_resolution("resolution", tags, unit_nm, _COARSEST_NM)


def _from_resolution(
    source: str, tags: Mapping[int, Any], unit_nm: float | None, coarsest_nm: float | None
) -> FoundSize | None:
    per_unit = [_ratio(tags.get(code)) for code in (_X_RESOLUTION, _Y_RESOLUTION)]
    if unit_nm is None or not per_unit[0]:
        return None
    width_nm = unit_nm / per_unit[0]
    height_nm = unit_nm / (per_unit[1] or per_unit[0])
    if coarsest_nm is not None and width_nm > coarsest_nm:
        return None
    return FoundSize(source, width_nm, height_nm)


def _ratio(value: Any) -> float | None:
    if not isinstance(value, tuple) or len(value) != 2 or not value[0] or not value[1]:
        return None
    return float(value[0]) / float(value[1])


def _description(tags: Mapping[int, Any]) -> str:
    text = tags.get(_DESCRIPTION, "")
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
