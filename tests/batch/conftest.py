"""A pipeline of a few lines, for tests of what happens around it: a bright pixel is a grain."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from grainscope import ensembles, figures, files, pipeline, report
from grainscope.batch import run
from grainscope.batch.threads import thread_map
from grainscope.errors import UnreadableImageError
from grainscope.records import (
    Analysis,
    BarrierHistogram,
    BarrierLaws,
    ChargingEnergies,
    Commensuration,
    Conductance,
    Couplings,
    CumulativeSizes,
    FluxFeatures,
    Frame,
    GrainHistogram,
    GrainNetwork,
    GrainTable,
    Headline,
    LogSlopes,
    LogWindows,
    LoopScan,
    LoopStatistics,
    LoopTable,
    Magnetoresistance,
    Micrograph,
    NormalState,
    Percolation,
    PixelSize,
    Segmentation,
    SizeLaws,
    SizeStatistics,
)


def read(path, settings):
    """Read an image that is a line of digits: grey levels."""
    text = Path(path).read_text()
    if not text.isdigit():
        raise UnreadableImageError(f"{path}: not an image\nof any kind")
    grey = np.array([[int(digit) for digit in text]], np.uint8)
    return Micrograph(
        Path(path).stem,
        grey,
        PixelSize(settings.pixel_size_nm or 7.0, 0.0, "option"),
        Frame.whole(grey.shape),
        warnings=("a test image",),
    )


def segment(micrograph, settings, model=None, clock=None):
    with clock.at("segment"):
        if 8 in micrograph.intensity:
            raise RuntimeError("an eight\nwas not foreseen")
        bright = micrograph.intensity > 0
        labels = np.where(bright, np.cumsum(bright, axis=1), 0).astype(np.int32)
        return Segmentation(labels, micrograph.pixel_size, micrograph.frame), iter(())


def filled(record, values, **given):
    """Fill every field of a table record that is not given with the same values."""
    return record(**{field.name: values for field in fields(record)} | given)


def analyse(micrograph, segmented, settings, clock=None, completeness=None, empty=np.empty):
    n, nothing = segmented.n_grains, np.empty(0)
    ones, counts = np.ones(n), np.array([n, 0])
    low, high = np.array([-4.0, -3.9]), np.array([-3.9, -3.8])
    vertices = dict.fromkeys(("vertex_y_um", "vertex_x_um"), nothing)
    area_um2 = ones * settings.network.max_gap_nm
    return Analysis(
        grains=filled(GrainTable, ones, label=np.arange(n) + 1),
        histogram=GrainHistogram(low, high, low, high, *[counts] * 4, counts * np.nan, 1.0),
        statistics=filled(SizeStatistics, nothing),
        size_laws=SizeLaws(1.0, n, float(n), 1.0, "", "too few grains"),
        cumulative=filled(CumulativeSizes, nothing),
        network=filled(GrainNetwork, nothing),
        loops=filled(LoopTable, ones, area_um2=area_um2, vertex_start=np.zeros(n + 1), **vertices),
        loop_statistics=filled(LoopStatistics, nothing, n_loops=0, n_whole=0, n_pieces=0),
        loop_scan=filled(LoopScan, nothing),
        percolation=Percolation(*[nothing] * 6, threshold_gap_nm=float("nan")),
        commensuration=Commensuration(nothing, nothing, nothing),
        flux_features=filled(
            FluxFeatures, nothing, quantity=(), statement="", loops_in_bar=0.0, bar_rms=float("nan")
        ),
        magnetoresistance=filled(Magnetoresistance, nothing),
        charging=filled(ChargingEnergies, nothing),
        couplings=filled(Couplings, nothing, temperature_k=10.0),
        barriers=filled(BarrierHistogram, nothing, kind=()),
        barrier_laws=filled(BarrierLaws, nothing),
        conductance=filled(Conductance, nothing),
        log_windows=filled(LogWindows, nothing, model=(), quantity=()),
        log_slopes=filled(LogSlopes, nothing, model=()),
        normal_state=NormalState(float("nan"), float("nan")),
        headline={
            "n_grains": Headline(n, ""),
            "area_fraction": Headline(n / 10, "", 0.1, float("nan")),
            "percolation_gap_nm": Headline(float("nan"), "nm"),
        },
        warnings=micrograph.warnings,
    )


def draw(folder, micrograph, segmented, analysis, for_print):
    (folder / "figures").mkdir()
    (folder / "overview.png").write_bytes(b"picture")
    (folder / "figures" / "loops.png").write_bytes(b"picture")


@pytest.fixture(scope="session")
def shipped(tiny_grain_model, tmp_path_factory):
    """A model in the place of the shipped one."""
    path = tmp_path_factory.mktemp("shipped") / "default.json"
    files.save_model(tiny_grain_model, path)
    return path


def in_threads(settings, progress=None, portions_at_once=1):
    """Return a map that stays in this process, where the stages can be replaced."""
    return partial(
        thread_map,
        workers=settings.workers or 1,
        time_limit_s=settings.time_limit_s,
        tell=lambda job, stage: progress and progress.at(job.folder.name, stage),
    )


@pytest.fixture
def small_pipeline(monkeypatch, shipped):
    """Put the few lines above in the place of the real stages, of this process."""
    monkeypatch.setattr(run, "default_map", in_threads)
    monkeypatch.setattr(files, "shipped_model_path", lambda: shipped)
    monkeypatch.setattr(files, "read_micrograph", read, raising=False)
    monkeypatch.setattr(ensembles, "segment_in_draws", segment)
    monkeypatch.setattr(pipeline, "analyse", analyse)
    monkeypatch.setattr(figures, "write_figures", draw, raising=False)
    monkeypatch.setattr(report, "write_report", lambda out: None, raising=False)


@pytest.fixture
def in_one_thread():
    """Map one image after the other, however many there are."""

    def one_thread(function, jobs):
        return thread_map(function, jobs, workers=1, time_limit_s=60)

    return one_thread


@pytest.fixture
def images(tmp_path, small_pipeline):
    """A folder of three images: two grains, none, three."""
    folder = tmp_path / "images"
    folder.mkdir()
    for name, text in (("a", "101"), ("b", "000"), ("c", "11100")):
        (folder / f"{name}.png").write_text(text)
    return folder
