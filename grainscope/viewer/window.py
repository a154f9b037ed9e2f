"""``grainscope view``: a napari window with one film and the tools for it."""

from __future__ import annotations

import gc
import os
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from grainscope.errors import MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from napari import Viewer

    from grainscope.viewer.session import Session

PLUGIN = "grainscope"
#: Widgets of a window with grains, and of one with an image alone, the first on top.
_FOR_GRAINS = ("Correct", "Grains", "Network and loops")
_FOR_IMAGE = ("Segment",)
_BETWEEN_DRAWINGS_S = 0.05


def check_window_possible() -> None:
    """Say in one line what is missing for a window.

    Raises
    ------
    MissingDependencyError
        napari is not installed, or there is no display.
    """
    if find_spec("napari") is None or find_spec("qtpy") is None:
        raise MissingDependencyError(
            "view: napari is not installed; run: pip install 'grainscope[viewer]'"
        )
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in screens):
        raise MissingDependencyError(
            "view: no display (DISPLAY is not set); run it on a desktop, with 'ssh -X', "
            "or on a virtual screen with 'xvfb-run grainscope view …'"
        )


def open_window(session: Session) -> Viewer:
    """Open a napari window with a session's layers and its widgets docked."""
    return read_and_open(lambda: session, has_grains=session.film is not None)


def read_and_open(read: Callable[[], Session], *, has_grains: bool) -> Viewer:
    """Open a window with its widgets while the film for it is read.

    Parameters
    ----------
    read : callable
        Returns the session. What it raises is raised here, and no window stays.
    has_grains : bool
        Whether it will be a film with grains, or an image alone.
    """
    with _no_garbage_collection(), ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_read_ready, read)
        import napari

        if reading.done():
            reading.result()  # no window for what cannot be read
        viewer = napari.Viewer(title="grainscope: reading …")
        try:
            dock_widgets(viewer, _FOR_GRAINS if has_grains else _FOR_IMAGE)
            _load_ahead()
            session = _wait(reading)
        except BaseException:
            viewer.close()
            raise
        from grainscope.viewer.showing import show

        viewer.title = f"grainscope: {session.folder or session.name}"
        show(viewer, session)
    return viewer


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Look for no garbage while a million objects are made that all stay; it costs a second."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read_ready(read: Callable[[], Session]) -> Session:
    """Read a film, and work out already here what its layers will ask for."""
    session = read()
    if session.film is not None:
        _ = session.choice
    return session


def _load_ahead() -> None:
    """Load what napari loads for its first layer with units and features: half a second."""
    import pandas  # noqa: F401
    from napari.layers import Points

    Points(scale=(1.0, 1.0), units=("µm", "µm"))


def _wait(reading: Future[Session]) -> Session:
    """Let the window be drawn, but not used, until the film is there."""
    from qtpy.QtCore import QEventLoop
    from qtpy.QtWidgets import QApplication

    while not reading.done():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        wait([reading], timeout=_BETWEEN_DRAWINGS_S)
    return reading.result()


def dock_widgets(viewer: Viewer, names: tuple[str, ...]) -> None:
    """Dock some of the plugin's widgets as tabs of one another, the first on top."""
    from qtpy.QtCore import QTimer

    docks = []
    for i, name in enumerate(names):
        dock, _widget = viewer.window.add_plugin_dock_widget(PLUGIN, name, tabify=i > 0)
        dock.setWindowTitle(name)  # napari's own, with the plugin's name, is too long for a tab
        docks.append(dock)

    def settle() -> None:
        docks[0].raise_()
        viewer.reset_view()

    # napari raises each when it has been shown, and the docks take room from the film.
    soon = QTimer(docks[0], singleShot=True)  # goes with the window, should that be closed first
    soon.timeout.connect(settle)
    soon.start(0)
