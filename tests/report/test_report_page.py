"""The report of a hand-written run: complete, whole, self-contained, safe against hostile names."""

from __future__ import annotations

import hashlib
import itertools
import json
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from grainscope.errors import OutputError, ResultError
from grainscope.files import POOLED_TABLES, stamp_of_report, stamp_of_run
from grainscope.report import write, write_report
from grainscope.report.definitions import DEFINITIONS

VOID = {"meta", "img", "br"}
HOSTILE_CELL = "<b>film"
HOSTILE = "<script>alert('x')<b>&\"javascript:"


class Page(HTMLParser):
    """Elements, links, ids and texts of a page; refuses tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def values(self, name):
        return [attributes[name] for _tag, attributes in self.attributes if name in attributes]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def page_of(out) -> Page:
    return Page(write_report(out).read_text(encoding="utf-8"))


def test_every_headline_of_every_micrograph_is_there_with_unit_and_origin(run_folder):
    run_folder.add_result("film_01")
    run_folder.add_result("film_02", values={"n_grains": 7, "mean_gap": 3.5})
    page = page_of(run_folder.finish())
    for number in (
        "1,234",
        "77.25",
        "0.6340",
        "0.08610",
        "567",
        "1.327",
        "15.58",
        "12.50",
        "3.500",
    ):
        assert number in page.text
    for words in DEFINITIONS.values():
        assert words.label in page.text
        assert words.formula in page.text
    assert "mean gap" in page.text
    assert "1.327 µm²" in page.text


def test_intervals_are_shown_where_they_are_known(run_folder):
    run_folder.add_result("film_01", intervals={"mean_loop_area_um2": (1.251, 1.412)})
    page = page_of(run_folder.finish())
    assert "1.251 to 1.412" in page.text


def test_every_failure_is_there_with_stage_and_error(run_folder):
    run_folder.add_failure("/data/a.tif", "read", "truncated after 12 of 900 rows")
    run_folder.add_failure("/data/b.png", "segment", "took 601 s, limit 600 s")
    page = page_of(run_folder.finish())
    for text in ("/data/a.tif", "read", "truncated after 12 of 900 rows", "/data/b.png", "segment"):
        assert text in page.text
    assert "2 failed" in page.text
    assert "No micrograph gave a result." in page.text


def test_counts_tell_ok_empty_and_failed_apart(run_folder):
    run_folder.add_result("a")
    run_folder.add_result("b")
    run_folder.add_result("c", status="empty", values={"n_grains": 0, "mean_loop_field_g": None})
    run_folder.add_failure("/data/d.tif", "read", "no")
    text = page_of(run_folder.finish()).text
    for count in ("4 inputs", "2 ok", "1 empty", "1 failed"):
        assert count in text


def test_what_was_done_before_is_shown_as_it_was_done(run_folder):
    run_folder.add_result("a", status="skipped")
    run_folder.add_result("b", {"n_grains": 0.0}, status="skipped")
    text = page_of(run_folder.finish()).text
    assert "1 ok" in text
    assert "1 empty" in text
    assert "skipped" not in text


def test_the_page_says_what_it_was_made_from_once_all_tables_are_there(run_folder):
    run_folder.add_result("a")
    run_folder.add_pooled(("film A",))
    write_report(run_folder.finish())
    assert stamp_of_report(run_folder.out) == stamp_of_run(run_folder.out) == ""
    for name in POOLED_TABLES:
        path = run_folder.out / name
        if not path.exists():
            path.write_text(
                '{"schema": 1, "samples": {}}' if path.suffix == ".json" else "sample\n"
            )
    write_report(run_folder.out)
    made_from = stamp_of_report(run_folder.out)
    assert made_from == stamp_of_run(run_folder.out) != ""
    (run_folder.out / "a" / "record.json").write_text("{}")
    assert stamp_of_run(run_folder.out) != made_from


def test_nothing_is_loaded_from_elsewhere(run_folder):
    run_folder.add_result("film_01")
    run_folder.add_pooled(("film A",))
    page = page_of(run_folder.finish())
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert page.values("src")
    assert all(src.startswith("data:image/") for src in page.values("src"))
    assert all(href.startswith(("./", "#")) for href in page.values("href"))
    assert "@import" not in (run_folder.out / "report.html").read_text(encoding="utf-8")


def test_links_lead_to_files_and_sections_that_exist(run_folder):
    run_folder.add_result("film 01 #a%20?")
    page = page_of(run_folder.finish())
    from urllib.parse import unquote

    for href in page.values("href"):
        if href.startswith("#"):
            assert href[1:] in page.values("id")
        elif href.endswith((".png", ".json", "grains.csv")):
            assert (run_folder.out / unquote(href)).is_file()


def test_hostile_names_stay_text(run_folder):
    run_folder.add_result(HOSTILE, warnings=("<img src=x onerror=alert(1)>",), sample="<i>s</i>")
    run_folder.add_failure("/data/<script>.tif", "<b>", "<iframe src=http://x>")
    run_folder.add_pooled(("<i>s</i>",))
    page = page_of(run_folder.finish())
    assert not {"script", "iframe", "i>"} & set(page.tags)
    assert page.tags.count("img") == sum(src.startswith("data:") for src in page.values("src"))
    assert HOSTILE in page.text
    assert "<img src=x onerror=alert(1)>" in page.text
    assert not any(href.startswith("javascript") for href in page.values("href"))


def test_a_nominal_pixel_size_marks_every_physical_figure_and_no_other(run_folder):
    run_folder.add_result("guessed", source="nominal")
    html = write_report(run_folder.finish()).read_text(encoding="utf-8")
    physical = 7  # density, two diameters, two areas, field, gap
    assert html.count('<span class="star" title') == physical
    assert html.count('<span class="badge">nominal</span>') == physical
    run_folder.rows.clear()
    run_folder.add_result("known", source="vendor:zeiss AP_WIDTH")
    html = write_report(run_folder.finish()).read_text(encoding="utf-8")
    assert "vendor:zeiss AP_WIDTH" in html
    assert "nominal</span>" not in html


def test_pictures_have_alternative_texts_and_headings_do_not_skip_a_level(run_folder):
    run_folder.add_result("film_01")
    run_folder.add_pooled(("film A",))
    page = page_of(run_folder.finish())
    images = [attributes for tag, attributes in page.attributes if tag == "img"]
    assert len(images) == 1 + 8 + 2  # thumbnail, overview and seven figures, two pooled
    assert all(attributes["alt"] for attributes in images)
    levels = [int(tag[1]) for tag in page.tags if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_every_sample_has_its_pooled_distributions(run_folder):
    run_folder.add_result("a")
    run_folder.add_pooled(("film A", "film B"))
    text = page_of(run_folder.finish()).text
    titles = [f"{kind}, sample film {s}." for s in "AB" for kind in ("Grain sizes", "Loops")]
    order = [text.index(title) for title in titles]
    assert order == sorted(order)
    assert "45 grains" in text
    assert "9 loops" in text


def test_warnings_pixel_size_frame_and_seconds_are_told(run_folder):
    run_folder.add_result("a", warnings=("two pages; the first is used",))
    text = page_of(run_folder.finish()).text
    for told in (
        "1 warning", "two pages; the first is used",
        "5.000 ± 0.050 nm", "80 × 120 px", "rows 80 to 89",
        "segment 2.50", "/data/a.tif", "analysed with 0.0.9",
    ):  # fmt: skip
        assert told in text


def test_corrections_by_hand_and_those_not_measured_yet_are_told(run_folder):
    for stem in ("plain", "corrected", "pending"):
        folder = run_folder.add_result(stem)
        record = json.loads((folder / "record.json").read_text())
        if stem != "plain":
            (folder / "edits.jsonl").write_text(stem)
            record["edited"] = stem == "corrected"
            record["files"]["edits.jsonl"] = hashlib.sha256(b"corrected").hexdigest()
        (folder / "record.json").write_text(json.dumps(record))
    text = page_of(run_folder.finish()).text
    assert text.count("Corrected by hand") == 1
    assert text.count("Corrections since then") == 1
    assert str(run_folder.out / "pending") in text


def test_past_the_limit_pictures_are_linked_not_embedded(run_folder, monkeypatch):
    monkeypatch.setattr(write, "MAX_PICTURED", 2)
    for i in range(3):
        run_folder.add_result(f"film_{i}")
    page = page_of(run_folder.finish())
    assert len(page.values("src")) == 3
    assert "./film_1/overview.png" in page.values("href")
    assert "15.58 G" in page.text


def test_two_thousand_micrographs_stay_below_30_mb(run_folder, monkeypatch):
    """Scaled down: 200 micrographs, each thumbnail noise of 20 kB, stay below a tenth of 30 MB."""
    noise = np.random.default_rng(1).integers(0, 256, (160, 160, 3), np.uint8)
    for i in range(200):
        folder = run_folder.add_result(f"film_{i:03d}", pictures=False)
        Image.fromarray(noise).save(folder / "figures/thumbnail.jpg", quality=76, subsampling=0)
    page = write_report(run_folder.finish())
    assert page.read_text().count("data:image/jpeg") == 200
    assert page.stat().st_size < 3e6


@pytest.mark.parametrize(
    "name",
    ["pooled_histogram.csv", "pooled_loops.csv", "pooled_size_summary.csv"],
)
def test_a_damaged_pooled_table_costs_one_row_of_the_report(run_folder, name):
    run_folder.add_result("good")
    out = run_folder.finish()
    (out / name).write_bytes(b"sample,n_micrographs,figure\n\xff\xfe,x,y\n")
    text = page_of(out).text
    assert text.count(f"{name}: ") == 1
    assert "15.58" in text


def test_a_damaged_result_costs_one_row(run_folder):
    run_folder.add_result("good")
    (run_folder.add_result("bad") / "record.json").write_text("{")
    run_folder.rows.append({"input": "/x", "stem": "../elsewhere", "status": "ok", "sample": ""})
    page = page_of(run_folder.finish())
    assert "damaged" in page.text
    assert "no name of a result folder" in page.text
    assert "15.58" in page.text


def test_pictures_that_are_missing_are_left_out(run_folder):
    folder = run_folder.add_result("a")
    (folder / "overview.png").unlink()
    (folder / "figures/loops.png").write_bytes(b"not a picture")
    page = page_of(run_folder.finish())
    assert len(page.values("src")) == 6


@pytest.mark.parametrize(
    "harm", [(b"IHDR", b"IHDr"), (b"IDAT", b"ID\0T"), (b"\0\0\0\rI", b"\0\0\0\1I")]
)
def test_pictures_that_are_damaged_are_left_out(run_folder, harm):
    folder = run_folder.add_result("a")
    n_whole = len(page_of(run_folder.finish()).values("src"))
    path = folder / "figures/loops.png"
    path.write_bytes(path.read_bytes().replace(*harm, 1))
    assert len(page_of(run_folder.finish()).values("src")) == n_whole - 1


def test_a_run_without_summary_is_read_from_its_folders(run_folder):
    run_folder.add_result("a")
    assert "1 ok" in page_of(run_folder.out).text


def test_a_folder_that_is_no_run_is_refused_with_a_way_out(run_folder, capsys):
    from grainscope.cli import run_command_line

    with pytest.raises(ResultError, match="grainscope run"):
        write_report(run_folder.out)
    assert run_command_line(["report", str(run_folder.out)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_says_where_the_report_is(run_folder, capsys):
    from grainscope.cli import run_command_line

    run_folder.add_result("a")
    assert run_command_line(["report", str(run_folder.finish())]) == 0
    assert capsys.readouterr().out == f"wrote {run_folder.out / 'report.html'}\n"


def test_a_failed_write_leaves_the_old_report_and_nothing_else(run_folder, monkeypatch):
    run_folder.add_result("a")
    out = run_folder.finish()
    (out / "report.html").write_text("old")
    before = sorted(out.iterdir())

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_report(out)
    assert (out / "report.html").read_text() == "old"
    assert sorted(out.iterdir()) == before


def test_sizes_of_each_sample_stand_in_a_table(run_folder):
    run_folder.add_result("a")
    run_folder.add_pooled(("film A",))
    header = "sample,n_micrographs,figure,correction,value,low,high,unit,between_micrographs"
    rows = [
        f"{HOSTILE_CELL},2,mean_equivalent_diameter_um,{kind},{value},{low},{high},µm,0.004"
        for kind, value, low, high in (
            ("corrected", 0.0901, 0.0897, 0.0905),
            ("excluded", 0.0699, 0.069, 0.071),
            ("naive", 0.0812, 0.08, 0.082),
        )
    ]
    rows += [
        f"{HOSTILE_CELL},2,mode_diameter_um,{kind},nan,nan,nan,µm,nan"
        for kind in ("corrected", "excluded", "naive")
    ]
    (run_folder.out / "pooled_size_summary.csv").write_text("\n".join([header, *rows]) + "\n")
    page = Page(write_report(run_folder.out).read_text(encoding="utf-8"))
    words = " ".join(page.words)
    assert "<b>film" in words  # as text, not as a tag
    for text in (
        "0.09010 µm",
        "0.08970 to 0.09050",
        "0.06990",
        "0.08120",
        "Most frequent diameter",
    ):
        assert text in words
    assert "nan" not in words.split()
    assert "– µm" not in words
    assert "pooled_size_summary.csv" in words
