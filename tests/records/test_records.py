"""Records: frozen, gated, and still frozen after a trip through pickle."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

from grainscope.records import Frame, Micrograph, PixelSize, Segmentation


@pytest.fixture
def micrograph(imaged) -> Micrograph:
    return imaged(np.arange(12, dtype=np.uint16).reshape(3, 4))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))])
def test_a_copy_is_as_read_only_as_the_original(micrograph, copied):
    twin = copied(micrograph)
    assert np.array_equal(twin.intensity, micrograph.intensity)
    assert twin.pixel_size == micrograph.pixel_size
    with pytest.raises(ValueError, match="read-only"):
        twin.intensity[0, 0] = 1


def test_the_callers_array_is_viewed_not_copied_and_stays_writeable(imaged):
    grey = np.zeros((3, 4), np.uint8)
    record = imaged(grey)
    assert np.shares_memory(record.intensity, grey)
    grey[0, 0] = 1


def test_a_field_cannot_be_reassigned(micrograph):
    with pytest.raises(dataclasses.FrozenInstanceError):
        micrograph.name = "other"


def test_grey_levels_keep_8_and_16_bit_and_become_float32_otherwise(imaged):
    assert imaged(np.zeros((2, 2), np.uint16)).intensity.dtype == np.uint16
    assert imaged(np.zeros((2, 2), np.float64)).intensity.dtype == np.float32


def test_the_frame_cuts_out_the_film(imaged):
    whole = imaged(np.arange(12, dtype=np.uint8).reshape(3, 4))
    film = dataclasses.replace(whole, frame=Frame(1, 3, 0, 2)).film_intensity
    assert film.tolist() == [[4, 5], [8, 9]]
    with pytest.raises(ValueError, match="does not fit"):
        dataclasses.replace(whole, frame=Frame(1, 4, 0, 2))


@pytest.mark.parametrize(
    ("value", "uncertainty", "source"),
    [(0, 0, "option"), (-1, 0, "option"), (np.nan, 0, "option"), (5, -1, "option"), (5, 0, "")],
)
def test_an_impossible_pixel_size_is_refused(value, uncertainty, source):
    with pytest.raises(ValueError, match="pixel size"):
        PixelSize(value, uncertainty, source)


def test_a_pixel_size_knows_its_kind():
    assert PixelSize(11.65, 0, "vendor:zeiss AP_WIDTH").kind == "vendor"
    assert PixelSize(5, 0, "nominal").is_nominal
    assert PixelSize(5, 0, "nominal").um == pytest.approx(0.005)


def test_labels_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match="2"):
        Segmentation(np.zeros(4, np.int32), PixelSize(5, 0, "option"), Frame(0, 1, 0, 4))


def test_a_segmentation_without_grains_has_none(labelled):
    assert labelled(np.zeros((3, 3))).n_grains == 0
    assert labelled("1.2\n1.3").n_grains == 3
