"""A folder with a user's files, as the pages name them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

sys.path.insert(0, str(Path(__file__).parent))

from pages import ROOT, Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Desk:
    """Small pieces of the shipped films and data under the names that the cookbook uses."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    broad = tifffile.imread(ROOT / "images" / "broad_000.tif")
    truth = tifffile.imread(ROOT / "images" / "masks" / "broad_000.tif")
    islands = tifffile.imread(ROOT / "images" / "islands_000.tif")
    piece = np.s_[100:260, 100:300]
    for name, grey in {
        "film": broad[piece],
        "dark": 255 - broad[piece],
        "as_grown/a": broad[200:360, 300:500],
        "annealed/a": islands[100:340, 100:400],
        "films/S1_1": broad[:150, :200],
        "films/S1_2": broad[150:300, :200],
        "films/S2_1": islands[:200, :240],
        "films/S2_2": islands[200:400, :240],
        "drawn/a": broad[:150, :200],
        "drawn/b": broad[150:300, :200],
    }.items():
        _write(desk / f"{name}.tif", grey)
    for name, labels in {
        "masks/film": truth[piece],
        "drawn/masks/a": truth[:150, :200],
        "drawn/masks/b": truth[150:300, :200],
    }.items():
        _write(desk / f"{name}.tif", labels)
    (desk / "images").mkdir()
    shutil.copy(ROOT / "images" / "broad_000.tif", desk / "images")
    (desk / "broken.tif").write_bytes(b"II*\x00 this is no image")
    _write_transport(desk)
    return desk


def _write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, pixels)


def _write_transport(desk: Desk) -> None:
    """Write shipped measurements as a laboratory would have them."""
    import pandas as pd

    shipped = ROOT / "images" / "transport"
    hall = pd.read_csv(shipped / "hall.csv")
    hall = hall[["temperature_k", "field_t", "hall_resistance_ohm"]]
    hall.columns = ["T (K)", "B (T)", "Rxy (Ohm)"]
    hall.to_csv(desk / "hall.txt", sep="\t", index=False)
    low = pd.read_csv(shipped / "low_field_mr.csv")
    low.to_csv(desk / "low_field.csv", index=False)
    isotherms = pd.read_csv(shipped / "isotherms.csv")
    cold = isotherms[isotherms["stage"].eq("S2") & isotherms["temperature_k"].lt(0.5)]
    odd = pd.DataFrame(
        {
            "Tsample": cold["temperature_k"],
            "H": 1e4 * cold["field_t"],
            "ch1": 2 * cold["resistivity_ohm_sq"],
        }
    )
    odd[odd["Tsample"].between(0.09, 0.11)].to_csv(desk / "odd.txt", sep="\t", index=False)
    ramp = cold[["temperature_k", "field_t", "resistivity_ohm_sq"]].sample(frac=1, random_state=1)
    ramp.to_csv(desk / "ramp.txt", sep="\t", index=False)
