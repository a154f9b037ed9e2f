"""Tables of measured transport: units, geometry, and what is wrong with a row."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.errors import TransportDataError
from grainscope.files import find_transport_files, read_transport
from grainscope.files.transport_columns import KNOWN
from grainscope.files.transport_headers import spelt_out
from grainscope.settings import parse_settings

GEOMETRY = ("fitting.probe_spacing_um=200", "fitting.bar_width_um=100")
PPMS = """[Header]
; Resistivity Option
TITLE,bar 7
[Data]
Comment,Time Stamp (sec),Temperature (K),Magnetic Field (Oe),Bridge 1 Resistance (Ohms)
,1,2.0,100,30
,2,2.0,-100,
,3,2.0,300,34
"""


@pytest.fixture
def read(tmp_path):
    """Read text as a file; settings are assignments."""

    def build(text: str | bytes, *assignments: str, name: str = "bar.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        data, failures = read_transport([path], parse_settings("", "test", assignments))
        for error in failures.values():
            raise error
        return data

    return build


@pytest.mark.parametrize(
    ("header", "cells", "name", "expected"),
    [
        ("temperature_mk,resistivity_ohm_sq", "60,5", "temperature_k", 0.06),
        ("field_oe,resistivity_ohm_sq", "15,5", "field_t", 15e-4),
        ("field_koe,resistivity_ohm_sq", "80,5", "field_t", 8.0),
        ("field_mt,resistivity_kohm_sq", "40,5", "field_t", 0.04),
        ("temperature_k,resistivity_kohm_sq", "1,40", "resistivity_ohm_sq", 4e4),
        ("current_na,dvdi_ohm_sq", "20,7", "current_a", 20e-9),
        ("excitation_ua,dvdi_ohm_sq", "2,7", "excitation_a", 2e-6),
        ("rf_frequency_ghz,resistivity_ohm_sq", "2,5", "rf_frequency_hz", 2e9),
        ("field_t,hall_resistance_ohm", "1,0.156", "hall_resistance_ohm", 0.156),
    ],
)
def test_units_are_those_of_the_header(read, header, cells, name, expected):
    value = getattr(read(f"{header}\n{cells}\n"), name)
    assert value[0] == pytest.approx(expected, rel=1e-12)


def test_every_known_header_is_read(read):
    for header in KNOWN:
        text = f"{header},hall_resistance_ohm\n1,1\n"
        if header.startswith("hall_resistance_"):
            text = f"{header}\n1\n"
        assert len(read(text, *GEOMETRY).file) == 1


def test_a_bar_has_length_over_width_squares(read):
    data = read("resistance_ohm,resistance_error_ohm,dvdi_ohm\n30,3,8\n", *GEOMETRY)
    assert data.resistivity_ohm_sq[0] == 15.0
    assert data.resistivity_error_ohm_sq[0] == 1.5
    assert data.dvdi_ohm_sq[0] == 4.0


def test_without_geometry_a_resistance_is_refused(read):
    with pytest.raises(TransportDataError, match=r"probe_spacing_um=.*bar_width_um"):
        read("resistance_ohm\n30\n")


def test_quantum_design_files_are_read(read):
    data = read(PPMS, *GEOMETRY, name="bar.dat")
    assert data.field_t.tolist() == pytest.approx([0.01, 0.03])
    assert data.resistivity_ohm_sq.tolist() == [15.0, 17.0]
    assert [(row.line, row.reason) for row in data.unusable] == [(7, "nothing measured")]


def test_columns_are_mapped_with_their_unit(read):
    data = read(
        "T;B (mT);Rxx\n0,06;10;2,5\n",
        'fitting.columns={temperature_k="T", field_mt="B (mT)", resistivity_kohm_sq="Rxx"}',
    )
    assert (data.temperature_k[0], data.field_t[0]) == (0.06, 0.01)
    assert data.resistivity_ohm_sq[0] == 2500.0


def test_unusable_rows_are_listed_with_their_line(read):
    data = read(
        "# measured on Monday\n\ntemperature_k,field_t,resistivity_ohm_sq\n"
        "1,0,5\n1,overload,5\n1,0,nan\n-1,0,5\n1,0,-0.2\n1,0,inf\n1,0\n"
    )
    assert data.resistivity_ohm_sq.tolist() == [5.0, -0.2]  # noise may be below zero
    assert data.line.tolist() == [4, 8]
    assert [(row.line, row.reason.split(":")[0]) for row in data.unusable] == [
        (5, "field_t"),
        (6, "nothing measured"),
        (7, "temperature not above 0 K"),
        (9, "resistivity_ohm_sq"),
        (10, "nothing measured"),
    ]


def test_samples_come_from_a_column_or_the_settings(tmp_path):
    (tmp_path / "a.csv").write_text("sample,resistivity_ohm_sq\nIn7,1\n,2\n")
    (tmp_path / "b.tsv").write_text("resistivity_ohm_sq\tstage\n3\tS2\n")
    text = '[[files]]\nmatch = "b.tsv"\nsample = "In8"\n'
    data, failures = read_transport(
        find_transport_files([tmp_path]), parse_settings(text, "settings")
    )
    assert not failures
    assert data.sample.tolist() == ["In7", "unnamed", "In8"]
    assert data.stage.tolist() == ["", "", "S2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no rows"),
        (b"temperature_k,resistivity_ohm_sq\n", "no rows"),
        (b"\x89PNG\0\0\0", "zero bytes"),
        (b"temperature_k,voltage\n1,2\n", r"got columns: temperature_k, voltage"),
        (b"[Header]\nTITLE,x\n", r"\[Data\]"),
        (b"field_t,field_mt,resistivity_ohm_sq\n1,2,3\n", "both hold field_t"),
        (b'resistivity_ohm_sq,sample\n1,"two\nlines"\n', "several lines"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_line(read, content, said):
    with pytest.raises(TransportDataError, match=said) as caught:
        read(content)
    assert "\n" not in str(caught.value)


def test_a_misspelt_column_of_the_settings_is_named(read):
    with pytest.raises(TransportDataError, match="did you mean resistance_ohm"):
        read("R\n1\n", 'fitting.columns={resistanse_ohm="R"}')


def test_one_bad_file_leaves_the_others(tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("resistivity_ohm_sq\n1\n2\n")
    bad.write_bytes(b"\0\0")
    data, failures = read_transport([bad, good, tmp_path / "none.csv"], parse_settings("", "test"))
    assert data.resistivity_ohm_sq.tolist() == [1.0, 2.0]
    assert list(failures) == [str(bad), str(tmp_path / "none.csv")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("field_t,resistivity_ohm_sq\n500,1\n", "field_oe"),
        ("temperature_k,resistivity_ohm_sq\n60000,1\n", "temperature_mk"),
        ("resistivity_ohm_sq\n-5\n-6\n-7\n", "leads"),
    ],
)
def test_implausible_units_are_warned_of(read, text, said):
    assert [said in warning for warning in read(text).warnings] == [True]


def test_utf16_and_latin1_are_read(read):
    table = "sample,resistivity_ohm_sq\nprobe µ,4\n"
    assert read(table.encode("utf-16")).sample[0] == "probe µ"
    assert read(table.encode("latin-1")).sample[0] == "probe µ"


def test_a_long_table_is_read_whole(read):
    rows = np.arange(100_000)
    text = "field_t,resistivity_ohm_sq\n" + "\n".join(f"{row * 1e-6:.6g},{row}" for row in rows)
    data = read(text)
    assert np.array_equal(data.resistivity_ohm_sq, rows)
    assert data.line[-1] == 100_001


ROWS = [(0.06, 100.0, 2000.0), (0.06, 200.0, 2500.0), (0.1, -300.0, 1500.5)]  # K, Oe, Ω


def table(header, pattern, above=""):
    """Write the three rows as one laboratory does."""
    return above + header + "".join(pattern.format(*row) for row in ROWS)


@pytest.mark.parametrize(
    "text",
    [
        table('"T(K)","H (Oe)","Rxx (Ohm)"\n', "{},{},{}\n"),
        table("Temp / K;B[G];R (Ω)\n", "{};{};{}\n").replace(".", ","),
        table("Temp / K\tB[G]\tR (Ω)\n", "{}\t{}\t{}\n").replace(".", ","),
        table("Temperature\tMagnetic Field\tRxx\nK\tOe\tOhm\n", "{}\t{}\t{}\n"),
        table("# T(K) H(Oe) R(Ohm)\n", "{:.18e} {:.18e} {:.18e}\n"),
        table("temperature_k   field_oe   resistance_ohm\n", "{:9.4f}  {:9.3f} {:9.2f}\n"),
        table("temperature_k,field_oe,resistance_ohm\n", "{},{},{}\n", "Run 17\nby me, today\n\n"),
        table("temperature_k,field_oe,resistance_ohm\n", "{},{},{}\n").replace("\n", "\r"),
        table("T (K),H (Oe),R (Ohm)\n", "{},{},{}\n").replace("-", "\N{MINUS SIGN}"),
    ],
    ids=[
        *("brackets", "semicolons", "tabs and commas", "Origin", "savetxt", "spaces"),
        *("lines above", "old Mac", "typographic minus"),
    ],
)
def test_the_same_rows_are_read_as_laboratories_write_them(read, text):
    data = read(text, *GEOMETRY)
    assert data.temperature_k.tolist() == pytest.approx([0.06, 0.06, 0.1])
    assert data.field_t.tolist() == pytest.approx([0.01, 0.02, -0.03])
    assert data.resistivity_ohm_sq.tolist() == pytest.approx([1000.0, 1250.0, 750.25])
    assert data.unusable == ()


@pytest.mark.parametrize(
    "header", ["R (MOhm)", "R (mΩ)", "T (C)", "Rxx", "Time (s)", "R (Ohm-m)", "T_bath (K)"]
)
def test_what_is_not_certain_is_not_guessed(header):
    assert spelt_out(header) not in KNOWN


def test_a_chosen_column_stands_before_what_another_seems_to_hold(read):
    text = "T_bath,temperature_k,hall_resistance_ohm\n0.1,0.2,5\n"
    data = read(text, 'fitting.columns={temperature_k="T_bath"}')
    assert data.temperature_k[0] == 0.1


def test_a_misspelt_column_of_a_file_is_named(read):
    with pytest.raises(TransportDataError, match="no file has a column 'Temp'"):
        read("T,resistivity_ohm_sq\n1,2\n", 'fitting.columns={temperature_k="Temp"}')


def test_an_axis_that_was_not_found_is_said(read):
    (warning,) = read("T,B,resistivity_ohm_sq\n1,2,3\n").warnings
    assert "no temperature_k and no field_t" in warning
    assert "T, B" in warning
    assert read("temperature_k,field_t,noise,resistivity_ohm_sq\n1,2,3,4\n").warnings == ()


def test_an_overload_is_no_resistance(read):
    data = read("temperature_k,resistivity_ohm_sq\n1,9.91E+37\n1,5\n")
    assert data.resistivity_ohm_sq.tolist() == [5.0]
    assert "9.91E+37" in data.unusable[0].reason


@pytest.mark.parametrize(
    "content",
    [
        "x" * 100_000 + ",y\n1,2\n",
        ",".join(f"c{k}" for k in range(10_000)) + "\n" + "0," * 9_999 + "0\n",
        "temperature_k,resistivity_ohm_sq\n1," + "9" * 200_000 + "\n",
    ],
)
def test_messages_stay_short(read, content):
    with pytest.raises(TransportDataError) as caught:
        read(content)
    assert len(str(caught.value)) < 700


def test_reasons_and_names_stay_short(read):
    data = read("sample,resistivity_ohm_sq\n" + f"{'s' * 1000},1\n" + f"a,{'x' * 10_000}\na,2\n")
    assert [len(row.reason) < 100 for row in data.unusable] == [True, True]
    assert data.sample.tolist() == ["a"]


def test_a_folder_gives_its_tables_only(tmp_path):
    for name in ("b.csv", "a.txt", "._b.csv", "notes.txt", "truth.json"):
        (tmp_path / name).write_text("T,R\n1,2\n")
    (tmp_path / "notes.txt").write_text("Measured on Monday,\nby me.\n")
    (tmp_path / "deep.csv").mkdir()
    assert [path.name for path in find_transport_files([tmp_path])] == ["a.txt", "b.csv"]
    (tmp_path / "fit.json").write_text("{}")
    with pytest.raises(TransportDataError, match="results of a fit"):
        find_transport_files([tmp_path])


def test_what_is_given_twice_counts_once_and_a_copy_is_said(tmp_path):
    path, copy = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_text("resistivity_ohm_sq\n1\n2\n")
    (tmp_path / "link.csv").symlink_to(path)
    assert len(find_transport_files([path, tmp_path / "link.csv", path])) == 1
    copy.write_text(path.read_text())
    data, _failures = read_transport([path, copy], parse_settings("", "test"))
    assert "same rows" in data.warnings[0]


def test_what_is_no_file_is_not_read(tmp_path):
    _data, failures = read_transport([tmp_path], parse_settings("", "test"))
    assert "no file" in str(failures[str(tmp_path)])


@pytest.mark.parametrize("column", ["temperature_k", "field_t"])
def test_a_blank_cell_on_an_axis_costs_its_row(read, column):
    rows = [f"{0.1 + 0.1 * n:.1f},{0.01 * n},{100 + n}" for n in range(12)]
    rows[4] = ",0.04,104" if column == "temperature_k" else "0.5,,104"
    data = read("\n".join(["temperature_k,field_t,resistivity_ohm_sq", *rows]))
    assert len(data.file) == 11
    assert [(row.line, row.reason) for row in data.unusable] == [(6, f"no {column}")]
