"""All boundaries in one table, on the axis that the data have."""

import numpy as np
import pytest

from grainscope.fitting.field.boundaries import boundaries
from grainscope.fitting.phase_diagram import normal_resistivity, phase_diagram
from grainscope.records.transport_data import TransportCurve
from grainscope.records.transport_fit import FitParameter, TransportFit
from grainscope.settings.fitting import FittingSettings

SETTINGS = FittingSettings()


def fit(analysis, name, value, status="done", **selection):
    found = {name: FitParameter(value, 0.9 * value, 1.1 * value, "T")} if status == "done" else {}
    return TransportFit(analysis, "film", selection, status, "", found)


def cooling(normal_ohm_sq, stage="S2", field_t=0.0):
    t = np.linspace(0.1, 6, 60)
    value = normal_ohm_sq * (1 - 0.05 * (t - 4))
    nothing = np.full(60, np.nan)
    return TransportCurve(
        "film", "temperature_k", "resistivity_ohm_sq", {"stage": stage, "field_t": field_t},
        t, np.full(60, field_t), nothing, value, 0.01 * value, np.zeros(60, bool),
        np.zeros(60, int),
    )  # fmt: skip


def rows(found, name):
    mine = found.table["boundary"] == name
    return {key: column[mine].tolist() for key, column in found.table.items()}


FITS = [
    fit("upturn", "field_t", 0.04, stage="S2", temperature_k=0.06),
    fit("upturn", "field_t", 0.05, stage="S2", temperature_k=0.3),
    fit("crossings", "field_t", 0.052, stage="S2"),
    fit("crossings", "field_t", 0.043, stage="S2G"),
    fit("mr_peak", "field_t", 0.08, stage="S2", temperature_k=0.1),
    fit("mr_peak", "field_t", 0.09, "skipped", stage="S2G", temperature_k=0.1),
    fit("upturn", "field_t", 0.03, stage="S2", temperature_k=0.05, rf_frequency_hz=2e9),
]


def test_coldest_isotherm_of_each_state_counts_and_disturbed_ones_do_not():
    found = phase_diagram(FITS, [cooling(3e3), cooling(4e3, "S2G")], SETTINGS)
    assert rows(found, "upturn of ρ(H)")["field_t"] == [0.04]
    assert rows(found, "isotherms cross")["field_t"] == [0.052, 0.043]
    assert rows(found, "maximum of ρ(H)")["state"] == ["S2"]
    assert found.parameters["boundaries"].value == 4


def test_resistivity_at_4_k_is_the_vertical_axis():
    found = phase_diagram(FITS, [cooling(3e3), cooling(4e3, "S2G")], SETTINGS)
    assert found.window["vertical"].startswith("resistivity at 4 K")
    assert rows(found, "isotherms cross")["vertical"] == pytest.approx([3e3, 4e3], rel=1e-3)


def test_lowest_field_counts_for_the_normal_resistivity():
    assert normal_resistivity([cooling(9e3, field_t=1.0), cooling(3e3)]) == pytest.approx(
        3e3, rel=2e-3
    )
    assert np.isnan(normal_resistivity([]))


def test_without_4_k_the_order_of_stages(isotherm, climb):
    found = phase_diagram(FITS, [isotherm(climb), isotherm(climb, stage="S2G")], SETTINGS)
    assert found.window["vertical"] == "stage, in order"
    assert rows(found, "isotherms cross")["vertical"] == [0, 1]


def test_without_4_k_the_gate_where_states_differ_by_it(isotherm, climb):
    curves = [isotherm(climb, gate_v=g) for g in (0.0, -50.0)]
    fits = [fit("crossings", "field_t", 0.05, stage="S2", gate_v=g) for g in (0.0, -50.0)]
    found = phase_diagram(fits, curves, SETTINGS)
    assert found.window["vertical"] == "gate voltage (V)"
    assert rows(found, "isotherms cross")["vertical"] == [0, -50]


def test_zero_resistance_ends_between_two_rows(isotherm):
    h = np.array([0.0, 1e-4, 2e-4, 3e-4, 4e-4])
    curve = isotherm(lambda b: np.where(b > 2.5e-4, 100.0, 1e-9), field_t=h, floor=1.0)
    (found,) = boundaries([], [curve])
    assert (found.name, found.low_t, found.high_t) == ("zero resistance ends", 2e-4, 3e-4)


def test_finite_from_the_lowest_field_is_an_upper_limit(isotherm):
    curve = isotherm(lambda b: 1e5 * b, field_t=[1e-3, 2e-3, 3e-3])
    (found,) = boundaries([], [curve])
    assert (found.low_t, found.high_t) == (0.0, 1e-3)


def test_saturation_ends_above_the_last_field_that_saturates():
    fits = [
        fit("saturation", "temperature_k", 0.3, status, stage="S2", field_t=field)
        for field, status in ((0.01, "done"), (0.03, "done"), (0.06, "failed"))
    ]
    (found,) = boundaries(fits, [])
    assert (found.low_t, found.high_t) == (0.03, 0.06)


def test_literature_is_appended():
    columns = {
        "field_t": np.array([1.5]),
        "vertical": np.array([2e3]),
        "boundary": np.array(["H-SIT"], object),
    }
    found = phase_diagram(FITS, [cooling(3e3)], SETTINGS, columns)
    assert rows(found, "H-SIT")["sample"] == ["literature"]
    assert rows(found, "H-SIT")["vertical"] == [2e3]


def test_nothing_found_is_skipped():
    assert phase_diagram([], [], SETTINGS).status == "skipped"


def test_what_is_known_of_fewer_than_half_of_the_states_is_no_axis():
    stages = ("S0", "S1", "S2", "S3", "S4")
    fits = [fit("crossings", "field_t", 0.05, stage=stage) for stage in stages]
    curves = [cooling(1e3 * k, stage) for k, stage in enumerate(stages, 1)]
    assert phase_diagram(fits, curves[:2], SETTINGS).window["vertical"] == "stage, in order"
    found = phase_diagram(fits, curves[:3], SETTINGS)
    assert found.window["vertical"].startswith("resistivity at 4 K")
