"""The real files: true pixel sizes of the index, checked against their scale bars.

The bars were looked at in the pictures: Zeiss 200 nm = 17 px, FEI 500 µm =
148 px, Sirion 2 µm = 114 px (its tags give 313.3 mm / 25000 / 712 = 17.60 nm,
so the distance between the ticks counts, not that over them), JEOL 1 µm =
100 px, Hitachi 50 µm = 302 px.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grainscope.errors import PixelSizeMissingError
from grainscope.files import inspect_image, read_micrograph
from grainscope.files.scale_bar_label import ocr_is_installed
from grainscope.settings import InputSettings

#: Not marked as data tests: where the data is there, the extra may still be absent.
needs_ocr = pytest.mark.skipif(
    not ocr_is_installed(), reason="the extra 'ocr' is not installed: labels cannot be read"
)

#: File → source, first row of the strip, scale bar in px and the length it stands for in nm.
VENDORS = {
    "zeiss_512pix.tif": ("vendor:Zeiss AP_WIDTH", 350, 17, 200),
    "fei_helios_8bit.tif": ("vendor:FEI Scan.PixelWidth", 442, 148, 500e3),
    "jeol_it800_10kx.tif": ("vendor:JEOL CM_PIXEL_SIZE", 960, 100, 1000),
    "hitachi_tm4000_x600.tif": ("sidecar:hitachi_tm4000_x600.txt PixelSize", 901, 302, 50e3),
}
#: File → pixel size in nm, as the bar's label and its length measured by eye give it.
BY_SCALE_BAR = {
    "vendor_tiffs/fei_sirion_25kx.tif": (17.54, "2 µm", 423),
    "unlabelled/gold_on_carbon_200k.jpg": (100 / 82.8, "100 nm", 370),
    "unlabelled/colloidal_silver.png": (100 / 138.9, "100 nm", 964),
    "images/emps_31f17306c8.png": (592 / 727, "200 nm", 480),  # its strip says HFW 592 nm
    "images/emps_60feb7de8f.png": (1000 / 140.7, "1 µm", 453),
    "images/emps_a4027c076c.png": (1000 / 60.2, "1 µm", 463),
}


@pytest.mark.data
def test_every_true_value_of_the_index_is_met(data_dir: Path):
    with (data_dir / "vendor_tiffs" / "index.csv").open(encoding="utf-8") as file:
        true_nm = {
            row["file"]: float(row["nm_per_px"]) for row in csv.DictReader(file) if row["nm_per_px"]
        }
    assert set(true_nm) == set(VENDORS)
    for name, expected in true_nm.items():
        found = read_micrograph(data_dir / "vendor_tiffs" / name, InputSettings())
        assert found.pixel_size.value_nm == pytest.approx(expected, rel=1e-4), name
        assert found.pixel_size.source == VENDORS[name][0]


@pytest.mark.data
@pytest.mark.parametrize("name", VENDORS)
def test_vendor_size_agrees_with_the_scale_bar_in_the_picture(name: str, data_dir: Path):
    _, first_row, bar_px, bar_nm = VENDORS[name]
    found = read_micrograph(data_dir / "vendor_tiffs" / name, InputSettings())
    assert found.databar.row_start == first_row == found.frame.row_stop
    assert found.databar.row_stop == found.intensity.shape[0]
    assert found.databar.scale_bar_px == pytest.approx(bar_px, abs=1)
    assert found.databar.scale_bar_px == pytest.approx(bar_nm / found.pixel_size.value_nm, abs=1)


@pytest.mark.data
def test_zeiss_with_a_burnt_in_bar(data_dir: Path):
    found = read_micrograph(data_dir / "unlabelled" / "aunp_striations.tif", InputSettings())
    assert found.pixel_size.value_nm == 2.93
    assert found.databar is None
    assert found.frame.shape_px == (768, 1024)
    assert "burnt into the film" in found.warnings[0]


@pytest.mark.data
def test_imagej_file_without_a_unit_has_no_size(data_dir: Path):
    with pytest.raises(PixelSizeMissingError, match="--pixel-size-nm"):
        read_micrograph(data_dir / "unlabelled" / "aunp_contrast_gradient.tif", InputSettings())


@needs_ocr
@pytest.mark.parametrize("name", BY_SCALE_BAR)
def test_the_scale_bar_gives_the_size_where_nothing_else_does(name: str, data_dir: Path):
    value_nm, label, first_row = BY_SCALE_BAR[name]
    found = read_micrograph(data_dir / name, InputSettings())
    bar_px = found.databar.scale_bar_px
    assert found.pixel_size.value_nm == pytest.approx(value_nm, rel=1 / bar_px)
    assert found.pixel_size.source == f"scale_bar:{label}"
    assert found.pixel_size.uncertainty_nm == pytest.approx(0.5 / bar_px * value_nm, rel=0.05)
    assert found.frame.row_stop == first_row


@needs_ocr
def test_a_label_that_cannot_be_trusted_is_left_to_the_user(data_dir: Path):
    """An italic µ is read as 'pa': no size rather than a guess."""
    with pytest.raises(PixelSizeMissingError, match=r"scale bar is 32\.\d px long"):
        read_micrograph(data_dir / "images" / "emps_fd1f58d925.png", InputSettings())


@pytest.mark.data
def test_without_ocr_the_message_says_how_to_go_on(data_dir: Path, monkeypatch):
    monkeypatch.setattr("grainscope.files.micrographs.ocr_is_installed", lambda: False)
    with pytest.raises(PixelSizeMissingError) as caught:
        read_micrograph(data_dir / "vendor_tiffs" / "fei_sirion_25kx.tif", InputSettings())
    assert str(caught.value) == (
        "fei_sirion_25kx.tif: no pixel size in sidecar or tags; the scale bar is 114.0 px long: "
        "give --pixel-size-nm = its label in nm / 114.0, or have its label read: "
        "pip install 'grainscope[ocr]'"
    )


@needs_ocr
@pytest.mark.parametrize("name", VENDORS)
def test_info_reads_the_label_too_and_finds_no_conflict(name: str, data_dir: Path):
    info = inspect_image(data_dir / "vendor_tiffs" / name, InputSettings())
    assert info.warnings == ()
    assert len(info.sources) >= 2
    assert info.sources[-1].endswith(f"(scale_bar:{info.scale_bar_label})")


@pytest.mark.data
def test_databar_none_keeps_all_rows(data_dir: Path):
    path = data_dir / "vendor_tiffs" / "zeiss_512pix.tif"
    found = read_micrograph(path, InputSettings(databar="none"))
    assert found.databar is None
    assert found.frame.shape_px == (384, 512)


@pytest.mark.data
def test_every_real_micrograph_can_be_read_with_a_declared_size(data_dir: Path):
    nominal = InputSettings(pixel_size_nm=10.0, pixel_size_source="nominal")
    paths = [
        path
        for folder in ("images", "unlabelled", "vendor_tiffs")
        for path in sorted((data_dir / folder).iterdir())
        if path.suffix in (".png", ".tif", ".jpg")
    ]
    assert len(paths) == 37
    for path in paths:
        assert read_micrograph(path, nominal).film_intensity.size > 100_000
