"""The whole stage on films whose truth is drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from grainscope.errors import ModelError
from grainscope.preprocessing import preprocess
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.segmentation import segment
from grainscope.settings import PreprocessingSettings, SegmentationSettings

FAST = SegmentationSettings(method="fast")


@pytest.fixture
def film(rng):
    """Twelve discs of 6–13 px, apart, on a noisy film; and their label image."""
    y, x = np.indices((180, 240))
    truth = np.zeros(y.shape, np.int32)
    for k, (row, column) in enumerate(np.ndindex(3, 4)):
        cy, cx = 30 + 60 * row + rng.uniform(-5, 5), 30 + 60 * column + rng.uniform(-5, 5)
        truth[(y - cy) ** 2 + (x - cx) ** 2 <= (6 + 7 * k / 11) ** 2] = k + 1
    grey = np.where(truth > 0, 150, 50) + rng.normal(0, 8, truth.shape)
    return grey.astype(np.float32), truth


def iou(found, truth):
    return np.count_nonzero((found > 0) & (truth > 0)) / np.count_nonzero((found > 0) | (truth > 0))


@pytest.mark.parametrize(("clustering", "n_classes"), [("kmeans", 2), ("gaussian_mixture", 4)])
def test_discs_are_found_one_for_one(film, imaged, clustering, n_classes):
    grey, truth = film
    options = SegmentationSettings(method="fast", clustering=clustering, n_classes=n_classes)
    found = segment(preprocess(imaged(grey), PreprocessingSettings()), options)
    assert found.n_grains == 12
    # The mixture's wide class claims the blurred rims; the midpoint of k-means does not.
    assert iou(found.labels, truth) > {"kmeans": 0.95, "gaussian_mixture": 0.8}[clustering]
    pairs = np.unique(np.stack([found.labels[truth > 0], truth[truth > 0]]), axis=1)
    assert len({true for label, true in pairs.T if label}) == 12


def test_labels_are_numbered_in_raster_order_and_connected(film, imaged):
    from skimage.measure import label

    found = segment(imaged(film[0]), FAST).labels
    values, first = np.unique(found, return_index=True)
    assert values.tolist() == list(range(found.max() + 1))
    assert np.all(np.diff(first[1:]) > 0)
    assert label(found, connectivity=2).max() >= found.max()
    for number in values[1:]:
        assert label(found == number, connectivity=2).max() == 1


def test_a_90_degree_turn_changes_nothing_but_order(film, imaged):
    straight = segment(imaged(film[0]), FAST).labels
    turned = np.rot90(segment(imaged(np.rot90(film[0]).copy()), FAST).labels, -1)
    assert turned.max() == straight.max()
    # Separable filters round differently along rows and columns: a pixel may flip.
    assert np.count_nonzero((turned > 0) != (straight > 0)) <= 5


def test_the_same_image_gives_the_same_bytes(film, imaged):
    first = segment(imaged(film[0]), FAST)
    again = segment(imaged(film[0].copy()), FAST)
    assert np.array_equal(first.labels, again.labels)
    assert np.array_equal(first.model.means, again.model.means)


def test_gain_and_offset_of_the_detector_do_not_matter(film, imaged):
    plain = segment(imaged(film[0]), FAST).labels
    amplified = segment(imaged(film[0] * 40 - 900), FAST).labels
    assert np.count_nonzero((plain > 0) != (amplified > 0)) <= 5


def test_a_model_is_applied_without_a_fit(film, imaged):
    fitted = segment(imaged(film[0]), FAST)
    again = segment(imaged(film[0]), FAST, fitted.model)
    assert again.model is fitted.model
    assert np.array_equal(again.labels, fitted.labels)
    nothing = replace(fitted.model, grain_classes=())
    assert segment(imaged(film[0]), FAST, nothing).n_grains == 0


@pytest.mark.parametrize("features", [("colour", "contrast_30px"), ("contrast_0px", "intensity")])
def test_a_model_of_unknown_features_is_refused(film, imaged, features):
    model = segment(imaged(film[0]), FAST).model
    with pytest.raises(ModelError, match=features[0]):
        segment(imaged(film[0]), FAST, replace(model, features=features))


def test_nothing_is_found_outside_the_frame(film):
    grey = np.vstack([film[0], np.full((40, 240), 255, np.float32)])
    framed = Micrograph("bar", grey, PixelSize(5.0, 0.0, "option"), Frame(0, 180, 0, 240))
    bare = Micrograph("bare", film[0], PixelSize(5.0, 0.0, "option"), Frame(0, 180, 0, 240))
    prepared = preprocess(framed, PreprocessingSettings())
    assert np.array_equal(prepared.intensity[180:], grey[180:])
    found = segment(prepared, FAST)
    assert not found.labels[180:].any()
    alone = segment(preprocess(bare, PreprocessingSettings()), FAST)
    assert np.array_equal(found.film_labels, alone.labels)


def test_small_regions_are_dropped_and_large_holes_kept(imaged):
    grey = np.full((80, 120), 20, np.float32)
    grey[10:50, 10:50] = 200
    grey[25:35, 25:35] = 20  # a hole of 100 px
    grey[15:18, 15:18] = 20  # and one of 9
    grey[60:63, 60:63] = 200  # a region of 9
    options = SegmentationSettings(
        method="fast", min_area_px=10, fill_holes_area_px=30, split=False
    )
    labels = segment(imaged(grey), options).labels
    assert labels.max() == 1
    assert labels[30, 30] == 0
    assert labels[16, 16] == 1
    assert labels[61, 61] == 0


def test_patches_without_an_outline_are_noise(imaged, rng):
    """A film with slow texture across the threshold gives patches; a grain has an edge."""
    y, x = np.indices((200, 200))
    grey = 45 + 25 * np.sin(x / 12) * np.sin(y / 12) + rng.normal(0, 1, x.shape)
    for cy, cx in ((57, 19), (19, 132), (170, 57)):  # in troughs, apart from every patch
        grey[(y - cy) ** 2 + (x - cx) ** 2 < 12**2] = 120
    image = imaged(grey.astype(np.float32))
    patchy = SegmentationSettings(method="fast", grain_probability=0.2)
    with_test = segment(image, patchy).n_grains
    without = patchy.model_copy(update={"min_edge_strength": 0})
    assert with_test == 3
    assert segment(image, without).n_grains > 3


@given(
    grey=arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=24),
        elements=st.floats(0, 255, width=32),
    )
)
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_image_gives_gapless_labels(imaged, grey):
    prepared = preprocess(imaged(grey), PreprocessingSettings(polarity="auto"))
    labels = segment(prepared, SegmentationSettings(method="fast", min_area_px=1)).labels
    assert labels.shape == grey.shape
    assert np.unique(labels[labels > 0]).tolist() == list(range(1, labels.max() + 1))


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (64, 64)])
@pytest.mark.parametrize("level", [0, 255])
def test_a_constant_image_has_no_grains(imaged, shape, level):
    image = imaged(np.full(shape, level, np.uint8))
    found = segment(preprocess(image, PreprocessingSettings()), FAST)
    assert found.n_grains == 0


def test_a_lone_small_grain_is_seen(imaged):
    """It covers less than the 0.3 % that the percentiles cut off."""
    grey = np.full((300, 300), 30, np.float32)
    grey[100:110, 200:210] = 180
    assert segment(imaged(grey), FAST).n_grains == 1


def test_one_hot_pixel_does_not_hide_the_film(film, imaged):
    grey = film[0].copy()
    grey[0, 0] = 1e7
    assert segment(imaged(grey), FAST).n_grains == 12


def test_blurred_discs_keep_their_area(imaged, rng):
    """The cut at half height does not move a blurred edge: no bias of the sizes."""
    from scipy.ndimage import gaussian_filter

    y, x = np.indices((300, 300))
    truth = np.zeros(y.shape, bool)
    for row, column in np.ndindex(6, 6):
        cy, cx = 25 + 50 * row + rng.uniform(-4, 4), 25 + 50 * column + rng.uniform(-4, 4)
        truth |= (y - cy) ** 2 + (x - cx) ** 2 <= rng.uniform(5, 16) ** 2
    grey = gaussian_filter(np.where(truth, 150.0, 50.0), 1.2) + rng.normal(0, 8, truth.shape)
    prepared = preprocess(imaged(grey.astype(np.float32)), PreprocessingSettings())
    found = segment(prepared, FAST).labels
    assert np.count_nonzero(found) / np.count_nonzero(truth) == pytest.approx(1, abs=0.03)
