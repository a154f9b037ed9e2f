"""``run``, ``predict`` and ``demo`` as functions: exit codes, what is told, what wins."""

from __future__ import annotations

import csv
import signal

import pytest

from grainscope import batch, files
from grainscope.cli.demo import demo
from grainscope.cli.predict import predict
from grainscope.cli.run import chosen_settings, run
from grainscope.errors import SettingsError


@pytest.fixture(autouse=True)
def signals_put_back():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_all_done_is_0_and_an_empty_image_is_done(images, tmp_path, capsys):
    assert run([str(images)], out=tmp_path / "out", workers=1) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[1/3] a ok 2 grains 0.")
    assert lines[1].startswith("[2/3] b empty 0 grains")
    assert lines[-1].startswith("3 inputs: 2 ok, 1 empty; ")
    assert "; 3 with warnings (the report has them, -v tells them); " in lines[-1]


def test_a_failure_is_1_and_goes_to_standard_error(images, tmp_path, capsys):
    (images / "b.png").write_text("text")
    assert run([str(images)], out=tmp_path / "out", quiet=True, workers=1) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("[2/3] b failed at read: ")


def test_warnings_are_told_when_asked_for(images, tmp_path, capsys):
    run([str(images)], out=tmp_path / "out", verbose=True)
    assert "    a test image" in capsys.readouterr().out.splitlines()


def test_a_stopped_run_says_how_to_go_on(images, tmp_path, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "run_batch", stop)
    assert run([str(images)], out=tmp_path / "out") == 130
    assert "run the same command again to go on" in capsys.readouterr().err


def test_a_dry_run_tells_and_writes_nothing(images, tmp_path, capsys):
    out = tmp_path / "out"
    run([str(images / "a.png")], out=out)
    capsys.readouterr()
    arguments = [str(images), "nowhere.tif"]
    code = run(arguments, out=out, dry_run=True, assignments=["network.max_gap_nm=5"])
    assert code == 0
    a, b, _, nowhere = capsys.readouterr().out.splitlines()
    assert a.startswith("run   a  (network.max_gap_nm was 100.0, is 5.0; pixel size from the file")
    assert b.startswith("run   b  (new")
    assert nowhere.startswith("fail ")
    assert not (out / "b").exists()


def test_the_option_wins_over_the_settings_file(images, tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text(
        "[input]\npixel_size_nm = 2.0\npixel_size_source = 'nominal'\n"
        "[[files]]\nmatch = 'a.png'\npixel_size_nm = 3.0\n"
    )
    run([str(images)], out=tmp_path / "file", settings=settings)
    run([str(images)], out=tmp_path / "option", settings=settings, pixel_size_nm=5.0)
    told = [
        [row["pixel_size_nm"] for row in rows(tmp_path / name / "summary.csv")]
        for name in ("file", "option")
    ]
    assert told == [["3", "2", "2"], ["5", "5", "5"]]
    again = chosen_settings(tmp_path / "option" / "settings.toml", [], None)
    assert again.for_file(images / "a.png").input.pixel_size_source == "option"


def test_a_settings_file_that_is_not_there_is_wrong_usage(tmp_path):
    with pytest.raises(SettingsError, match=r"write one with: grainscope init-config .*none\.toml"):
        chosen_settings(tmp_path / "none.toml", [], None)


def test_predict_tells_what_it_measured(images, tmp_path, capsys):
    run([str(images)], out=tmp_path / "out", quiet=True)
    predict(tmp_path / "out" / "a", ["network.max_gap_nm=40"])
    assert "measured again: a ok 2 grains" in capsys.readouterr().out


def test_the_demo_runs_on_what_is_shipped(images, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(files, "shipped_folder", lambda name: images, raising=False)
    assert demo(out=tmp_path / "demo") == 0
    assert "3 inputs" in capsys.readouterr().out
