"""napari's writer: grains go back to their result folder, other labels to a TIFF with its size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope import files
from grainscope.edits import compact
from grainscope.errors import OutputError
from grainscope.records import PixelSize
from grainscope.viewer.session import METADATA, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

_NM_IN = {"micrometer": 1000.0, "nanometer": 1.0, "millimeter": 1e6, "meter": 1e9}


def write_labels(path: str, data: Any, attributes: Mapping[str, Any]) -> list[str]:
    """Write a Labels layer as napari saves it.

    Parameters
    ----------
    path : str
        A TIFF file, numbered 1…n and with the physical size inside; or the result
        folder that the grains belong to, whose ``labels.tif`` is then replaced.
    data : array, shape (H, W)
        The labels.
    attributes : mapping
        Of the layer: ``scale``, ``units`` and ``metadata`` are used.

    Returns
    -------
    list of str
        Files written.

    Raises
    ------
    OutputError
        The layer has no physical size, or is not that of this folder.
    """
    where, session = Path(path), attributes.get("metadata", {}).get(METADATA)
    if where.is_dir():
        if not isinstance(session, Session) or session.folder != where:
            raise OutputError(f"{where}: these are not the grains of this result; name a .tif file")
        session.save_labels()
        return [str(where / "labels.tif")]
    labels = compact(np.asarray(data, np.int32))
    files.write_label_image(where, labels, _pixel_size(where, attributes))
    return [str(where)]


def _pixel_size(where: Path, attributes: Mapping[str, Any]) -> PixelSize:
    scale = attributes.get("scale", (1.0, 1.0))
    units = [str(unit) for unit in attributes.get("units") or ("pixel",) * 2]
    if len(set(units)) != 1 or units[0] not in _NM_IN or scale[-1] != scale[-2]:
        raise OutputError(
            f"{where}: the layer has scale {tuple(scale)} in {units}, expected square pixels in "
            "µm; set layer.scale and layer.units"
        )
    return PixelSize(float(scale[-1]) * _NM_IN[units[0]], 0.0, "option")
