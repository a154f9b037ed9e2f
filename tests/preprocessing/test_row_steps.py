"""Steps between rows agree to the last bit with medians of whole rows."""

import numpy as np
import pytest

from grainscope.preprocessing.row_step_kernel import steps_of_film

CLIP = 2.5


def by_sorting(film):
    steps = np.diff(film, axis=0)
    middle = np.median(steps, axis=1, keepdims=True)
    steps -= middle
    spread = 1.4826 * np.median(np.abs(steps), axis=1, keepdims=True)
    inside = np.abs(steps) <= CLIP * spread
    steps[~inside] = 0
    return steps, middle[:, 0], inside.sum(axis=1)


@pytest.mark.parametrize("width", [1, 2, 3, 100, 1001])
@pytest.mark.parametrize("kind", ["grey", "whole", "constant", "hot", "tiny"])
def test_steps_are_those_found_by_sorting(rng, width, kind):
    film = {
        "grey": rng.normal(90, 20, (20, width)),
        "whole": rng.integers(0, 9, (20, width)),
        "constant": np.full((20, width), 7),
        "hot": np.where(rng.random((20, width)) > 0.98, 1e20, rng.normal(0, 1, (20, width))),
        "tiny": rng.normal(0, 1e-38, (20, width)),
    }[kind].astype(np.float32)
    for found, expected in zip(steps_of_film(film, CLIP), by_sorting(film), strict=True):
        assert np.array_equal(found, expected)


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_steps_beyond_what_a_float_holds_are_edges(rng):
    film = rng.normal(0, 1, (20, 1001)).astype(np.float32)
    film[rng.random(film.shape) > 0.98] = 3e38
    film[rng.random(film.shape) > 0.98] = -3e38
    for found, expected in zip(steps_of_film(film, CLIP), by_sorting(film), strict=True):
        assert np.array_equal(found, expected)


def test_what_is_no_number_does_no_harm():
    steps_of_film(np.full((20, 100), np.nan, np.float32), CLIP)
