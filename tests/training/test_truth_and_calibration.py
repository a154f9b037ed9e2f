"""Truth of candidates and pixels, calibration of scores, and trees as arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from threadpoolctl import threadpool_limits

from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.scoring import IGNORE_LABEL, score_labels
from grainscope.segmentation import boosted_trees
from grainscope.segmentation.boosted_trees import evaluate_trees
from grainscope.segmentation.context import Shortlist
from grainscope.segmentation.region_runs import Regions
from grainscope.settings import PreprocessingSettings
from grainscope.training import example_of
from grainscope.training import score_training as scores
from grainscope.training.calibration import rising_mean
from grainscope.training.candidate_truth import best_iou
from grainscope.training.grain_model import best_cut
from grainscope.training.pixel_training import CORE, FILM, RIM, pixel_classes
from grainscope.training.score_training import Described
from grainscope.training.tree_training import train_trees

cheap = settings(max_examples=80, deadline=None, derandomize=True)


def region_of(mask):
    change = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, left = np.nonzero(change == 1)
    right = np.nonzero(change == -1)[1]
    runs = np.stack([row, left, right]).astype(np.int32)
    return Regions(np.array([0, len(row)]), *runs, np.array([mask.sum()]))


# ---- truth of a candidate


@given(
    labels=arrays(
        np.int32, (6, 8), elements=st.sampled_from([0, 0, 0, 3, 3, 7, 40_000, IGNORE_LABEL])
    ),
    mask=arrays(bool, (6, 8)),
)
@cheap
def test_the_best_iou_is_that_of_the_sets(labels, mask):
    if not mask.any():
        return
    known = labels != IGNORE_LABEL
    inside = mask & known
    expected = max(
        ((inside & (labels == k)).sum() / (inside | (labels == k)).sum()
         for k in np.unique(labels[known & (labels > 0)])),
        default=0.0,
    )  # fmt: skip
    if (mask & ~known).sum() > 0.5 * mask.sum():
        expected = -1.0
    assert best_iou(region_of(mask), labels) == pytest.approx([expected])


def test_the_best_iou_agrees_with_the_scoring():
    """A candidate is matched by grainscope.scoring exactly where its IoU is above ½."""
    rng = np.random.default_rng(0)
    y, x = np.indices((40, 40))
    matched = []
    for _ in range(80):
        labels = np.zeros((40, 40), np.int32)
        for k in range(1, 5):
            cy, cx, r = rng.uniform(5, 35), rng.uniform(5, 35), rng.uniform(4, 10)
            labels[np.hypot(y - cy, x - cx) < r] = k
        labels[:, :4] = IGNORE_LABEL
        mask = np.hypot(y - cy - rng.normal(0, 3), x - cx) < r * rng.uniform(0.7, 1.2)
        iou = best_iou(region_of(mask), labels)[0]
        if iou < 0:
            continue
        score = score_labels(labels, mask.astype(np.int32))
        assert score.true_positives.tolist() == [int(iou > t) for t in score_levels()]
        matched.append(iou > 0.5)
    assert 10 < sum(matched) < 70


def score_levels():
    from grainscope.scoring import THRESHOLDS

    return np.where(THRESHOLDS > 0.5, THRESHOLDS - 1e-9, THRESHOLDS)


@pytest.mark.parametrize("value", [0, IGNORE_LABEL])
def test_truth_without_grains(value):
    mask = np.ones((3, 4), bool)
    found = best_iou(region_of(mask), np.full((3, 4), value, np.int32))
    assert found.tolist() == [0.0 if value == 0 else -1.0]


def test_half_not_scored_is_scored_and_more_is_not():
    labels = np.array([[1, 1, IGNORE_LABEL, IGNORE_LABEL, IGNORE_LABEL]], np.int32)
    mask = np.array([[1, 1, 1, 1, 0]], bool)
    assert best_iou(region_of(mask), labels).tolist() == [1.0]
    assert best_iou(region_of(np.ones((1, 5), bool)), labels).tolist() == [-1.0]


# ---- classes of pixels


def classes_of(art):
    rows = [line.strip() for line in art.strip().splitlines()]
    labels = np.array([[0 if c == "." else int(c) for c in row] for row in rows], np.int32)
    classes, outline = pixel_classes(labels)
    shown = ["".join(".rC"[c] for c in row) for row in classes]
    return shown, ["".join("x" if o else "." for o in row) for row in outline]


def test_a_square_of_seven_has_a_core_of_three():
    shown, outline = classes_of("""
        .........
        .1111111.
        .1111111.
        .1111111.
        .1111111.
        .1111111.
        .1111111.
        .1111111.
        .........
    """)
    assert shown[1] == ".rrrrrrr."
    assert shown[2] == ".rrrrrrr."
    assert shown[3] == shown[4] == shown[5] == ".rrCCCrr."
    assert shown[6] == shown[7] == ".rrrrrrr."
    assert shown[0] == shown[8] == "........."
    assert outline[0] == ".xxxxxxx."
    assert outline[1] == "xxxxxxxxx"
    assert outline[3] == "xx.....xx"


def test_small_grains_have_a_core_too():
    shown, _ = classes_of("""
        .......
        .1.222.
        ...222.
        .33222.
        .33....
    """)
    assert shown[1][1] == "C"  # of one pixel
    assert shown[2] == "...rCr."
    assert shown[1][3:6] == "rrr"


def test_grains_that_touch_have_an_outline_and_rims_between_them():
    shown, outline = classes_of("""
        1111122222
        1111122222
        1111122222
        1111122222
        1111122222
    """)
    assert all(row == shown[0] == row[::-1] for row in shown)
    assert shown[2][4:6] == "rr"
    assert shown[2][0] == "C"
    assert all(row == "....xx...." for row in outline)


def test_the_frame_is_no_outline():
    shown, outline = classes_of("""
        11111....
        11111....
        11111....
        11111....
    """)
    assert all(row[:3] == "CCC" for row in shown)
    assert all(row == "....xx..." for row in outline)


@given(labels=arrays(np.int32, (9, 11), elements=st.integers(0, 3)))
@cheap
def test_every_grain_has_a_core_and_no_pixel_of_film_has(labels):
    classes, outline = pixel_classes(labels)
    assert ((classes == FILM) == (labels == 0)).all()
    for k in np.unique(labels[labels > 0]):
        assert (classes[labels == k] == CORE).any()
    assert set(np.unique(classes)) <= {FILM, RIM, CORE}
    for turn in (np.rot90, np.fliplr, np.transpose):
        other = pixel_classes(np.ascontiguousarray(turn(labels)))
        assert np.array_equal(other[1], turn(outline))
        assert (other[0] != turn(classes)).mean() < 0.02


# ---- calibration


samples = st.integers(0, 10_000)


@given(seed=samples, n=st.integers(120, 600))
@cheap
def test_the_rising_mean_is_isotonic_and_keeps_the_weighted_mean(seed, n):
    from sklearn.isotonic import IsotonicRegression

    rng = np.random.default_rng(seed)
    score, weight = rng.random(n), rng.random(n) + 0.01
    value = rng.random(n)
    at, mean = rising_mean(score, value, weight)
    assert len(at) == len(mean) <= 12
    assert (np.diff(at) > 0).all()
    assert (np.diff(mean) >= 0).all()
    # The bins again: their masses, and their means by another program.
    order = np.argsort(score)
    share = np.cumsum(weight[order]) / weight.sum()
    part = np.minimum((share * 12 * (1 - 1e-9)).astype(int), 11)
    mass = np.bincount(part, weight[order], 12)
    each = (np.bincount(part, (weight * value)[order], 12) / np.maximum(mass, 1e-300))[mass > 0]
    mass = mass[mass > 0]
    assert (mean * mass).sum() == pytest.approx((weight * value).sum())
    assert (at * mass).sum() == pytest.approx((weight * score).sum())
    place = np.arange(len(each))
    expected = IsotonicRegression().fit(place, each, sample_weight=mass).predict(place)
    assert mean == pytest.approx(expected)


@pytest.mark.parametrize("n", [0, 1, 119])
def test_a_few_regions_leave_the_score_as_it_is(n):
    at, mean = rising_mean(*np.random.default_rng(0).random((3, n)))
    assert at.tolist() == mean.tolist() == [0, 1]


def test_one_heavy_region_takes_no_more_than_its_bins():
    score, weight = np.linspace(0, 1, 200), np.ones(200)
    weight[100] = 200.0
    at, mean = rising_mean(score, score, weight)
    assert (np.diff(at) > 0).all()
    assert mean == pytest.approx(at)
    assert len(at) < 12


def test_equal_scores_are_one_point():
    score = np.repeat([0.4, 0.5, 0.6], 100)
    at, _ = rising_mean(score, score, np.ones(300))
    assert (np.diff(at) > 0).all()


def test_the_calibration_finds_the_probability_it_was_drawn_from():
    rng = np.random.default_rng(1)
    score = rng.random(40_000)
    hit = (rng.random(40_000) < score**2).astype(float)
    _, mean = rising_mean(score, hit, np.ones(40_000))
    expected = [(score[part] ** 2).mean() for part in np.array_split(np.argsort(score), 12)]
    assert mean == pytest.approx(expected, abs=0.03)


# ---- the cut


def described(name, score, iou, n_true):
    """Candidates that share no pixel."""
    n = len(score)
    runs = np.stack([np.zeros(n), 10 * np.arange(n), 10 * np.arange(n) + 9]).astype(np.int32)
    regions = Regions(np.arange(n + 1), *runs, np.full(n, 9))
    nothing = np.empty(0, np.int32)
    start = np.zeros(n + 1, np.int64)
    listed = Shortlist(regions, np.zeros((n, 1), "f4"), np.arange(n), start, nothing, nothing)
    return Described(name, listed, np.asarray(iou, float), n_true), np.asarray(score, float)


def two_kinds(name, cut, n=50):
    """Right above a score, wrong below it."""
    score = np.concatenate([np.linspace(0.30, cut - 0.01, n), np.linspace(cut + 0.01, 0.9, n)])
    return described(name, score, (score > cut) * 0.8, n)


@pytest.mark.parametrize("cut", [0.4, 0.5, 0.6])
def test_the_cut_is_where_right_and_wrong_part(cut):
    items, score = two_kinds("scenes/0", cut)
    assert best_cut([items], [score]) == pytest.approx(cut)


def test_the_cut_stays_within_its_limits():
    right = described("scenes/0", [0.31, 0.32, 0.9], [0.9, 0.9, 0.9], 3)
    wrong = described("scenes/1", [0.7, 0.8, 0.9], [0.1, 0.1, 0.9], 1)
    assert best_cut([right[0]], [right[1]]) == pytest.approx(0.35)
    assert 0.35 <= best_cut([wrong[0]], [wrong[1]]) <= 0.65 + 1e-9


def test_every_set_weighs_alike_however_many_images_it_has():
    """Two sets that each lose much by a low cut, and nine images that gain a little by it."""
    low = [two_kinds(f"many/{k}", 0.4) for k in range(9)]
    high = [two_kinds(f"{name}/0", 0.6) for name in ("one", "two")]
    items, score = zip(*low, *high, strict=True)
    assert best_cut(items, score) == pytest.approx(0.6, abs=0.051)
    items, score = zip(*low, strict=True)
    assert best_cut(items, score) == pytest.approx(0.4)


def test_the_cut_of_a_simulated_score_is_the_probability_that_pays():
    """Taking one that is right with probability p helps TP/(TP + FP + FN) = a where p > a/(1+a)."""
    rng = np.random.default_rng(4)
    score = rng.uniform(0.3, 1.0, 4000)
    right = rng.random(4000) < score  # a score that is the probability
    item, score = described("scenes/0", score, right * 0.8, int(right.sum()))
    found = best_cut([item], [score])
    detection = [
        (right & (score > cut)).sum() / ((score > cut).sum() + (right & (score <= cut)).sum())
        for cut in np.arange(0.30, 0.70, 0.01)
    ]
    expected = 0.30 + 0.01 * int(np.argmax(detection))
    a = max(detection)
    assert found == pytest.approx(expected, abs=0.05)
    assert found == pytest.approx(a / (1 + a), abs=0.08)


def test_what_is_not_scored_does_not_move_the_cut():
    item, score = two_kinds("scenes/0", 0.5)
    noisy = described(
        "scenes/0",
        np.concatenate([score, np.full(200, 0.62)]),
        np.concatenate([item.iou, np.full(200, -1.0)]),
        item.n_true,
    )
    assert best_cut([noisy[0]], [noisy[1]]) == best_cut([item], [score]) == pytest.approx(0.5)


# ---- the sample


def test_good_candidates_are_drawn_three_times_as_often(monkeypatch):
    monkeypatch.setattr(scores, "_PER_EXAMPLE", 1000)
    iou = np.concatenate([np.full(5000, 0.8), np.full(15_000, 0.1), np.full(3000, -1.0)])
    drawn = scores._draw(iou, np.random.default_rng(0))
    assert len(np.unique(drawn)) == len(drawn) == 1000
    assert (np.diff(drawn) > 0).all()
    assert (iou[drawn] >= 0).all()
    assert (iou[drawn] > 0.3).mean() == pytest.approx(0.5, abs=0.05)  # 5000 · 3 of 30 000
    few = scores._draw(iou[4990:5010], np.random.default_rng(0))
    assert few.tolist() == list(range(20))


def test_weights_are_of_films_not_of_candidates():
    """A film of a thousand candidates and one of ten weigh what they are told to."""
    rng = np.random.default_rng(0)
    many = (rng.random((3000, 1)).astype("f4"), np.zeros(3000))
    few = (rng.random((600, 1)).astype("f4"), np.ones(600))
    for weights, expected in (((1.0, 1.0), 0.5), ((3.0, 1.0), 0.25), ((1.0, 9.0), 0.9)):
        trees = scores._fitted([many, few], weights, ("x",), 1)
        assert trees.offset == pytest.approx(expected)


# ---- examples


def test_an_example_is_what_lies_in_the_frame_and_is_not_masked():
    rng = np.random.default_rng(0)
    grey = rng.normal(100, 5, (60, 70)).astype(np.float32)
    labels = np.zeros((60, 70), np.uint16)
    labels[20:30, 20:30] = 4
    masked = np.zeros((60, 70), bool)
    masked[25:28, 22:40] = True
    whole = Micrograph(
        "set/a", grey, PixelSize(1, 0.0, "option"), Frame.whole((60, 70)), masked=masked
    )
    settings_ = PreprocessingSettings(annotations=False)
    example = example_of(whole, labels, settings_)
    assert example.name == "set/a"
    assert example.film.dtype == np.float32
    assert example.labels.dtype == np.int32
    assert example.film.shape == example.labels.shape
    assert labels.max() == 4  # the caller's stay
    expected = labels.astype(int)
    expected[masked] = IGNORE_LABEL
    assert np.array_equal(example.labels, expected)


# ---- trees


@pytest.fixture(scope="module")
def fitted():
    from sklearn.ensemble import HistGradientBoostingRegressor

    rng = np.random.default_rng(3)
    rows = np.round(rng.normal(0, 2, (3000, 6)), 1).astype(np.float32)  # many equal values
    target = np.sin(rows[:, 0]) + rows[:, 1] * (rows[:, 2] > 0.3) + rng.normal(0, 0.1, 3000)
    weight = rng.random(3000) + 0.1
    trees = train_trees(rows, target, weight, tuple("abcdef"), 30)
    rival = HistGradientBoostingRegressor(
        max_iter=30, max_leaf_nodes=31, learning_rate=0.1, min_samples_leaf=40,
        early_stopping=False, random_state=0,
    ).fit(rows, target, sample_weight=weight)  # fmt: skip
    return trees, rival, rows


def test_rows_on_a_threshold_go_where_scikit_learn_sends_them(fitted):
    trees, rival, rows = fitted
    assert np.abs(evaluate_trees(trees, rows) - rival.predict(rows)).max() < 1e-9
    inner = np.flatnonzero(trees.feature >= 0)
    on = np.zeros((len(inner), 6), np.float32)
    on[np.arange(len(inner)), trees.feature[inner]] = trees.threshold[inner]
    above = np.nextafter(on, np.float32(np.inf))
    for at in (on, above, -on, on * np.float32(1e30)):
        assert np.abs(evaluate_trees(trees, at) - rival.predict(at)).max() < 1e-9


def test_trees_in_threads_and_chunks(fitted, monkeypatch):
    trees, _, rows = fitted
    one = evaluate_trees(trees, rows, 1)
    for chunk in (1, 333, 5000):
        monkeypatch.setattr(boosted_trees, "_CHUNK", chunk)
        for n_threads in (1, 2, 5):
            some = rows[:100] if chunk == 1 else rows
            assert evaluate_trees(trees, some, n_threads).tobytes() == one[: len(some)].tobytes()
    assert len(evaluate_trees(trees, rows[:0])) == 0


def test_trees_do_not_depend_on_how_many_threads_fit_them():
    rng = np.random.default_rng(0)
    rows = rng.random((3000, 5)).astype(np.float32)
    fitted_by = []
    for n in (1, 2):
        with threadpool_limits(n):
            trees = train_trees(rows, rows[:, 0] * rows[:, 1], np.ones(3000), tuple("abcde"), 10)
        fitted_by.append(
            [getattr(trees, name).tobytes() for name in ("feature", "threshold", "value")]
        )
    assert fitted_by[0] == fitted_by[1]
