"""One run over every real micrograph: complete folders, true figures, nothing lost."""

from __future__ import annotations

import csv
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from grainscope.batch import run_batch
from grainscope.files import read_label_image
from grainscope.settings import parse_settings

pytestmark = [pytest.mark.data, pytest.mark.slow]

SETTINGS = Path(__file__).parent.parent / "real_micrographs.toml"
#: Few draws and points, and figures for the screen: each file is still written, in less time.
SHORT = [
    *("input.sample=real", "run.uncertainty_draws=2", "run.print_figures=false"),
    *("grains.bootstrap_draws=60", "grains.goodness_draws=0"),
    *("transport.field_points=24", "transport.temperature_points=24"),
]
FILES = [
    "labels.tif",
    "grains.csv",
    "histogram.csv",
    "contacts.csv",
    "loops.csv",
    "percolation.csv",
    "components.csv",
    "bottleneck.csv",
    "commensuration.csv",
    "barriers.csv",
    "conductance.csv",
    "record.json",
    "overview.png",
]
GRAIN_COLUMNS = [
    "label",
    "y_um",
    "x_um",
    "area_px",
    "area_um2",
    "log10_area_um2",
    "equivalent_diameter_um",
    "perimeter_um",
    "major_axis_um",
    "minor_axis_um",
    "orientation_rad",
    "eccentricity",
    "solidity",
    "circularity",
    "feret_max_um",
    "feret_min_um",
    "mean_intensity",
    "touches_border",
    "edge_weight",
    "resolved",
    "degree",
    "component",
]


@pytest.fixture(scope="module")
def run(data_dir, tmp_path_factory):
    """Every sixth real micrograph, and all vendors' files, through worker processes."""
    out = tmp_path_factory.mktemp("real") / "out"
    pictures = sorted((data_dir / "images").glob("*.png"))[::6]
    vendors = sorted((data_dir / "vendor_tiffs").glob("*.tif"))
    others = sorted((data_dir / "unlabelled").iterdir())
    settings = parse_settings(SETTINGS.read_text(), SETTINGS.name, SHORT)
    return out, run_batch([*pictures, *others, *vendors], out, settings)


def test_every_micrograph_gives_a_complete_folder_or_one_clear_row(run):
    out, outcomes = run
    assert len(outcomes) >= 13
    with (out / "failures.csv").open(newline="") as file:
        failures = {Path(row["input"]).name: row for row in csv.DictReader(file)}
    for outcome in outcomes:
        if outcome.status == "failed":
            row = failures[Path(outcome.input).name]
            assert "pixel-size-nm" in row["error"], row  # nothing else may go wrong here
            continue
        folder = out / outcome.stem
        assert [name for name in FILES if not (folder / name).is_file()] == []


def test_only_a_scale_bar_that_cannot_be_read_fails(run):
    _, outcomes = run
    failed = {outcome.stem for outcome in outcomes if outcome.status == "failed"}
    unread = {"fei_sirion_25kx", "gold_on_carbon_200k", "colloidal_silver"}
    assert failed == (set() if find_spec("rapidocr_onnxruntime") else unread)
    empty = {outcome.stem for outcome in outcomes if outcome.status == "empty"}
    assert empty == {"fei_helios_8bit"}  # its image area is blank


def test_labels_tables_and_record_agree(run):
    out, outcomes = run
    for outcome in outcomes:
        if outcome.status != "ok":
            continue
        folder = out / outcome.stem
        record = json.loads((folder / "record.json").read_text())
        labels = read_label_image(folder / "labels.tif")
        with (folder / "grains.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0])[: len(GRAIN_COLUMNS)] == GRAIN_COLUMNS
        assert len(rows) == labels.max() == record["headline"]["n_grains"]["value"]
        counted = np.bincount(labels.ravel())[1:].tolist()
        assert [int(row["area_px"]) for row in rows] == counted
        if record["databar_rows"]:
            start, stop = record["databar_rows"][:2]
            assert not labels[start:stop].any()
        um = record["pixel_size_nm"]["value"] / 1000
        assert float(rows[0]["area_um2"]) == pytest.approx(counted[0] * um**2, rel=1e-6)


def test_the_report_holds_every_micrograph(run):
    out, outcomes = run
    page = (out / "report.html").read_text()
    assert all(outcome.stem in page for outcome in outcomes if outcome.stem)
