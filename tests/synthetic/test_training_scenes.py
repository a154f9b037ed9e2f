"""Training scenes: equal draws, well-formed truth, grains that can be seen, and variety."""

import numpy as np
import pytest
from scipy import ndimage

from grainscope.opencv import cv2
from grainscope.synthetic import draw_scene
from grainscope.synthetic.scene_annotation import annotated
from grainscope.synthetic.scene_draws import choose
from grainscope.synthetic.scene_kernels import attach_discs, keep_apart, stamp_outlines
from grainscope.synthetic.scene_labels import contacts, depth_px, distance_px
from grainscope.synthetic.scene_layout import Layout, tidied
from grainscope.synthetic.scene_outlines import draw_outlines
from grainscope.synthetic.scene_sizes import draw_size_law
from grainscope.synthetic.scene_visibility import (
    contact_visibility,
    edge_contrast,
    least_contrast,
)

TOUCHING = np.ones((3, 3))


@pytest.fixture(scope="module")
def scenes():
    """Thirty scenes of the size at which the widest grains fit."""
    return [draw_scene((384, 384), np.random.default_rng(seed)) for seed in range(30)]


def diameters(labels):
    return 2 * np.sqrt(np.bincount(labels.ravel())[1:] / np.pi)


def test_equal_states_give_equal_bytes_and_the_next_draw_another_scene():
    first, second = np.random.default_rng(7), np.random.default_rng(7)
    for _ in range(2):
        one, other = draw_scene((96, 130), first), draw_scene((96, 130), second)
        assert one.intensity.tobytes() == other.intensity.tobytes()
        assert one.labels.tobytes() == other.labels.tobytes()
    assert first.bit_generator.state == second.bit_generator.state
    assert draw_scene((96, 130), first).intensity.tobytes() != one.intensity.tobytes()


@pytest.fixture
def threads():
    """Return OpenCV's setter, and put back what it was."""
    before = cv2.getNumThreads()
    yield cv2.setNumThreads
    cv2.setNumThreads(before)


def test_bytes_do_not_depend_on_threads(threads):
    apart = np.random.default_rng(0).random((384, 384)) > 1e-4
    pictures, distances = [], []
    for n_threads in (1, 2):
        threads(n_threads)
        pictures.append([draw_scene((384, 384), np.random.default_rng(s)) for s in (109, 114, 132)])
        distances.append(distance_px(apart))
    for one, other in zip(*pictures, strict=True):
        assert one.intensity.tobytes() == other.intensity.tobytes()
        assert one.labels.tobytes() == other.labels.tobytes()
    assert distances[0].tobytes() == distances[1].tobytes()
    exact = ndimage.distance_transform_edt(apart)
    np.testing.assert_allclose(distances[0], exact, rtol=1e-6)


@pytest.mark.parametrize("shape", [(32, 32), (64, 200), (201, 63)])
def test_any_shape_is_drawn(shape):
    for seed in range(6):
        scene = draw_scene(shape, np.random.default_rng(seed))
        assert scene.intensity.shape == scene.labels.shape == shape


def test_each_grain_is_one_region_of_8_px_and_numbers_have_no_gaps(scenes):
    for scene in scenes:
        area = np.bincount(scene.labels.ravel())[1:]
        assert area.min() >= 8
        for number, box in enumerate(ndimage.find_objects(scene.labels), start=1):
            assert ndimage.label(scene.labels[box] == number, TOUCHING)[1] == 1


def test_a_scene_claims_no_scale(scenes):
    assert {(s.scale_bar_px, s.scale_bar_label, s.pixel_size_nm) for s in scenes} == {(0, "", 1.0)}


def test_grains_are_brighter_than_the_film_beside_them(scenes):
    brighter = []
    for scene in scenes:
        contrast = edge_contrast(scene.intensity.astype(np.float32), scene.labels)
        brighter.extend(contrast[np.isfinite(contrast)] > 0)
    assert np.mean(brighter) > 0.98


def test_scenes_differ_in_size_number_and_cover(scenes):
    widths = np.concatenate([diameters(scene.labels) for scene in scenes])
    assert widths.min() < 4
    assert widths.max() > 150
    medians = [np.median(diameters(scene.labels)) for scene in scenes]
    assert np.quantile(medians, 0.9) / np.quantile(medians, 0.1) > 5
    cover = [np.mean(scene.labels > 0) for scene in scenes]
    assert min(cover) < 0.2
    assert max(cover) > 0.6
    assert any(contacts(scene.labels).mean() > 0.01 for scene in scenes)
    assert any(not contacts(scene.labels).any() for scene in scenes)


def test_burnt_pixels_are_all_that_annotation_changes():
    rng = np.random.default_rng(0)
    grey = np.full((200, 240), 100, np.uint8)
    for _ in range(20):
        picture, burnt = annotated(grey, rng)
        assert burnt.any()
        assert (picture[~burnt] == 100).all()
    assert (grey == 100).all()


def test_no_grain_lies_under_letters(monkeypatch):
    seen = []

    def remember(intensity, rng):
        picture, burnt = annotated(intensity, rng)
        seen.append(burnt)
        return picture, burnt

    monkeypatch.setattr("grainscope.synthetic.scene.annotated", remember)
    for seed in range(40):
        seen.clear()
        scene = draw_scene((96, 96), np.random.default_rng(seed))
        if seen:
            assert not scene.labels[seen[-1]].any()


def test_a_grain_on_top_hides_the_one_below_and_equals_share():
    rows, columns = np.indices((41, 60), dtype=np.float32)
    centres = np.array([[20.0, 22.0], [20.0, 38.0]])
    discs = np.full((2, 64), 1 / 12.0)
    whole = np.pi * 12**2
    above, _, drawn = stamp_outlines(centres, discs, np.array([0, 1]), rows, columns, 0.0)
    assert drawn == pytest.approx([whole, whole], rel=0.05)
    assert np.count_nonzero(above == 1) == drawn[0]
    assert np.count_nonzero(above == 2) < 0.9 * drawn[1]
    shared, profile, _ = stamp_outlines(centres, discs, np.array([0, 0]), rows, columns, 0.0)
    assert np.count_nonzero(shared == 1) == pytest.approx(np.count_nonzero(shared == 2), rel=0.1)
    assert profile[20, 22] == 1


@pytest.mark.parametrize("seed", range(12))
def test_outlines_enclose_the_area_of_their_disc(seed):
    rng = np.random.default_rng(seed)
    wanted = rng.uniform(4, 200, 50)
    outlines = draw_outlines(wanted, rng)
    assert (outlines > 0).all()
    np.testing.assert_allclose(2 * np.sqrt((outlines**2).mean(axis=1)), wanted, rtol=1e-9)


def test_narrow_grains_have_no_bays():
    rng = np.random.default_rng(3)
    for _ in range(10):
        outlines = draw_outlines(np.full(30, 6.0), rng)
        spectrum = np.abs(np.fft.rfft(outlines, axis=1)) / outlines.shape[1]
        assert spectrum[:, 9:].max() < 0.1


@pytest.mark.parametrize("zoom", [0.5, 1.0, 2.0])
def test_sizes_scale_with_the_zoom(zoom):
    for seed in range(20):
        shape = (round(384 * zoom), round(384 * zoom))
        law, _ = draw_size_law(shape, zoom, np.random.default_rng(seed))
        widths = law(200, np.random.default_rng(0)) / zoom
        assert 3.4 - 1e-9 <= widths.min() <= widths.max() <= 250 + 1e-9


def test_accepted_discs_keep_their_distance():
    rng = np.random.default_rng(0)
    centres, radii = rng.random((300, 2)) * 100, rng.uniform(1, 6, 300)
    kept = keep_apart(centres, radii, 1.5)
    centres, radii = centres[kept], radii[kept]
    distance = np.hypot(*(centres[:, None] - centres).T)
    gap = distance - radii[:, None] - radii
    assert gap[~np.eye(len(radii), dtype=bool)].min() >= 1.5


def test_clusters_touch_and_do_not_overlap():
    rng = np.random.default_rng(1)
    radii = rng.uniform(2, 4, 40)
    angles, parents = rng.uniform(0, 2 * np.pi, (40, 30)), rng.random((40, 30))
    centres = attach_discs(np.zeros((1, 2)), radii, angles, parents, 1.0)
    placed = np.isfinite(centres[:, 0])
    assert placed.sum() > 20
    centres, radii = centres[placed], radii[placed]
    gap = np.hypot(*(centres[:, None] - centres).T) - radii[:, None] - radii
    np.fill_diagonal(gap, np.inf)
    assert gap.min() > -0.01
    assert gap.min(axis=1).max() < 0.01


def test_tidying_keeps_the_largest_part_of_8_px():
    labels = np.zeros((6, 12), np.int32)
    labels[:, :3], labels[0, 5], labels[2:4, 6:9] = 5, 5, 2
    tidy = tidied(Layout(labels, np.ones(labels.shape, np.float32)))
    assert np.bincount(tidy.labels.ravel()).tolist() == [72 - 18, 18]
    assert tidy.profile.sum() == 18


def test_depth_ends_at_a_contact():
    labels = np.repeat([[1, 1, 1, 1, 1, 2, 2, 2, 2, 2]], 9, axis=0).astype(np.int32)
    assert depth_px(labels)[4].tolist() == [4.5, 3.5, 2.5, 1.5, 0.5, 0.5, 1.5, 2.5, 3.5, 4.5]


def test_visibility_by_hand():
    labels = np.zeros((20, 20), np.int32)
    labels[5:15, 5:15] = 1
    level = np.where(labels > 0, 0.7, 0.4).astype(np.float32)
    assert edge_contrast(level, labels)[1] == pytest.approx(0.3)
    assert least_contrast(labels, 0.1)[1] == pytest.approx(0.1)  # 100 px: by its edge
    assert least_contrast(labels[:8, :8], 0.1)[1] == pytest.approx(0.7 / 3)  # 9 px: by its area
    assert contact_visibility(level, labels) == np.inf


def test_choices_follow_their_weights():
    rng = np.random.default_rng(0)
    drawn = [choose(rng, {"a": 1.0, "b": 3.0, "c": 0.0}) for _ in range(4000)]
    assert drawn.count("b") / 4000 == pytest.approx(0.75, abs=0.03)
    assert "c" not in drawn
