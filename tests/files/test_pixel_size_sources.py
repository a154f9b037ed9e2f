"""Where the pixel size comes from, in which order, and what happens where sources disagree.

Real files (Zeiss, FEI, JEOL, Hitachi) are checked against ``vendor_tiffs/index.csv``.
No sample of TESCAN, OME, ImageJ or plain resolution tags is at hand: those fixtures
are written here from the documented tags (TESCAN's header entries in tag 50431 and
.hdr; OME-XML schema 2016-06; ImageJ's ``unit=`` line with tags 282 and 283; TIFF 6.0
resolution with unit; PNG's pHYs), so they test the reading of the documents only.
"""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from grainscope.errors import PixelSizeConflictError, PixelSizeMissingError, SettingsError
from grainscope.files import inspect_image, read_micrograph
from grainscope.files.scale_bar_label import ocr_is_installed
from grainscope.files.vendors import read_vendor
from grainscope.records import Micrograph, PixelSize
from grainscope.settings import InputSettings

FILM = (np.indices((60, 80)).sum(axis=0) * 37 % 200).astype(np.uint8)
needs_ocr = pytest.mark.skipif(not ocr_is_installed(), reason="extra 'ocr' is not installed")


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path


def write(path: Path, *tags: tuple[int, str], film: np.ndarray = FILM, **options) -> Path:
    """Write a TIFF with ASCII tags; text outside ASCII goes in as cp1252, as makers do."""
    extra = []
    for code, text in tags:
        content = text.encode("cp1252")
        extra.append((code, 1, len(content), content, True))
    tifffile.imwrite(path, film, photometric="minisblack", extratags=extra, **options)
    return path


def zeiss(**lengths: str) -> tuple[int, str]:
    lines = ["0"]
    for key, text in lengths.items():
        lines += [key.upper(), f"{key} = {text}"]
    return 34118, "\r\n".join(lines)


def fei(width_m: str = "5e-009", height_m: str = "5e-009", image_rows: str = "") -> tuple[int, str]:
    scan = f"[Scan]\r\nPixelWidth={width_m}\r\nPixelHeight={height_m}\r\n"
    return 34682, f"[User]\r\nUser=x\r\n{scan}[Image]\r\nResolutionY={image_rows}\r\n"


def tescan(x_m: str = "5e-09", y_m: str = "5e-09", strip_rows: int = 0) -> tuple[int, str]:
    main = f"[MAIN]\r\nDevice=µ MIRA\r\nPixelSizeX={x_m}\r\nPixelSizeY={y_m}\r\n"
    return 50431, f"\x01\x02{main}[SEM]\r\nImageStripSize={strip_rows}\r\n"


def size_of(path: Path, **settings) -> PixelSize:
    return read_micrograph(path, InputSettings(**settings)).pixel_size


def assert_missing(path: Path) -> str:
    with pytest.raises(PixelSizeMissingError) as caught:
        read_micrograph(path, InputSettings())
    message = str(caught.value)
    assert message.startswith(path.name)
    assert "--pixel-size-nm" in message
    assert "\n" not in message
    return message


def conflict(path: Path) -> str:
    with pytest.raises(PixelSizeConflictError) as caught:
        read_micrograph(path, InputSettings())
    assert "--pixel-size-nm" in str(caught.value)
    return str(caught.value)


# Real files

REAL = {
    "zeiss_512pix.tif": "vendor:Zeiss AP_WIDTH",
    "fei_helios_8bit.tif": "vendor:FEI Scan.PixelWidth",
    "jeol_it800_10kx.tif": "vendor:JEOL CM_PIXEL_SIZE",
    "hitachi_tm4000_x600.tif": "sidecar:hitachi_tm4000_x600.txt PixelSize",
    "fei_sirion_25kx.tif": "scale_bar:2 µm",
}


def true_sizes(data_dir: Path) -> dict[str, str]:
    with (data_dir / "vendor_tiffs" / "index.csv").open(newline="") as stream:
        return {row["file"]: row["nm_per_px"] for row in csv.DictReader(stream)}


@pytest.mark.data
def test_every_real_file_with_a_true_size_is_tested(data_dir):
    assert set(true_sizes(data_dir)) == set(REAL)


@pytest.mark.data
@pytest.mark.parametrize("name", [name for name in REAL if "sirion" not in name])
def test_true_size_of_a_real_file_is_met(name, data_dir):
    film = read_micrograph(data_dir / "vendor_tiffs" / name, InputSettings())
    assert film.pixel_size.value_nm == pytest.approx(float(true_sizes(data_dir)[name]), rel=1e-4)
    assert film.pixel_size.source == REAL[name]
    assert film.databar is not None


@pytest.mark.data
@needs_ocr
@pytest.mark.parametrize(
    ("name", "label", "length_px"),
    [
        ("vendor_tiffs/fei_sirion_25kx.tif", "2 µm", 114.0),
        ("unlabelled/gold_on_carbon_200k.jpg", "100 nm", 82.8),
        ("unlabelled/colloidal_silver.png", "100 nm", 138.9),
    ],
)
def test_without_tags_the_scale_bar_gives_the_size(name, label, length_px, data_dir):
    """Labels and lengths were read off the enlarged pictures."""
    number, unit = label.split()
    true_nm = float(number) * {"nm": 1.0, "µm": 1000.0}[unit] / length_px
    size = size_of(data_dir / name)
    assert size.source == f"scale_bar:{label}"
    assert size.value_nm == pytest.approx(true_nm, rel=1 / length_px)
    assert size.uncertainty_nm == pytest.approx(0.5 * size.value_nm / length_px, rel=0.02)


@pytest.mark.data
@needs_ocr
@pytest.mark.parametrize("name", REAL)
def test_tags_of_real_files_agree_with_their_scale_bars(name, data_dir):
    """The outside check on index.csv: what the maker drew against what the maker wrote."""
    found = inspect_image(data_dir / "vendor_tiffs" / name, InputSettings())
    assert found.pixel_size is not None
    assert any("scale_bar" in source for source in found.sources)
    bar_nm = float(next(s for s in found.sources if "scale_bar" in s).split()[0])
    assert bar_nm == pytest.approx(found.pixel_size.value_nm, rel=1.0 / found.scale_bar_px)


@pytest.mark.data
def test_hitachis_own_tag_is_read_where_the_sidecar_was_lost(data_dir, folder):
    alone = shutil.copy(data_dir / "vendor_tiffs" / "hitachi_tm4000_x600.tif", folder)
    size = size_of(Path(alone))
    assert size.source == "vendor:Hitachi PixelSize"
    assert size.value_nm == pytest.approx(165.3646)


@pytest.mark.data
@pytest.mark.parametrize("name", ["fei_helios_8bit.tif", "jeol_it800_10kx.tif"])
def test_rows_that_the_tags_give_to_the_film_are_the_frame(name, data_dir):
    film = read_micrograph(data_dir / "vendor_tiffs" / name, InputSettings())
    assert film.frame.row_stop == film.databar.row_start < film.databar.row_stop
    assert film.frame.row_stop == {"fei_helios_8bit.tif": 442, "jeol_it800_10kx.tif": 960}[name]


# Makers' tags


@pytest.mark.parametrize(
    ("text", "true_nm"),
    [("5.825 nm", 5.825), ("11.65 nm", 11.65), ("873.2 pm", 0.8732), ("1.117 µm", 1117.0)],
)
def test_zeiss_image_pixel_size_in_any_unit(text, true_nm, folder):
    size = size_of(write(folder / "a.tif", zeiss(AP_IMAGE_PIXEL_SIZE=text)))
    assert size.value_nm == pytest.approx(true_nm)
    assert size.source == "vendor:Zeiss AP_IMAGE_PIXEL_SIZE"


def test_zeiss_width_over_columns_and_never_ap_pixel_size(folder):
    wrong = {"AP_PIXEL_SIZE": "2.5 nm"}
    path = write(folder / "a.tif", zeiss(**wrong, AP_WIDTH="400.0 nm", AP_HEIGHT="300.0 nm"))
    size = size_of(path)
    assert size.value_nm == pytest.approx(400 / FILM.shape[1])
    assert size.source == "vendor:Zeiss AP_WIDTH"
    assert_missing(write(folder / "b.tif", zeiss(**wrong)))


def test_fei_metres_become_nm(folder):
    size = size_of(write(folder / "a.tif", fei("4.8828e-009", "4.8828e-009")))
    assert size.value_nm == pytest.approx(4.8828)
    assert size.source == "vendor:FEI Scan.PixelWidth"


def test_fei_rows_below_the_image_are_the_strip(folder):
    film = read_micrograph(write(folder / "a.tif", fei(image_rows="50")), InputSettings())
    assert film.frame.row_stop == 50
    assert (film.databar.row_start, film.databar.row_stop) == (50, 60)
    whole = read_micrograph(folder / "a.tif", InputSettings(databar="none"))
    assert whole.frame.row_stop == 60


def test_tescan_tag_by_its_documents(folder):
    film = read_micrograph(write(folder / "a.tif", tescan(strip_rows=12)), InputSettings())
    assert film.pixel_size.value_nm == pytest.approx(5.0)
    assert film.pixel_size.source == "vendor:TESCAN PixelSizeX"
    assert film.frame.row_stop == 48


@pytest.mark.parametrize("beside", ["a.hdr", "a-tif.hdr"])
def test_tescan_header_beside_the_image(beside, folder):
    (folder / beside).write_text(tescan("2.5e-09", "2.5e-09")[1], encoding="latin-1")
    size = size_of(write(folder / "a.tif"))
    assert size.value_nm == pytest.approx(2.5)
    assert size.kind == "sidecar"
    assert beside in size.source


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_hitachi_text_beside_the_image(encoding, folder):
    text = "[SemImageFile]\r\nSampleName=タンポポ\r\nDataSize=80x60\r\nPixelSize=12.50\r\n"
    (folder / "a.txt").write_text(text, encoding=encoding)
    size = size_of(write(folder / "a.tif"))
    assert size.value_nm == 12.5
    assert size.uncertainty_nm == pytest.approx(0.01 / 12**0.5)


def test_jeol_text_beside_the_image(folder):
    (folder / "a.txt").write_text(
        "$CM_FORMAT\r\n$$SM_MICRON_BAR 50\r\n$$SM_MICRON_MARKER 200nm\r\n"
    )
    assert size_of(write(folder / "a.tif")).value_nm == pytest.approx(4.0)


def test_a_sidecar_of_another_image_is_not_used(folder):
    (folder / "a.txt").write_text("DataSize=1280x960\nPixelSize=12.5\n")
    assert "1280 px wide" in assert_missing(write(folder / "a.tif"))


def test_other_text_beside_the_image_does_no_harm(folder):
    (folder / "a.txt").write_text("annealed 2 h\nPixelSize=unknown\n")
    (folder / "a.hdr").write_bytes(bytes(range(256)))
    assert_missing(write(folder / "a.tif"))


def test_a_decimal_comma_beside_the_image(folder):
    (folder / "a.txt").write_text("$CM_PIXEL_SIZE 0,5nm/pixel\r\n")
    size = size_of(write(folder / "a.tif"))
    assert size.value_nm == 0.5
    assert size.uncertainty_nm == pytest.approx(0.1 / 12**0.5)


@pytest.mark.parametrize(
    "text",
    [
        "PixelSize=1e400",
        "PixelSize=1e-400",
        "$CM_PIXEL_SIZE 1e400nm",
        "$CM_PIXEL_SIZE 1e-400nm",
        "DataSize=²x60",
        "DataSize=" + "9" * 5000 + "x60",
        "$$SM_MICRON_BAR ²\n$$SM_MICRON_MARKER 200nm",
    ],
)
def test_a_number_that_is_none_is_as_good_as_absent(text, folder):
    (folder / "a.txt").write_text(f"{text}\n", encoding="utf-8")
    assert_missing(write(folder / "a.tif"))


def test_numbers_in_tags_that_are_none_are_as_good_as_absent(folder):
    strip = (50431, "[MAIN]\r\nImageStripSize=²\r\nPixelSizeX=5e-09\r\n")
    assert size_of(write(folder / "a.tif", strip)).value_nm == pytest.approx(5.0)
    comment = "Condition=Vacc=15kV\r\nPixelSize=1.2.3\r\n".encode("utf-16-le")
    tag = (40092, 1, len(comment), comment, True)
    tifffile.imwrite(folder / "b.tif", FILM, photometric="minisblack", extratags=[tag])
    assert_missing(folder / "b.tif")
    assert read_vendor({34682: {"Image": {"ResolutionY": float("inf")}}}, (60, 80)).size is None


def test_makers_tags_of_garbage_are_as_good_as_absent(folder):
    codes = (34118, 34680, 34682, 50431, 40092, 700)
    garbage = "".join(chr(code) for code in range(32, 127)) * 3
    assert_missing(write(folder / "a.tif", *((code, garbage) for code in codes)))


@pytest.mark.parametrize("zero", [tescan("0", "0"), fei("0", "0"), zeiss(AP_WIDTH="0 nm")])
def test_a_size_of_zero_is_no_size(zero, folder):
    assert_missing(write(folder / "a.tif", zero))


# OME, ImageJ, resolution


def ome(folder: Path, **sizes) -> Path:
    path = folder / "a.ome.tif"
    tifffile.imwrite(path, FILM, ome=True, metadata={"axes": "YX", **sizes})
    return path


@pytest.mark.parametrize(
    ("stated", "unit", "true_nm"),
    [(0.005, None, 5.0), (0.005, "µm", 5.0), (5.0, "nm", 5.0), (50.0, "Å", 5.0), (5e-6, "mm", 5.0)],
)
def test_ome_physical_size_is_in_um_unless_it_says_otherwise(stated, unit, true_nm, folder):
    sizes = {"PhysicalSizeX": stated, "PhysicalSizeY": stated}
    if unit:
        sizes |= {"PhysicalSizeXUnit": unit, "PhysicalSizeYUnit": unit}
    size = size_of(ome(folder, **sizes))
    assert size.value_nm == pytest.approx(true_nm)
    assert size.source == "ome"


def test_ome_without_size_or_with_an_entity_bomb_is_no_size(folder):
    assert_missing(ome(folder))
    bomb = '<!DOCTYPE x [<!ENTITY a "5">]><OME><Image><Pixels PhysicalSizeX="&a;"/></Image></OME>'
    assert_missing(write(folder / "b.tif", description=bomb, metadata=None))


@pytest.mark.parametrize(
    ("unit", "per_unit"),
    [("nm", 0.2), ("um", 200.0), ("µm", 200.0), ("micron", 200.0), ("\\u00B5m", 200.0)],
)
def test_imagej_unit_belongs_to_the_resolution(unit, per_unit, folder):
    path = folder / "a.tif"
    description = f"ImageJ=1.54f\nunit={unit}\n".encode()
    extra = [(270, 2, len(description) + 1, description + b"\0", True)]
    tifffile.imwrite(
        path,
        FILM,
        extratags=extra,
        metadata=None,
        resolution=(per_unit, per_unit),
        resolutionunit="NONE",
    )
    size = size_of(path)
    assert size.value_nm == pytest.approx(5.0)
    assert size.source == "imagej"


@pytest.mark.parametrize("unit", ["pixel", "inch", "cm", ""])
def test_imagej_without_a_length_is_no_size(unit, folder):
    path = folder / "a.tif"
    tifffile.imwrite(path, FILM, imagej=True, resolution=(72, 72), metadata={"unit": unit})
    assert_missing(path)


@pytest.mark.parametrize(("unit", "per_unit"), [("CENTIMETER", 2e6), ("INCH", 5.08e6)])
def test_plain_resolution_with_a_unit(unit, per_unit, folder):
    size = size_of(write(folder / "a.tif", resolution=(per_unit, per_unit), resolutionunit=unit))
    assert size.value_nm == pytest.approx(5.0)
    assert size.source == "resolution"


@pytest.mark.parametrize("per_unit", [1, 72, 96, 300, 1200, 4800])
@pytest.mark.parametrize("unit", ["NONE", "INCH", "CENTIMETER"])
def test_a_resolution_for_printing_is_no_size(unit, per_unit, folder):
    assert_missing(write(folder / "a.tif", resolution=(per_unit, per_unit), resolutionunit=unit))


def test_a_fine_resolution_without_unit_is_no_size(folder):
    assert_missing(write(folder / "a.tif", resolution=(2e6, 2e6), resolutionunit="NONE"))


def write_png(path: Path, *nm: float) -> Path:
    """Pillow turns dots per inch into the pixels per metre of chunk pHYs."""
    Image.fromarray(FILM).save(path, dpi=tuple(2.54e7 / size_nm for size_nm in nm))
    return path


def test_png_resolution_counts_unless_it_is_for_printing(folder):
    size = size_of(write_png(folder / "a.png", 5.0, 5.0))
    assert size.value_nm == pytest.approx(5.0)
    assert size.source == "resolution:pHYs"
    assert "not square" in conflict(write_png(folder / "b.png", 5.0, 6.0))
    assert_missing(write_png(folder / "c.png", 2.54e7 / 72, 2.54e7 / 72))


@pytest.mark.parametrize("dpi", [72, 300, 1200])
def test_jpeg_for_printing_has_no_size(dpi, folder):
    Image.fromarray(FILM).save(folder / "a.jpg", dpi=(dpi, dpi))
    assert_missing(folder / "a.jpg")


# Order and disagreement


def test_the_first_source_that_exists_wins(folder):
    """All agree within 1 %; each is taken away in turn."""
    path = folder / "a.tif"
    imagej = {"description": "ImageJ=1.54f\nunit=um\n", "metadata": None}
    fine = {"resolution": (2.008e6, 2.008e6), "resolutionunit": "CENTIMETER"}
    (folder / "a.toml").write_text("pixel_size_nm = 5.02\n")

    def kind(*tags, **options) -> str:
        return size_of(write(path, *tags, **options)).kind

    assert size_of(write(path, tescan(), **fine), pixel_size_nm=5.01).kind == "option"
    assert kind(tescan(), **fine) == "sidecar"
    (folder / "a.toml").unlink()
    assert kind(tescan(), **fine) == "vendor"
    assert kind(tescan(), **imagej, resolution=(200.5, 200.5)) == "vendor"
    assert kind(**fine) == "resolution"
    xml = '<OME><Image><Pixels PhysicalSizeX="5.01" PhysicalSizeXUnit="nm"/></Image></OME>'
    assert kind(**fine, description=xml, metadata=None) == "ome"


@pytest.mark.parametrize(("other_nm", "agrees"), [(5.04, True), (4.96, True), (5.06, False)])
def test_sources_may_differ_by_one_percent(other_nm, agrees, folder):
    (folder / "a.toml").write_text(f"pixel_size_nm = {other_nm}\n")
    path = write(folder / "a.tif", fei())
    if agrees:
        assert size_of(path).value_nm == other_nm
        return
    message = conflict(path)
    assert "5.06 nm (sidecar:a.toml)" in message
    assert "5 nm (vendor:FEI Scan.PixelWidth)" in message


def test_a_stated_uncertainty_widens_what_agrees(folder):
    """Allowed apart: 1 % and two standard deviations."""
    text = "pixel_size_nm = 5.2\npixel_size_uncertainty_nm = {}\n"
    path = write(folder / "a.tif", fei())
    (folder / "a.toml").write_text(text.format(0.08))
    assert size_of(path) == PixelSize(5.2, 0.08, "sidecar:a.toml")
    (folder / "a.toml").write_text(text.format(0.06))
    conflict(path)


def test_the_third_source_is_compared_too(folder):
    (folder / "a.toml").write_text("pixel_size_nm = 5.0\n")
    path = write(folder / "a.tif", fei(), resolution=(1e6, 1e6), resolutionunit="CENTIMETER")
    assert "10 nm (resolution)" in conflict(path)


def read_with_option(path: Path, pixel_size_nm: float) -> Micrograph:
    return read_micrograph(path, InputSettings(pixel_size_nm=pixel_size_nm))


def test_the_option_wins_over_a_conflict_and_says_what_it_overrules(folder):
    (folder / "a.toml").write_text("pixel_size_nm = 6.0\n")
    film = read_with_option(write(folder / "a.tif", fei()), 5.0)
    assert film.pixel_size == PixelSize(5.0, 0.0, "option")
    overruled = [text for text in film.warnings if "overrules" in text]
    assert len(overruled) == 1
    assert "6 nm (sidecar:a.toml)" in overruled[0]


@pytest.mark.parametrize(
    "options",
    [
        {"tags": [fei("5e-009", "6e-009")]},
        {"tags": [tescan("5e-09", "6e-09")]},
        {"tags": [zeiss(AP_WIDTH="400 nm", AP_HEIGHT="360 nm")]},
        {"resolution": (2e6, 1.6666e6), "resolutionunit": "CENTIMETER"},
    ],
    ids=["fei", "tescan", "zeiss", "resolution"],
)
def test_pixels_that_are_not_square_are_an_error(options, folder):
    options = dict(options)
    path = write(folder / "a.tif", *options.pop("tags", ()), **options)
    message = conflict(path)
    assert "not square" in message
    assert re.search(r"5 × 6(\.00\d+)? nm", message)
    film = read_with_option(path, 5.5)
    assert film.pixel_size.value_nm == 5.5
    assert any("5 × 6" in text for text in film.warnings)


# Declared by the user


def test_a_nominal_size_is_marked(folder):
    path = write(folder / "a.tif")
    by_settings = size_of(path, pixel_size_nm=10.0, pixel_size_source="nominal")
    assert by_settings.is_nominal
    (folder / "a.toml").write_text('pixel_size_nm = 10.0\npixel_size_source = "nominal"\n')
    by_sidecar = size_of(path)
    assert by_sidecar.is_nominal
    assert by_sidecar.value_nm == 10.0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("pixel_size = 5.0", "unknown entry 'pixel_size'"),
        ("pixel_size_nm = -5.0", "-5.0"),
        ("pixel_size_nm = nan", "nan"),
        ("pixel_size_nm = inf", "inf"),
        ('pixel_size_nm = "5 nm"', "'5 nm'"),
        ("pixel_size_nm = true", "True"),
        ('pixel_size_source = "nominal"', "None"),
        ('pixel_size_nm = 5.0\npixel_size_source = "guess"', "'guess'"),
        ("pixel_size_nm 5", "not valid TOML"),
    ],
)
def test_a_wrong_sidecar_is_named(text, named, folder):
    (folder / "a.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        size_of(write(folder / "a.tif"))
    assert str(caught.value).startswith("a.toml: ")
    assert named in str(caught.value)


# Nothing gives a size


def film_with_bar() -> np.ndarray:
    film = np.random.default_rng(3).integers(40, 200, (300, 400)).astype(np.uint8)
    film[260:] = 0
    film[278:282, 100:220] = 255
    return film


def test_without_any_source_the_option_is_named(folder):
    assert "no scale bar found" in assert_missing(write(folder / "a.tif"))


def test_without_ocr_the_measured_bar_and_the_extra_are_named(folder, monkeypatch):
    monkeypatch.setattr("grainscope.files.micrographs.ocr_is_installed", lambda: False)
    message = assert_missing(write(folder / "a.tif", film=film_with_bar()))
    assert "120.0 px" in message
    assert "pip install 'grainscope[ocr]'" in message


@needs_ocr
def test_a_bar_without_a_label_leads_to_the_option(folder):
    message = assert_missing(write(folder / "a.tif", film=film_with_bar()))
    assert "120.0 px" in message
    assert "could not be read reliably" in message
