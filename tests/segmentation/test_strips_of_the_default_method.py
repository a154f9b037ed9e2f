"""The default method strip by strip gives the labels of the whole image."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.ndimage import gaussian_filter

from grainscope.laws.strips import RowsInMemory, strips_of
from grainscope.segmentation import tiles
from grainscope.segmentation.bright_holes import fill_bright_holes
from grainscope.segmentation.learnt import label_grains, largest_pieces
from grainscope.segmentation.strip_learnt import (
    fill_bright_holes_in_strips,
    keep_largest_pieces,
    label_in_strips,
)

SLOWLY = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
SHAPES = st.tuples(st.integers(1, 50), st.integers(1, 50))


def patches(seed, shape, n_labels):
    """Labels in patches with holes; one label may come in several pieces."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.standard_normal((n_labels + 1, *shape)), (0, 2.5, 2.5))
    labels = field.argmax(axis=0)
    return np.where(rng.random(shape) < 0.12, 0, labels).astype(np.int32)


@SLOWLY
@given(st.integers(0, 10**6), SHAPES, st.integers(1, 60), st.integers(1, 4))
def test_the_same_holes_are_filled(seed, shape, height, n_labels):
    labels = patches(seed, shape, n_labels)
    film = np.random.default_rng(seed + 1).normal(100, 40, shape).astype(np.float32)
    rows = RowsInMemory(labels.copy())
    fill_bright_holes_in_strips(rows, RowsInMemory(film), n_labels, strips_of(shape[0], height))
    assert_array_equal(rows.image, fill_bright_holes(labels, film))


@SLOWLY
@given(st.integers(0, 10**6), SHAPES, st.integers(1, 60), st.integers(1, 5))
def test_the_same_pieces_are_largest(seed, shape, height, n_labels):
    labels = patches(seed, shape, n_labels)
    rows = RowsInMemory(labels.copy())
    keep_largest_pieces(rows, strips_of(shape[0], height))
    assert_array_equal(rows.image, largest_pieces(labels))


@pytest.mark.parametrize("height", [40, 97])
def test_labels_and_confidence_are_those_of_the_whole_film(tiny_grain_model, height, monkeypatch):
    monkeypatch.setattr(tiles, "_SIDE_PX", 150)  # several tiles, none of them a strip
    monkeypatch.setattr(tiles, "HALO_PX", 30)
    rng = np.random.default_rng(2)
    field = gaussian_filter(rng.standard_normal((230, 190)), 3)
    film = (100 + 60 * np.tanh(4 * field / field.std()) + rng.normal(0, 8, field.shape)).astype(
        np.float32
    )
    expected, confidence = label_grains(film, tiny_grain_model, 10)
    labels = RowsInMemory(np.zeros(film.shape, np.int32))
    found = label_in_strips(
        *(RowsInMemory(film), film, labels, labels.image, tiny_grain_model, 10),
        strips_of(len(film), height),
    )
    assert_array_equal(labels.image, expected)
    assert_array_equal(found, confidence)
    assert expected.max() > 10
