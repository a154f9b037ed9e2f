"""How sure the headline figures are: hand-made draws, and draws of one film by both methods."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import grainscope
from grainscope import pipeline
from grainscope.ensembles import segment_in_draws, with_intervals
from grainscope.errors import ModelError
from grainscope.laws.interval_around import interval_around
from grainscope.opencv import cv2
from grainscope.records import Analysis, Frame, Micrograph, PixelSize
from grainscope.settings import SegmentationSettings, Settings

N_DRAWS = 8
#: Squares of 16 pixels count, and nothing but the draws moves their figures.
BY_HAND = Settings(grains={"bootstrap_draws": 0, "resolution_cut_px": 10})
FAST = SegmentationSettings(method="fast")


def drawing(n_draws=N_DRAWS, seed=0, **changes):
    """Settings under which the intervals are those of the draws alone."""
    alone = {"grains": {"bootstrap_draws": 0}}
    return Settings(run={"uncertainty_draws": n_draws, "seed": seed}, **(alone | changes))


def spread(model, sd, image_sd=0.3, outline_sd=0.1):
    found_sd = np.full_like(model.found_iou, sd)
    return replace(model, found_sd=found_sd, image_sd=image_sd, outline_sd=outline_sd)


@pytest.fixture(scope="module")
def film():
    """Thirty discs of all strengths, from clear to lost in the noise."""
    rng = np.random.default_rng(1)
    y, x = np.indices((180, 200))
    grey = np.full(y.shape, 60.0)
    for row, column in np.ndindex(5, 6):
        away = np.hypot(y - 18 - 36 * row, x - 18 - 33 * column)
        grey[away < rng.uniform(4, 14)] += rng.uniform(5, 70)
    grey = cv2.GaussianBlur(grey, (0, 0), 1.5) + rng.normal(0, 8, grey.shape)
    size, frame = PixelSize(5.0, 0.0, "option"), Frame.whole(grey.shape)
    return Micrograph("film", grey.astype(np.float32), size, frame)


@pytest.fixture(scope="module")
def shipped():
    return replace(grainscope.load_model(), found_sd=None, image_sd=0.0, outline_sd=0.0)


@pytest.fixture(scope="module", params=["default", "fast"])
def method(request, shipped):
    """Settings of a method and the model that goes with it."""
    if request.param == "fast":
        return drawing(segmentation=FAST), None
    return drawing(), spread(shipped, 0.3)


@pytest.fixture(scope="module")
def drawn(film, method):
    """The segmentation and its draws."""
    segmented, draws = segment_in_draws(film, *method)
    return segmented, list(draws)


def labels_of(draws):
    return [draw.labels.tobytes() for draw in draws]


# ---- the draws


def test_what_is_found_is_what_the_pipeline_finds(film, method, drawn):
    expected = pipeline.segment_micrograph(film, *method)
    assert expected.n_grains > 10
    assert np.array_equal(drawn[0].labels, expected.labels)
    assert np.array_equal(drawn[0].confidence, expected.confidence)


def test_there_are_as_many_draws_as_asked_for_and_they_differ(drawn):
    segmented, draws = drawn
    assert len(draws) == N_DRAWS
    assert len({*labels_of(draws), segmented.labels.tobytes()}) > N_DRAWS / 2


def test_equal_seeds_draw_alike_and_others_do_not(film, method, drawn):
    chosen, model = method
    draws = list(segment_in_draws(film, chosen, model)[1])
    assert labels_of(draws) == labels_of(drawn[1])
    other = chosen.model_copy(update={"run": chosen.run.model_copy(update={"seed": 1})})
    assert labels_of(segment_in_draws(film, other, model)[1]) != labels_of(draws)


def test_more_draws_begin_with_the_same_ones(film, method, drawn):
    chosen, model = method
    run = chosen.run.model_copy(update={"uncertainty_draws": 3})
    fewer = segment_in_draws(film, chosen.model_copy(update={"run": run}), model)[1]
    assert labels_of(fewer) == labels_of(drawn[1])[:3]


def test_a_draw_belongs_to_the_same_film_and_has_no_confidence(film, drawn):
    for draw in drawn[1]:
        assert draw.frame == film.frame
        assert draw.pixel_size == film.pixel_size
        assert draw.confidence is None


def test_without_spread_every_draw_is_the_segmentation(film, shipped):
    segmented, draws = segment_in_draws(film, drawing(), spread(shipped, 0, 0, 0))
    assert labels_of(draws) == [segmented.labels.tobytes()] * N_DRAWS


@pytest.mark.parametrize("sd", [(0.3, 0, 0), (0.3, 3, 0), (0, 0, 0.5)])
def test_each_kind_of_spread_alone_moves_something(film, shipped, sd):
    segmented, draws = segment_in_draws(film, drawing(), spread(shipped, *sd))
    assert set(labels_of(draws)) - {segmented.labels.tobytes()}


def test_a_model_that_does_not_know_its_spread_gives_no_draws(film, shipped):
    segmented, draws = segment_in_draws(film, drawing(), shipped)
    assert segmented.n_grains > 10
    assert list(draws) == []


def test_a_film_of_nothing_is_drawn_as_nothing(imaged, shipped):
    empty = imaged(np.full((60, 70), 9.0, np.float32))
    segmented, draws = segment_in_draws(empty, drawing(3), spread(shipped, 0.05))
    assert [segmented.n_grains, *(draw.n_grains for draw in draws)] == [0] * 4


def test_a_model_of_the_other_method_is_refused(film, shipped):
    with pytest.raises(ModelError, match="'fast'"):
        segment_in_draws(film, drawing(segmentation=FAST), shipped)
    with pytest.raises(ModelError, match="needs a model"):
        segment_in_draws(film, drawing())


# ---- the intervals of a film


def judged(film, chosen, model):
    clock = pipeline.StageClock()
    segmented, draws = segment_in_draws(film, chosen, model, clock)
    analysis = pipeline.analyse(film, segmented, chosen, clock)
    return analysis, with_intervals(analysis, film, draws, chosen, clock), clock


def known(analysis):
    return {name: f for name, f in analysis.headline.items() if f.low is not None}


@pytest.mark.parametrize("n_draws", [0, 3])
def test_no_or_few_draws_give_no_interval(film, method, n_draws):
    chosen, model = method
    run = chosen.run.model_copy(update={"uncertainty_draws": n_draws})
    found = judged(film, chosen.model_copy(update={"run": run}), model)[1]
    assert all(figure.low is figure.high is None for figure in found.headline.values())


def test_intervals_hold_the_values_and_change_nothing_else(film, method):
    plain, found, clock = judged(film, *method)
    assert {"n_grains", "density_per_um2", "area_fraction", "mean_equivalent_diameter_um"} <= set(
        known(found)
    )
    for figure in known(found).values():
        assert 0 <= figure.low <= figure.value <= figure.high
    for name, figure in found.headline.items():
        if math.isfinite(figure.value):
            assert replace(figure, low=None, high=None) == plain.headline[name]
    assert all(
        getattr(found, f.name) is getattr(plain, f.name)
        for f in fields(Analysis)
        if f.name != "headline"
    )
    assert "draws" in clock.seconds


def test_what_draws_do_not_have_gets_no_interval(film, shipped):
    found = judged(film, drawing(), spread(shipped, 0.3))[1]
    for name in ("mean_confidence", "unsure_fraction"):
        assert found.headline[name].low is found.headline[name].high is None


def test_confidence_in_the_headline_is_that_of_the_grains(film, shipped):
    segmented, _ = segment_in_draws(film, drawing(0), shipped)
    rows = np.linspace(0.2, 0.9, segmented.n_grains)
    found = pipeline.analyse(film, replace(segmented, confidence=rows), drawing()).headline
    assert found["mean_confidence"].value == pytest.approx(0.55)
    assert found["unsure_fraction"].value == pytest.approx((rows < 0.5).mean())


def test_more_spread_gives_a_wider_interval(film, shipped):
    widths = []
    for sd in (0.0, 0.15, 0.4):
        figure = judged(film, drawing(12), spread(shipped, sd, outline_sd=0))[1].headline[
            "n_grains"
        ]
        widths.append(figure.high - figure.low)
    assert widths[0] == 0
    assert widths[0] < widths[1] < widths[2]


# ---- intervals by hand


def squares(labelled, n):
    """The first n of nine squares of 16 px on 30 × 30 px."""
    labels = np.zeros((30, 30), np.int32)
    for k in range(n):
        y, x = 3 + 10 * (k // 3), 3 + 10 * (k % 3)
        labels[y : y + 4, x : x + 4] = k + 1
    return labelled(labels)


def test_draws_of_two_to_six_squares_by_hand(labelled, imaged):
    """Quantiles of 2…6 lie 1.785 from their median; a count goes to the whole numbers outside."""
    film, chosen = imaged(np.zeros((30, 30), np.float32)), BY_HAND
    analysis = pipeline.analyse(film, squares(labelled, 5), chosen)
    draws = (squares(labelled, n) for n in range(2, 7))
    found = with_intervals(analysis, film, draws, chosen).headline
    count, share = found["n_grains"], found["area_fraction"]
    assert (count.value, count.low, count.high) == (5, 3, 7)
    assert share.value == pytest.approx(5 * 16 / 900)
    assert share.value - share.low == pytest.approx(1.785 * 16 / 900)
    assert share.high - share.value == pytest.approx(1.785 * 16 / 900)
    size = found["median_equivalent_diameter_um"]
    assert size.low == size.high == size.value


def test_a_figure_that_few_draws_have_gets_no_interval(labelled, imaged):
    film, chosen = imaged(np.zeros((30, 30), np.float32)), BY_HAND
    analysis = pipeline.analyse(film, squares(labelled, 5), chosen)
    draws = [squares(labelled, n) for n in (0, 0, 1, 2, 3)]  # three have a diameter
    found = with_intervals(analysis, film, draws, chosen).headline
    assert found["n_grains"].low is not None
    assert found["median_equivalent_diameter_um"].low is None
    draws.append(squares(labelled, 4))
    found = with_intervals(analysis, film, draws, chosen).headline
    assert found["median_equivalent_diameter_um"].low is not None


def test_draws_and_tiles_add_in_quadrature(labelled, imaged):
    film, chosen = imaged(np.zeros((30, 30), np.float32)), BY_HAND
    analysis = pipeline.analyse(film, squares(labelled, 5), chosen)
    draws = [squares(labelled, n) for n in range(2, 7)]
    alone = with_intervals(analysis, film, draws, chosen).headline["area_fraction"]
    known = replace(analysis.headline["area_fraction"], low=alone.value - 0.03, high=0.5)
    tiles = replace(analysis, headline={**analysis.headline, "area_fraction": known})
    both = with_intervals(tiles, film, draws, chosen).headline["area_fraction"]
    assert both.value - both.low == pytest.approx(math.hypot(0.03, alone.value - alone.low))
    up = math.hypot(0.5 - alone.value, alone.high - alone.value)
    assert both.high - both.value == pytest.approx(up)


def test_no_share_is_above_one(labelled, imaged):
    film, chosen = imaged(np.zeros((30, 30), np.float32)), BY_HAND
    full = np.ones((30, 30), np.int32)
    full[:3] = 0
    analysis = pipeline.analyse(film, labelled(full), chosen)
    covered = (np.where(np.arange(30)[:, None] < k, 0, full) for k in (28, 24, 20, 10, 3))
    draws = [labelled(np.asarray(labels, np.int32)) for labels in covered]
    share = with_intervals(analysis, film, draws, chosen).headline["area_fraction"]
    assert share.value == pytest.approx(0.9)
    assert 0 < share.low < 0.9
    assert share.high == 1


def test_what_is_not_there_gets_no_interval(labelled, imaged):
    film, chosen = imaged(np.zeros((30, 30), np.float32)), BY_HAND
    analysis = pipeline.analyse(film, squares(labelled, 0), chosen)
    found = with_intervals(analysis, film, [squares(labelled, 5)] * 5, chosen).headline
    assert math.isnan(found["median_equivalent_diameter_um"].value)
    assert found["median_equivalent_diameter_um"].low is None


@pytest.mark.parametrize(
    ("value", "drawn", "low", "high"),
    [
        (10.0, [20, 21, 22, 23, 24], 8.215, 11.785),  # as far from the value as from 22
        (1.0, [20, 21, 22, 23, 24], 0.0, 2.785),  # never below zero
        (5.0, [7, 7, 7, 7], 5.0, 5.0),
        (5.0, [0, 0, 0, 0, 10], 5.0, 12.85),  # one draw out of five lies far off, to one side
        (0.0, [1, 2, 3, 4, 5], 0.0, 1.785),
    ],
)
def test_intervals_by_hand(value, drawn, low, high):
    assert interval_around(value, drawn) == pytest.approx((low, high))
    assert interval_around(value, drawn[::-1]) == pytest.approx((low, high))


@pytest.mark.parametrize("n", [4, 16])
def test_the_half_width_of_few_normal_draws_is_that_of_many(rng, n):
    """68 % of a normal distribution lie within 0.994 σ; Blom's quantiles give it with any n."""
    halves = [np.diff(interval_around(100.0, rng.normal(0, 1, n)))[0] / 2 for _ in range(3000)]
    assert np.mean(halves) == pytest.approx(0.994, rel=0.03)


figures = st.floats(0, 1e9)


@given(value=figures, drawn=st.lists(figures, min_size=4, max_size=20))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_an_interval_holds_its_value(value, drawn):
    low, high = interval_around(value, drawn)
    assert 0 <= low <= value <= high


def test_a_table_without_confidence_says_nothing_of_it(labelled, imaged):
    found = pipeline.analyse(
        imaged(np.zeros((30, 30), np.float32)), squares(labelled, 5), Settings()
    )
    assert found.grains.confidence is None
    assert not {"mean_confidence", "unsure_fraction"} & set(found.headline)
