"""``grainscope fit`` as a user runs it: one CSV in, results, figures and a report out."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from grainscope.batch import fit_transport
from grainscope.cli import run_command_line
from grainscope.errors import TransportDataError
from grainscope.files import read_fit_record
from grainscope.settings import parse_settings

EXPONENT, PREFACTOR = 0.66, 2700.0


def write_isotherms(path, temperatures=(0.06, 0.1, 0.2), noise=0.01, seed=0):
    """Isotherms of a power law with trapped flux of 3 G, up and down, both signs."""
    rng = np.random.default_rng(seed)
    rows = ["temperature_k,field_oe,resistance_ohm,sample,stage,sweep_direction"]
    for temperature in temperatures:
        for way, step in (("up", 1), ("down", -1)):
            for field in np.linspace(-0.03, 0.03, 81)[::step]:
                rho = PREFACTOR * abs(field - 3e-4) ** EXPONENT
                ohm = 2 * (rho * (1 + noise * rng.standard_normal()))
                ohm += 0.3 * rng.standard_normal()
                rows.append(f"{temperature},{1e4 * field:.6g},{ohm:.6g},In7,S2,{way}")
    path.write_text("\n".join(rows) + "\n")
    return path


GEOMETRY = ["--set", "fitting.probe_spacing_um=200", "--set", "fitting.bar_width_um=100"]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """One fit, by the command line, that several tests look at."""
    folder = tmp_path_factory.mktemp("fit")
    data = write_isotherms(folder / "isotherms.csv")
    code = run_command_line(["fit", str(data), "-o", str(folder / "out"), *GEOMETRY])
    return code, folder / "out"


def results(out, analysis):
    content = json.loads((out / "fit.json").read_text())
    return [r for r in content["results"] if r["analysis"] == analysis]


def test_the_truth_is_found_from_ohms_and_oersted(fitted):
    code, out = fitted
    assert code == 0
    exponents = [
        r["parameters"]["exponent"] for r in results(out, "power_law") if r["status"] == "done"
    ]
    assert exponents
    for exponent in exponents:
        assert abs(exponent["value"] - EXPONENT) < 5 * (exponent["high"] - exponent["low"])
        assert exponent["value"] == pytest.approx(EXPONENT, abs=0.02)
    (offset,) = results(out, "field_offset")
    assert offset["parameters"]["offset_g"]["value"] == pytest.approx(3.0, abs=0.1)


def test_every_analysis_has_a_result_or_a_reason(fitted):
    from grainscope.fitting import ANALYSES

    content = json.loads((fitted[1] / "fit.json").read_text())
    found = {r["analysis"] for r in content["results"]}
    assert set(ANALYSES) <= found
    for result in content["results"]:
        assert result["status"] != "failed", result
        assert bool(result["reason"]) == (result["status"] != "done")


def test_what_is_promised_is_there(fitted):
    out = fitted[1]
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {"fit.json", "report.html", "settings.toml", "unusable_rows.csv"} <= names
    for analysis in ("power_law",):
        promised = (f"{analysis}.csv", f"figures/{analysis}.png", f"figures/{analysis}.pdf")
        assert set(promised) <= names
    assert not [name for name in names if "partial" in name]


def test_the_report_stands_alone_and_can_be_rebuilt(fitted):
    out = fitted[1]
    page = (out / "report.html").read_text()
    assert "Power law of the field" in page
    assert 'src="data:image/png' in page
    assert "http://" not in page
    assert "needs hall_resistance_ohm" in page
    (out / "report.html").unlink()
    assert run_command_line(["report", str(out)]) == 0
    assert "Power law of the field" in (out / "report.html").read_text()


def test_a_second_fit_replaces_the_first_whole(tmp_path):
    out, data = tmp_path / "out", write_isotherms(tmp_path / "a.csv", (0.06,))
    settings = parse_settings("", "test", ["fitting.probe_spacing_um=2", "fitting.bar_width_um=1"])
    fit_transport([data], out, settings)
    (out / "notes.txt").write_text("mine")
    rows = data.read_text().splitlines()
    data.write_text("\n".join(rows[:1] + [r for r in rows[1:] if r.startswith("0.06,15")]))
    fit_transport([data], out, settings)
    assert not (out / "figures" / "power_law.png").exists()
    assert (out / "notes.txt").read_text() == "mine"


def test_one_bad_file_leaves_the_rest_and_an_exit_code(tmp_path, capsys):
    write_isotherms(tmp_path / "good.csv", (0.06,))
    (tmp_path / "bad.csv").write_bytes(b"\x00\x01")
    code = run_command_line(["fit", str(tmp_path), "-o", str(tmp_path / "out"), *GEOMETRY])
    assert code == 1
    assert "bad.csv" in capsys.readouterr().err
    assert results(tmp_path / "out", "power_law")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("temperature_k,voltage\n1,2\n", "nothing measured"),
        ("temperature_k,resistivity_ohm_sq\nx,y\n", "no usable row"),
        ("temperature_k,resistance_ohm\n1,2\n", "probe_spacing_um"),
        ("", "no rows"),
    ],
)
def test_nothing_to_fit_is_said_in_one_line(tmp_path, capsys, text, said):
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert run_command_line(["fit", str(path), "-o", str(tmp_path / "out")]) == 2
    message = capsys.readouterr().err
    assert said in message
    assert len(message.strip().splitlines()) == 1
    assert not (tmp_path / "out" / "fit.json").exists()


def test_long_work_is_told_without_a_terminal(tmp_path, capsys, monkeypatch):
    from grainscope.cli import progress

    data = tmp_path / "a.csv"
    data.write_text("temperature_k,resistivity_ohm_sq\n1,5\n2,6\n3,7\n4,8\n5,9\n")
    assert run_command_line(["fit", str(data), "-o", str(tmp_path / "short")]) == 0
    assert "onset" not in capsys.readouterr().err
    monkeypatch.setattr(progress, "_PACE_S", 0.0)
    assert run_command_line(["fit", str(data), "-o", str(tmp_path / "long")]) == 0
    assert "unnamed onset" in capsys.readouterr().err.splitlines()


def test_a_missing_input_is_named(tmp_path):
    with pytest.raises(TransportDataError, match=r"none\.csv: no such file"):
        fit_transport([tmp_path / "none.csv"], tmp_path / "out", parse_settings("", "test"))


@pytest.mark.parametrize(
    "rows",
    [
        ["0.1,0.01,5"] * 30,
        [f"0.1,{k * 0.001},5" for k in range(40)],
        [f"{0.05 * 1.1**k},0,-0.1" for k in range(40)],
        [f"{0.05 * 1.1**k},0,nan" for k in range(20)] + ["1,0,3"],
        [f"{t},0.01,{t * 100}" for t in (3, 1, 2, 1, 1, 3, 5, 4, 0.5, 0.2, 7, 9)],
        [f"1,{1e4 * k},{k + 1}" for k in range(-20, 20)],
    ],
    ids=["one point", "constant", "below zero", "NaN", "unsorted and repeated", "in oersted"],
)
def test_odd_data_end_in_a_report(tmp_path, rows):
    path = tmp_path / "odd.csv"
    path.write_text("\n".join(["temperature_k,field_t,resistivity_ohm_sq", *rows]) + "\n")
    outcome = fit_transport([path], tmp_path / "out", parse_settings("", "test"))
    assert [fit for fit in outcome.fits if fit.status == "failed"] == []
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000
    if "10000.0" in path.read_text():
        assert "field_oe" in outcome.warnings[0]


FEW = "temperature_k,resistivity_ohm_sq\n" + "".join(f"{t},{10 + t}\n" for t in range(1, 12))


@pytest.fixture
def few(tmp_path):
    """Few rows, quickly fitted."""
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "hall.csv"
    path.write_text(FEW)
    return path


@pytest.mark.parametrize("inside", ["file", "folder"])
def test_data_are_never_overwritten(few, capsys, inside):
    given = few if inside == "file" else few.parent
    assert run_command_line(["fit", str(given), "-o", str(few.parent)]) == 2
    assert "holds the data themselves" in capsys.readouterr().err
    assert few.read_text() == FEW
    assert [path.name for path in few.parent.iterdir()] == ["hall.csv"]


def test_results_of_a_newer_program_are_left_alone(few, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "fit.json").write_text('{"schema": 99, "results": []}')
    assert run_command_line(["fit", str(few), "-o", str(out)]) == 2
    assert "newer grainscope" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["fit.json"]


def test_what_a_killed_fit_left_is_removed(few, tmp_path):
    remains = tmp_path / "out" / ".fit.json.partial-0123.json"
    (remains / "figures").mkdir(parents=True)
    fit_transport([few], tmp_path / "out", parse_settings("", "test"))
    assert not [path for path in (tmp_path / "out").rglob("*") if "partial" in path.name]


def test_a_literature_file_that_is_missing_is_known_at_once(few, tmp_path):
    settings = parse_settings("", "test", ["fitting.literature_boundaries=none.csv"])
    with pytest.raises(TransportDataError, match=r"none\.csv"):
        fit_transport([few], tmp_path / "out", settings)
    assert not (tmp_path / "out").exists()


def broken(*_arguments):
    raise AttributeError("broken")


def test_an_analysis_that_breaks_down_leaves_the_others(few, tmp_path, monkeypatch):
    import grainscope.fitting.onset

    monkeypatch.setattr(grainscope.fitting.onset, "onset", broken)
    outcome = fit_transport([few], tmp_path / "out", parse_settings("", "test"))
    (failed,) = [fit for fit in outcome.fits if fit.status == "failed"]
    assert (failed.analysis, failed.reason.split(" (")[0]) == ("onset", "AttributeError: broken")
    assert "Traceback" in (tmp_path / "out" / "log.jsonl").read_text()


def test_a_figure_that_breaks_down_costs_no_result(few, tmp_path, monkeypatch):
    from grainscope import figures

    monkeypatch.setattr(figures, "write_fit_figure", broken)
    outcome = fit_transport([few], tmp_path / "out", parse_settings("", "test"))
    assert "figure could not be drawn: AttributeError" in outcome.warnings[-1]
    assert results(tmp_path / "out", "onset")
    assert (tmp_path / "out" / "report.html").exists()


def test_a_fit_for_the_screen_leaves_the_print_out(few, tmp_path):
    fit_transport([few], tmp_path / "out", parse_settings("[run]\nprint_figures = false", "test"))
    drawn = {path.suffix for path in (tmp_path / "out" / "figures").iterdir()}
    assert drawn == {".png"}
    assert ".pdf" not in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize("moment", ["analyses", "figures"])
def test_interrupted_what_is_done_is_written(few, tmp_path, monkeypatch, capsys, moment):
    import grainscope.fitting.law_comparison
    from grainscope import figures

    def interrupt(*_arguments):
        os.kill(os.getpid(), signal.SIGINT)

    if moment == "analyses":
        monkeypatch.setattr(grainscope.fitting.law_comparison, "law_comparison", interrupt)
    else:
        monkeypatch.setattr(figures, "write_fit_figure", interrupt)
    out = tmp_path / "out"
    assert run_command_line(["fit", str(few), "-o", str(out)]) == 130
    assert "analyses that were done are in" in capsys.readouterr().err
    assert results(out, "onset")
    assert bool(results(out, "phase_diagram")) == (moment == "figures")
    assert "interrupted" in json.loads((out / "fit.json").read_text())["warnings"][-1]


def test_a_file_whose_name_is_no_text_is_fitted_and_named(few, tmp_path):
    odd = Path(os.fsdecode(os.fsencode(few.parent) + b"/hall\xff.csv"))
    odd.write_text(f"{FEW}x,1\n")
    broken_odd = Path(os.fsdecode(os.fsencode(few.parent) + b"/broken\xff.csv"))
    broken_odd.write_text("nothing\n")
    out = tmp_path / "out"
    outcome = fit_transport([odd, broken_odd], out, parse_settings("", "test"))
    assert [Path(name).name for name in outcome.inputs] == [r"hall\xff.csv"]
    assert all(outcome.inputs.values())
    (reason,) = outcome.failures.values()
    assert "broken" in reason
    assert r"hall\xff.csv" in (out / "unusable_rows.csv").read_text()
    assert read_fit_record(out).inputs[0].path.endswith(r"hall\xff.csv")


def test_results_elsewhere_are_never_taken_away(few, tmp_path):
    out, mine = tmp_path / "out", tmp_path / "mine.csv"
    out.mkdir()
    mine.write_text("mine")
    result = {"analysis": "../mine", "sample": "", "status": "done", "reason": ""}
    result |= {key: {} for key in ("selection", "parameters", "window", "weights")}
    (out / "fit.json").write_text(
        json.dumps({"schema": 1, "results": [{**result, "warnings": []}]})
    )
    fit_transport([few], out, parse_settings("", "test"))
    assert mine.read_text() == "mine"


def test_names_cannot_break_the_report_nor_the_folder(tmp_path):
    names = ["<script>alert(1)</script>", '../../"x" & y', "Ω" * 250]
    rows = [
        f'"{name.replace(chr(34), chr(34) * 2)}",{t},{10 + t}'
        for name in names
        for t in range(1, 12)
    ]
    data = tmp_path / "a.csv"
    data.write_text("\n".join(["sample,temperature_k,resistivity_ohm_sq", *rows]))
    out = tmp_path / "o" / "out"
    fit_transport([data], out, parse_settings("", "test"))
    page = (out / "report.html").read_text()
    assert "<script>alert" not in page
    assert "Ω" * 100 not in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "o"]
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["out"]


def test_a_selection_of_another_program_is_told_as_it_is(tmp_path):
    result = {"analysis": "hall", "sample": "", "status": "skipped", "reason": "no field"}
    result |= {key: {} for key in ("parameters", "window", "weights")}
    result |= {"warnings": [], "selection": {"{odd}": "{0.x}", "temperature_k": 0.06}}
    (tmp_path / "fit.json").write_text(json.dumps({"schema": 1, "results": [result]}))
    assert run_command_line(["report", str(tmp_path)]) == 0
    assert "{odd} {0.x}, 0.06 K" in (tmp_path / "report.html").read_text()
