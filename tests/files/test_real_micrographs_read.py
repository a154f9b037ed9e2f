"""Every real micrograph is read; what ``info`` finds on them does not contradict itself."""

from __future__ import annotations

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


@pytest.mark.data
def test_a_burnt_in_bar_is_told_since_it_is_measured_as_film(data_dir: Path):
    found = read_micrograph(data_dir / "unlabelled" / "aunp_striations.tif", InputSettings())
    assert found.pixel_size.value_nm == 2.93  # Zeiss; the bar of 1 µm is 341 px long
    assert found.databar is None
    assert found.frame.shape_px == (768, 1024)
    assert "burnt into the film" in found.warnings[0]


@pytest.mark.data
def test_databar_none_keeps_all_rows(data_dir: Path):
    path = data_dir / "vendor_tiffs" / "zeiss_512pix.tif"
    found = read_micrograph(path, InputSettings(databar="none"))
    assert found.databar is None
    assert found.frame.shape_px == (384, 512)


@needs_ocr
@pytest.mark.parametrize("vendor", ["zeiss", "fei_helios", "jeol", "hitachi"])
def test_info_reads_the_label_too_and_finds_no_conflict(vendor: str, data_dir: Path):
    (path,) = (data_dir / "vendor_tiffs").glob(f"{vendor}*.tif")
    info = inspect_image(path, InputSettings())
    assert info.warnings == ()
    assert len(info.sources) >= 2
    assert info.sources[-1].endswith(f"(scale_bar:{info.scale_bar_label})")


@needs_ocr
def test_a_label_that_cannot_be_trusted_is_left_to_the_user(data_dir: Path):
    """An italic µ is read as 'pa': no size rather than a guess."""
    with pytest.raises(PixelSizeMissingError, match=r"scale bar is 32\.\d px long"):
        read_micrograph(data_dir / "images" / "emps_fd1f58d925.png", InputSettings())
