"""Pictures of how sure the grains are: outlines in the colours of the bar, and the curve."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest

from grainscope.figures import draw_reliability, paint_confidence, save_figure, write_figures
from grainscope.figures.overview import outline_of
from grainscope.records import Frame, Micrograph, PixelSize, Segmentation
from grainscope.scoring import reliability

SIDE = 1500  # more than is enlarged: a pixel of the picture is one of the film


def painted(labels, confidence, grey=None):
    labels = np.asarray(labels, np.int32)
    grey = np.full(labels.shape, 90, np.uint8) if grey is None else grey
    frame, size = Frame.whole(labels.shape), PixelSize(5.0, 0.0, "option")
    micrograph, segmented = Micrograph("m", grey, size, frame), Segmentation(labels, size, frame)
    return paint_confidence(micrograph, segmented, np.asarray(confidence, float))


def colour(confidence):
    """One of fifteen steps of plasma without its darkest part."""
    step = min(int(confidence * 15), 14)
    return np.round(255 * np.array(mpl.colormaps["plasma"](0.15 + 0.85 * step / 14)[:3])).tolist()


def squares(n):
    labels = np.zeros((120, SIDE), np.int32)
    for k in range(n):
        labels[20:40, 40 * k + 10 : 40 * k + 30] = k + 1
    return labels


def test_each_outline_has_the_colour_of_its_confidence():
    confidence = np.array([0.0, 0.03, 0.25, 0.5, 0.77, 0.99, 1.0])
    labels = squares(7)
    rgb = np.asarray(painted(labels, confidence).convert("RGB"))[:, :SIDE]
    outline = outline_of(labels)
    for k, value in enumerate(confidence, start=1):
        mine = rgb[outline & (labels == k)]
        assert len(mine) == 4 * 19
        assert (mine == colour(value)).all()
    inside = (labels > 0) & ~outline
    assert len(np.unique(rgb[inside])) == 1  # the film, one grey


def test_of_touching_grains_each_line_is_that_of_its_grain():
    labels = np.zeros((60, SIDE), np.int32)
    labels[10:30, 10:30], labels[10:30, 30:50] = 1, 2
    rgb = np.asarray(painted(labels, [0.1, 0.9]).convert("RGB"))
    assert rgb[20, 30].tolist() == colour(0.9)  # on the line between them
    assert rgb[20, 10].tolist() == colour(0.1)


def test_small_films_are_enlarged_with_their_colours():
    labels = np.zeros((100, 120), np.int32)
    labels[20:30, 20:30] = 1
    rgb = np.asarray(painted(labels, [0.6]).convert("RGB"))
    assert rgb.shape[0] % 100 == 0
    zoom = rgb.shape[0] // 100
    assert zoom > 1
    lined = (rgb[:, : 120 * zoom] == colour(0.6)).all(axis=2)
    y, x = np.nonzero(lined)
    assert (y.min() // zoom, x.min() // zoom, y.max() // zoom, x.max() // zoom) == (20, 20, 29, 29)


def test_the_film_is_dimmed_so_that_every_colour_is_seen():
    grey = np.tile(np.arange(SIDE) % 256, (120, 1)).astype(np.uint8)
    rgb = np.asarray(painted(squares(0), [], grey).convert("RGB"))[:60, :SIDE]
    assert rgb.max() == round(0.6 * 255)


def bar():
    """The right part of a picture without grains."""
    return np.asarray(painted(squares(0), []).convert("RGB"))[:, SIDE:]


def in_colour(rgb):
    return np.ptp(rgb, axis=2) > 0


def test_the_bar_shows_every_step_from_0_below_to_1_above():
    rgb = bar()
    steps = [colour((k + 0.5) / 15) for k in range(15)]
    through = rgb[:, np.argmax(in_colour(rgb).sum(axis=0))]
    rows = [np.flatnonzero((through == step).all(axis=1)) for step in steps]
    assert all(len(each) for each in rows)
    assert (np.diff([np.median(each) for each in rows]) < 0).all()


def test_only_the_bar_is_coloured_not_the_letters_beside_it():
    coloured = in_colour(bar())
    columns = np.flatnonzero(coloured.sum(axis=0) > coloured.sum(axis=0).max() / 2)
    beside = np.ones(coloured.shape[1], bool)
    beside[columns.min() : columns.max() + 1] = False
    assert not coloured[:, beside].any()


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize(
    ("shape", "zoom"), [((1, 1), 4), ((1, 40), 4), ((40, 1), 4), ((3, 5), 4), ((12, 700), 2)]
)
def test_films_of_a_few_pixels_are_painted(shape, zoom, n):
    picture = painted(np.full(shape, n), [0.5] * n)
    assert picture.height == zoom * shape[0]
    assert picture.width > zoom * shape[1]


@pytest.mark.parametrize("known", [True, False])
def test_the_picture_is_written_where_a_confidence_is_known(
    disc_film, tmp_path, monkeypatch, known
):
    monkeypatch.setattr("grainscope.figures.write.save_figure", lambda *_: None)
    film = disc_film(4, 3)
    n = len(film.analysis.grains.label)
    grains = replace(film.analysis.grains, confidence=np.full(n, 0.5) if known else None)
    analysis = replace(film.analysis, grains=grains)
    write_figures(tmp_path, film.micrograph, film.segmentation, analysis)
    assert (tmp_path / "figures" / "confidence.png").is_file() == known


# ---- the curve


@pytest.fixture(scope="module")
def curve():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 0.9, 500)  # the outer bins stay empty
    return reliability(confidence, confidence**2, np.arange(500) % 7)


def shown(figure):
    return [axes for axes in figure.axes if axes.get_visible()]


@pytest.mark.parametrize("n", [1, 2, 4, 5, 9])
def test_each_set_has_a_curve_over_a_histogram(curve, n):
    figure = draw_reliability({f"set {k}": curve for k in range(n)})
    axes = shown(figure)
    titled = [ax.get_title() for ax in axes if ax.get_title()]
    assert len(axes) == 2 * n
    assert [title.split("\n")[0] for title in titled] == [f"set {k}" for k in range(n)]
    assert all(f"500 grains, error {curve.calibration_error:.3f}" in title for title in titled)
    labels = [ax.get_ylabel() for ax in axes if ax.get_ylabel()]
    rows = -(-n // 4)
    assert sorted(labels) == ["found IoU"] * rows + ["grains"] * rows
    below = [ax for ax in axes if ax.get_xlabel()]
    assert [ax.get_xlabel() for ax in below] == ["confidence"] * min(n, 4)


def test_the_curve_is_that_of_the_bins(curve):
    upper, lower = shown(draw_reliability({"set": curve}))
    drawn = upper.containers[0].lines[0].get_xydata()
    filled = curve.count > 0
    assert 0 < filled.sum() < 10
    assert np.array_equal(drawn, np.stack([curve.confidence, curve.iou])[:, filled].T)
    assert lower.patches[0].get_data().values.tolist() == curve.count.tolist()
    assert upper.get_xlim() == upper.get_ylim() == (0, 1)


def test_a_set_without_grains_is_drawn_and_saved(tmp_path):
    nothing = reliability(np.empty(0), np.empty(0), np.empty(0, int))
    save_figure(draw_reliability({"nothing": nothing}), tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000
