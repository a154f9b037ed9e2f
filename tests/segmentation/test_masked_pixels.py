"""What is masked is no grain, and what a mask cuts stays one grain."""

import numpy as np
import pytest

from grainscope.opencv import cv2
from grainscope.preprocessing import preprocess
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.segmentation import segment
from grainscope.segmentation.masked import leave_out
from grainscope.settings import PreprocessingSettings, SegmentationSettings


@pytest.fixture
def drawn_on(rng):
    """Twelve soft discs, a label and its bar between them; grey levels with and without."""
    y, x = np.indices((240, 320))
    grains = np.zeros(y.shape)
    for row, column in np.ndindex(3, 4):
        grains[(y - 40 - 60 * row) ** 2 + (x - 40 - 80 * column) ** 2 <= 13**2] = 1
    film = 60 + 90 * cv2.GaussianBlur(grains, (0, 0), 1.5) + rng.normal(0, 6, grains.shape)
    film = np.clip(film, 0, 255).astype(np.uint8)
    drawn = cv2.putText(film.copy(), "500 nm", (180, 215), 0, 0.8, 255, 2, cv2.LINE_AA)
    drawn[222:228, 180:290] = 255
    return film, drawn


def test_letters_and_bars_do_not_become_grains(drawn_on, imaged):
    film, drawn = (imaged(grey) for grey in drawn_on)
    options = SegmentationSettings(method="fast")
    expected = segment(preprocess(film, PreprocessingSettings()), options)
    prepared = preprocess(drawn, PreprocessingSettings())
    found = segment(prepared, options)
    kept = segment(preprocess(drawn, PreprocessingSettings(annotations=False)), options)
    assert expected.n_grains == found.n_grains == 12
    assert kept.n_grains > 15
    assert not found.labels[prepared.masked].any()
    same = (found.labels > 0) == (expected.labels > 0)
    assert same.mean() > 0.998
    assert "left out" in found.warnings[0]


def test_a_grain_that_is_cut_keeps_its_largest_piece():
    labels = np.zeros((8, 12), np.int32)
    labels[1:7, 1:8] = 1
    labels[1:7, 9:12] = 2
    masked = np.zeros(labels.shape, bool)
    masked[:, 3] = True
    left = leave_out(labels, masked, 1)
    assert left[2].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 0, 2, 2, 2]


def test_labels_stay_without_gaps_when_a_grain_falls_below_the_smallest_area():
    labels = np.array([[1, 1, 1, 0, 2, 2, 2, 0, 3, 3]], np.int32)
    masked = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 0, 0]], bool)
    assert leave_out(labels, masked, 2).tolist() == [[0, 0, 0, 0, 1, 1, 1, 0, 2, 2]]
    everything = np.ones_like(masked)
    assert leave_out(labels, everything, 1).max() == 0


def test_diagonal_neighbours_stay_one_piece():
    labels = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1]], np.int32)
    masked = np.zeros(labels.shape, bool)
    masked[1, 2] = True
    assert leave_out(labels, masked, 1).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_nothing_is_cut_where_no_grain_is_masked(rng):
    labels = np.kron(np.arange(1, 7).reshape(2, 3), np.ones((4, 4))).astype(np.int32)
    labels[:, 5] = 0
    micrograph = Micrograph(
        "grey",
        rng.normal(0, 1, labels.shape).astype(np.float32),
        PixelSize(1.0, 0.0, "option"),
        Frame.whole(labels.shape),
        masked=labels == 0,
    )
    assert np.array_equal(leave_out(labels, micrograph.masked, 1), labels)
