"""What every widget shares that shows one film: it follows the film of the active layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QTimer
from qtpy.QtWidgets import QDockWidget, QWidget

from grainscope.viewer.showing import session_of

if TYPE_CHECKING:
    from napari import Viewer

    from grainscope.viewer.session import Session


#: What takes time follows when nothing else has changed for so long.
_PATIENCE_MS = 120


class DockedWidget(QWidget):
    """A widget that is at work while it is docked.

    napari takes a widget out of its dock when the dock is closed, and may keep it.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self._is_at_work = False

    def start(self) -> None:
        """Begin to work; to be called last in __init__."""
        if not self._is_at_work:
            self._is_at_work = True
            self.began()

    def began(self) -> None:
        """Connect to the viewer."""

    def ended(self) -> None:
        """Take back what ``began`` did."""

    def event(self, event: QEvent) -> bool:
        """Begin when the widget is docked, end when it is taken out."""
        if event.type() == QEvent.Type.ParentChange:
            if self.parent() is not None:
                self.start()
            elif self._is_at_work:
                self._is_at_work = False
                self.ended()
        return bool(super().event(event))


class FilmWidget(DockedWidget):
    """A widget that shows the film of the active layer, and is told what becomes of it.

    Attributes
    ----------
    session : Session or None
        The film that is shown.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__(napari_viewer)
        self.session: Session | None = None
        self._is_stale = False
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._draw_if_seen)
        self._dock: QDockWidget | None = None

    def draw(self) -> None:
        """Do what takes time and is only for the eye; called when the widget is seen."""

    def draw_soon(self) -> None:
        """Draw when nothing more has changed for a moment, and somebody sees it."""
        self._is_stale = True
        self._patience.start()

    def showEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Catch up with what changed while the widget was not there, or behind another tab."""
        super().showEvent(event)
        dock = _dock_of(self)
        if dock is not None and dock is not self._dock:
            # A tab that comes to the front is no show event: to Qt it was shown all the time.
            dock.visibilityChanged.connect(self._catch_up)
            self._dock = dock
        self._catch_up()

    def _catch_up(self, _is_seen: bool = True) -> None:
        if self._is_stale:
            self._patience.start()

    def _draw_if_seen(self) -> None:
        if self.isVisible() and not self.visibleRegion().isEmpty():
            self._is_stale = False
            self.draw()

    def began(self) -> None:
        """Take up the film that is open, and every later one."""
        for signal in self._signals():
            signal.connect(self._look_again)
        self._look_again()
        if self.session is None:
            self.film_shown()

    def ended(self) -> None:
        """Let go of the film."""
        for signal in self._signals():
            signal.disconnect(self._look_again)
        self._take_up(None)

    def _signals(self) -> tuple[Any, ...]:
        layers = self.viewer.layers
        return layers.events.inserted, layers.events.removed, layers.selection.events.active

    def film_shown(self) -> None:
        """Another film is shown, or this one was changed."""

    def layers_shown(self) -> None:
        """More layers of this film may have come: napari adds one after the other."""

    def choice_shown(self) -> None:
        """Other contacts count."""

    def selection_shown(self) -> None:
        """Other grains are selected."""

    def loop_shown(self) -> None:
        """Another loop is selected."""

    def _look_again(self, _event: Any = None) -> None:
        session = session_of(self.viewer)
        if session is not self.session:
            self._take_up(session)
        elif session is not None:
            self.layers_shown()

    def _take_up(self, session: Session | None) -> None:
        for signal, call in self._calls():
            signal.disconnect(call)
        self.session = session
        for signal, call in self._calls():
            signal.connect(call)
        self.film_shown()

    def _calls(self) -> list[tuple[Any, Any]]:
        session = self.session
        if session is None:
            return []
        return [
            (session.film_changed, self._film_changed),
            (session.choice_changed, self.choice_shown),
            (session.selection_changed, self.selection_shown),
            (session.loop_changed, self.loop_shown),
        ]

    def _film_changed(self, _change: object) -> None:
        self.film_shown()


def _dock_of(widget: QWidget) -> QDockWidget | None:
    above: Any = widget
    while above is not None and not isinstance(above, QDockWidget):
        above = above.parent()
    return above
