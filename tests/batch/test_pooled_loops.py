"""Loops of a sample: areas, film and tiles of all its micrographs."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.batch import pooled_loops
from grainscope.batch.pooled_loops import pool_loops
from grainscope.files import write_table
from grainscope.files.result_record import FrameRecord, PixelSizeRecord
from grainscope.settings import Settings


class Record:
    """What pooling reads of a record."""

    seed = 0
    pixel_size_nm = PixelSizeRecord(value=10.0, uncertainty=0.0, source="option")

    def __init__(self, height_px: int) -> None:
        self.frame = FrameRecord(rows=(0, height_px), columns=(0, 500))

    def read_settings(self) -> Settings:
        """Return the default settings."""
        return Settings()


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two results: 60 loops of 1 µm² on 25 µm², 30 of 2 µm² on 50 µm²."""
    heights = {"a": 500, "b": 1000}
    monkeypatch.setattr(
        pooled_loops.files, "read_record", lambda folder: Record(heights[folder.name])
    )
    rng = np.random.default_rng(0)
    for stem, area, n in (("a", 1.0, 60), ("b", 2.0, 30)):
        (tmp_path / stem).mkdir()
        table = {
            "area_um2": np.full(n, area),
            "edge_weight": np.ones(n),
            "y_um": rng.uniform(0, heights[stem] * 0.01, n),
            "x_um": rng.uniform(0, 5, n),
        }
        write_table(tmp_path / stem / "loops.csv", table)
    return [tmp_path / "a", tmp_path / "b"]


def test_areas_and_film_of_all_micrographs_are_taken_together(folders):
    found = pool_loops("film", folders)
    assert found.n_micrographs == found.statistics.n_pieces == 2
    assert found.statistics.of("mean_loop_area_um2").value == pytest.approx(120 / 90)
    assert found.statistics.of("density_per_um2").value == pytest.approx(90 / 75)
    assert found.features.loops_in_bar == pytest.approx(20_000 * 90 / 75)


def test_a_single_micrograph_keeps_its_tiles(folders):
    found = pool_loops("film", folders[:1])
    assert found.statistics.n_pieces >= 4
    assert found.statistics.of("density_per_um2").value == pytest.approx(60 / 25)


def test_features_are_judged_by_the_tiles_of_all(folders):
    rng = np.random.default_rng(1)
    for folder in folders:
        table = {
            "area_um2": 1 + 0.1 * rng.standard_normal(200),
            "edge_weight": np.ones(200),
            "y_um": rng.uniform(0, 5, 200),
            "x_um": rng.uniform(0, 5, 200),
        }
        write_table(folder / "loops.csv", table)
    found = pool_loops("film", folders)
    assert found.features.statement.startswith("A feature is predicted at 20.")
