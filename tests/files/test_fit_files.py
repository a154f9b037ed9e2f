"""``fit.json`` and the tables beside it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from grainscope.errors import ResultError
from grainscope.files import (
    FIT_SCHEMA,
    FitRecord,
    figure_stem,
    fit_result_record,
    read_fit_record,
    read_table,
    write_fit_tables,
)
from grainscope.records import FitParameter, TransportFit, skipped

FIT = TransportFit(
    "fluctuations",
    "In7",
    {"stage": "S2G", "temperature_k": 0.06},
    "done",
    parameters={
        "relative_amplitude": FitParameter(0.3, 0.28, math.inf, ""),
        "minima_field_g": FitParameter((15.0, 30.0), (14.5, math.nan), (15.5, 31.0), "G"),
    },
    labels={"best": "power"},
    window={"field_t": (0.0, 0.005), "chosen": "all"},
    weights={"power": 0.75, "kondo": 0.25},
    warnings=("one",),
    table={"field_g": np.array([1.0, 2.0]), "residual": np.array([0.5, np.nan])},
    windows={"field_high_t": np.array([0.004])},
)


def written(tmp_path, *fits):
    record = FitRecord(schema=FIT_SCHEMA, results=[fit_result_record(fit) for fit in fits])
    (tmp_path / "fit.json").write_text(record.to_json())
    return tmp_path


def test_a_result_survives_writing_and_reading(tmp_path):
    stored = read_fit_record(written(tmp_path, FIT)).results[0]
    assert (stored.analysis, stored.sample, stored.status) == ("fluctuations", "In7", "done")
    assert stored.selection == {"stage": "S2G", "temperature_k": 0.06}
    assert stored.parameters["minima_field_g"].value == [15.0, 30.0]
    assert stored.parameters["minima_field_g"].low == [14.5, None]
    assert stored.parameters["relative_amplitude"].high is None
    assert stored.window == {"field_t": [0.0, 0.005], "chosen": "all"}
    assert (stored.labels, stored.weights) == ({"best": "power"}, {"power": 0.75, "kondo": 0.25})


def test_the_layout_is_that_of_the_design(tmp_path):
    content = json.loads((written(tmp_path, FIT) / "fit.json").read_text())
    assert {"schema", "results"} <= set(content)
    fixed = ["analysis", "sample", "selection", "status", "reason", "parameters", "window"]
    assert set(fixed) <= set(content["results"][0])
    assert set(content["results"][0]["parameters"]["relative_amplitude"]) == {
        *("value", "low", "high", "unit")
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": 99, "results": []}', "newer"),
        ("{", "damaged"),
        ('{"schema": 1e999, "results": []}', "damaged"),
        ('{"results": []}', "damaged"),
        ('{"schema": 1, "results": [{"analysis": "hall"}]}', "damaged"),
    ],
)
def test_a_damaged_or_newer_file_is_refused(tmp_path, text, said):
    (tmp_path / "fit.json").write_text(text)
    with pytest.raises(ResultError, match=said) as caught:
        read_fit_record(tmp_path)
    assert "\n" not in str(caught.value)


def test_no_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ResultError, match="grainscope fit"):
        read_fit_record(tmp_path)


def test_rows_say_which_result_they_are_of(tmp_path):
    other = TransportFit(
        "fluctuations", "In8", {"stage": "S2"}, "done", table={"field_g": np.array([7.0])}
    )
    names = write_fit_tables(tmp_path, [FIT, skipped("hall", "In7", "no"), other])
    assert names == ["fluctuations.csv", "fluctuations_windows.csv"]
    table = read_table(tmp_path / "fluctuations.csv")
    assert table["result"].tolist() == [0, 0, 1]
    assert table["sample"].tolist() == ["In7", "In7", "In8"]
    assert table["field_g"].tolist() == [1.0, 2.0, 7.0]
    assert table["residual"].tolist() == ["0.5", "nan", ""]


def test_rows_of_several_samples_name_their_own(tmp_path):
    both = np.array(["In7", "In8"], dtype=object)
    fit = TransportFit(
        "phase_diagram", "In7, In8", {}, "done", table={"field_t": np.ones(2), "sample": both}
    )
    write_fit_tables(tmp_path, [fit])
    header, *rows = (tmp_path / "phase_diagram.csv").read_text().splitlines()
    assert header == "result,field_t,sample"
    assert rows == ["0,1,In7", "0,1,In8"]


def test_figures_of_several_samples_have_their_own_names():
    samples = ["a/b", "a b", "In7", "IN7"]
    stems = [figure_stem("hall", sample, samples) for sample in samples]
    assert len({stem.casefold() for stem in stems}) == 4
    assert all("/" not in stem and " " not in stem for stem in stems)
