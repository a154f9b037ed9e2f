"""One small film, run once, and a real napari window."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
import tifffile

pytest.importorskip("napari", reason="needs the extra: pip install 'grainscope[viewer]'")

from qtpy.QtCore import QPoint, QPointF, QSettings, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDockWidget, QWidget

from grainscope.batch import BatchOptions, run_batch
from grainscope.settings import parse_settings
from grainscope.viewer.opening import open_session

#: Cheap, and the same labels each time.
FAST = (
    *("segmentation.method=fast", "run.print_figures=false"),
    *("grains.bootstrap_draws=0", "grains.goodness_draws=0"),
)
PIXEL_NM = 5.0


def film_of_discs(height: int = 160, width: int = 264) -> np.ndarray:
    """Return grey levels of bright discs of several sizes on a dark film, and a close pair."""
    y, x = np.mgrid[:height, :width]
    grey = np.full((height, width), 40.0)
    places = [
        *((20 + 40 * i, 22 + 44 * j, 12 + (i + j) % 3) for i in range(4) for j in range(5)),
        (80, 226, 9),
        (80, 248, 9),
    ]
    for row, column, radius in places:
        grey[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = 180.0
    noise = np.random.default_rng(1).normal(0, 6, grey.shape)
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def film_path(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("images") / "film.tif"
    tifffile.imwrite(path, film_of_discs())
    return path


@pytest.fixture(scope="session")
def fast_settings():
    return parse_settings("", "test", [*FAST, f"input.pixel_size_nm={PIXEL_NM}"])


@pytest.fixture(scope="session")
def _run(film_path, fast_settings, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("run")
    outcomes = run_batch([film_path], out, fast_settings, BatchOptions())
    assert [outcome.status for outcome in outcomes] == ["ok"]
    return out / "film"


@pytest.fixture
def result(_run, tmp_path) -> Path:
    """Return a result folder of its own for each test."""
    return Path(shutil.copytree(_run, tmp_path / "out" / "film"))


@pytest.fixture
def session(result):
    return open_session(result)


@pytest.fixture
def window(session, qt_settings, monkeypatch):
    """Return a real napari window with the film and all widgets that belong to it.

    What goes wrong inside of Qt has no caller: it is kept, and fails the test at its end.
    """
    wrong = []
    monkeypatch.setattr(sys, "excepthook", lambda *what: wrong.append(what))
    if not os.environ.get("DISPLAY"):
        pytest.skip("no display: install xvfb and pytest-xvfb")
    from grainscope.viewer.window import open_window

    viewer = open_window(session)
    viewer.window.resize(1500, 950)
    Hand(viewer).settle(0.2)
    yield viewer
    session.tables_are_old = False  # nobody is there to answer
    viewer.close()
    QApplication.instance().processEvents()
    for kind, error, trace in wrong:
        traceback.print_exception(kind, error, trace)
    assert not wrong


@pytest.fixture
def qt_settings(tmp_path):
    """Keep what the viewer remembers of its user out of the real settings."""
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(tmp_path))


class Hand:
    """What a person does to a window, and how long they wait."""

    def __init__(self, viewer) -> None:
        self.viewer = viewer

    def settle(self, seconds: float = 0.0) -> None:
        """Let Qt do what is due, for a while."""
        until = monotonic() + seconds
        while True:
            QApplication.instance().processEvents()
            if monotonic() >= until:
                return
            sleep(0.01)

    def wait_for(self, reached, seconds: float = 120.0) -> None:
        """Let Qt run until something is reached."""
        until = monotonic() + seconds
        while not reached():
            if monotonic() > until:
                raise AssertionError(f"not reached within {seconds} s")
            self.settle(0.02)

    def widget(self, kind: str):
        """Return the docked widget of a class."""
        found = [w for w in QApplication.allWidgets() if type(w).__name__ == kind]
        return next(w for w in found if w.window().windowTitle() == self.viewer.title)

    def look_at(self, kind: str):
        """Bring the tab of a widget to the front, and return the widget."""
        widget = above = self.widget(kind)
        while not isinstance(above, QDockWidget):
            above = above.parent()
        above.raise_()
        self.settle(0.3)
        return widget

    @property
    def canvas(self):
        """What napari draws in."""
        window = next(
            w for w in QApplication.topLevelWidgets() if w.windowTitle() == self.viewer.title
        )
        return next(w for w in window.findChildren(QWidget) if "CanvasBackend" in type(w).__name__)

    def on_screen(self, place_px):
        """Return where a pixel of the film is on the canvas."""
        middle_y, middle_x = self.viewer.scene.camera.center[-2:]
        zoom, shape = self.viewer.scene.camera.zoom, self.canvas.size()
        y, x = (each * PIXEL_NM / 1000 for each in place_px)
        return QPoint(
            round(shape.width() / 2 + (x - middle_x) * zoom),
            round(shape.height() / 2 + (y - middle_y) * zoom),
        )

    def press(self, key, keys=Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key over the film."""
        self.canvas.setFocus()
        QTest.keyClick(self.canvas, key, keys)
        self.settle()

    def click(self, place_px, keys=Qt.KeyboardModifier.NoModifier) -> None:
        """Click into the film."""
        QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, keys, self.on_screen(place_px))
        self.settle()

    def drag(self, places_px, keys=Qt.KeyboardModifier.NoModifier) -> None:
        """Press at the first place, move over the others, and let go at the last."""
        left, canvas = Qt.MouseButton.LeftButton, self.canvas
        places = [self.on_screen(place) for place in places_px]
        QTest.mousePress(canvas, left, keys, places[0])
        for place in places[1:]:  # QTest's own moves carry no button
            there = QPointF(canvas.mapToGlobal(place))
            move = QMouseEvent.Type.MouseMove
            event = QMouseEvent(move, QPointF(place), there, Qt.MouseButton.NoButton, left, keys)
            QApplication.sendEvent(canvas, event)
            self.settle()
        QTest.mouseRelease(canvas, left, keys, places[-1])
        self.settle()


@pytest.fixture
def hand(window) -> Hand:
    return Hand(window)
