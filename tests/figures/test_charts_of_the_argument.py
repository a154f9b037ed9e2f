"""Charts of the argument show the numbers that they are given, and leave out what is none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grainscope.figures import (
    draw_averaging,
    draw_homogenisation,
    draw_phase_picture,
    draw_straight_decades,
    save_figure,
)
from grainscope.figures.style import house_style, new_figure, say


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


def test_a_message_stays_within_narrow_axes():
    with house_style():
        figure = new_figure((9.4, 3.0))
        axes = figure.subplots(1, 5)[0]
        say(axes, "no whole loops at the likeliest choice of gap and grain")
        figure.draw_without_rendering()
        words, frame = (part.get_window_extent() for part in (axes.texts[0], axes.patch))
    assert frame.x0 < words.x0
    assert words.x1 < frame.x1
    assert " ".join(axes.texts[0].get_text().split()).endswith("choice of gap and grain")


def phases(**more):
    table = {
        "coupling_factor": np.array([0.1, 1.0, 3.0, 50.0, 500.0]),
        "locked_share": np.array([0.0, 0.02, 0.1, 0.5, 0.9]),
        "largest_share": np.array([0.0, 0.02, 0.05, 0.3, 0.9]),
        "path": np.array([False, False, False, True, True]),
    }
    return {**table, **more}


def test_the_phase_picture_has_both_boundaries_on_one_axis_of_coupling(print_faults):
    boundary = {"field_g": np.array([0.0, 10, 20]), "coupling_ratio": np.array([1.0, 1.5, 1.2])}
    figure = draw_phase_picture(phases(), boundary)
    assert print_faults(figure) == []
    shares, fields = figure.axes
    assert lines(shares)["in the largest cluster"].get_ydata().tolist() == [0.1, 1, 3, 50, 500]
    by_label = {label[:11]: line for label, line in lines(fields).items()}
    assert by_label["first grain"].get_ydata().tolist() == [1.0, 1.5, 1.2]
    assert by_label["a path lock"].get_ydata()[0] == 50
    assert "50 times" in by_label["a path lock"].get_label()
    assert "50 %" in by_label["first grain"].get_label()


def test_a_film_without_a_path_or_a_stiffness_has_no_line_of_it():
    _, fields = draw_phase_picture(phases(path=np.zeros(5, bool)), {}).axes
    assert list(lines(fields)) == ["first grains lock, B = 0"]


def test_a_film_without_contacts_has_no_phases_and_says_so():
    nothing = {name: column[:0] for name, column in phases().items()}
    for axes in draw_phase_picture(nothing, {}).axes:
        assert [text.get_text() for text in axes.texts] == ["no contacts"]
