"""The network's arithmetic against scikit-learn, and what its features owe to the image."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.opencv import cv2
from grainscope.records import PixelNetwork
from grainscope.segmentation import pixel_network
from grainscope.segmentation.pixel_features import (
    blurred,
    pixel_feature_names,
    stacked_pixel_features,
)
from grainscope.segmentation.pixel_network import pixel_maps
from grainscope.training import Example
from grainscope.training import pixel_training as training
from grainscope.training.pixel_training import train_pixel_network


def example(seed, shape=(96, 110)):
    """Nine discs on a noisy film."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for k, (row, column) in enumerate(np.ndindex(3, 3), start=1):
        inside = np.hypot(y - 17 - 31 * row, x - 19 - 35 * column) <= rng.uniform(6, 13)
        labels[inside] = k
    film = cv2.GaussianBlur((labels > 0).astype(np.float32), (0, 0), 1)
    return Example(f"scenes/{seed}", (film + rng.normal(0, 0.08, shape)).astype("f4"), labels)


@pytest.fixture(scope="module")
def trained():
    """A network of two films, and the scikit-learn object it was taken from."""
    import sklearn.neural_network

    fitted = []

    class Watched(sklearn.neural_network.MLPClassifier):
        def fit(self, x, y):
            fitted.append(self)
            return super().fit(x, y)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sklearn.neural_network, "MLPClassifier", Watched)
        patch.setattr(training, "_PASSES", 6)
        return train_pixel_network([example(1), example(2)], 0), fitted[0]


def test_maps_are_the_probabilities_that_scikit_learn_predicts(trained):
    network, fitted = trained
    film = example(3).film
    features = stacked_pixel_features(film).reshape(-1, len(pixel_feature_names()))
    scaled = np.clip((features - network.mean) / network.scale, -8, 8)
    expected = fitted.predict_proba(scaled)
    grain, core = pixel_maps(film, network)
    assert fitted.classes_.tolist() == [training.FILM, training.RIM, training.CORE]
    assert np.abs(grain.ravel() - expected[:, 1:].sum(axis=1)).max() < 1e-5
    assert np.abs(core.ravel() - expected[:, 2]).max() < 1e-5
    assert grain.dtype == core.dtype == np.float32
    assert grain.flags.c_contiguous
    assert core.flags.c_contiguous


def test_a_few_passes_tell_grain_and_core_from_film(trained):
    new = example(9)
    grain, core = pixel_maps(new.film, trained[0])
    classes, outline = training.pixel_classes(new.labels)
    inside = new.labels > 0
    assert grain[inside & ~outline].mean() > 0.9
    assert grain[~inside & ~outline].mean() < 0.1
    assert core[classes == training.CORE].mean() > 0.8
    assert core[classes == training.RIM].mean() < 0.5


def test_probabilities_are_probabilities_whatever_the_film(trained):
    rng = np.random.default_rng(0)
    for film in (
        rng.normal(0, 1e4, (40, 50)),
        np.full((9, 7), 1e6),
        np.zeros((1, 1)),
        -rng.random((1, 30)),
    ):
        grain, core = pixel_maps(film.astype(np.float32), trained[0])
        assert np.isfinite(grain).all()
        assert grain.shape == film.shape
        assert (core >= 0).all()
        assert (core <= grain + 1e-6).all()
        assert (grain <= 1).all()


@pytest.mark.parametrize("chunk", [997, 1 << 14])
def test_threads_do_not_matter(trained, monkeypatch, chunk):
    monkeypatch.setattr(pixel_network, "_CHUNK", chunk)
    film = np.tile(example(3).film, (2, 2))
    one = pixel_maps(film, trained[0], n_threads=1)
    assert len(film.ravel()) > 2 * chunk
    for n_threads in (2, 5):
        for a, b in zip(one, pixel_maps(film, trained[0], n_threads), strict=True):
            assert a.tobytes() == b.tobytes()


def test_a_network_by_hand():
    """One hidden unit that sees the first feature: logits 0, h, 2h − 1."""
    n = len(pixel_feature_names())
    first = np.zeros((n, 1), np.float32)
    first[0] = 1
    network = PixelNetwork(
        pixel_feature_names(),
        np.full(n, 0.5, np.float32),
        np.full(n, 0.25, np.float32),
        (first, np.array([[0, 1, 2]], np.float32)),
        (np.zeros(1, np.float32), np.array([0, 0, -1], np.float32)),
    )
    for level in (0.25, 0.75, 4.0):  # the first feature of a flat film is its level
        h = max(min((level - 0.5) / 0.25, 8), 0)
        odds = np.exp([0, h, 2 * h - 1])
        grain, core = pixel_maps(np.full((5, 5), level, np.float32), network)
        assert grain == pytest.approx(1 - odds[0] / odds.sum(), abs=1e-6)
        assert core == pytest.approx(odds[2] / odds.sum(), abs=1e-6)


def test_training_is_the_same_for_the_same_seed(monkeypatch):
    monkeypatch.setattr(training, "_PASSES", 2)
    films = [example(1), example(2)]
    one, two, other = (train_pixel_network(films, seed) for seed in (5, 5, 6))
    for a, b in zip(one.weights, two.weights, strict=True):
        assert a.tobytes() == b.tobytes()
    assert one.mean.tobytes() == two.mean.tobytes()
    assert one.weights[0].tobytes() != other.weights[0].tobytes()


# ---- features


def test_each_feature_has_a_name_and_a_column():
    film = example(1).film
    found = stacked_pixel_features(film)
    assert found.shape == (*film.shape, len(pixel_feature_names()))
    assert len(set(pixel_feature_names())) == len(pixel_feature_names())


def test_a_flat_film_has_a_level_and_nothing_else():
    found = stacked_pixel_features(np.full((40, 48), 0.7, np.float32))
    by_name = dict(zip(pixel_feature_names(), np.moveaxis(found, -1, 0), strict=True))
    assert by_name.pop("level_0.7px") == pytest.approx(0.7, abs=1e-6)
    for name, values in by_name.items():
        assert np.abs(values).max() < 1e-4, name


def test_a_bright_line_has_a_ridge_and_a_dark_one_a_valley():
    film = np.zeros((41, 41), np.float32)
    film[20] = 1
    film = cv2.GaussianBlur(film, (0, 0), 1.4)
    names = pixel_feature_names()
    bright, dark = stacked_pixel_features(film), stacked_pixel_features(-film)
    ridge, valley = names.index("ridge_1.4px"), names.index("valley_1.4px")
    assert bright[20, 20, ridge] < -0.05
    assert bright[20, 20, valley] == pytest.approx(0, abs=1e-3)
    assert dark[20, 20, valley] == pytest.approx(-bright[20, 20, ridge], abs=1e-6)
    assert bright[20, 20, names.index("bright_11px")] > 0.1
    assert dark[20, 20, names.index("dark_11px")] > 0.1
    assert bright[20, 20, names.index("dark_11px")] == pytest.approx(0, abs=1e-6)


def turned_features(turn):
    """Features of a turned film, turned features of the film; of a side that reduces evenly."""
    rng = np.random.default_rng(3)
    film = cv2.GaussianBlur(rng.random((112, 112)).astype(np.float32), (0, 0), 1.5)
    found = stacked_pixel_features(np.ascontiguousarray(turn(film)))
    straight = stacked_pixel_features(film)
    for k, name in enumerate(pixel_feature_names()):
        yield name, found[..., k], turn(straight[..., k])


@pytest.mark.parametrize("turn", [np.rot90, np.fliplr, np.flipud, np.transpose])
def test_features_turn_with_the_film(turn):
    inside = np.s_[1:-1, 1:-1]
    for name, found, expected in turned_features(turn):
        error = np.abs(found - expected)[inside].max()
        assert error < 2e-4 * (1 + np.abs(expected).max()), name


def test_features_turn_with_the_film_up_to_its_frame():
    for name, found, expected in turned_features(np.transpose):
        error = np.abs(found - expected).max()
        assert error < 2e-4 * (1 + np.abs(expected).max()), name


def test_features_are_the_same_to_the_last_bit_wherever_they_lie_in_memory():
    film = example(1).film
    expected = stacked_pixel_features(film).tobytes()
    for shift in range(16):
        memory = np.empty(film.size + 16, np.float32)
        moved = memory[shift : shift + film.size].reshape(film.shape)
        moved[:] = film
        kept = np.empty(1000 + 4 * shift, np.uint8)  # and what is allocated lies elsewhere
        assert stacked_pixel_features(moved).tobytes() == expected
        del kept


@pytest.mark.parametrize("sigma", [0.7, 2.8, 5.6, 11.2])
def test_a_blur_on_a_reduced_image_is_the_blur(sigma):
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(1)
    film = gaussian_filter(rng.random((200, 160)), 3).astype(np.float32)
    expected = gaussian_filter(film, sigma)
    inside = np.s_[40:-40, 40:-40]
    error = np.abs(blurred(film, sigma) - expected)[inside].max()
    assert error < 0.06 * (expected.max() - expected.min())


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 5)])
def test_the_smallest_films_have_features(shape):
    found = stacked_pixel_features(np.random.default_rng(0).random(shape).astype(np.float32))
    assert np.isfinite(found).all()
    assert found.shape[:2] == shape
