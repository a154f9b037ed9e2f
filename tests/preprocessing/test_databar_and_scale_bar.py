"""Strips of many looks drawn over films: rows must be exact, scale bars good to ±1 px."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from grainscope.opencv import cv2
from grainscope.preprocessing.databar import as_grey8, background_level, find_databar
from grainscope.preprocessing.scale_bar import find_burnt_in_bar, find_scale_bar

WORDS = ["15.0 kV", "WD 7.8mm", "x100,000", "SE2", "Mag = 50.00 K X", "2018-09-25", "HV"]
SHAPES = [(384, 512), (768, 1024), (960, 1280), (1094, 1536)]
GREYS = [(0, 255), (255, 0), (20, 230), (60, 255)]


@dataclass
class Drawn:
    image: np.ndarray
    rows: tuple[int, int]
    bar_px: float


def film(shape: tuple[int, int], rng: np.random.Generator, black: bool = False) -> np.ndarray:
    height = cv2.GaussianBlur(
        rng.normal(0, 1, shape).astype(np.float32), (0, 0), float(rng.choice([2, 4, 8, 16]))
    )
    is_grain = height > height.std() * rng.uniform(-0.5, 0.3)
    dark = 5 if black else rng.uniform(30, 80)
    grey = np.where(is_grain, rng.uniform(120, 220), dark)
    noise = 0 if black else rng.normal(0, rng.uniform(2, 12), shape)
    return np.clip(grey + noise, 0, 250).astype(np.uint8)


def draw_bar(
    draw: ImageDraw.ImageDraw, look: str, x: int, y: int, px: int, ink: int, thick: int, font
) -> None:
    if look == "plain":
        draw.rectangle([x, y, x + px - 1, y + thick - 1], fill=ink)
    elif look == "ended":
        draw.rectangle([x, y, x + px, y + thick - 1], fill=ink)
        tall = max(3, min(7, px // 3))
        for end in (x, x + px):
            draw.rectangle([end, y - tall, end + thick // 2, y + tall], fill=ink)
    elif look == "halves":
        arm = int((px - draw.textlength("500 nm", font=font) - 8) / 2)
        draw.rectangle([x, y, x + arm, y + thick - 1], fill=ink)
        draw.rectangle([x + px - arm, y, x + px, y + thick - 1], fill=ink)
        for end in (x, x + px):
            draw.rectangle([end, y - 6, end, y + 6], fill=ink)
        draw.text((x + arm + 4, y), "500 nm", fill=ink, font=font, anchor="lm")
    else:
        for tick in range(11):
            left = x + tick * px // 10
            draw.rectangle([left, 2, left + thick - 1, 8], fill=ink)


def draw_micrograph(look: str, seed: int) -> Drawn:
    """Film with a strip: text of a random size around a bar of a random length."""
    rng = np.random.default_rng(seed)
    height, width = SHAPES[rng.integers(len(SHAPES))]
    text_px = int(height * rng.choice([0.02, 0.025, 0.03]))
    n_lines = int(rng.integers(1, 3))
    n_rows = int(text_px * 1.6 * n_lines + text_px * 0.6)
    paper, ink = GREYS[rng.integers(len(GREYS))]
    font = ImageFont.load_default(text_px)
    strip = Image.new("L", (width, n_rows), paper)
    draw = ImageDraw.Draw(strip)
    px = int(rng.integers(max(18, width // 40), width // 3))
    if look == "halves":
        px = max(px, 8 * text_px)
    if look == "ticks":
        px = 10 * max(8, px // 10)
    x = int(rng.integers(10, width - px - 12))
    draw_bar(draw, look, x, n_rows // 2, px, ink, int(rng.integers(1, 5)), font)
    for line in range(n_lines):
        at = 5.0
        while True:
            word = str(rng.choice(WORDS))
            length = draw.textlength(word, font=font)
            if x - 12 - length < at < x + px + 16:
                at = x + px + 16
            if at + length > width - 5:
                break
            draw.text((at, text_px * (0.3 + 1.6 * line)), word, fill=ink, font=font)
            at += length + text_px * rng.uniform(0.8, 3)
    image = film((height, width), rng, black=bool(rng.random() < 0.2))
    rows = (0, n_rows) if rng.random() < 0.2 else (height - n_rows, height)
    image[slice(*rows)] = np.asarray(strip)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 96))]
        image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_GRAYSCALE)
    return Drawn(image, rows, px)


LOOKS = ["plain", "ended", "halves", "ticks"]


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("look", LOOKS)
def test_rendered_strip_and_bar_are_found(look: str, seed: int):
    drawn = draw_micrograph(look, 100 * LOOKS.index(look) + seed)
    found = find_databar(drawn.image)
    assert found is not None
    assert abs(found[0] - drawn.rows[0]) <= 1
    assert abs(found[1] - drawn.rows[1]) <= 1
    bar = find_scale_bar(drawn.image[slice(*found)])
    assert bar is not None
    assert abs(bar.length_px - drawn.bar_px) <= 1


@pytest.mark.parametrize("seed", range(10))
def test_film_alone_has_no_strip_and_no_bar(seed: int):
    rng = np.random.default_rng(seed)
    image = film((384, 512), rng, black=seed % 2 == 0)
    assert find_databar(image) is None
    assert find_burnt_in_bar(image) is None


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (40, 40), (300, 400)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_constant_and_tiny_images_have_no_strip(shape: tuple[int, int], level: int):
    image = np.full(shape, level, np.uint8)
    assert find_databar(image) is None
    assert find_burnt_in_bar(image) is None
    assert find_scale_bar(image) is None


def test_a_flipped_image_has_its_strip_on_the_other_side():
    drawn = draw_micrograph("plain", 3)
    start, stop = find_databar(drawn.image)
    height = len(drawn.image)
    assert find_databar(drawn.image[::-1]) == (height - stop, height - start)


def test_a_narrow_box_takes_its_rows_whole(rng: np.random.Generator):
    image = film((480, 712), rng)
    image[420:460, 40:620] = 0
    cv2.putText(image, "5.00 kV 3.0 25000x", (60, 448), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 1)
    assert find_databar(image) == (420, 460)


def test_half_covered_pixels_count_by_half():
    strip = np.zeros((20, 100), np.uint8)
    strip[8:12, 30:60] = 200
    strip[8:12, 29] = strip[8:12, 60] = 100
    assert find_scale_bar(strip).length_px == pytest.approx(31.0, abs=0.01)


def test_letters_and_underlines_of_the_frame_are_no_bar():
    strip = np.zeros((40, 400), np.uint8)
    strip[0] = strip[-1] = 255
    strip[:, 0] = strip[:, 200] = strip[:, -1] = 255
    cv2.putText(strip, "HT = 5 kV EL-T_F", (20, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    assert find_scale_bar(strip) is None


def test_the_whole_length_of_a_ruler_counts_though_its_first_pitch_is_uneven():
    strip = np.zeros((40, 400), np.uint8)
    for left in [46, 78, *range(108, 349, 30)]:
        strip[2:12, left : left + 4] = 255
    bar = find_scale_bar(strip)
    assert bar.look == "ticks"
    assert bar.length_px == 32 + 9 * 30


@pytest.mark.parametrize("ink", [0, 255])
def test_burnt_in_bar_keeps_its_place_and_length(ink: int, rng: np.random.Generator):
    image = film((400, 600), rng)
    image[370:375, 60:180] = ink
    bar = find_burnt_in_bar(image)
    assert (bar.row_start, bar.row_stop, bar.column_start) == (370, 375, 60)
    assert bar.length_px == pytest.approx(120, abs=1)


def test_sixteen_bits_are_scaled_and_eight_bits_are_untouched():
    eight = np.array([[3, 250]], np.uint8)
    assert as_grey8(eight) is eight
    deep = np.array([[100, 4195]], np.uint16)
    assert as_grey8(deep).tolist() == [[0, 255]]
    assert as_grey8(np.full((2, 2), 7.5, np.float32)).max() == 0


def test_background_is_the_commonest_level_even_with_jpeg_ringing():
    grey = np.array([[100, 101, 99, 100, 102, 0, 255, 255]], np.uint8)
    assert background_level(grey) == 100


DATABARS = {
    "images/emps_31f17306c8.png": (480, 245.9),
    "images/emps_60feb7de8f.png": (454, 140.7),
    "images/emps_a4027c076c.png": (464, 60.2),
    "images/emps_fd1f58d925.png": (482, 32.2),
    "unlabelled/colloidal_silver.png": (964, 138.9),
    "unlabelled/gold_on_carbon_200k.jpg": (371, 82.8),
}
BURNT_IN = {
    "images/emps_2556313831.png": 65.5,
    "images/emps_7f94f4bdab.png": 88.5,
    "images/emps_9ca16b98df.png": 131.5,
    "images/emps_b392e4784f.png": 56.5,
}


@pytest.mark.data
@pytest.mark.parametrize("name", DATABARS)
def test_real_strips_are_found_with_their_bar(name: str, data_dir):
    """Rows and lengths were read off the enlarged pictures."""
    grey = cv2.imread(str(data_dir / name), cv2.IMREAD_GRAYSCALE)
    start, length_px = DATABARS[name]
    rows = find_databar(grey)
    assert rows is not None
    assert abs(rows[0] - start) <= 1
    assert rows[1] == len(grey)
    assert abs(find_scale_bar(grey[slice(*rows)]).length_px - length_px) <= 1


@pytest.mark.data
def test_real_micrographs_without_strip_keep_all_rows(data_dir):
    """24 of the 28 pictures have no strip; four of these have a bar burnt in that can be told."""
    bars = {}
    for path in sorted((data_dir / "images").glob("*.png")):
        name = f"images/{path.name}"
        if name in DATABARS:
            continue
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert find_databar(grey) is None, name
        bar = find_burnt_in_bar(grey)
        if bar is not None:
            bars[name] = bar.length_px
    assert bars == pytest.approx(BURNT_IN, abs=1)
