"""What every widget shares that shows one film: it follows the film of the active layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QWidget

from grainscope.viewer.showing import session_of

if TYPE_CHECKING:
    from napari import Viewer

    from grainscope.viewer.session import Session


#: What takes time follows when nothing else has changed for so long.
_PATIENCE_MS = 120


class FilmWidget(QWidget):
    """A widget that shows the film of the active layer, and is told what becomes of it.

    Attributes
    ----------
    session : Session or None
        The film that is shown.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.session: Session | None = None
        self._is_stale = False
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._draw_if_seen)

    def draw(self) -> None:
        """Do what takes time and is only for the eye; called when the widget is seen."""

    def draw_soon(self) -> None:
        """Draw when nothing more has changed for a moment, and somebody sees it."""
        self._is_stale = True
        self._patience.start()

    def showEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Catch up with what changed while the widget lay behind another one."""
        super().showEvent(event)
        if self._is_stale:
            self._patience.start()

    def _draw_if_seen(self) -> None:
        if self.isVisible():
            self._is_stale = False
            self.draw()

    def start_following(self) -> None:
        """Take up the film that is open, and every later one; to be called last in __init__."""
        layers = self.viewer.layers
        layers.events.inserted.connect(self._look_again)
        layers.events.removed.connect(self._look_again)
        layers.selection.events.active.connect(self._look_again)
        self.destroyed.connect(self._stop_following)
        self._look_again()
        if self.session is None:
            self.film_shown()

    def film_shown(self) -> None:
        """Another film is shown, or this one was changed."""

    def choice_shown(self) -> None:
        """Other contacts count."""

    def selection_shown(self) -> None:
        """Other grains are selected."""

    def loop_shown(self) -> None:
        """Another loop is selected."""

    def _look_again(self, _event: Any = None) -> None:
        session = session_of(self.viewer)
        if session is self.session:
            return
        self._let_go()
        self.session = session
        if session is not None:
            session.film_changed.connect(self._film_changed)
            session.choice_changed.connect(self.choice_shown)
            session.selection_changed.connect(self.selection_shown)
            session.loop_changed.connect(self.loop_shown)
        self.film_shown()

    def _film_changed(self, _change: object) -> None:
        self.film_shown()

    def _let_go(self) -> None:
        if self.session is None:
            return
        self.session.film_changed.disconnect(self._film_changed)
        self.session.choice_changed.disconnect(self.choice_shown)
        self.session.selection_changed.disconnect(self.selection_shown)
        self.session.loop_changed.disconnect(self.loop_shown)

    def _stop_following(self) -> None:
        self._let_go()
        self.session = None
