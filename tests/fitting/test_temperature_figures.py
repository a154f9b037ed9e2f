"""The four figures of fits against temperature and of the Hall effect."""

import numpy as np
import pytest

from grainscope.figures.fits.activation import draw_activation
from grainscope.figures.fits.hall import draw_hall
from grainscope.figures.fits.onset import draw_onset
from grainscope.figures.fits.saturation import draw_saturation
from grainscope.records import FitParameter, TransportFit, skipped

T = np.geomspace(0.05, 10, 30)


def number(value, unit=""):
    return FitParameter(value, 0.9 * value, 1.1 * value, unit)


def texts(figure):
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    for axes in figure.axes:
        legend = axes.get_legend()
        found += [text.get_text() for text in legend.get_texts()] if legend else []
    return " | ".join(found)


def fit(analysis, parameters, table, extra=None, **selection):
    return TransportFit(
        analysis, "film", selection, "done", parameters=parameters, table=table, extra=extra or {}
    )


def rows(value):
    return {
        "temperature_k": T,
        "resistivity_ohm_sq": value,
        "error_ohm_sq": 0.01 * value,
        "censored": (value < 1).astype(float),
        "fitted_ohm_sq": value,
        "residual": np.sin(np.arange(30)),
    }


@pytest.mark.parametrize("draw", [draw_onset, draw_hall, draw_saturation, draw_activation])
def test_nothing_done_is_said(draw):
    figure = draw([skipped("any", "film", "needs more")])
    assert texts(figure).startswith("no ")


def test_onset_names_the_stage_its_temperatures_and_the_floor():
    parameters = {
        "critical_temperature_k": number(3.4, "K"),
        "drop_fraction": number(0.1),
        "zero_resistance_temperature_k": number(0.5, "K"),
        "floor_ohm_sq": number(0.5, "Ω/□"),
    }
    figure = draw_onset([fit("onset", parameters, rows(0.5 + 100 * T), stage="S2")])
    said = texts(figure)
    assert "S2, ρ = 0 below 0.5 K" in said
    assert "Tc = 3.4 K, drop 10%" in said
    assert "noise floor 0.5 Ω/□" in said


def test_hall_states_an_interval_or_a_limit():
    b = np.linspace(0.5, 8, 30)
    table = {
        "field_t": b,
        "hall_resistance_ohm": 0.156 * b,
        "error_ohm": 0.01 + 0 * b,
        "fitted_ohm": 0.156 * b,
        "residual": 0 * b,
        "in_window": (b < 6).astype(float),
    }
    known = {"carrier_density_per_cm2": FitParameter(4e15, 3.9e15, 4.1e15, "1/cm²")}
    limit = {"carrier_density_per_cm2": FitParameter(4e15, 2e15, np.inf, "1/cm²")}
    figure = draw_hall([fit("hall", known, table), fit("hall", limit, table, temperature_k=4.0)])
    assert "n = 3.9·10¹⁵ … 4.1·10¹⁵ cm⁻²" in texts(figure)
    assert "4 K: n > 2·10¹⁵ cm⁻²" in texts(figure)


def test_saturation_has_a_column_a_stage_and_a_dashed_line_a_value():
    parameters = {
        "resistivity_ohm_sq": number(50.0, "Ω/□"),
        "temperature_k": number(0.3, "K"),
    }
    extra = {"model_temperature_k": T, "fitted_ohm_sq": 50 + 100 * T}
    fits = [
        fit("saturation", parameters, rows(50 + 100 * T), extra, stage=stage, field_t=field)
        for stage in ("S2", "S2G")
        for field in (0.001, 0.01)
    ]
    figure = draw_saturation(fits)
    above = [axes for axes in figure.axes if axes.get_title() in ("S2", "S2G")]
    assert len(above) == 2
    for axes in above:
        level = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert sum(list(line.get_ydata()) == [50.0, 50.0] for line in level) == 2


def test_activation_states_the_law():
    field = np.geomspace(1e-3, 1e-2, 5)
    energy = 1.2 * np.log(0.15 / field)
    table = {
        "field_t": field,
        "energy_k": energy,
        "energy_low_k": energy - 0.1,
        "energy_high_k": energy + 0.1,
        "fitted_k": energy,
        "residual": 0 * field,
        "in_window": np.ones(5),
    }
    parameters = {
        "energy_scale_k": number(1.2, "K"),
        "zero_energy_field_t": number(0.15, "T"),
        "exponent": number(0.66),
        "effective_temperature_k": number(1.82, "K"),
    }
    said = texts(draw_activation([fit("activation", parameters, table, stage="S2")]))
    assert "S2: U = (1.2 ± 0.1 K) ln(0.15 T/B)" in said
    assert "p = 0.66: U₀/p = 1.82 K" in said
