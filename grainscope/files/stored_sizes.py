"""The sizes of the grains of a result folder, without the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import ResultError
from grainscope.files.result_record import read_record
from grainscope.files.tables import read_table
from grainscope.records import LEAST_COMPLETENESS, MicrographSizes

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = ("y_um", "x_um", "area_um2", "edge_weight", "touches_border", "completeness")


def read_sizes(folder: Path) -> MicrographSizes:
    """Read what pooling needs of one micrograph.

    Parameters
    ----------
    folder : Path
        OUT/STEM.

    Returns
    -------
    MicrographSizes

    Raises
    ------
    ResultError
        Absent, damaged, or of a version that fitted no size laws.
    """
    record = read_record(folder)
    if record.size_law is None:
        raise ResultError(
            f"{folder}: written by an older version without size laws; "
            f"measure it again: grainscope predict {folder}"
        )
    columns = read_table(folder / "grains.csv", _COLUMNS)
    odd = [
        name
        for name in _COLUMNS
        if (name not in columns and name != "completeness")
        or columns.get(name, np.empty(0)).dtype.kind not in "bif"
    ]
    if odd:
        raise ResultError(f"{folder / 'grains.csv'}: damaged at {odd[0]}; run the image again")
    um = record.pixel_size_nm.value / 1000
    (top, bottom), (left, right) = record.frame.rows, record.frame.columns
    weight = columns["edge_weight"]
    if "completeness" in columns:
        weight = weight / np.maximum(columns["completeness"], LEAST_COMPLETENESS)
    return MicrographSizes(
        y_um=columns["y_um"] - top * um,
        x_um=columns["x_um"] - left * um,
        area_um2=columns["area_um2"],
        size_weight=weight,
        touches_border=columns["touches_border"],
        frame_um=((bottom - top) * um, (right - left) * um),
        cut_um2=record.size_law.cut_um2,
        pixel_um2=um**2,
    )
