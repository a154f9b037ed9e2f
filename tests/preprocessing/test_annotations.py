"""What was drawn on a film is left out; what the microscope saw, however bright, is not."""

import numpy as np
import pytest

from grainscope.files import read_micrograph
from grainscope.opencv import cv2
from grainscope.preprocessing import preprocess
from grainscope.preprocessing.annotations import fill_in, find_annotations
from grainscope.preprocessing.drawn_boxes import find_boxes
from grainscope.preprocessing.text_lines import find_lines, find_ticks
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.settings import FilmSettings, InputSettings, PreprocessingSettings, SemSettings
from grainscope.synthetic import grow_film, image_film

SHAPE = (300, 400)
FONT = cv2.FONT_HERSHEY_SIMPLEX


def text(words, at, size=0.8, thick=2):
    """Coverage of antialiased letters, 0…1."""
    ink = np.zeros(SHAPE, np.uint8)
    return cv2.putText(ink, words, at, FONT, size, 255, thick, cv2.LINE_AA) / 255


def bar(top, bottom, left, right):
    ink = np.zeros(SHAPE)
    ink[top:bottom, left:right] = 1
    return ink


def ticks():
    ink = np.zeros(SHAPE)
    for k in range(11):
        ink[270:278, 150 + 18 * k : 152 + 18 * k] = 1
    return ink


def ended_bar():
    return bar(269, 271, 60, 200) + bar(262, 269, 60, 62) + bar(262, 269, 198, 200)


ANNOTATIONS = {
    "label": text("500 nm", (250, 280)),
    "bar with label": text("500 nm", (250, 260)) + bar(270, 276, 250, 330),
    "thin bar with label": text("1 um", (250, 260), 0.6, 1) + bar(268, 270, 230, 330),
    "long bar": bar(270, 278, 200, 330),
    "ended bar": ended_bar(),
    "ticks": ticks(),
    "panel (b)": text("(b)", (10, 40), 1.0),
    "panel a": text("a", (12, 44), 1.6, 3),
    "databar text": text("15.0kV 12.1mm x40.0k", (5, 290), 0.5, 1),
}


@pytest.fixture(scope="module")
def film():
    """Bright soft grains on a noisy film, as the microscope blurs them; and where they are."""
    rng = np.random.default_rng(4)
    y, x = np.indices(SHAPE)
    grains = np.zeros(SHAPE)
    for cy, cx in rng.uniform((0, 0), SHAPE, (60, 2)):
        grains[(y - cy) ** 2 + (x - cx) ** 2 <= rng.uniform(3, 14) ** 2] = 1
    grey = 70 + 110 * cv2.GaussianBlur(grains, (0, 0), 1.5) + rng.normal(0, 6, SHAPE)
    return np.clip(grey, 0, 250).astype(np.uint8), grains > 0


def drawn_on(film, ink, level):
    return np.rint(film * (1 - ink) + level * ink).astype(np.uint8)


def jpeg(grey, quality):
    _, code = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize("quality", [None, 95, 80])
@pytest.mark.parametrize("kind", ANNOTATIONS)
def test_white_ink_is_found_and_grains_are_not(film, kind, quality):
    grey, grains = film
    ink = np.minimum(ANNOTATIONS[kind], 1)
    image = drawn_on(grey, ink, 255)
    found = find_annotations(image if quality is None else jpeg(image, quality))
    assert found[ink > 0.8].mean() > 0.85
    near = cv2.dilate((ink > 0).astype(np.uint8), np.ones((9, 9))) > 0
    assert found[grains & ~near].mean() < 5e-4


@pytest.mark.parametrize("kind", ["label", "bar with label", "panel (b)"])
def test_black_ink_is_found_on_a_bright_film(film, kind):
    grey, _ = film
    image = drawn_on(np.clip(grey + 50.0, 60, 255), np.minimum(ANNOTATIONS[kind], 1), 0)
    found = find_annotations(image)
    assert found[ANNOTATIONS[kind] > 0.8].mean() > 0.9


@pytest.mark.parametrize("depth", [np.uint16, np.float32])
def test_other_bit_depths_are_searched_too(film, depth):
    image = drawn_on(film[0], ANNOTATIONS["label"], 255)
    found = find_annotations(image.astype(depth) * depth(16))
    assert found[ANNOTATIONS["label"] > 0.8].mean() > 0.9
    assert found[:200].mean() == 0


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_box_with_a_letter_is_left_out_whole(film, level):
    box = film[0].copy()
    box[0:50, 0:44] = level
    box = cv2.putText(box, "d", (8, 40), FONT, 1.2, 255 - level if level != 128 else 0, 2)
    found = find_annotations(box)
    assert found[0:50, 0:44].all()
    assert found[56:].mean() < 1e-3


def test_a_label_box_inside_the_film_is_left_out(film):
    image = film[0].copy()
    image[230:256, 280:360] = 0
    image = cv2.putText(image, "1 um", (286, 249), FONT, 0.6, 255, 1, cv2.LINE_AA)
    assert find_annotations(image)[230:256, 280:360].mean() > 0.95


def test_a_picture_pasted_into_a_corner_is_a_box(film, rng):
    image = film[0].copy()
    image[0:90, 280:] = rng.normal(215, 4, (90, 120))
    boxes = find_boxes(image)
    assert [(b.row_start, b.column_stop) for b in boxes] == [(0, 400)]
    assert abs(boxes[0].row_stop - 90) <= 1
    assert abs(boxes[0].column_start - 280) <= 1


def saturated(grains, blur):
    rng = np.random.default_rng(1)
    grey = 60 + 400 * cv2.GaussianBlur(grains.astype(np.float64), (0, 0), blur)
    return np.clip(grey + rng.normal(0, 6, grains.shape), 0, 255).astype(np.uint8)


def discs_in_rows():
    y, x = np.indices(SHAPE)
    return ((y % 30 - 15) ** 2 + (x % 30 - 15) ** 2) <= 144


def rims_in_rows():
    y, x = np.indices(SHAPE)
    distance = np.hypot(y % 30 - 15, x % 30 - 15)
    return (distance <= 13) & (distance >= 10)


def cubes():
    grains = np.zeros(SHAPE, bool)
    for row, column in np.ndindex(5, 6):
        grains[20 + 55 * row : 50 + 55 * row, 20 + 62 * column : 52 + 62 * column] = True
    return grains


def small_round():
    y, x = np.indices(SHAPE)
    return ((y % 23 - 11) ** 2 + ((x + 7 * (y // 23)) % 19 - 9) ** 2) <= 12


@pytest.mark.parametrize("blur", [0.7, 1.5, 3])
@pytest.mark.parametrize("grains", [discs_in_rows, rims_in_rows, cubes, small_round])
def test_saturated_grains_are_never_masked(grains, blur):
    assert not find_annotations(saturated(grains(), blur)).any()


@pytest.mark.parametrize("gain", [1.0, 3.0])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_found_on_films(seed, gain):
    rng = np.random.default_rng(seed)
    growth = FilmSettings(height_px=300, width_px=400, coverage=0.4 + 0.1 * seed)
    image = image_film(grow_film(growth, rng), SemSettings(databar=False), rng)
    bright = np.clip(image.intensity * gain, 0, 255).astype(np.uint8)
    assert not find_annotations(bright).any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (40, 40)])
def test_small_and_constant_pictures_hold_nothing(shape):
    assert not find_annotations(np.full(shape, 7, np.uint8)).any()
    assert not find_annotations(np.full(shape, 255, np.uint8)).any()


def test_words_far_apart_are_two_lines():
    letters = [[12 * k, 5, 8 + 2 * k, 14] for k in range(3)]
    box = np.array([*letters, *([x + 300, *rest] for x, *rest in letters)], np.int32)
    assert [line.tolist() for line in find_lines(box)] == [[0, 1, 2], [3, 4, 5]]
    assert find_lines(box[:2]) == []


def test_ticks_need_one_pitch():
    x = np.array([0, 20, 40, 60, 80, 100])
    box = np.stack([x, x * 0 + 5, x * 0 + 2, x * 0 + 8], 1).astype(np.int32)
    assert len(find_ticks(box)) == 1
    box[2, 0] = 47
    assert find_ticks(box) == []


def test_filling_leaves_the_rest_and_stays_within_its_levels(film):
    grey = film[0].astype(np.float32)
    drawn = ANNOTATIONS["bar with label"] > 0
    filled = fill_in(grey, drawn)
    assert np.array_equal(filled[~drawn], grey[~drawn])
    assert filled[drawn].max() <= grey.max() + 1
    assert filled[drawn].min() >= grey.min() - 1


def test_preprocessing_masks_fills_and_tells(film, imaged):
    raw = imaged(drawn_on(film[0], ANNOTATIONS["bar with label"], 255))
    prepared = preprocess(raw, PreprocessingSettings())
    clean = preprocess(imaged(film[0]), PreprocessingSettings())
    assert clean.masked is None
    assert clean.warnings == ()
    ink = ANNOTATIONS["bar with label"] > 0.5
    assert prepared.masked[ink].mean() > 0.9
    assert not prepared.masked.flags.writeable
    assert "are left out: set preprocessing.annotations = false" in prepared.warnings[0]
    assert np.abs(prepared.intensity - clean.intensity)[~prepared.masked].mean() < 0.5
    assert prepared.intensity[ink].max() < 220
    kept = preprocess(raw, PreprocessingSettings(annotations=False))
    assert kept.masked is None
    assert kept.intensity[ink].max() > 240


def test_the_mask_has_the_shape_of_the_whole_picture(film):
    image = drawn_on(film[0], ANNOTATIONS["panel (b)"], 255)
    framed = Micrograph("framed", image, PixelSize(5.0, 0.0, "option"), Frame(0, 280, 0, 400))
    masked = preprocess(framed, PreprocessingSettings()).masked
    assert masked.shape == SHAPE
    assert not masked[280:].any()
    with pytest.raises(ValueError, match="masked: got shape"):
        Micrograph("bad", image, framed.pixel_size, framed.frame, masked=masked[:, 1:])


#: Picture, box (rows, columns) of what was drawn, share of its ink that is found.
DRAWN = [
    ("0a55e7c93f", (474, 508, 55, 400), 0.85),  # text of the strip, over grains
    ("2556313831", (452, 505, 8, 120), 0.95),  # 100nm and its bar, blurred by enlarging
    ("43be4d0a2c", (462, 501, 594, 667), 0.95),  # black on a textured film
    ("7f94f4bdab", (432, 492, 596, 740), 0.95),  # black over grains
    ("88808139d3", (2, 86, 6, 74), 0.99),  # a white box with a letter
    ("9ca16b98df", (420, 474, 452, 592), 0.95),
    ("b392e4784f", (460, 494, 380, 480), 0.95),
    ("e83de4878a", (408, 503, 500, 732), 0.95),  # wide letters over grains
    ("e83de4878a", (0, 149, 467, 741), 0.99),  # a picture pasted in
    ("fd1f58d925", (388, 456, 512, 602), 0.95),  # among cubes of sharp edges
]


@pytest.mark.data
@pytest.mark.parametrize(("name", "box", "share"), DRAWN)
def test_real_annotations_are_found(data_dir, name, box, share):
    found, film, _ = annotated(data_dir, f"emps_{name}")
    window = slice(*box[:2]), slice(*box[2:])
    is_black = name in ("7f94f4bdab", "43be4d0a2c")
    ink = film[window] <= 30 if is_black else film[window] >= 225
    assert found[window][ink].mean() >= share


@pytest.mark.data
def test_real_grains_are_not_masked(data_dir):
    paths = sorted((data_dir / "images").glob("*.png"))
    assert len(paths) == 28
    untouched = 0
    for path in paths:
        found, _, grains = annotated(data_dir, path.stem)
        if path.stem.removeprefix("emps_") in {name for name, *_ in DRAWN}:
            # Reference labels go on below letters: only what keeps off the rim counts.
            rows = np.flatnonzero(found.any(axis=1))
            assert found.mean() < (0.15 if "e83d" in path.stem else 0.035)
            assert rows.size
        else:
            assert not found.any(), path.stem
            untouched += int(grains.any())
    assert untouched == 19


def annotated(data_dir, stem):
    settings = InputSettings(pixel_size_nm=1.0, pixel_size_source="nominal")
    micrograph = read_micrograph(data_dir / "images" / f"{stem}.png", settings)
    grains = cv2.imread(str(data_dir / "masks" / f"{stem}.png"), cv2.IMREAD_UNCHANGED)
    film = micrograph.film_intensity
    return find_annotations(film), film, grains > 0
