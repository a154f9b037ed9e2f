"""What a reproduction says of the paper's numbers, from small stored results of known truth."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from grainscope.errors import ResultError
from grainscope.files import read_reproduce_record
from grainscope.files.synthetic_transport import truth_json
from grainscope.report import write_reproduce_report
from grainscope.report.argument.paragraph import Paragraph
from grainscope.report.facts import Found, matches, read_facts
from grainscope.report.fit_words import WORDS
from grainscope.report.marks import all_truths, half_widths, mark
from grainscope.report.paper_claims import CLAIMS, FIGURES, InFit
from grainscope.report.reproduce_report import _OWN
from grainscope.report.reproduction import assemble
from grainscope.synthetic.transport import Instrument, published_film

DOCS = Path(__file__).parents[2] / "docs"
TRUTH = truth_json(published_film(Instrument()), 5)
#: Half-width of every interval of the stored fits, as a share of the value.
WIDTH = 0.01


def stored_fit(truth, off=0.0):
    """Fits that found every truth, so many half-widths too high, with its interval."""
    results = []
    for told in truth["results"]:
        held = dict(told["selection"])
        disturbance = truth["film"]["disturbances"][held.pop("disturbance", "none")]
        if disturbance["rf_frequency_hz"]:
            held |= {"rf_frequency_hz": disturbance["rf_frequency_hz"], "rf_power_dbm": 0.0}
        if disturbance["condition"]:
            held["condition"] = disturbance["condition"]
        parameters = {
            name: {**interval(p["value"], off), "unit": p["unit"]}
            for name, p in told["parameters"].items()
        }
        results.append(result(told["analysis"], held, parameters))
    return results


def interval(value, off):
    if isinstance(value, list):
        return {"value": value, "low": value, "high": value}
    width = WIDTH * abs(value)
    found = value + off * width
    return {"value": found, "low": found - width, "high": found + width}


def result(analysis, selection, parameters, **more):
    return {
        "analysis": analysis, "sample": "film", "selection": selection, "status": "done",
        "reason": "", "parameters": parameters, "window": {}, "weights": {}, "warnings": [],
    } | more  # fmt: skip


def write_fit(out, results):
    (out / "fit").mkdir(exist_ok=True)
    content = {"schema": 1, "inputs": [{"path": "a.csv", "sha256": "0" * 64}], "results": results}
    (out / "fit" / "fit.json").write_text(json.dumps(content))


@pytest.fixture
def out(tmp_path, run_folder_at):
    """A reproduction of synthetic data, before anything is put together."""
    folder = tmp_path / "paper"
    run_folder_at(folder / "run").add_result("film")
    transport = folder / "inputs" / "transport"
    transport.mkdir(parents=True)
    (transport / "truth.json").write_text(json.dumps(TRUTH))
    write_fit(folder, stored_fit(TRUTH))
    return folder


def numbers(record):
    return {number.quantity: number for number in record.numbers}


def written(out):
    record = assemble(out, "film", 5)
    (out / "reproduce.json").write_text(record.to_json(), encoding="utf-8")
    write_reproduce_report(out)
    return (out / "report.html").read_text(encoding="utf-8")


def test_distance_is_counted_in_half_widths_of_the_side_it_lies_on():
    found = Found(10.0, 8.0, 11.0)
    assert half_widths(found, 6.0, 6.0) == pytest.approx(2.0)
    assert half_widths(found, 14.0, 15.0) == pytest.approx(4.0)
    assert half_widths(found, 9.0, 12.0) == 0
    assert half_widths(Found(10.0), 12.0, 12.0) is None
    assert half_widths(Found(10.0, 10.0, 10.0), 12.0, 12.0) == math.inf


@pytest.mark.parametrize(
    ("found", "low", "high", "expected"),
    [
        (Found(10.0, 9.0, 11.0), 11.9, 11.9, "agrees"),
        (Found(10.0, 9.0, 11.0), 12.1, 12.1, "off"),
        (Found(10.0, 9.0, 11.0), 5.0, math.inf, "agrees"),
        (Found(None, 0.0, 3.0), 2.0, 2.0, "agrees"),
        (Found(None, 0.0, 3.0), 4.0, 4.0, "off"),
        (Found(-100.0, -100.0, -100.0), -100.0, -100.0, "agrees"),
        (Found(5.0), 6.0, 6.0, "off"),
        (Found(reason="no axis"), 6.0, 6.0, "not available"),
    ],
)
def test_marks(found, low, high, expected):
    assert mark(found, low, high)[0] == expected


def test_a_result_under_rf_or_of_joined_curves_is_taken_only_where_it_is_named():
    rf = {"stage": "S2G", "field_t": 0.03, "rf_frequency_hz": 2e9, "condition": "Pin 19"}
    assert matches(rf, {"stage": "S2G", "rf_frequency_hz": 2e9})
    assert not matches(rf, {"stage": "S2G", "field_t": 0.03})
    assert not matches({"condition": "bypass RT filter"}, {"rf_frequency_hz": 2e9})
    assert matches({"condition": "bypass RT filter"}, {"condition": "bypass*"})
    assert not matches({"isotherms": "6 of S2"}, {})
    assert not matches({"field_t": 0.0}, {"field_t": 2e-4})


def test_every_truth_that_was_put_in_is_found_again(out):
    rows = all_truths(read_facts(out, "film"))
    assert len(rows) > 100
    compared = [row for row in rows if row.mark != "no reference"]
    assert {row.mark for row in compared} == {"agrees"}
    assert all(row.half_widths == 0 for row in compared)


def test_what_lies_three_half_widths_off_is_said_to(out):
    write_fit(out, stored_fit(TRUTH, off=3.0))
    rows = [row for row in all_truths(read_facts(out, "film")) if row.half_widths is not None]
    assert {row.mark for row in rows} == {"off"}
    assert [row.half_widths for row in rows] == pytest.approx([3.0] * len(rows))
    record = assemble(out, "film", 5)
    crossing = numbers(record)["crossing, S2"]
    assert (crossing.mark, crossing.against) == ("off", "truth")
    assert crossing.half_widths == pytest.approx(3.0)


def test_claims_are_held_against_the_truth_and_without_one_against_the_paper(out):
    found = numbers(assemble(out, "film", 5))
    assert found["carrier density, S2"].against == "truth"
    assert found["carrier density, S2"].truth == 4e15
    assert found["deepest minimum"].value == pytest.approx(14.94)
    (out / "inputs" / "transport" / "truth.json").unlink()
    record = assemble(out, "film", None)
    found = numbers(record)
    assert not record.synthetic_data
    assert found["carrier density, S2"].truth is None
    assert (found["carrier density, S2"].against, found["carrier density, S2"].mark) == (
        "paper", "agrees",
    )  # fmt: skip
    # The text leaves ±0.5 G open, so 14.94 G is the paper's 15 G.
    assert found["deepest minimum"].mark == "agrees"
    assert record.truths == []


def test_of_several_results_the_coldest_is_taken_and_of_a_list_the_most_prominent(out):
    lists = {"minima_field_g": [9.0, 15.5, 30.0], "prominence": [0.1, 0.4, 0.2]}
    cold = {name: {**interval(v, 0), "unit": "G"} for name, v in lists.items()}
    warm = {"minima_field_g": {**interval([44.0], 0), "unit": "G"}}
    write_fit(
        out,
        [
            result("fluctuations", {"temperature_k": 0.2}, warm),
            result("fluctuations", {"temperature_k": 0.06}, cold),
        ],
    )
    facts = read_facts(out, "film")
    assert facts.of(InFit("fluctuations", "minima_field_g", {}, "prominence")).value == 15.5


def test_data_that_name_no_stage_answer_for_all_of_them(out):
    fitted = {"z_nu": {**interval(1.5, 0), "unit": ""}}
    write_fit(out, [result("scaling", {}, fitted)])
    assert read_facts(out, "film").of(InFit("scaling", "z_nu", {"stage": "S2"})).value == 1.5


def test_what_is_not_available_says_why(out):
    write_fit(
        out,
        [result("hall", {}, {}, status="skipped", reason="needs hall_resistance_ohm")],
    )
    found = numbers(assemble(out, "film", 5))
    assert found["carrier density, S2"].mark == "not available"
    assert found["carrier density, S2"].reason == "needs hall_resistance_ohm"
    assert found["crossing, S2"].reason == "no result of crossings"


def test_a_paragraph_leaves_out_what_it_has_no_number_for():
    p = Paragraph("step", "A step", [])
    p.found("known", Found(1.5, 1.4, 1.6, unit="K"))
    p.found("unknown", Found(reason="no isotherms"))
    p.say("Here {known}.")
    p.say("There {unknown}.")
    done = p.done()
    assert done.text == ["Here 1.50 (1.40 to 1.60) K."]
    assert done.missing == ["no isotherms"]


def test_the_words_follow_the_numbers(out):
    """The same paragraph with another exponent without the coldest isotherm says the opposite."""
    told = {}
    for without in (1.51, 2.5):
        fits = stored_fit(TRUTH)
        scaling = next(f for f in fits if f["analysis"] == "scaling")
        scaling["parameters"]["z_nu_without_coldest"] = {**interval(without, 0), "unit": ""}
        write_fit(out, fits)
        steps = {step.name: step for step in assemble(out, "film", 5).arguments}
        told[without] = " ".join(steps["coldest_isotherm"].text)
    assert "does not matter here" in told[1.51]
    assert "decides the exponent" in told[2.5]
    assert "2.500" in told[2.5]


def test_onset_of_the_text_lies_within_a_drop_that_is_wide_enough(out):
    told = {}
    for width in (0.05, 0.4):
        fits = stored_fit(TRUTH)
        onset = next(
            f for f in fits if f["analysis"] == "onset" and f["selection"]["stage"] == "S2"
        )
        onset["parameters"]["width_k"] = {**interval(width, 0), "unit": "K"}
        write_fit(out, fits)
        steps = {step.name: step for step in assemble(out, "film", 5).arguments}
        told[width] = " ".join(steps["onset"].text)
    assert "below the end of the drop" in told[0.05]
    assert "lies within the drop" in told[0.4]


def test_averaging_has_the_closed_form_and_the_bar_of_the_settings(out):
    steps = {step.name: step for step in assemble(out, "film", 5).arguments}
    found = steps["averaging"].numbers
    assert found["paper_loops"].value == pytest.approx(1 / (2 * 0.3**2))
    # 200 × 100 µm over Φ0/15 G = 20.678/15 µm²
    assert found["bar_loops"].value == pytest.approx(20000 * 15 / 20.678, rel=1e-4)
    assert found["bar_rms"].value == pytest.approx(100 / math.sqrt(2 * 14508), rel=1e-3)


def test_the_table_of_claims_names_what_is_there():
    figures = {figure.number for figure in FIGURES}
    fits = (DOCS / "fits.md").read_text(encoding="utf-8")
    for claim in CLAIMS:
        assert claim.figure in figures
        if isinstance(claim.where, InFit):
            assert claim.where.analysis in WORDS
            assert f"`{claim.where.parameter}`" in fits, claim
        for path in (claim.truth,):
            tree = TRUTH["film"]
            for name in path:
                tree = tree[name]
    for figure in FIGURES:
        for picture in figure.pictures:
            part, name = picture.split("/")
            assert part == "run" or name in (WORDS if part == "fit" else _OWN)
    assert len({claim.quantity for claim in CLAIMS}) == len(CLAIMS)


def test_the_report_is_one_file_that_opens_offline(out):
    page = written(out)
    for figure in FIGURES:
        assert figure.label in page
        assert figure.pictures or "no analysis" in figure.note
    assert "Where the paper&#39;s argument is firm" in page or "argument is firm and where" in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert re.findall(r'src="(.{22})', page)
    assert all(src.startswith("data:image/") for src in re.findall(r'src="(.{22})', page))


def test_pictures_that_are_missing_are_named(out):
    assert "No picture, since the analysis was not done: Phase diagram, Phases of" in written(out)


def test_the_film_tells_how_far_apart_the_boundaries_of_its_phases_lie(out):
    ratio = "coupling that locks a path of grains over that of the first two"
    assert numbers(assemble(out, "film", 5))[ratio].mark == "not available"
    rows = ["0.5,0,0,false", "2,0.1,0.1,false", "50,0.6,0.5,true", "60,0.7,0.6,true"]
    header = "coupling_factor,locked_share,largest_share,path"
    (out / "phases.csv").write_text("\n".join([header, *rows]) + "\n")
    rows = ["20,0,1", "20,5,0.8", "20,9,0.9", "40,0,1", "40,9,0.5"]
    table = out / "run" / "film" / "magnetoresistance.csv"
    table.write_text("\n".join(["coupling_length_nm,field_g,stiffness_ratio", *rows]) + "\n")
    found = numbers(assemble(out, "film", 5))
    assert found[ratio].value == 25
    field = "largest coupling that the first coherence needs in a field over that without"
    assert found[field].value == pytest.approx(1.25)


def test_links_lead_to_files_beside_the_report(out):
    page = written(out)
    for href in re.findall(r'href="\./([^"]+)"', page):
        assert (out / href).exists(), href
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors


def test_measured_inputs_have_no_truth_column(out):
    assert "Put in" in written(out)
    (out / "inputs" / "transport" / "truth.json").unlink()
    page = written(out)
    assert "Put in" not in page
    assert "All that was put into" not in page


def test_inputs_of_two_films_are_said_to_be(out):
    assert "not of one film" in written(out)  # the micrograph of the fixture is nobody's
    (out / "inputs" / "transport" / "truth.json").unlink()
    assert "not of one film" not in written(out)


def test_names_of_a_hostile_file_are_escaped(out):
    fits = stored_fit(TRUTH)
    fits[0] = result("hall", {}, {}, status="failed", reason="<script>alert(1)</script>")
    write_fit(out, [f for f in fits if f["analysis"] != "hall" or f["status"] == "failed"])
    assert "<script" not in written(out)


def test_a_damaged_or_newer_record_is_told_in_one_line(out):
    written(out)
    path = out / "reproduce.json"
    for text, expected in (("{", "damaged"), ('{"schema": 99}', "newer")):
        path.write_text(text)
        with pytest.raises(ResultError, match=expected) as caught:
            read_reproduce_record(out)
        assert "\n" not in str(caught.value)
