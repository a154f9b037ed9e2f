"""A label is accepted only when it cannot well be anything else."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.files.scale_bar_label import (
    Label,
    Reading,
    _nearest_label,
    agreed_label,
    ocr_is_installed,
    parse_label,
    read_scale_bar_label,
)
from grainscope.opencv import cv2
from grainscope.preprocessing.scale_bar import find_scale_bar

BAR = (100, 20, 200, 24)


def piece(text: str, x: float, y: float = 5.0, confidence: float = 0.95) -> Reading:
    return Reading(text, x, y, x + 7.0 * len(text), y + 12.0, confidence)


@pytest.mark.parametrize(
    ("text", "length_nm"),
    [
        ("100nm", 100),
        ("100 nM JEOL", 100),
        ("1 µm", 1000),
        ("1μm", 1000),
        ("1um", 1000),
        ("1.00um", 1000),
        ("50.0 µm", 50e3),
        ("1.5 µm", 1500),
        ("2 mm", 2e6),
        ("0.5µm", 500),
    ],
)
def test_labels_of_bars(text: str, length_nm: float):
    assert parse_label(text).length_nm == pytest.approx(length_nm)


@pytest.mark.parametrize(
    "text",
    [
        "7 µm",
        "9 nm",
        "592 nm",
        "6.6mm",
        "1pm",
        "1 m",
        "100",
        "nm",
        "x100nm",
        "WD 2mm",
        "-1 µm",
        "1 µmx",
        "100 nm2",
        "0 nm",
        "O.5 µm",
        "2,000 nm",
        "",
    ],
)
def test_what_is_no_label(text: str):
    assert parse_label(text) is None


def test_the_nearest_label_counts():
    readings = [piece("WD", 0), piece("2 mm", 30), piece("100nm", 130), piece("1 µm", 400)]
    assert _nearest_label(readings, BAR, 100.0) == Label("100 nm", 100.0)


def test_a_label_far_from_the_bar_is_another_number():
    assert _nearest_label([piece("1 µm", 400)], BAR, 100.0) is None


def test_sizes_that_no_microscope_gives_are_refused():
    assert _nearest_label([piece("5 mm", 130)], BAR, 100.0) is None
    assert _nearest_label([piece("1 nm", 130)], BAR, 100.0) is None


def test_low_confidence_is_refused():
    assert _nearest_label([piece("1 µm", 130, confidence=0.4)], BAR, 100.0) is None


def test_number_and_unit_that_were_cut_are_joined():
    readings = [piece("1", 130), piece("µm", 140)]
    assert _nearest_label(readings, BAR, 100.0) == Label("1 µm", 1000.0)
    assert _nearest_label([piece("1", 130), piece("µm", 140, y=60)], BAR, 100.0) is None


def test_readings_must_agree():
    one, ten = Label("1 µm", 1e3), Label("10 µm", 1e4)
    assert agreed_label([one, one, one]) == one
    assert agreed_label([one, one]) == one
    assert agreed_label([one]) is None
    assert agreed_label([one, ten, one]) is None
    assert agreed_label([]) is None


@pytest.mark.skipif(not ocr_is_installed(), reason="the extra 'ocr' is not installed")
@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize("text", ["100 nm", "200 nm", "500 nm", "50 nm", "2 mm"])
def test_rendered_labels_are_read(text: str, ink: int):
    strip = np.full((60, 400), 255 - ink, np.uint8)
    strip[40:44, 100:250] = ink
    cv2.putText(strip, text, (130, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, ink, 1, cv2.LINE_AA)
    cv2.putText(strip, "WD 4 mm", (290, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, ink, 1, cv2.LINE_AA)
    bar = find_scale_bar(strip)
    assert bar.length_px == 150
    expected = None if text == "2 mm" else text  # 13 µm pixels: no electron microscope
    label = read_scale_bar_label(strip, bar)
    assert (label.text if label else None) == expected


@pytest.mark.skipif(not ocr_is_installed(), reason="the extra 'ocr' is not installed")
def test_a_bar_without_label_stays_without():
    strip = np.zeros((60, 400), np.uint8)
    strip[40:44, 100:250] = 255
    assert read_scale_bar_label(strip, find_scale_bar(strip)) is None
