"""Figures of the field's analyses show the numbers of their results, and survive having none."""

from dataclasses import replace

import numpy as np
import pytest

from grainscope.figures.fits.crossings import draw_crossings
from grainscope.figures.fits.isotherm_colours import IsothermColours
from grainscope.figures.fits.mr_peak import draw_mr_peak
from grainscope.figures.fits.phase_diagram import draw_phase_diagram
from grainscope.figures.fits.power_law import draw_power_law
from grainscope.figures.fits.upturn import draw_upturn
from grainscope.fitting.crossings import crossings
from grainscope.fitting.mr_peak import mr_peak
from grainscope.fitting.phase_diagram import phase_diagram
from grainscope.fitting.power_law import power_law
from grainscope.fitting.upturn import upturn
from grainscope.settings.fitting import FittingSettings

SETTINGS, RNG = FittingSettings(), np.random.default_rng(0)
DRAWERS = (draw_power_law, draw_upturn, draw_mr_peak, draw_crossings, draw_phase_diagram)


@pytest.fixture(scope="module")
def curves(isotherm, climb):
    h = np.geomspace(5e-4, 0.3, 120)
    return [
        isotherm(climb, k, field_t=h, temperature_k=t, stage=stage)
        for k, (t, stage) in enumerate([(0.06, "S2"), (0.2, "S2"), (0.06, "S2G")])
    ]


def texts(figure):
    return " | ".join(t.get_text() for t in figure.findobj(match=lambda a: hasattr(a, "get_text")))


def points(axes):
    return np.concatenate([line.get_xydata() for line in axes.lines])


@pytest.mark.parametrize("draw", DRAWERS)
def test_without_results_the_figure_says_so(draw):
    figure = draw([])
    figure.draw_without_rendering()
    assert any(word in texts(figure) for word in ("no ", "not "))


def test_power_law_shows_each_row_the_law_and_the_residuals_fitted(curves):
    fits = power_law(curves, SETTINGS, RNG)
    figure = draw_power_law(fits)
    axes, left = figure.axes
    drawn = points(axes)
    for curve in curves:
        row = 40
        assert (np.abs(drawn - [curve.field_t[row], curve.value[row]]) < 1e-9).all(axis=1).any()
    shown = texts(figure)
    for word in ("S2G", "0.06 K", "0.2 K", "ρ ∝ Hᵖ, p = 0.6"):
        assert word in shown
    assert np.nanmax(points(left)[:, 0]) < 0.04


def test_upturn_and_peak_mark_what_was_found(curves):
    for verb, draw in ((upturn, draw_upturn), (mr_peak, draw_mr_peak)):
        fits = verb(curves, SETTINGS, RNG)
        drawn = points(draw(fits).axes[0])[:, 0]
        for fit in fits:
            assert np.isclose(drawn, fit.parameters["field_t"].value).any()


def test_crossings_show_the_common_point_and_the_map(crossing_isotherms):
    fits = crossings(crossing_isotherms(), SETTINGS, RNG)
    figure = draw_crossings(fits)
    found = fits[0].parameters["field_t"].value
    assert np.isclose(points(figure.axes[0])[:, 0], found).any()
    picture = next(
        axes for axes in figure.axes if axes.collections and axes.get_ylabel()[:4] == "temp"
    )
    assert picture.collections[0].get_array().shape == fits[0].extra["map_sign"].shape
    assert f"{1e3 * found:.4g}" in texts(figure)


def test_phase_diagram_names_boundaries_states_and_literature(curves):
    fits = [*upturn(curves, SETTINGS, RNG), *mr_peak(curves, SETTINGS, RNG)]
    literature = {
        "field_t": np.array([1.0]), "vertical": np.array([0.5]), "boundary": np.array(["H-SIT"])
    }  # fmt: skip
    found = phase_diagram(fits, curves, SETTINGS, literature)
    shown = texts(draw_phase_diagram([found]))
    for word in ("upturn of ρ(H)", "maximum of ρ(H)", "S2G", "H-SIT (literature)", "stage"):
        assert word in shown


@pytest.mark.parametrize("height", [-50.0, 0.0, 2400.0])
def test_a_phase_diagram_of_one_height_is_the_right_way_up(curves, height):
    found = phase_diagram(upturn(curves, SETTINGS, RNG), curves, SETTINGS)
    one = np.full(len(found.table["vertical"]), height)
    figure = draw_phase_diagram([replace(found, table={**found.table, "vertical": one})])
    bottom, top = figure.axes[0].get_ylim()
    assert bottom < height < top
    assert "S2, S2G" in texts(figure)


def test_many_temperatures_get_a_colour_bar(isotherm, climb):
    curves = [
        isotherm(climb, k, field_t=np.geomspace(0.03, 0.3, 60), temperature_k=t)
        for k, t in enumerate(np.geomspace(0.05, 0.5, 9))
    ]
    figure = draw_mr_peak(mr_peak(curves, SETTINGS, RNG))
    assert len(figure.axes) == 3
    assert figure.axes[2].get_ylabel() == "temperature (K)"


def test_colours_are_ordered_and_bear_unknown_temperatures():
    colours = IsothermColours([0.06, 0.5, float("nan")])
    assert colours.temperatures_k == (0.06, 0.5)
    assert sum(colours(0.06)[:3]) < sum(colours(0.5)[:3])
    assert len(colours(float("nan"))) == 4
