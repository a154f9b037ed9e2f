"""``grainscope view`` where there is no viewer, no display, or nothing to view."""

from __future__ import annotations

import sys
from importlib import util

import pytest

from grainscope.cli import run_command_line


@pytest.fixture
def no_display(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def test_without_napari_it_says_what_to_install(monkeypatch, capsys, tmp_path):
    found = util.find_spec
    monkeypatch.setattr(
        "grainscope.viewer.window.find_spec", lambda name: None if name == "napari" else found(name)
    )
    assert run_command_line(["view", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "grainscope: view: napari is not installed; run: pip install 'grainscope[viewer]'\n"
    )


def test_without_a_display_it_says_so_in_one_line(no_display, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("grainscope.viewer.window.find_spec", lambda name: object())
    assert run_command_line(["view", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert message.startswith("grainscope: view: no display")
    assert message.count("\n") == 1


def test_a_folder_without_a_result_is_named(monkeypatch, capsys, tmp_path):
    pytest.importorskip("napari")
    monkeypatch.setenv("DISPLAY", ":0")
    assert run_command_line(["view", str(tmp_path)]) == 2
    assert f"{tmp_path}: no record.json there" in capsys.readouterr().err
