"""Each step takes away what it names, and nothing else."""

import numpy as np
import pytest

from grainscope.preprocessing import preprocess
from grainscope.preprocessing.illumination import flatten_illumination
from grainscope.preprocessing.line_noise import level_rows
from grainscope.preprocessing.polarity import grains_are_dark
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.settings import PreprocessingSettings

NOTHING = PreprocessingSettings(illumination_scale_px=0, line_noise=False, denoise_sigma_px=0)


@pytest.fixture
def film(rng):
    """Discs of level 150 on a film of level 50, coverage about a quarter."""
    y, x = np.indices((240, 320))
    grain = np.zeros(y.shape, bool)
    for row, column in np.ndindex(6, 8):
        cy, cx = 20 + 40 * row + rng.uniform(-4, 4), 20 + 40 * column + rng.uniform(-4, 4)
        grain |= (y - cy) ** 2 + (x - cx) ** 2 <= rng.uniform(5, 15) ** 2
    return np.where(grain, 150, 50).astype(np.float32)


def test_all_steps_off_changes_only_the_type(imaged, film):
    raw = imaged(film.astype(np.uint8))
    prepared = preprocess(raw, NOTHING)
    assert prepared.intensity.dtype == np.float32
    assert np.array_equal(prepared.intensity, film)
    assert (prepared.pixel_size, prepared.frame) == (raw.pixel_size, raw.frame)


def test_dark_grains_are_made_bright(imaged, film):
    dark = preprocess(imaged(200 - film), PreprocessingSettings(polarity="dark"))
    bright = preprocess(imaged(film), PreprocessingSettings(polarity="bright"))
    difference = dark.intensity - bright.intensity
    assert np.ptp(difference) < 1e-2
    twice = NOTHING.model_copy(update={"polarity": "dark"})
    assert np.array_equal(preprocess(preprocess(imaged(film), twice), twice).intensity, film)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_input_is_left_alone_and_may_be_read_only(imaged, film, dtype):
    raw = film.astype(dtype)
    raw.flags.writeable = False
    before = raw.copy()
    preprocess(imaged(raw), PreprocessingSettings(polarity="auto"))
    assert np.array_equal(raw, before)


def test_only_the_frame_counts(film):
    """Whatever the databar shows, the film comes out the same."""
    results = []
    for level in (0, 255):
        grey = np.vstack([film, np.full((30, film.shape[1]), level, np.float32)])
        raw = Micrograph("bar", grey, PixelSize(5.0, 0.0, "option"), Frame(0, 240, 0, 320))
        prepared = preprocess(raw, PreprocessingSettings(polarity="auto"))
        assert (prepared.intensity[240:] == level).all()
        results.append(prepared.film_intensity)
    assert np.array_equal(*results)


def test_a_linear_shading_is_gone(film):
    x = np.indices(film.shape)[1]
    shaded = flatten_illumination((film + 0.3 * x).astype(np.float32), 40.0)
    plain = flatten_illumination(film, 40.0)
    middle = slice(100, 220)  # away from the edges, where a Gaussian mean sees only one side
    residue = (shaded - plain)[:, middle]
    assert np.ptp(residue.mean(axis=0)) < 0.05 * np.ptp(0.3 * x[:, middle])


def test_an_image_without_shading_keeps_its_mean_and_its_contrast(film):
    flat = flatten_illumination(film, 200.0)
    assert flat.mean() == pytest.approx(film.mean(), abs=0.01)
    assert flat[film > 100].mean() - flat[film < 100].mean() == pytest.approx(100, abs=3)


def test_row_offsets_are_found_to_a_tenth(film, rng):
    offset = rng.normal(0, 6, (film.shape[0], 1)).astype(np.float32)
    noisy = film + rng.normal(0, 5, film.shape).astype(np.float32)
    levelled = level_rows(noisy + offset)
    left = (levelled - noisy).mean(axis=1)
    assert np.std(np.diff(left)) < 0.1 * np.std(np.diff(offset[:, 0]))


def test_rows_without_offsets_are_hardly_touched(film, rng):
    noisy = film + rng.normal(0, 5, film.shape).astype(np.float32)
    change = (level_rows(noisy) - noisy)[:, 0]
    assert np.std(change) < 2 * 5 / np.sqrt(film.shape[1])


def test_polarity_of_drawn_films(film):
    assert not grains_are_dark(film)
    assert grains_are_dark(200 - film)


def test_an_automatic_polarity_is_told(imaged, film):
    decided = preprocess(imaged(200 - film), PreprocessingSettings(polarity="auto"))
    assert "darker" in decided.warnings[0]
    assert preprocess(imaged(film), PreprocessingSettings()).warnings == ()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 2), (17, 33)])
def test_tiny_and_constant_images_pass_through(imaged, shape):
    grey = np.full(shape, 7, np.uint8)
    prepared = preprocess(imaged(grey), PreprocessingSettings(polarity="auto"))
    assert prepared.intensity == pytest.approx(grey.astype(float), abs=1e-4)
