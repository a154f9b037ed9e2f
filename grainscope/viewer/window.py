"""``grainscope view``: a napari window with one film and the tools for it."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from grainscope.errors import MissingDependencyError

if TYPE_CHECKING:
    from napari import Viewer

    from grainscope.viewer.session import Session

PLUGIN = "grainscope"
#: Widgets of a window with grains, and of one with an image alone, the first on top.
_FOR_GRAINS = ("Correct", "Grains", "Network and loops")
_FOR_IMAGE = ("Segment",)


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
    import napari

    from grainscope.viewer.showing import show

    viewer = napari.Viewer(title=f"grainscope: {session.folder or session.name}")
    show(viewer, session)
    dock_widgets(viewer, _FOR_IMAGE if session.film is None else _FOR_GRAINS)
    return viewer


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
    QTimer.singleShot(0, settle)
