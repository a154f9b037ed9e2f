"""Pooling the sizes of samples, and two runs side by side."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest

from grainscope import figures
from grainscope.batch import BatchOptions, compare_runs, run_batch, write_comparison
from grainscope.cli import run_command_line
from grainscope.errors import OutputError, ResultError
from grainscope.files import read_sizes
from grainscope.opencv import cv2
from grainscope.settings import Settings

FAST = {
    "segmentation": {"method": "fast"},
    "input": {"pixel_size_nm": 5.0},
    "grains": {"bootstrap_draws": 60, "goodness_draws": 0},
    "run": {"uncertainty_draws": 0, "print_figures": False},
    "transport": {"field_points": 12, "temperature_points": 12},
}


def micrograph(path, seed, radius=9.0):
    """Discs of lognormal radius on a lattice with room between them."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((260, 300))
    grey = np.full(y.shape, 50.0)
    for row, column in np.ndindex(6, 7):
        r = min(radius * np.exp(0.25 * rng.standard_normal()), 18)
        grey[np.hypot(y - 22 - 43 * row, x - 22 - 43 * column) < r] = 190
    grey = cv2.GaussianBlur(grey, (0, 0), 1.0) + rng.normal(0, 4, grey.shape)
    cv2.imwrite(str(path), np.clip(grey, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two samples of three micrographs in one run, and a coarser film of its own."""
    folder = tmp_path_factory.mktemp("films")
    for k in range(6):
        micrograph(folder / f"{'ab'[k % 2]}{k}.png", k)
    micrograph(folder / "large.png", 9, radius=13)
    files = [{"match": f"{name}*", "sample": name.upper()} for name in "ab"]
    one, two = folder / "one", folder / "two"
    run_batch(sorted(folder.glob("[ab]*.png")), one, Settings(**FAST, files=files))
    run_batch([folder / "large.png"], two, Settings(**FAST))
    return one, two


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_samples_are_pooled_over_their_micrographs(runs):
    pooled = rows(runs[0] / "pooled_size_summary.csv")
    assert {(row["sample"], row["n_micrographs"]) for row in pooled} == {("A", "3"), ("B", "3")}
    mean = next(
        row
        for row in pooled
        if (row["figure"], row["correction"], row["sample"])
        == ("mean_equivalent_diameter_um", "corrected", "A")
    )
    assert float(mean["low"]) < float(mean["value"]) < float(mean["high"])
    single = [
        float(row["value"])
        for stem in ("a0", "a2", "a4")
        for row in rows(runs[0] / stem / "size_summary.csv")
        if (row["figure"], row["correction"]) == ("mean_equivalent_diameter_um", "corrected")
    ]
    assert min(single) < float(mean["value"]) < max(single)
    assert float(mean["between_micrographs"]) >= 0


def test_laws_of_each_sample_are_one_json(runs):
    laws = json.loads((runs[0] / "pooled_size_law.json").read_text())
    assert laws["schema"] == 1
    assert set(laws["samples"]) == {"A", "B"}
    block = laws["samples"]["A"]
    of_one = json.loads((runs[0] / "a0" / "record.json").read_text())["size_law"]
    assert set(block) == set(of_one)
    assert block["n_grains"] > 100
    assert block["best"] in block["laws"]


def test_two_samples_of_one_film_are_alike_and_a_coarser_one_is_not(runs):
    same = compare_runs(runs[0], runs[0], "A", "B")
    assert same.distances.ad_p > 0.05
    other = compare_runs(runs[0], runs[1])
    assert other.distances.ad_p < 0.05
    difference = other.differences["mean_equivalent_diameter_um"]
    assert 0 < difference.low < difference.value < difference.high
    assert other.a.n_micrographs == 6


def test_what_else_may_make_the_difference_is_told(runs, tmp_path, capsys):
    assert compare_runs(*runs).warnings == ()
    other = tmp_path / "other"
    shutil.copytree(runs[1], other)
    path = other / "large" / "record.json"
    record = json.loads(path.read_text())
    record["settings"].setdefault("segmentation", {})["min_area_px"] = 77
    record["settings"].setdefault("preprocessing", {})["polarity"] = "dark"
    record["pixel_size_nm"]["source"] = "nominal"
    path.write_text(json.dumps(record))
    ways, nominal = compare_runs(runs[0], other).warnings
    assert "segmentation.min_area_px 10 against 77" in ways
    assert "polarity" not in ways
    assert "nominal" in nominal
    assert run_command_line(["compare", str(runs[0]), str(other), "-o", str(tmp_path / "c")]) == 0
    assert f"warning: {ways}" in capsys.readouterr().out
    assert json.loads((tmp_path / "c/comparison.json").read_text())["warnings"] == [ways, nominal]


def test_what_is_written_is_what_was_found(runs, tmp_path, capsys):
    out = tmp_path / "compared"
    assert run_command_line(["compare", *map(str, runs), "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "Anderson–Darling" in printed
    assert "mean_equivalent_diameter_um" in printed
    assert {path.name for path in out.iterdir()} == {
        *("comparison.csv", "comparison.json", "comparison.png", "comparison.pdf"),
    }
    content = json.loads((out / "comparison.json").read_text())
    table = {row["figure"]: row for row in rows(out / "comparison.csv")}
    for name, figure in content["differences"].items():
        if figure["value"] is not None:
            assert float(table[name]["difference"]) == pytest.approx(figure["value"])
    assert content["a"]["sample"] == "one"
    assert (out / "comparison.pdf").read_bytes().startswith(b"%PDF")


def test_equal_runs_give_equal_files(runs, tmp_path):
    for name in "xy":
        write_comparison(tmp_path / name, compare_runs(*runs))
    for path in (tmp_path / "x").iterdir():
        assert path.read_bytes() == (tmp_path / "y" / path.name).read_bytes()


def test_errors_say_what_is_there(runs, tmp_path):
    with pytest.raises(ResultError, match="no result here"):
        compare_runs(runs[0], tmp_path)
    with pytest.raises(ResultError, match="there are: A, B"):
        compare_runs(runs[0], runs[1], "C")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_comparison(tmp_path / "file", compare_runs(*runs))


def test_a_disk_that_is_full_leaves_the_older_comparison(runs, tmp_path, monkeypatch):
    comparison = compare_runs(*runs)
    write_comparison(tmp_path, comparison)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def write_half(_figure, path, *_more):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figures, "save_figure", write_half)
    with pytest.raises(OutputError, match=r"comparison\.png cannot be written: No space"):
        write_comparison(tmp_path, comparison)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_run_that_paints_grains_says_what_it_found(tmp_path):
    micrograph(tmp_path / "a.png", 4)
    grains = {**FAST["grains"], "completeness_rounds": 2, "completeness_grains": 40}
    outcomes = run_batch(
        [tmp_path / "a.png"],
        tmp_path / "out",
        Settings(**{**FAST, "grains": grains, "run": {"uncertainty_draws": 0}}),
    )
    assert outcomes[0].status == "ok"
    folder = tmp_path / "out" / "a"
    table = rows(folder / "completeness.csv")
    assert sum(int(row["painted"]) for row in table) > 15
    assert all(int(row["found"]) <= int(row["painted"]) for row in table)
    for ending in ("png", "pdf"):
        assert (folder / "figures" / f"completeness.{ending}").is_file()
    shares = [float(row["completeness"]) for row in rows(folder / "grains.csv")]
    assert len(shares) == 42
    assert all(0 < share <= 1 for share in shares)
    weight = read_sizes(folder).size_weight
    edge = [float(row["edge_weight"]) for row in rows(folder / "grains.csv")]
    np.testing.assert_allclose(weight, np.array(edge) / np.maximum(shares, 0.1), rtol=1e-6)
    seconds = json.loads((folder / "record.json").read_text())["seconds"]
    assert seconds["completeness"] > 0


class Followed:
    """Keeps what a run tells of itself."""

    def __init__(self):
        self.stages = []

    def start(self, total):
        pass

    def at(self, stem, stage):
        self.stages.append((stem, stage))

    def advance(self, outcome):
        pass

    def note(self, text):
        pass


@pytest.mark.parametrize("n_images", [1, 3])
def test_each_round_of_painting_is_told_of(tmp_path, n_images):
    for k in range(n_images):
        micrograph(tmp_path / f"a{k}.png", k)
    grains = {**FAST["grains"], "completeness_rounds": 2, "completeness_grains": 20}
    followed = Followed()
    options = BatchOptions(progress=followed)
    settings = Settings(**{**FAST, "grains": grains, "run": {**FAST["run"], "workers": 1}})
    run_batch(sorted(tmp_path.glob("*.png")), tmp_path / "out", settings, options)
    told = [stage for stem, stage in followed.stages if stem == "a0"]
    rounds = [stage for stage in told if stage.startswith("completeness")]
    assert rounds == ["completeness 1/2", "completeness 2/2"]
    assert told[0] == "read"
    assert {stem for stem, _ in followed.stages} == {f"a{k}" for k in range(n_images)}
