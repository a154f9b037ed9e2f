"""Charts of the argument show the numbers that they are given, and leave out what is none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grainscope.figures import (
    draw_averaging,
    draw_homogenisation,
    draw_straight_decades,
    save_figure,
)


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


def test_a_fluctuation_is_marked_where_so_many_loops_leave_it():
    figure = draw_averaging({"seen": 0.3, "unknown": math.nan}, {"bar": 15000.0, "none": 0.0})
    (axes,) = figure.axes
    drawn = lines(axes)
    (seen,) = [line for label, line in drawn.items() if label.startswith("seen")]
    assert seen.get_xdata()[0] == pytest.approx(1 / (2 * 0.09))
    assert seen.get_ydata()[0] == pytest.approx(30.0)
    curve = drawn["100 %/√(2N)"]
    assert np.interp(50.0, curve.get_xdata(), curve.get_ydata()) == pytest.approx(10.0, rel=0.01)
    assert not [label for label in drawn if label.startswith(("unknown", "none"))]


def test_homogenisation_shows_the_network_and_what_was_measured():
    length, rms = np.array([10.0, 20.0, 40.0]), np.array([1e-4, 1e-3, 4e-3])
    figure = draw_homogenisation(length, rms, {"no RF": 0.085, "RF": math.nan})
    (axes,) = figure.axes
    drawn = lines(axes)
    network = drawn["this micrograph's network, fixed gain"]
    assert network.get_ydata().tolist() == rms.tolist()
    assert [line.get_ydata()[0] for label, line in drawn.items() if "measured" in label] == [0.085]
    low, high = axes.get_ylim()
    assert low < rms.min()
    assert high > 0.085


def test_a_film_without_coupled_loops_says_so():
    (axes,) = draw_homogenisation(np.zeros(0), np.zeros(0), {}).axes
    assert [text.get_text() for text in axes.texts] == ["no coupled loops"]


@pytest.mark.parametrize("measured", [1.5, math.nan])
def test_straight_decades_of_resistance_and_conductance(measured, tmp_path):
    spans = np.array([1.0, 4.0])
    figure = draw_straight_decades(
        spans, np.array([0.4, 0.9]), np.array([0.8, 3.1]), measured, math.nan
    )
    drawn = lines(figure.axes[0])
    assert drawn["resistance R"].get_ydata().tolist() == [0.4, 0.9]
    assert drawn["conductance G"].get_xdata().tolist() == spans.tolist()
    shown = [label for label in drawn if label.startswith("measured")]
    assert shown == ([] if math.isnan(measured) else ["measured R: 1.5 decades"])
    save_figure(figure, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 0
