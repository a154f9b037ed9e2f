"""``grainscope reproduce``: what is made, what is kept, what stops it, and one whole small run."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import tifffile

from grainscope.batch import reproduce as story
from grainscope.batch import reproduce_inputs
from grainscope.batch.reproduce_phases import phases_of_couplings
from grainscope.batch.reproduce_tables import (
    log_uniform_decades,
    rms_of_coupling,
    write_tables_and_figures,
)
from grainscope.cli import run_command_line
from grainscope.errors import TransportDataError
from grainscope.report.facts import read_facts
from grainscope.settings import Settings, parse_settings

SMALL = (
    "segmentation.method=fast",
    "grains.bootstrap_draws=20",
    "grains.goodness_draws=20",
    "transport.field_points=40",
    "fitting.bootstrap_draws=20",
    "fitting.probe_spacing_um=200",
    "fitting.bar_width_um=100",
)


@pytest.fixture
def micrograph(tmp_path):
    """Discs on a lattice, 5 nm a pixel: 12 grains."""
    y, x = np.mgrid[:160, :200]
    grey = np.full((160, 200), 50.0)
    for row in range(3):
        for column in range(4):
            grey[(y - 28 - 50 * row) ** 2 + (x - 28 - 48 * column) ** 2 < 20**2] = 190
    grey += 4 * np.random.default_rng(0).standard_normal(grey.shape)
    path = tmp_path / "own.tif"
    tifffile.imwrite(path, grey.clip(0, 255).astype(np.uint8))
    return path


@pytest.fixture
def data(tmp_path):
    """R(T) that falls by 10 % at 3.4 K, on nothing else."""
    rng = np.random.default_rng(1)
    t = np.geomspace(1.5, 12, 60)
    rho = 2400 * (1 - 0.1 / (1 + np.exp((t - 3.4) / 0.03))) * (1 + 0.002 * rng.standard_normal(60))
    rows = [f"{a:.6g},{b:.6g},S2" for a, b in zip(t, rho, strict=True)]
    path = tmp_path / "rt.csv"
    path.write_text("\n".join(["temperature_k,resistivity_ohm_sq,stage", *rows]) + "\n")
    return path


def command(out, micrograph, data, *more):
    sets = [word for value in SMALL for word in ("--set", value)]
    given = ["--micrograph", str(micrograph), "--pixel-size-nm", "5", "--data", str(data)]
    return run_command_line(["reproduce", "-o", str(out), *given, *sets, *more])


def test_a_reproduction_with_own_inputs_from_end_to_end(tmp_path, micrograph, data, capsys):
    out = tmp_path / "out"
    assert command(out, micrograph, data) == 0
    assert "report:" in capsys.readouterr().out
    record = json.loads((out / "reproduce.json").read_text())
    found = {number["quantity"]: number for number in record["numbers"]}
    assert found["grains in the frame"]["value"] == 12
    tc = found["critical temperature of the grains, S2"]
    assert (tc["mark"], tc["against"], tc["truth"]) == ("agrees", "paper", None)
    assert tc["value"] == pytest.approx(3.4, abs=0.03)
    assert found["carrier density, S2"]["mark"] == "not available"
    assert "hall_resistance_ohm" in found["carrier density, S2"]["reason"]
    assert not record["synthetic_micrograph"]
    assert not record["synthetic_data"]
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    own = ("averaging", "homogenisation", "straight_decades", "phase_picture")
    drawn = {f"figures/{n}.{ending}" for n in own for ending in ("png", "pdf")}
    tables = {"log_uniform.csv", "homogenisation.csv", "phases.csv"}
    assert {"report.html", "run/own/record.json", "fit/fit.json", *drawn, *tables} <= names
    _what_is_complete_is_kept(out, micrograph, data)


def _what_is_complete_is_kept(out, micrograph, data):
    made = {
        name: (out / name).stat().st_mtime_ns for name in ("run/own/record.json", "fit/fit.json")
    }
    assert command(out, micrograph, data, "--quiet") == 0
    assert made == {name: (out / name).stat().st_mtime_ns for name in made}
    report = out / "report.html"
    report.unlink()
    assert run_command_line(["report", str(out)]) == 0
    assert "the paper repeated" in report.read_text(encoding="utf-8")
    _figures_for_the_screen_alone(out)


def _figures_for_the_screen_alone(out):
    for path in (out / "figures").iterdir():
        path.unlink()
    facts = read_facts(out, "own")
    film = facts.film.model_copy(update={"settings": {"run": {"print_figures": False}}})
    write_tables_and_figures(out, replace(facts, film=film))
    assert {path.suffix for path in (out / "figures").iterdir()} == {".png"}


class _Parts:
    """Run and fit by nothing, so that only their order and repetition are at work."""

    def __init__(self, monkeypatch, tmp_path):
        self.fits = 0
        self.stop = False
        self.key = "one"
        monkeypatch.setattr(story, "_key", lambda *_: self.key)
        monkeypatch.setattr(story, "fit_transport", self._fit)
        self.out = tmp_path
        (tmp_path / "inputs").mkdir()

    def _fit(self, tables, folder, settings, run, tell):
        self.fits += 1
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        content = {"schema": 1, "results": []}
        (folder / "fit.json").write_text(json.dumps(content))
        if self.stop:
            raise KeyboardInterrupt

    def fit(self, fresh=False):
        return story._fit(self.out, "film", [], Settings(), fresh, lambda text: None)


def test_islands_lie_between_the_first_locked_grains_and_a_path():
    # Four grains in a row between left and right, and one aside; two grains touch above.
    ends = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 4])
    sides = np.zeros((4, 5), bool)
    sides[0, 0] = sides[1, 3] = sides[2, 0] = sides[2, 1] = True
    phases = phases_of_couplings(*ends, np.array([0.5, 0.01, 0.1, 1e-9]), sides)
    factor, path = phases["coupling_factor"], phases["path"]
    assert factor[path][0] == pytest.approx(100)
    assert factor[phases["locked_share"] > 0][0] == pytest.approx(2)
    islands = np.argmax(factor > 10)
    assert phases["locked_share"][islands] == pytest.approx(4 / 5)
    assert phases["largest_share"][islands] == pytest.approx(2 / 5)
    assert phases["largest_share"][path][0] == pytest.approx(4 / 5)


def test_a_film_that_nothing_crosses_has_no_path_and_one_without_contacts_no_rows():
    sides = np.zeros((4, 3), bool)
    ends = np.array([0]), np.array([1])
    assert not phases_of_couplings(*ends, np.array([0.5]), sides)["path"].any()
    none = np.zeros(0, np.int64)
    assert all(len(c) == 0 for c in phases_of_couplings(none, none, np.zeros(0), sides).values())


def test_a_fit_is_kept_while_nothing_that_decides_it_changes(monkeypatch, tmp_path):
    parts = _Parts(monkeypatch, tmp_path)
    parts.fit()
    parts.fit()
    assert parts.fits == 1
    parts.key = "other settings"
    parts.fit()
    assert parts.fits == 2
    parts.fit(fresh=True)
    assert parts.fits == 3


def test_a_fit_that_was_stopped_is_done_again_although_it_left_a_record(monkeypatch, tmp_path):
    parts = _Parts(monkeypatch, tmp_path)
    parts.stop = True
    with pytest.raises(KeyboardInterrupt):
        parts.fit()
    parts.stop = False
    parts.fit()
    assert parts.fits == 2


def test_made_data_are_kept_for_their_seed_and_whole_or_not_there(tmp_path, monkeypatch):
    folder, told = tmp_path / "transport", []
    reproduce_inputs.make_transport(folder, 3, False, told.append)
    reproduce_inputs.make_transport(folder, 3, False, told.append)
    assert len(told) == 1
    truth = json.loads((folder / "truth.json").read_text())
    assert truth["seed"] == 3
    before = (folder / "hall.csv").read_bytes()

    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(reproduce_inputs, "write_transport", broken)
    with pytest.raises(KeyboardInterrupt):
        reproduce_inputs.make_transport(folder, 4, False, told.append)
    assert (folder / "hall.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["transport"]


def test_made_data_bring_their_geometry_and_leave_the_rest_to_the_user(tmp_path):
    folder = tmp_path / "transport"
    reproduce_inputs.make_transport(folder, 3, False, lambda text: None)
    own = parse_settings("", "own", ["fitting.bootstrap_draws=7"])
    merged = story._fit_settings(own, [folder], True)
    assert merged.fitting.probe_spacing_um == 200
    assert merged.fitting.bootstrap_draws == 7
    assert story._fit_settings(own, [folder], False) is own


def test_log_uniform_barriers_make_the_conductance_straight_and_hardly_the_resistance():
    found = log_uniform_decades(np.array([1.0, 4.0]))
    # docs/physics.md: three decades of G and about one of R at Δ2/Δ1 = 10⁴
    assert found["conductance_decades"][1] == pytest.approx(3.06, abs=0.1)
    assert found["resistance_decades"][1] == pytest.approx(0.92, abs=0.1)
    assert (found["conductance_decades"] > found["resistance_decades"]).all()


def test_rms_is_that_of_the_upper_half_of_the_fields_of_each_coupling_length():
    table = {
        "coupling_length_nm": np.repeat([10.0, 20.0], 4),
        "field_g": np.tile([0.0, 1.0, 2.0, 4.0], 2),
        "resistance_ratio": np.exp([0.0, 9.0, 1.0, 3.0, 0.0, 9.0, 2.0, 2.0]),
    }
    found = rms_of_coupling(table)
    assert found["coupling_length_nm"].tolist() == [10.0, 20.0]
    assert found["rms_ln_resistance"] == pytest.approx([1.0, 0.0])
    assert len(rms_of_coupling({})["coupling_length_nm"]) == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--pixel-size-nm", "5"], "--micrograph"),
        (["--micrograph", "absent.tif"], "absent.tif"),
        (["--set", "fitting.no_such=1"], "no_such"),
    ],
)
def test_wrong_usage_is_told_in_one_line(tmp_path, capsys, words, expected):
    assert run_command_line(["reproduce", "-o", str(tmp_path / "out"), *words]) == 2
    told = capsys.readouterr().err.strip()
    assert expected in told
    assert told.count("\n") == 0


def test_a_folder_of_several_micrographs_is_refused(tmp_path, capsys):
    folder = tmp_path / "films"
    folder.mkdir()
    for name in ("a.tif", "b.tif"):
        tifffile.imwrite(folder / name, np.zeros((40, 40), np.uint8))
    out = str(tmp_path / "out")
    assert run_command_line(["reproduce", "-o", out, "--micrograph", str(folder)]) == 2
    assert "got 2 images, expected one" in capsys.readouterr().err


def test_data_that_cannot_be_read_stop_it_before_the_micrograph_is_measured(
    tmp_path, micrograph, monkeypatch
):
    monkeypatch.setattr(story, "run_batch", lambda *_: pytest.fail("measured"))
    absent = tmp_path / "absent.csv"
    with pytest.raises(TransportDataError, match=r"absent\.csv"):
        story.reproduce_paper(tmp_path / "out", Settings(), micrograph, [absent])
