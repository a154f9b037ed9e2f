import numpy as np
import pytest

from grainscope.edits import apply_edit, reclassify
from grainscope.records import Frame


@pytest.fixture
def film(rng):
    """Discs of grey 150 on film of 50 with noise of 8; all but the first three are labelled."""
    y, x = np.indices((160, 200))
    labels, truth = np.zeros(y.shape, np.int32), np.zeros(y.shape, np.int32)
    places = [(40, 40), (40, 90), (100, 60), (40, 140), (90, 120), (120, 160), (130, 100)]
    for number, (row, column) in enumerate(places, start=1):
        inside = (y - row) ** 2 + (x - column) ** 2 <= (6 + number) ** 2
        truth[inside] = number
        if number > 3:
            labels[inside] = number
    grey = np.where(truth > 0, 150.0, 50.0) + rng.normal(0, 8, truth.shape)
    return labels, truth, grey.astype(np.float32), places


@pytest.mark.parametrize("polarity", [1, -1])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_missed_grain_is_found_at_half_height(film, number, polarity):
    labels, truth, grey, places = film
    edit = reclassify(labels, polarity * grey, places[number - 1], 20, Frame.whole(labels.shape))
    found, true = apply_edit(labels, edit) == 20, truth == number
    assert (found & true).sum() / (found | true).sum() > 0.93
    assert edit.asked["level"] == pytest.approx(polarity * 100, abs=3)
    assert edit.asked["level_from"] == "grains near by"


def test_a_grain_becomes_film(film):
    labels, _truth, grey, places = film
    edit = reclassify(labels, grey, places[4], 20, Frame.whole(labels.shape))
    assert not (apply_edit(labels, edit) == 5).any()
    assert edit.grains == (5,)


def test_without_any_grain_the_level_is_otsus(film):
    labels, truth, grey, places = film
    none = np.zeros_like(labels)
    edit = reclassify(none, grey, places[6], 1, Frame.whole(labels.shape))
    found, true = apply_edit(none, edit) == 1, truth == 7
    assert (found & true).sum() / (found | true).sum() > 0.93
    assert edit.asked["level_from"] == "otsu"


def test_what_looks_like_film_or_has_no_end_is_refused(film):
    labels, _truth, grey, places = film
    frame = Frame.whole(labels.shape)
    with pytest.raises(ValueError, match=r"got grey .*, expected above"):
        reclassify(labels, grey, (5, 5), 20, frame)
    with pytest.raises(ValueError, match="no end near by"):
        reclassify(labels, grey + 60 * (np.indices(grey.shape)[0] > 140), (150, 2), 20, frame)
    with pytest.raises(ValueError, match="equally bright"):
        reclassify(labels, np.ones_like(grey), (5, 5), 20, frame)
    with pytest.raises(ValueError, match="outside the frame"):
        reclassify(labels, grey, (5, 5), 20, Frame(10, 160, 0, 200))
    row, column = places[3]
    wide = grey + 100 * (np.hypot(*(np.indices(grey.shape).T - (row, column)).T) < 13)
    with pytest.raises(ValueError, match="next to a grain"):
        reclassify(labels, wide, (row, column + 11), 20, frame)


def test_the_pixel_beside_another_grain_stays_film(film):
    labels, _truth, grey, places = film
    row, column = places[4]
    _y, x = np.indices(grey.shape)
    bright = np.where((labels == 0) & (np.abs(x - column - 15) < 4) & (_y > row - 9), 150, grey)
    bright = np.where(_y < row + 9, bright, grey)
    edit = reclassify(labels, bright, (row, column + 15), 20, Frame.whole(labels.shape))
    after = apply_edit(labels, edit)
    new, old = np.argwhere(after == 20), np.argwhere(after == 5)
    assert np.abs(new[:, None] - old[None]).max(axis=2).min() == 2


def test_film_shut_off_by_another_grain_stays_film(is_sound):
    radius = np.hypot(*(np.indices((121, 121)) - 60))
    labels = np.where((radius > 5) & (radius < 9), 5, 0).astype(np.int32)
    grey = np.where(radius < 20, 150.0, 50.0)
    edit = reclassify(labels, grey, (60, 75), 6, Frame.whole(labels.shape))
    after = apply_edit(labels, edit)
    assert after[60, 60] == 0
    assert (after == 6)[(radius > 11) & (radius < 19)].all()
    assert is_sound(after)
