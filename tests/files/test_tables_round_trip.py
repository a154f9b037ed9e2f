"""Records → CSV → arrays: columns as promised, nothing lost that matters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grainscope.errors import MissingDependencyError, ResultError
from grainscope.files import read_table, write_table
from grainscope.files.tables import TABLE_COLUMNS, _columns, require_parquet
from grainscope.records import Commensuration, GrainTable


def grain_columns(n: int) -> dict[str, np.ndarray]:
    values = np.linspace(0.1, 1, n)
    columns = {name: values * (i + 1) for i, name in enumerate(GrainTable.__dataclass_fields__)}
    columns |= {name: np.arange(n) + 1 for name in ("label", "area_px", "degree", "component")}
    return columns | dict.fromkeys(("touches_border", "resolved"), values > 0.5)


def test_grains_come_back_as_the_same_record(tmp_path):
    grains = GrainTable(**grain_columns(5))
    write_table(tmp_path / "grains.csv", _columns(grains, TABLE_COLUMNS["grains"]))
    back = GrainTable(**read_table(tmp_path / "grains.csv"))
    for name in TABLE_COLUMNS["grains"]:
        np.testing.assert_allclose(getattr(back, name), getattr(grains, name), rtol=1e-8)


def test_the_columns_of_grains_are_the_promised_ones():
    promised = (
        "label, y_um, x_um, area_px, area_um2, log10_area_um2, equivalent_diameter_um, "
        "perimeter_um, major_axis_um, minor_axis_um, orientation_rad, eccentricity, solidity, "
        "circularity, feret_max_um, feret_min_um, mean_intensity, touches_border, edge_weight, "
        "resolved, degree, component, confidence, completeness"
    )
    assert ", ".join(TABLE_COLUMNS["grains"]) == promised


def test_an_empty_table_keeps_its_header_and_comes_back_empty(tmp_path):
    grains = GrainTable(**{name: [] for name in TABLE_COLUMNS["grains"]})
    write_table(tmp_path / "grains.csv", _columns(grains, TABLE_COLUMNS["grains"]))
    assert (tmp_path / "grains.csv").read_text() == ",".join(TABLE_COLUMNS["grains"]) + "\n"
    assert GrainTable(**read_table(tmp_path / "grains.csv")).n_grains == 0


def test_columns_that_were_not_computed_are_absent():
    field = np.arange(3.0)
    table = _columns(Commensuration(field, field * 10, field), TABLE_COLUMNS["commensuration"])
    assert list(table) == ["field_mt", "field_g", "loop_sum"]


def test_pandas_reads_the_types(tmp_path):
    columns = {"a": np.array([1, 2]), "b": np.array([0.5, np.nan]), "c": np.array([True, False])}
    write_table(tmp_path / "t.csv", {**columns, "kind": np.array(["charging", "a, b"])})
    frame = pd.read_csv(tmp_path / "t.csv")
    assert frame["a"].dtype == np.int64
    assert frame["b"].isna().tolist() == [False, True]
    assert frame["c"].dtype == np.bool_
    assert frame["kind"].tolist() == ["charging", "a, b"]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20))
def test_nine_digits_survive(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    write_table(path, {"x": np.array(values)})
    back = read_table(path)["x"].astype(float)
    np.testing.assert_allclose(back, values, rtol=5e-9, atol=5e-324)


@pytest.mark.parametrize("name", ["007", "nan", "true", "1e3", ""])
def test_names_that_look_like_numbers_stay_names(name, tmp_path):
    names = np.array([name] * 2)
    write_table(tmp_path / "t.csv", {"count": np.arange(2), "stem": names, "sample": names})
    back = read_table(tmp_path / "t.csv")
    assert back["stem"].tolist() == back["sample"].tolist() == [name] * 2


def test_a_line_end_within_a_name_is_no_new_row(tmp_path):
    names = np.array(["a\rb", "a\nb", "a\r\nb", 'a "b", c'])
    write_table(tmp_path / "t.csv", {"stem": names, "count": np.arange(4)})
    assert read_table(tmp_path / "t.csv")["stem"].tolist() == names.tolist()
    assert (tmp_path / "t.csv").read_bytes().startswith(b'stem,count\n"a\rb",0\n')


def test_a_missing_or_ragged_table_is_a_result_error(tmp_path):
    with pytest.raises(ResultError, match="run the image again"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(ResultError, match="not a table"):
        read_table(tmp_path / "ragged.csv")


def test_parquet_without_pyarrow_names_the_extra(monkeypatch):
    monkeypatch.setattr("grainscope.files.tables.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"grainscope\[parquet\]"):
        require_parquet()
