"""``grainscope info`` prints what a file holds, and goes on after one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from grainscope.cli import run_command_line


@pytest.fixture
def film(tmp_path: Path, rng: np.random.Generator) -> Path:
    pixels = rng.integers(30, 220, (60, 80)).astype(np.uint8)
    path = tmp_path / "film.tif"
    tifffile.imwrite(path, pixels, resolution=(2e6, 2e6), resolutionunit=3)
    return path


def test_it_shows_size_and_source(film: Path, capsys):
    assert run_command_line(["info", str(film)]) == 0
    shown = capsys.readouterr().out
    assert "80 × 60 px, 8-bit grey TIFF" in shown
    assert "5 nm, from resolution" in shown


def test_one_bad_file_costs_one_line_and_exit_code_1(film: Path, tmp_path: Path, capsys):
    bad = tmp_path / "bad.tif"
    bad.write_text("no image")
    assert run_command_line(["info", str(bad), str(film)]) == 1
    shown = capsys.readouterr().out
    assert "bad.tif: is no TIFF" in shown
    assert "5 nm, from resolution" in shown


def test_no_pixel_size_is_a_warning_not_a_failure(tmp_path: Path, capsys):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((40, 50), np.uint16))
    assert run_command_line(["info", str(tmp_path / "a.tif")]) == 0
    shown = capsys.readouterr().out
    assert "pixel size   unknown" in shown
    assert "--pixel-size-nm" in shown


def test_an_option_is_compared_with_the_file(film: Path, capsys):
    assert run_command_line(["info", str(film), "--pixel-size-nm", "7"]) == 0
    shown = capsys.readouterr().out
    assert "7 nm, from option" in shown
    assert "overrules 5 nm (resolution)" in shown
