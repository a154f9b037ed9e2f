"""Pixel size from the file beside an image: STEM.toml, Hitachi's or JEOL's .txt, TESCAN's .hdr."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from grainscope.errors import SettingsError
from grainscope.files.inputs import sidecar_paths
from grainscope.files.lengths import rounding_uncertainty, whole_number
from grainscope.files.pixel_size import FoundSize, square
from grainscope.files.vendors import jeol_entries, jeol_size, tescan_entries, tescan_size

if TYPE_CHECKING:
    from pathlib import Path

_KEYS = ("pixel_size_nm", "pixel_size_source", "pixel_size_uncertainty_nm")
#: Sidecars are a few kB; a larger file of that name is something else.
_MAX_BYTES = 1_000_000


def read_sidecars(path: Path, width_px: int) -> tuple[tuple[FoundSize, ...], tuple[str, ...]]:
    """Read every sidecar of an image that tells a pixel size.

    Parameters
    ----------
    path : Path
        The image; its sidecars have the same stem.
    width_px : int
        Its columns: a sidecar that describes an image of another width is not used.

    Returns
    -------
    tuple of FoundSize
        ``STEM.toml`` first.
    tuple of str
        Warnings about sidecars that were not used.

    Raises
    ------
    SettingsError
        ``STEM.toml`` is no TOML or has unknown or wrong entries.
    """
    found: list[FoundSize] = []
    warnings: list[str] = []
    for sidecar in sidecar_paths(path):
        try:
            if sidecar.stat().st_size > _MAX_BYTES:
                continue
            text = _decode(sidecar.read_bytes())
        except OSError as error:
            warnings.append(f"{sidecar.name} cannot be read: {error.strerror}")
            continue
        if sidecar.suffix == ".toml":
            found.append(_read_toml(text, sidecar.name))
            continue
        entries = {**tescan_entries(text), **jeol_entries(text)}
        declared_width = _declared_width_px(entries)
        if declared_width not in (None, width_px):
            warnings.append(
                f"{sidecar.name} describes an image {declared_width} px wide, "
                f"this one has {width_px}: not used"
            )
            continue
        size = _size(entries, f"sidecar:{sidecar.name}")
        if size is not None and size.is_usable:
            found.append(size)
    return tuple(found), tuple(warnings)


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _read_toml(text: str, name: str) -> FoundSize:
    try:
        entries = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, deep nesting
        raise SettingsError(f"{name}: not valid TOML: {error}") from error
    unknown = [key for key in entries if key not in _KEYS]
    if unknown:
        raise SettingsError(
            f"{name}: unknown entry {unknown[0]!r}; a sidecar knows {', '.join(_KEYS)}; "
            "other values belong in a [[files]] table of the settings"
        )
    source = entries.get("pixel_size_source", "sidecar")
    if source not in ("sidecar", "nominal"):
        raise SettingsError(
            f"{name}: pixel_size_source: got {source!r}, expected 'nominal' or no entry"
        )
    value_nm = _number(entries, "pixel_size_nm", name)
    uncertainty_nm = 0.0
    if "pixel_size_uncertainty_nm" in entries:
        uncertainty_nm = _number(entries, "pixel_size_uncertainty_nm", name)
    return square(f"{source}:{name}", value_nm, uncertainty_nm)


def _number(entries: dict[str, Any], key: str, name: str) -> float:
    value = entries.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise SettingsError(f"{name}: {key}: got {value!r}, expected a positive number of nm")
    return float(value)


def _declared_width_px(entries: dict[str, str]) -> int | None:
    for key, separator in (("DataSize", "x"), ("CM_IMAGE_SIZE", " "), ("CM_FULL_SIZE", " ")):
        width_px = whole_number(entries.get(key, "").partition(separator)[0])
        if width_px is not None:
            return width_px
    return None


def _size(entries: dict[str, str], source: str) -> FoundSize | None:
    """Read Hitachi's PixelSize (nm), JEOL's or TESCAN's entries."""
    if "PixelSize" in entries:
        text = entries["PixelSize"].strip()
        try:
            return square(f"{source} PixelSize", float(text), rounding_uncertainty(text))
        except ValueError:
            return None
    return jeol_size(entries, source) or tescan_size(entries, source)
