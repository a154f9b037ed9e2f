"""The picture of the components, pixel by pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageColor

from grainscope.figures import paint_components
from grainscope.figures.components import COMPONENT_COLOURS
from grainscope.records import BottleneckPath, ComponentTable

COLOURS = [np.array(ImageColor.getrgb(colour)) / 255 for colour in COMPONENT_COLOURS]


def _painted(film, percolation):
    picture = paint_components(
        film.micrograph, film.segmentation, film.analysis.grains, percolation
    )
    return np.asarray(picture.convert("RGB")).astype(float)


def _hue_of(rgb, labels, label):
    """Mean colour of a grain without its rim, scaled to the brightest channel."""
    zoom = rgb.shape[0] // labels.shape[0]
    inside = labels.repeat(zoom, 0).repeat(zoom, 1) == label
    mean = np.median(rgb[inside], axis=0)
    return mean / mean.max()


def _grouped(film, of, spans_x, path=None):
    size = np.bincount(of)[1:]
    zeros = np.zeros(len(size))
    table = ComponentTable(
        np.arange(len(size)) + 1, size, zeros, zeros, zeros, zeros, spans_x, zeros > 0, of
    )
    none = np.zeros(0)
    path = path or BottleneckPath(none, none, none, none, none, none, none, "x")
    return replace(film.analysis.percolation, components=table, bottleneck=path)


def test_the_spanning_component_is_orange_whatever_its_size(disc_film):
    film = disc_film(10, 8)
    of = np.repeat([1, 2, 3, 4], 20)
    rgb = _painted(film, _grouped(film, of, [False, True, False, False]))
    for label, colour in ((30, 0), (10, 1), (50, 2)):
        expected = COLOURS[colour] / COLOURS[colour].max()
        assert _hue_of(rgb, film.segmentation.labels, label) == pytest.approx(expected, abs=0.05)
    assert _hue_of(rgb, film.segmentation.labels, 70) == pytest.approx([1, 1, 1], abs=0.02)


def test_lone_grains_have_no_colour_unless_they_span(disc_film):
    film = disc_film(6, 5)
    of = np.arange(30) + 1
    rgb = _painted(film, _grouped(film, of, of == 5))
    assert _hue_of(rgb, film.segmentation.labels, 5) == pytest.approx(
        COLOURS[0] / COLOURS[0].max(), abs=0.05
    )
    assert _hue_of(rgb, film.segmentation.labels, 8) == pytest.approx([1, 1, 1], abs=0.02)


def test_the_path_is_white_and_film_is_dark(disc_film):
    film = disc_film(10, 8)
    percolation = film.analysis.percolation
    rgb = _painted(film, percolation)
    zoom = rgb.shape[0] // film.segmentation.labels.shape[0]
    path = percolation.bottleneck
    um = film.micrograph.pixel_size.um
    for y_um, x_um, gap in zip(path.y_um, path.x_um, path.gap_nm, strict=True):
        y, x = (int((at / um + 0.5) * zoom) for at in (y_um, x_um))
        near = rgb[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
        assert gap == path.gap_nm.max() or (near == 255).all(axis=2).any()
    film_px = film.segmentation.film_labels.repeat(zoom, 0).repeat(zoom, 1) == 0
    assert np.median(rgb[: len(film_px)][film_px]) < 60


def test_no_components_are_an_error(disc_film):
    film = disc_film(3, 3)
    with pytest.raises(ValueError, match="no components"):
        _painted(film, replace(film.analysis.percolation, components=None))


def test_ten_thousand_grains_and_none(disc_film):
    for size in ((100, 100), (0, 0), (1, 1)):
        film = disc_film(*size)
        rgb = _painted(film, film.analysis.percolation)
        assert max(rgb.shape) <= 6000
