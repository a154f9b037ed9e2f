"""``grainscope info`` prints what a file holds and where its pixel size comes from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from grainscope.cli import run_command_line
from grainscope.files.scale_bar_label import ocr_is_installed

FILM = (np.indices((60, 80)).sum(axis=0) * 37 % 200).astype(np.uint8)


def write(path: Path, nm: float | None = None, film: np.ndarray = FILM) -> Path:
    per_cm = 1e7 / nm if nm else 1.0
    options = {"resolution": (per_cm, per_cm), "resolutionunit": "CENTIMETER" if nm else "NONE"}
    tifffile.imwrite(path, film, photometric="minisblack", **options)
    return path


def info(capsys: pytest.CaptureFixture, *words: object) -> tuple[int, list[str]]:
    code = run_command_line(["info", *map(str, words)])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    return code, [line.strip() for line in printed.out.splitlines()]


def entry(lines: list[str], name: str) -> str:
    """Text of the one line that begins with this name."""
    (line,) = [line for line in lines if line.startswith(f"{name} ")]
    return line.removeprefix(name).strip()


def test_every_fact_of_a_file_has_its_line(tmp_path, capsys):
    path = write(tmp_path / "film.tif", nm=5.0)
    code, lines = info(capsys, path)
    assert code == 0
    assert lines[0] == str(path)
    assert entry(lines, "image") == "80 × 60 px, 8-bit grey TIFF"
    assert entry(lines, "vendor") == "unknown"
    assert entry(lines, "pixel size") == "5 nm, from resolution"
    assert entry(lines, "found") == "5 nm (resolution)"
    assert entry(lines, "databar") == "none"


def test_strip_and_bar_are_printed(tmp_path, capsys):
    film = np.random.default_rng(3).integers(40, 200, (300, 400)).astype(np.uint8)
    film[260:] = 0
    film[278:282, 100:220] = 255
    code, lines = info(capsys, write(tmp_path / "a.tif", film=film))
    assert code == 0
    assert entry(lines, "databar") == "rows 260 to 299"
    assert entry(lines, "scale bar") == "120.0 px, label not read"


def test_a_file_without_pixel_size_is_a_warning_that_names_the_option(tmp_path, capsys):
    code, lines = info(capsys, write(tmp_path / "a.tif"))
    assert code == 0
    assert entry(lines, "pixel size") == "unknown"
    assert "--pixel-size-nm" in entry(lines, "warning")


def test_two_sizes_that_disagree_are_both_shown(tmp_path, capsys):
    (tmp_path / "a.toml").write_text("pixel_size_nm = 6.0\n")
    code, lines = info(capsys, write(tmp_path / "a.tif", nm=5.0))
    assert code == 0
    assert entry(lines, "pixel size") == "unknown"
    found = [line for line in lines if line.startswith("found")]
    assert len(found) == 2
    warning = entry(lines, "warning")
    assert "6 nm (sidecar:a.toml)" in warning
    assert "5 nm (resolution)" in warning


def test_the_given_size_is_compared_with_the_files_own(tmp_path, capsys):
    code, lines = info(capsys, write(tmp_path / "a.tif", nm=5.0), "--pixel-size-nm", 7)
    assert code == 0
    assert entry(lines, "pixel size") == "7 nm, from option"
    assert "overrules 5 nm (resolution)" in entry(lines, "warning")


def test_settings_declare_a_nominal_size(tmp_path, capsys):
    settings = tmp_path / "settings.toml"
    settings.write_text(
        'schema = 1\n[[files]]\nmatch = "a*"\npixel_size_nm = 10.0\npixel_size_source = "nominal"\n'
    )
    code, lines = info(capsys, write(tmp_path / "a.tif"), "--settings", settings)
    assert code == 0
    assert entry(lines, "pixel size") == "10 nm, from nominal"


def test_a_bad_file_costs_one_line_and_the_rest_is_shown(tmp_path, capsys):
    bad = tmp_path / "diary.tif"
    bad.write_text("dear diary")
    good = write(tmp_path / "good.tif", nm=5.0)
    code, lines = info(capsys, bad, tmp_path / "absent.tif", good)
    assert code == 1
    assert sum(line.startswith("failed") for line in lines) == 2
    assert lines[lines.index(str(good)) + 1].startswith("image")


def test_without_a_file_the_usage_is_wrong(capsys):
    assert run_command_line(["info"]) == 2


@pytest.mark.data
@pytest.mark.skipif(not ocr_is_installed(), reason="extra 'ocr' is not installed")
def test_a_real_file_shows_tag_and_scale_bar_beside_each_other(data_dir, capsys):
    code, lines = info(capsys, data_dir / "vendor_tiffs" / "jeol_it800_10kx.tif")
    assert code == 0
    assert entry(lines, "image") == "1280 × 1026 px, 8-bit grey TIFF"
    assert entry(lines, "vendor") == "JEOL"
    assert entry(lines, "pixel size") == "10 ± 0.03 nm, from vendor:JEOL CM_PIXEL_SIZE"
    assert [line for line in lines if line.startswith("found")][1].endswith("(scale_bar:1 µm)")
    assert entry(lines, "databar") == "rows 960 to 1025"
    assert entry(lines, "scale bar") == "99.9 px, 1 µm"


def test_a_folder_or_a_glob_shows_its_images(tmp_path, capsys):
    for name in ("b.tif", "a.tif"):
        write(tmp_path / name, nm=5)
    assert run_command_line(["info", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert told.index("a.tif") < told.index("b.tif")
    assert run_command_line(["info", str(tmp_path / "b*.tif")]) == 0
    assert "a.tif" not in capsys.readouterr().out
    assert run_command_line(["info", str(tmp_path / "*.png")]) == 1
    assert "no image matches" in capsys.readouterr().out
