"""Labels of scale bars: rather none than a wrong one, since everything physical hangs on it."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from grainscope.files.scale_bar_label import (
    Label,
    agreed_label,
    ocr_is_installed,
    parse_label,
    read_scale_bar_label,
)
from grainscope.preprocessing.scale_bar import ScaleBar, find_scale_bar

needs_ocr = pytest.mark.skipif(not ocr_is_installed(), reason="extra 'ocr' is not installed")
LENGTHS_NM = {"10 nm": 10, "20 nm": 20, "50 nm": 50, "100 nm": 100, "200nm": 200, "500 nm": 500}
LENGTHS_NM |= {"1 µm": 1000, "2 µm": 2000, "5.00 µm": 5000, "10µm": 10_000, "1 mm": 1_000_000}
# Pillow's own font has no µ; these come with matplotlib.
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FACES = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "STIXGeneral.ttf"]


# What counts as a label


@pytest.mark.parametrize(
    ("text", "length_nm"),
    [
        ("100 nm", 100),
        ("100nm", 100),
        ("1µm", 1000),
        ("1 μm", 1000),  # Greek mu
        ("1 um", 1000),
        ("2 UM", 2000),
        ("50.0 µm", 50_000),
        ("5.00um", 5000),
        ("1.5 µm", 1500),
        ("  300  nm", 300),
        ("0.5 µm", 500),
        ("1 mm", 1_000_000),
        ("200 nm EHT = 5 kV", 200),
    ],
)
def test_a_length_that_bars_are_labelled_with_is_accepted(text, length_nm):
    assert parse_label(text).length_nm == pytest.approx(length_nm)


@pytest.mark.parametrize(
    "text",
    [
        "7 µm",  # a misread 1
        "17 nm",
        "0 nm",
        "5.965 µm",  # a field width
        "WD 8 mm",
        "WD = 5.0 mm",
        "100",
        "nm",
        "100 nmx",
        "5 kV",
        "100 K X",
        "2018-05-10",
        "1 m",
        "-1 µm",
        "",
    ],
)
def test_other_text_is_refused(text):
    assert parse_label(text) is None


one, same, other = Label("1 µm", 1000.0), Label("1.0 µm", 1000.0), Label("4 µm", 4000.0)


@pytest.mark.parametrize(
    ("readings", "agreed"),
    [
        ([], None),
        ([one], None),
        ([one, same], one),
        ([one, same, one], one),
        ([one, other], None),
        ([one, one, other], None),
    ],
)
def test_two_readings_must_agree_and_none_differ(readings, agreed):
    assert agreed_label(readings) == agreed


# Rendered strips


def draw_strip(label: str, seed: int) -> np.ndarray:
    """A strip with a bar, its label above, below or beside, and text as instruments write."""
    rng = np.random.default_rng(seed)
    text_px = int(rng.choice([14, 18, 24, 32]))
    paper, ink = [(0, 255), (255, 0), (30, 220)][rng.integers(3)]
    font = ImageFont.truetype(FONTS / str(rng.choice(FACES)), text_px)
    n_rows = int(3.2 * text_px)
    strip = Image.new("L", (1024, n_rows), paper)
    draw = ImageDraw.Draw(strip)
    bar_px = int(rng.integers(80, 200))
    x, thick = int(rng.integers(120, 300)), int(rng.integers(2, 6))
    place = str(rng.choice(["above", "below", "beside"]))
    y = {"above": 2.4, "below": 0.5, "beside": 1.5}[place] * text_px
    at = {
        "above": (x + bar_px / 2, 1.4 * text_px, "mm"),
        "below": (x + bar_px / 2, 1.6 * text_px, "mm"),
        "beside": (x + bar_px + 0.6 * text_px, 1.5 * text_px, "lm"),
    }[place]
    draw.rectangle([x, int(y), x + bar_px - 1, int(y) + thick - 1], fill=ink)
    draw.text(at[:2], label, fill=ink, font=font, anchor=at[2])
    draw.text((1010, 1.5 * text_px), "WD = 5.0 mm  10.00 kV", fill=ink, font=font, anchor="rm")
    noise = rng.normal(0, 2, (n_rows, 1024))
    return np.clip(np.asarray(strip) + noise, 0, 255).astype(np.uint8)


@needs_ocr
def test_rendered_labels_are_read_and_never_wrong():
    """Every label in two strips: most are read, and what is read is right."""
    n_read = 0
    for i, (text, length_nm) in enumerate(LENGTHS_NM.items()):
        for seed in range(2 * i, 2 * i + 2):
            strip = draw_strip(text, seed)
            label = read_scale_bar_label(strip, find_scale_bar(strip))
            if label is not None:
                n_read += 1
                assert label.length_nm == length_nm, (text, seed)
    assert n_read >= 0.8 * 2 * len(LENGTHS_NM)


@needs_ocr
def test_working_distance_far_from_the_bar_is_no_label():
    """A working distance is a length too; only what stands by the bar counts."""
    strip = np.zeros((60, 1024), np.uint8)
    strip[30:34, 40:140] = 255
    picture = Image.fromarray(strip)
    font = ImageFont.load_default(18)
    ImageDraw.Draw(picture).text((700, 20), "5 mm", fill=255, font=font)
    assert read_scale_bar_label(np.asarray(picture), find_scale_bar(strip)) is None


@needs_ocr
@pytest.mark.parametrize("level", [0, 128])
def test_an_empty_strip_has_no_label(level):
    bar = ScaleBar(50.0, 10, 14, 20, 70, "plain")
    assert read_scale_bar_label(np.full((40, 200), level, np.uint8), bar) is None
