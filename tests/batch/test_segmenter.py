"""A run applies the model that was asked for, else the shipped one, and remembers which."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from grainscope import files
from grainscope.batch import BatchOptions, run_batch
from grainscope.batch.segmenter import _kept
from grainscope.cli import run_command_line
from grainscope.errors import ModelError
from grainscope.records import ClusterModel, GrainModel
from grainscope.settings import SegmentationSettings, Settings

FAST = Settings(segmentation=SegmentationSettings(method="fast"))


@pytest.fixture
def asked(monkeypatch):
    """Collect the models that the pipeline is given, and count those that are read."""
    from grainscope import ensembles

    given, read, segment, load = [], [], ensembles.segment_in_draws, files.load_model

    def watched_segment(micrograph, settings, model=None, clock=None):
        given.append(model)
        return segment(micrograph, settings, model, clock)

    def watched_load(path):
        read.append(path)
        return load(path)

    monkeypatch.setattr(ensembles, "segment_in_draws", watched_segment)
    monkeypatch.setattr(files, "load_model", watched_load)
    _kept.cache_clear()
    return given, read


@pytest.fixture
def watched(images, asked):
    """The images, with the models watched that the small pipeline is given."""
    return images, *asked


def in_the_place_of(shipped, tmp_path, monkeypatch, model):
    """Ship another model."""
    path = tmp_path / "newer" / "default.json"
    path.parent.mkdir()
    files.save_model(model, path)
    monkeypatch.setattr(files, "shipped_model_path", lambda: path)
    return path


def statuses(images, out, settings, **options):
    found = run_batch([images], out, settings, BatchOptions(**options))
    return [outcome.status for outcome in found]


def test_the_default_method_gets_the_shipped_model_and_records_it(watched, shipped, tmp_path):
    images, given, _ = watched
    assert statuses(images, tmp_path / "out", Settings()) == ["ok", "empty", "ok"]
    assert [type(model) for model in given] == [GrainModel] * 3
    record = files.read_record(tmp_path / "out" / "a")
    assert record.model == files.hash_model(shipped)


def test_a_worker_reads_the_model_once(watched, in_one_thread, tmp_path):
    images, given, read = watched
    run_batch([images], tmp_path / "out", Settings(), BatchOptions(), in_one_thread)
    assert len(read) == 2  # the check before any work, and the worker
    assert given[0] is given[1] is given[2]


def test_the_fast_method_gets_none(watched, tmp_path, monkeypatch):
    images, given, read = watched
    monkeypatch.setattr(files, "shipped_model_path", lambda: pytest.fail("not needed"))
    statuses(images, tmp_path / "out", FAST)
    assert given == [None] * 3
    assert read == []
    assert json.loads((tmp_path / "out" / "a" / "record.json").read_text())["model"] is None


def test_another_shipped_model_is_redone(images, shipped, tiny_grain_model, tmp_path, monkeypatch):
    out = tmp_path / "out"
    statuses(images, out, Settings())
    assert statuses(images, out, Settings()) == ["skipped"] * 3
    in_the_place_of(shipped, tmp_path, monkeypatch, tiny_grain_model)
    assert statuses(images, out, Settings()) == ["skipped"] * 3  # elsewhere, but the same
    (tmp_path / "newer").rename(tmp_path / "older")
    stumps = replace(tiny_grain_model.first_score, value=np.ones(9))
    other = replace(tiny_grain_model, first_score=stumps)
    in_the_place_of(shipped, tmp_path, monkeypatch, other)
    assert statuses(images, out, Settings()) == ["ok", "empty", "ok"]


@pytest.mark.parametrize("settings", [Settings(), FAST], ids=["default", "fast"])
def test_a_clustering_goes_with_both_methods(watched, tmp_path, settings):
    images, given, _ = watched
    two = ClusterModel(
        "kmeans", ("intensity",), np.array([[0.1], [0.8]]), np.full((2, 1, 1), 0.01),
        np.array([0.7, 0.3]), (1,),
    )  # fmt: skip
    files.save_model(two, tmp_path / "two.json")
    statuses(images, tmp_path / "out", settings, model_path=tmp_path / "two.json")
    assert [type(model) for model in given] == [ClusterModel] * 3


def test_a_grain_model_with_the_fast_method_is_wrong_usage(images, shipped, tmp_path, capsys):
    with pytest.raises(ModelError, match=r"grain model goes with segmentation\.method = 'default'"):
        run_batch([images], tmp_path / "out", FAST, BatchOptions(model_path=shipped))
    words = ["run", str(images), "-o", str(tmp_path / "out"), "--model", str(shipped)]
    for more in ([], ["--dry-run"]):
        assert run_command_line([*words, "--set", "segmentation.method=fast", *more]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_arrays_that_were_changed_end_the_run_before_it_begins(images, shipped, tmp_path, capsys):
    shutil.copytree(shipped.parent, tmp_path / "models")
    model = tmp_path / "models" / "default.json"
    model.with_suffix(".npz").write_bytes(b"PK")
    words = ["run", str(images), "-o", str(tmp_path / "out"), "--model", str(model)]
    assert run_command_line(words) == 2
    assert "SHA-256" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
