"""``labels.tif`` of corrected films follows their edits after a moment, in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.qt.threading import thread_worker
from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, QTimer

from grainscope import files
from grainscope.viewer.widgets.parts import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from grainscope.records import Segmentation
    from grainscope.viewer.session import Session

_PATIENCE_MS = 2000


class LabelSaver(QObject):
    """Saves the labels of the films that it is told of; one thread at a time."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._edited: set[Session] = set()
        self._worker: Any = None
        self._timer = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._timer.timeout.connect(self.save)

    def save_soon(self, session: Session) -> None:
        """Save a film when nothing more was done to it for a moment."""
        self._edited.add(session)
        self._timer.start()

    def forget(self, session: Session) -> None:
        """Leave out a film that was saved otherwise."""
        self._edited.discard(session)

    def save(self) -> None:
        """Save what is due."""
        if self._worker is not None:  # both would write the same file
            self._timer.start()
            return
        # Numbered here: the next edit may come while the thread writes.
        films = [(s.folder, s.film.segmentation) for s in self._edited if s.folder and s.film]
        self._edited.clear()
        if films:
            self._worker = _save_worker(films)
            self._worker.errored.connect(_tell)
            self._worker.finished.connect(self._saved)
            self._worker.start()

    def when_idle(self, call: Callable[[], None]) -> None:
        """Call something when no thread is writing, at once if none is."""
        if self._worker is None:
            call()
        else:
            self._worker.finished.connect(call)

    def _saved(self) -> None:
        self._worker = None


def _tell(error: Exception) -> None:
    show_error(one_line(error))


@thread_worker(ignore_errors=True)
def _save_worker(films: Sequence[tuple[Path, Segmentation]]) -> None:
    for folder, segmented in films:
        files.save_labels(folder, segmented)
