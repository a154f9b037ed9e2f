"""Tables of measured transport: units, geometry, and what is wrong with a row."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.errors import TransportDataError
from grainscope.files import find_transport_files, read_transport
from grainscope.files.transport_columns import KNOWN
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
