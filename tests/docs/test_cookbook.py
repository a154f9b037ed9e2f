"""Every task of the cookbook does what it says: its blocks are run, what they write looked at.

``make test`` runs what is quick, and test_commands.py reads the options of the rest;
``make docs`` runs all (``COOKBOOK=all``).
"""

from __future__ import annotations

import json
import os
from functools import partial

import numpy as np
import pandas as pd
import pytest
import tifffile
from pages import ROOT, blocks_of, tasks_of

from grainscope import figures
from grainscope.batch import run
from grainscope.batch.threads import thread_map
from grainscope.files import read_fit_record, read_record

ALL = os.environ.get("COOKBOOK") == "all"
STARTING = "My micrograph has no pixel size"
_PACKAGE = (ROOT / "docs" / "api" / "package.md").read_text("utf-8")
TASKS = {
    **tasks_of(ROOT / "docs" / "quickstart.md"),
    **tasks_of(ROOT / "docs" / "cookbook.md"),
    "The package": blocks_of(_PACKAGE.partition("\n## ")[0]),
}


def tasks(long: bool) -> list[str]:
    """Tasks of which something can be run."""
    return [
        title
        for title, blocks in TASKS.items()
        if any(block.is_run(long) and block.language in ("sh", "python") for block in blocks)
    ]


def checks_of_tasks():
    """What is looked at after each task: a function of the desk."""
    return {
        "Your first film": first_film,
        STARTING: no_pixel_size,
        "My grains are dark": dark_grains,
        "Only a quick look": quick_look,
        "Letters or the databar are taken for grains": no_databar,
        "Grains run together, or are cut apart": cuts,
        "Correct by hand and recompute": corrected,
        "I have labels from another program": their_labels,
        "Which grains can I trust?": trusted,
        "Small grains are missed": completed,
        "Figures for a paper": own_figure,
        "Which loops? Another gap, another smallest grain": other_loops,
        "Two samples compared": compared,
        "Several micrographs of one film": samples,
        "One file failed": one_failed,
        "Export to Origin, Igor, MATLAB or Excel": exported,
        "One table of many films, in Python": in_python,
        "How good is it on my micrographs?": scored,
        "Train on my own images": trained,
        "Fit my own R(T, H)": fitted,
        "Hold a measurement against its micrograph": linked,
        "Run on SLURM, or on many cores": on_a_cluster,
        "My image is larger than memory": in_strips,
        "Repeat a result exactly": repeated,
        "Films of known truth": known_truth,
        "The package": five_lines,
    }


@pytest.fixture(scope="module")
def started(desk):
    """Run what the other tasks build on: the task of the missing pixel size."""
    with pytest.MonkeyPatch.context() as patch:
        if not ALL:
            without_figures(patch)
        desk.do(TASKS[STARTING], ALL)
    return desk


def without_figures(patch):
    """Leave the figures of results out, and run images in this process: both take long."""
    patch.setattr(figures, "write_figures", lambda *_, **__: None)
    in_threads = partial(thread_map, workers=1, time_limit_s=600.0)
    patch.setattr(run, "default_map", lambda *_, **__: in_threads)


@pytest.mark.slow
@pytest.mark.parametrize("title", tasks(ALL))
def test_task(title, started, monkeypatch):
    without_figures(monkeypatch)
    if title != STARTING:
        started.do(TASKS[title], ALL)
    checks_of_tasks()[title](started)


def test_every_task_is_looked_at():
    assert set(tasks(long=True)) == set(checks_of_tasks())


def grains_of(folder) -> int:
    return len(pd.read_csv(folder / "grains.csv"))


def summary(desk, run) -> pd.DataFrame:
    return pd.read_csv(desk / "outputs" / run / "summary.csv")


def first_film(desk):
    rows = pd.read_csv(desk / "outputs/demo/summary.csv")
    assert rows["status"].tolist() == ["ok"] * 3
    assert (desk / "outputs/demo/report.html").is_file()


def no_pixel_size(desk):
    assert summary(desk, "film")["pixel_size_source"].tolist() == ["option"]
    desk.n_found = grains_of(desk / "outputs/film/film")
    assert desk.n_found > 40


def dark_grains(desk):
    bright, dark = (grains_of(desk / f"outputs/{name}/{name}") for name in ("film", "dark"))
    assert bright == pytest.approx(dark, rel=0.1)


def quick_look(desk):
    if ALL:
        assert grains_of(desk / "outputs/quick/film") > 30
    assert not (desk / "outputs/quick/dark").exists()


def no_databar(desk):
    assert read_record(desk / "outputs/no_bar/film").databar_rows is None


def cuts(desk):
    more, less = (grains_of(desk / f"outputs/cut_{how}/film") for how in ("more", "less"))
    assert more > less


def corrected(desk):
    folder = desk / "outputs/film/film"
    assert grains_of(folder) == tifffile.imread(folder / "labels.tif").max()
    assert read_record(folder).edited
    assert grains_of(folder) == summary(desk, "film")["n_grains"].item() < desk.n_found


def their_labels(desk):
    theirs = tifffile.imread(desk / "masks/film.tif")
    assert grains_of(desk / "outputs/theirs/film") >= len(np.unique(theirs)) - 1


def trusted(desk):
    n_grains, n_chosen, mean_um = desk.told.split()
    assert int(n_grains) > int(n_chosen) > 5
    assert 0.01 < float(mean_um) < 1


def completed(desk):
    found = pd.read_csv(desk / "outputs/complete/film/completeness.csv")
    assert 0 < found["found"].sum() <= found["painted"].sum()


def own_figure(desk):
    assert (desk / "histogram.pdf").read_bytes().startswith(b"%PDF")


def other_loops(desk):
    record = read_record(desk / "outputs/film/film")
    assert record.settings["network"]["max_gap_nm"] == 50.0
    assert grains_of(desk / "outputs/film/film") == summary(desk, "film")["n_grains"].item()


def compared(desk):
    found = json.loads((desk / "outputs/compared/comparison.json").read_text())
    assert 0 < found["distances"]["ks"] < 1


def samples(desk):
    pooled = pd.read_csv(desk / "outputs/samples/pooled_size_summary.csv")
    assert pooled.groupby("sample")["n_micrographs"].first().to_dict() == {"S1": 2, "S2": 2}


def one_failed(desk):
    failures = pd.read_csv(desk / "outputs/batch/failures.csv")
    assert failures["input"].str.contains("broken").tolist() == [True]


def exported(desk):
    from scipy.io import loadmat

    table = pd.read_csv(desk / "outputs/film/film/grains.csv")
    stored = loadmat(desk / "film.mat", squeeze_me=True)
    assert np.array_equal(stored["grains"]["area_um2"].item(), table["area_um2"])
    assert stored["labels"].max() == len(table)
    waves = read_igor_waves((desk / "grains.itx").read_text())
    assert np.array_equal(waves["grains_area_um2"], table["area_um2"])
    assert np.array_equal(waves["grains_eq_diameter_um"], table["equivalent_diameter_um"])
    commas = pd.read_csv(desk / "grains.txt", sep="\t", decimal=",", encoding="utf-8-sig")
    pd.testing.assert_frame_equal(commas, table)


def read_igor_waves(text: str) -> dict[str, np.ndarray]:
    """Read an Igor text file by its rules: IGOR, WAVES with names, rows between BEGIN and END."""
    lines = text.splitlines()
    assert lines[0] == "IGOR"
    word, *names = lines[1].split()
    assert word == "WAVES/D"
    assert (lines[2], lines[-1]) == ("BEGIN", "END")
    assert len(set(names)) == len(names)
    assert all(len(name) <= 31 and name.isidentifier() for name in names)
    return dict(zip(names, np.array([line.split() for line in lines[3:-1]], float).T, strict=True))


def in_python(desk):
    assert float(desk.told) > 0.1


def scored(desk):
    assert "ap50" in desk.told
    assert "images         1" in desk.told


def trained(desk):
    assert json.loads((desk / "series.json").read_text())["kind"] == "grainscope clustering"
    record = read_record(desk / "outputs/mine/film")
    assert record.model is not None
    assert grains_of(desk / "outputs/mine/film") > 5


def fitted(desk):
    hall = read_fit_record(desk / "outputs/hall")
    (density,) = [
        result.parameters["carrier_density_per_cm2"]
        for result in hall.results
        if result.analysis == "hall" and result.status == "done"
    ]
    assert density.low < density.value < density.high
    if not ALL:
        return
    odd = read_fit_record(desk / "outputs/odd")
    assert {"power_law"} <= {result.analysis for result in odd.results if result.status == "done"}
    ramp = read_fit_record(desk / "outputs/ramp")
    assert any(result.selection.get("temperature_k") for result in ramp.results)


def linked(desk):
    found = read_fit_record(desk / "outputs/linked")
    assert next(r.status for r in found.results if r.analysis == "link") == "done"


def on_a_cluster(desk):
    assert summary(desk, "cluster")["status"].tolist() == ["ok", "ok"]


def in_strips(desk):
    assert grains_of(desk / "outputs/strips/film") > 30


def repeated(desk):
    again, quick = (
        (desk / f"outputs/{name}/film/grains.csv").read_bytes() for name in ("again", "quick")
    )
    assert again == quick


def known_truth(desk):
    assert "fg_iou" in desk.told
    assert grains_of(desk / "outputs/of_known/film_000") > 20


def five_lines(desk):
    n_grains, mean_loop_um2 = desk.told.split()
    assert int(n_grains) > 300
    assert 0 < float(mean_loop_um2) < 1
