"""A run folder with hand-written tables and small pictures, so that the report needs no stage."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

UNITS = {
    "n_grains": "",
    "density_per_um2": "1/µm²",
    "area_fraction": "",
    "mean_equivalent_diameter_um": "µm",
    "median_equivalent_diameter_um": "µm",
    "n_loops": "",
    "mean_loop_area_um2": "µm²",
    "median_loop_area_um2": "µm²",
    "mean_loop_field_g": "G",
    "percolation_gap_nm": "nm",
}
VALUES = dict(
    zip(UNITS, (1234, 77.25, 0.634, 0.0861, 0.0712, 567, 1.327, 0.911, 15.58, 12.5), strict=True)
)
CHARTS = [
    "histogram",
    "loops",
    "percolation",
    "commensuration",
    "barriers",
    "conductance",
    "network",
]


@dataclass
class RunFolder:
    """A run that grows by one input a call."""

    out: Path
    rows: list[dict[str, object]] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)

    def add_result(
        self, stem: str, values: dict[str, float | None] = VALUES, source: str = "option",
        warnings: tuple[str, ...] = (), status: str = "ok", sample: str = "film A",
        intervals: dict[str, tuple[float, float]] | None = None, pictures: bool = True,
    ) -> Path:  # fmt: skip
        folder = self.out / stem
        (folder / "figures").mkdir(parents=True)
        names = ["overview.png", *(f"figures/{name}.png" for name in CHARTS)]
        if pictures:
            ramp = np.linspace(0, 255, 120 * 90).astype(np.uint8).reshape(90, 120)
            for name in names:
                Image.fromarray(ramp).save(folder / name)
        (folder / "grains.csv").write_text("label\n")
        headline = {
            name: {"value": value, "unit": UNITS.get(name, "")} for name, value in values.items()
        }
        for name, (low, high) in (intervals or {}).items():
            headline[name].update(low=low, high=high)
        record = {
            "schema": 1,
            "input": {"path": f"/data/{stem}.tif", "sha256": "0" * 64},
            "program": {"name": "grainscope", "version": "0.0.9"},
            "libraries": {"numpy": "2.0"},
            "stages": {"segment": 1},
            "settings": {},
            "seed": 0,
            "sample": sample,
            "pixel_size_nm": {"value": 5.0, "uncertainty": 0.05, "source": source},
            "frame": {"rows": [0, 80], "columns": [0, 120]},
            "databar_rows": [80, 90],
            "headline": headline,
            "warnings": list(warnings),
            "seconds": {"read": 0.11, "segment": 2.5},
            "files": dict.fromkeys((*names, "grains.csv"), "0" * 64),
        }
        (folder / "record.json").write_text(json.dumps(record), encoding="utf-8")
        self.rows.append(
            {"input": f"/data/{stem}.tif", "stem": stem, "status": status, "sample": sample}
        )
        return folder

    def add_failure(self, path: str, stage: str, error: str) -> None:
        self.rows.append({"input": path, "stem": Path(path).stem, "status": "failed", "sample": ""})
        self.failures.append({"input": path, "stage": stage, "error": error})

    def finish(self) -> Path:
        write(self.out / "summary.csv", ["input", "stem", "status", "sample"], self.rows)
        write(self.out / "failures.csv", ["input", "stage", "error"], self.failures)
        return self.out

    def add_pooled(self, samples: tuple[str, ...]) -> None:
        bins = [
            {
                "log10_area_low": -3 + i / 10, "log10_area_high": -2.9 + i / 10,
                "diameter_low_um": 0.03, "diameter_high_um": 0.04, "count": 5 + i,
                "corrected_count": 6.5 + i, "corrected_low": 5.5 + i, "corrected_high": 7.5 + i,
                "completeness": "nan", "sample": sample,
            }
            for sample in samples for i in range(6)
        ]  # fmt: skip
        write(self.out / "pooled_histogram.csv", list(bins[0]), bins)
        loops = [
            {
                "loop": i + 1, "area_um2": 0.5 + i / 10, "equivalent_diameter_um": 0.8 + i / 20,
                "field_g": 40 / (1 + i / 5), "edge_weight": 1.1, "stem": "a", "sample": sample,
            }
            for sample in samples for i in range(9)
        ]  # fmt: skip
        write(self.out / "pooled_loops.csv", list(loops[0]), loops)


def write(path: Path, header: list[str], rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def run_folder(tmp_path) -> RunFolder:
    out = tmp_path / "out"
    out.mkdir()
    return RunFolder(out)


@pytest.fixture
def run_folder_at():
    """Make a run anywhere."""

    def make(out: Path) -> RunFolder:
        out.mkdir(parents=True)
        return RunFolder(out)

    return make
