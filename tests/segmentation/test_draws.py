"""What a draw moves: families of near-copies, shifted scores, moved settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import grainscope
from grainscope.opencv import cv2
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.segmentation import clustered_draws, segment, segment_in_draws, tiles
from grainscope.segmentation.candidate_features import FEATURES
from grainscope.segmentation.clustered_draws import moved_settings
from grainscope.segmentation.context import shortlist
from grainscope.segmentation.learnt import ScoredTile
from grainscope.segmentation.learnt_draws import founder_of, shifted_score
from grainscope.segmentation.overlap_kernels import founders
from grainscope.segmentation.overlaps import overlaps
from grainscope.settings import SegmentationSettings

DEFAULT, FAST = SegmentationSettings(), SegmentationSettings(method="fast")
#: Three near-copies in one row, and a region far from them.
STRETCHES = ((0, 100), (0, 110), (0, 90), (150, 200))


def stretches(*ends, width=200):
    """Masks of one row: columns start to stop."""
    x = np.arange(width)[None]
    return [(x >= start) & (x < stop) for start, stop in ends]


@pytest.fixture
def tile_of(regions_of):
    """Candidates with their scores, as a tile holds them."""

    def build(masks, score):
        n = len(masks)
        features = np.zeros((n, len(FEATURES)), np.float32)
        listed = shortlist(regions_of(masks), features, np.ones(n), masks[0].shape)
        whole = tuple(slice(0, side) for side in masks[0].shape)
        tile = tiles.Tile(whole, whole, masks[0].shape)
        return ScoredTile(tile, listed, np.asarray(score, float))

    return build


# ---- families


def families(masks, order, regions_of, least_iou=0.5):
    regions = regions_of(masks)
    graph = overlaps(regions, masks[0].shape)
    return founders(regions.area_px, np.asarray(order), *graph, least_iou)


def test_near_copies_follow_the_best_of_them_and_one_far_off_stays_alone(tile_of):
    scored = tile_of(stretches(*STRETCHES), [0.6, 0.9, 0.7, 0.5])
    assert founder_of(scored.listed, scored.score).tolist() == [1, 1, 1, 3]
    assert founder_of(scored.listed, np.array([0.9, 0.6, 0.7, 0.5])).tolist() == [0, 0, 0, 3]


def test_of_equals_the_first_founds(tile_of):
    scored = tile_of(stretches(*STRETCHES), [0.5] * 4)
    assert founder_of(scored.listed, scored.score).tolist() == [0, 0, 0, 3]


def test_a_copy_of_a_copy_need_not_belong(regions_of):
    """IoU 0.6 from one to the next, 0.33 over two: the second begins another family."""
    masks = stretches((0, 80), (20, 100), (40, 120))
    assert families(masks, [0, 1, 2], regions_of).tolist() == [0, 0, 2]
    assert families(masks, [1, 0, 2], regions_of).tolist() == [1, 1, 1]


def test_an_iou_at_the_limit_is_not_above_it(regions_of):
    assert families(stretches((0, 100), (0, 50)), [0, 1], regions_of).tolist() == [0, 1]
    assert families(stretches((0, 100), (0, 51)), [0, 1], regions_of).tolist() == [0, 0]


def brute_founders(masks, order, least_iou):
    found = {}
    for i in order:
        for j in order if i not in found else ():
            iou = (masks[i] & masks[j]).sum() / (masks[i] | masks[j]).sum()
            if j not in found and iou > least_iou:
                found[j] = i
    return [found[k] for k in range(len(masks))]


def test_families_are_those_of_the_plain_definition(regions_of, rng):
    n_families = []
    for _ in range(60):
        start, stop = np.sort(rng.choice(40, (15, 2)), axis=1).T
        masks = stretches(*zip(start, stop + 1, strict=True), width=50)
        order = rng.permutation(15)
        for least_iou in (0.3, 0.5, 0.8):
            found = families(masks, order, regions_of, least_iou)
            assert found.tolist() == brute_founders(masks, order, least_iou)
            assert (found[found] == found).all()  # a founder founded its own
            n_families.append(len(set(found)))
    assert min(n_families) < 6
    assert max(n_families) > 10


# ---- scores

NOTHING = np.zeros(4)


@pytest.fixture
def model(tiny_grain_model):
    """Knows its spread: 0.1 at a score of 0.3, 0.2 at 0.9."""
    found_sd = np.array([0.1, 0.2])
    return replace(tiny_grain_model, found_sd=found_sd, image_sd=0.5, outline_sd=0.3)


@pytest.fixture
def scored(tile_of):
    return tile_of(stretches(*STRETCHES), [0.6, 0.9, 0.3, 0.6])


def shift(scored, model, of_image=(0.0, 0.0), of_family=NOTHING):
    founder = founder_of(scored.listed, scored.score)
    moved = shifted_score(scored, founder, model, np.array(of_image), np.asarray(of_family))
    return (moved - scored.score).tolist()


def test_an_image_moves_all_scores_by_their_own_spread(scored, model):
    sd = np.array([0.15, 0.2, 0.1, 0.15])
    assert shift(scored, model, (2.0, 0.0)) == pytest.approx(2.0 * 0.5 * sd)
    assert shift(scored, replace(model, image_sd=0.0), (2.0, 0.0)) == [0] * 4


def test_near_copies_move_with_their_founder_whatever_their_own_numbers(scored, model):
    sd = np.array([0.15, 0.2, 0.1, 0.15])
    found = shift(scored, model, of_family=[7.0, 1.0, -9.0, -2.0])
    assert found == pytest.approx(sd * [1, 1, 1, -2])


def test_wide_outlines_gain_what_narrow_ones_lose(scored, model):
    """By the logarithm of the area against that of the founder, here the 110 px one."""
    expected = 0.3 * 1.5 * np.log([100 / 110, 1, 90 / 110, 1])
    assert shift(scored, model, (0.0, 1.5)) == pytest.approx(expected)
    assert shift(scored, model, (0.0, -1.5)) == pytest.approx(-expected)


def test_a_model_without_spread_moves_nothing(scored, tiny_grain_model):
    assert shift(scored, tiny_grain_model, (3.0, 3.0), np.full(4, 3.0)) == [0] * 4


def test_shifts_scatter_as_the_model_says(scored, model, rng):
    founder = founder_of(scored.listed, scored.score)
    moved = np.array(
        [
            shifted_score(scored, founder, model, rng.normal(size=2), rng.normal(size=4))
            for _ in range(4000)
        ]
    )
    assert moved.mean(axis=0) == pytest.approx(scored.score, abs=0.01)
    own = np.array([0.15, 0.2, 0.1, 0.15]) * np.hypot(1, 0.5)
    outline = 0.3 * np.log([100 / 110, 1, 90 / 110, 1])
    assert moved.std(axis=0) == pytest.approx(np.hypot(own, outline), rel=0.05)
    # Two families of one image share what the image does: 0.5² of 1 + 0.5².
    assert np.corrcoef(moved[:, 1], moved[:, 3])[0, 1] == pytest.approx(0.2, abs=0.05)


# ---- settings of the fast method


@given(
    seed=st.integers(0, 1000),
    draw=st.integers(0, 1000),
    probability=st.floats(0.05, 0.95),
    persistence=st.floats(0, 1),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_moved_settings_stay_near_and_valid(seed, draw, probability, persistence):
    given_ = SegmentationSettings(grain_probability=probability, split_persistence=persistence)
    moved = moved_settings(given_, seed, draw)
    assert SegmentationSettings(**moved.model_dump()) == moved  # valid as a user's would be
    assert abs(moved.grain_probability - probability) <= 0.25
    assert abs(moved.split_persistence - persistence) <= 0.25
    assert abs(moved.min_edge_strength - given_.min_edge_strength) <= 0.15
    kept = set(SegmentationSettings.model_fields) - set(clustered_draws._MOVES)
    assert all(getattr(moved, name) == getattr(given_, name) for name in kept)
    assert moved == moved_settings(given_, seed, draw)


def test_settings_move_to_both_sides_alike():
    moved = [moved_settings(FAST, 0, draw).grain_probability for draw in range(2000)]
    assert np.mean(moved) == pytest.approx(FAST.grain_probability, abs=0.01)
    assert np.std(moved) == pytest.approx(0.5 / np.sqrt(12), rel=0.05)


# ---- whole films


@pytest.fixture(scope="module")
def film():
    """Discs of all strengths; a strip across them is masked."""
    rng = np.random.default_rng(2)
    y, x = np.indices((170, 190))
    grey = np.full(y.shape, 60.0)
    for row, column in np.ndindex(5, 5):
        away = np.hypot(y - 17 - 34 * row, x - 19 - 38 * column)
        grey[away < rng.uniform(5, 14)] += rng.uniform(8, 70)
    grey = cv2.GaussianBlur(grey, (0, 0), 1.5) + rng.normal(0, 8, grey.shape)
    masked = np.zeros(grey.shape, bool)
    masked[80:90] = True
    size, frame = PixelSize(5.0, 0.0, "option"), Frame.whole(grey.shape)
    return Micrograph("film", grey.astype(np.float32), size, frame, masked=masked)


@pytest.fixture(scope="module")
def uncertain():
    model = grainscope.load_model()
    return replace(model, found_sd=np.full_like(model.found_iou, 0.3), image_sd=0.3, outline_sd=0.1)


@pytest.fixture(scope="module", params=[DEFAULT, FAST], ids=["default", "fast"])
def drawn(request, film, uncertain):
    options = request.param
    model = uncertain if options is DEFAULT else None
    segmented, draws = segment_in_draws(film, options, model, 0, 6)
    return segmented, list(draws)


def test_draws_are_valid_labels_and_nothing_masked_is_a_grain(film, drawn):
    segmented, draws = drawn
    assert np.unique(segmented.labels[[79, 90]]).size > 2  # grains do reach the strip
    for found in (segmented, *draws):
        assert not found.labels[film.masked].any()
        value, first, area = np.unique(found.labels, return_index=True, return_counts=True)
        assert value.tolist() == list(range(found.n_grains + 1))
        assert (np.diff(first[1:]) > 0).all()
        assert area[1:].min() >= DEFAULT.min_area_px


def test_draws_of_the_fast_method_share_its_clustering(film):
    segmented, draws = segment_in_draws(film, FAST, None, 0, 6)
    draws = list(draws)
    assert len({draw.labels.tobytes() for draw in draws}) > 1
    assert all(draw.model is segmented.model for draw in draws)
    given_, again = segment_in_draws(film, FAST, segmented.model, 0, 6)
    assert given_.model is segmented.model
    assert all(
        np.array_equal(one.labels, other.labels) for one, other in zip(draws, again, strict=True)
    )


def test_a_fast_draw_is_the_method_with_moved_settings(film):
    segmented, draws = segment_in_draws(film, FAST, None, 5, 3)
    for k, draw in enumerate(draws):
        expected = segment(film, moved_settings(FAST, 5, k), segmented.model)
        assert np.array_equal(draw.labels, expected.labels)


def test_tiles_are_drawn_together(film, uncertain, monkeypatch):
    """Without spread a film of several tiles gives itself; with it, draws still differ."""
    monkeypatch.setattr(tiles, "_SIDE_PX", 175)
    monkeypatch.setattr(tiles, "HALO_PX", 20)
    assert len(list(tiles.tiles_of(film.intensity.shape))) > 1
    sure = replace(uncertain, found_sd=0 * uncertain.found_sd, image_sd=0.0, outline_sd=0.0)
    segmented, draws = segment_in_draws(film, DEFAULT, sure, 0, 2)
    assert all(np.array_equal(draw.labels, segmented.labels) for draw in draws)
    _, draws = segment_in_draws(film, DEFAULT, uncertain, 0, 3)
    assert len({draw.labels.tobytes() for draw in draws}) == 3
