"""A hole that shows no film belongs to the grain around it."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.segmentation.bright_holes import fill_bright_holes

FILM, GRAIN = 10.0, 110.0


def holed(level, labels=None):
    """A square grain with a hole of some grey level, on film."""
    if labels is None:
        labels = np.zeros((20, 24), np.int32)
        labels[3:16, 4:18] = 7
    labels = labels.copy()
    film = np.where(labels > 0, GRAIN, FILM).astype(np.float32)
    labels[8:11, 9:12], film[8:11, 9:12] = 0, level
    return labels, film


@pytest.mark.parametrize(("level", "filled"), [(FILM, False), (55, False), (65, True), (200, True)])
def test_half_way_between_film_and_grain_decides(level, filled):
    labels, film = holed(level)
    found = fill_bright_holes(labels, film)
    assert (found[9, 10] == 7) == filled
    assert np.array_equal(found != labels, (labels == 0) & (found == 7))
    assert (found[:3] == 0).all()


def test_shift_and_contrast_of_the_picture_do_not_matter():
    labels, film = holed(65.0)
    expected = fill_bright_holes(labels, film)
    for scaled in (film * np.float32(1e-3) - 5, film * 200 + 1000):
        assert np.array_equal(fill_bright_holes(labels, scaled), expected)


def test_what_borders_on_two_grains_or_holds_one_is_no_hole():
    halves = np.zeros((20, 24), np.int32)
    halves[3:16, 4:10], halves[3:16, 10:18] = 1, 2
    labels, film = holed(GRAIN, halves)
    assert np.array_equal(fill_bright_holes(labels, film), labels)
    labels, film = holed(GRAIN)
    labels[9, 10] = 3
    assert np.array_equal(fill_bright_holes(labels, film), labels)


def test_a_bay_and_a_notch_at_the_frame_are_no_holes():
    labels = np.full((12, 12), 1, np.int32)
    labels[:, 11] = 0
    film = np.where(labels > 0, GRAIN, FILM).astype(np.float32)
    labels[0, 3:6] = 0  # at the frame
    labels[6, 6:] = 0  # open to the film
    assert np.array_equal(fill_bright_holes(labels, film), labels)


@pytest.mark.parametrize("value", [0, 1])
def test_without_film_or_without_grains_nothing_is_filled(value):
    labels = np.full((9, 9), value, np.int32)
    labels[4, 4] = 0
    film = np.zeros((9, 9), np.float32)
    assert np.array_equal(fill_bright_holes(labels, film), labels)


def test_each_hole_is_judged_by_its_own_grain():
    labels = np.zeros((12, 30), np.int32)
    film = np.full(labels.shape, FILM, np.float32)
    for label, left, level in ((1, 2, 200.0), (2, 17, 60.0)):
        labels[2:10, left : left + 10], film[2:10, left : left + 10] = label, level
        labels[5, left + 4], film[5, left + 4] = 0, 50.0
    found = fill_bright_holes(labels, film)
    assert found[5, 6] == 0  # a third of the way up
    assert found[5, 21] == 2  # nearly all
