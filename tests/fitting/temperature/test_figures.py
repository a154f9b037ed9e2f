"""Figures show the numbers of their fits, name their units, and survive having nothing."""

from dataclasses import replace

import numpy as np
import pytest

from grainscope.figures.fits import draw_fit
from grainscope.figures.fits.duality import draw_duality
from grainscope.figures.fits.law_comparison import draw_law_comparison
from grainscope.figures.fits.log_conductance import draw_log_conductance
from grainscope.figures.fits.log_temperature import draw_log_temperature
from grainscope.fitting.law_comparison import law_comparison
from grainscope.fitting.log_conductance import log_conductance
from grainscope.fitting.log_temperature import log_temperature
from grainscope.records.transport_fit import skipped
from grainscope.settings.fitting import FittingSettings


def texts(figure):
    return " | ".join(t.get_text() for t in figure.findobj(match=lambda a: hasattr(a, "get_text")))


@pytest.fixture
def insulating(temperature_k, curve_of):
    return [
        curve_of(temperature_k, r1 * (1 - 8e-5 * r1 * np.log(temperature_k)), k, field_t=field)
        for k, (field, r1) in enumerate(((1.0, 6000), (4.0, 5000)))
    ]


def drawn(analysis, curves):
    return draw_fit(
        analysis.__name__, analysis(curves, FittingSettings(), np.random.default_rng(0))
    )


def test_resistances_are_drawn_in_kilohms_with_their_line(insulating, print_faults):
    figure = drawn(log_temperature, insulating)
    assert print_faults(figure) == []
    first = figure.axes[0]
    points = max((line for line in first.lines if line.get_marker() == "o"), key=len_of)
    np.testing.assert_allclose(points.get_ydata()[-1] * 1e3, insulating[0].value[-1])
    assert sum(line.get_linestyle() == ":" for line in first.lines) == 2
    said = texts(figure)
    for words in ("kΩ/□", "temperature T (K)", "residual (sd)", "S2", "10⁻⁵/Ω", "field µ0H (T)"):
        assert words in said


def len_of(line):
    return len(line.get_xdata())


def test_conductances_are_drawn_in_millisiemens(temperature_k, curve_of):
    sigma = 1e-3 - 3e-4 * np.log(temperature_k)
    figure = drawn(log_conductance, [curve_of(temperature_k, 1 / sigma, noise=0.0, field_t=0.03)])
    points = next(line for line in figure.axes[0].lines if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_ydata(), sigma * 1e3)
    assert "mS" in texts(figure)


def test_weights_are_written_and_the_decision_framed(insulating, print_faults):
    figure = drawn(law_comparison, insulating)
    assert print_faults(figure) == []
    chart = figure.axes[0]
    assert len(chart.patches) == 2
    column = [t.get_text() for t in chart.get_xticklabels()].index("log R")
    for row, frame in enumerate(chart.patches):
        assert frame.get_xy() == (column - 0.5, row - 0.5)
    assert [t.get_text() for t in chart.get_yticklabels()] == ["S2, 1 T", "S2, 4 T"]


def test_a_law_without_a_short_name_is_shown_by_its_own(insulating):
    fits = law_comparison(insulating, FittingSettings(), np.random.default_rng(0))
    unheard = {**fits[1].weights, "bad_metal": 0.25}
    figure = draw_law_comparison([fits[0], replace(fits[1], weights=unheard)])
    chart = figure.axes[0]
    laws = [t.get_text() for t in chart.get_xticklabels()]
    assert len(laws) == len(unheard)
    assert laws[-1] == "bad metal"
    weights = np.ma.filled(chart.images[0].get_array(), np.nan)
    assert weights[1, -1] == 0.25
    assert np.isnan(weights[0, -1])


@pytest.mark.parametrize(
    "draw", [draw_log_temperature, draw_log_conductance, draw_law_comparison, draw_duality]
)
def test_nothing_to_draw_is_said(draw):
    said = texts(draw([skipped("any", "film", "no data")]))
    assert "no " in said
