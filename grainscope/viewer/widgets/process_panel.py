"""A grainscope command that runs in a process of its own, with its progress and a way to stop."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from napari.qt.threading import thread_worker
from napari.utils.notifications import show_error
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from grainscope.viewer.segmenting import run_process
from grainscope.viewer.widgets.parts import button, one_line, row, words

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


class ProcessPanel(QWidget):
    """A button that starts a command, one that stops it, a bar, and its last line.

    Parameters
    ----------
    text, tip : str
        Of the button that starts it.
    begin : callable
        Is called by that button; it calls `run`.
    tip_of_stop : str
        What stopping leaves.

    Attributes
    ----------
    done : Signal
        The command came to its end.
    """

    done = Signal()

    def __init__(
        self, text: str, tip: str, begin: Callable[[], object], tip_of_stop: str, *more: QWidget
    ) -> None:
        super().__init__()
        self.start = button(text, begin, tip)
        self.stop = button("Stop", self.kill, tip_of_stop)
        self.stop.setEnabled(False)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1)
        self.state = words("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row(self.start, self.stop, *more))
        column.addWidget(self.progress)
        column.addWidget(self.state)
        self._running: list[subprocess.Popen[str]] = []
        # The window may close over it: what is bound to the panel is not told of that.
        self.destroyed.connect(partial(_kill, self._running))

    @property
    def is_running(self) -> bool:
        """Whether a command is at work."""
        return not self.start.isEnabled()

    def run(self, arguments: list[str]) -> None:
        """Start a command; its lines are shown as they come."""
        self.start.setEnabled(False)
        self.progress.setRange(0, 0)  # how far it is, it tells in words
        worker = thread_worker(run_process, ignore_errors=True)(arguments, self._keep)
        worker.yielded.connect(self.state.setText)
        worker.errored.connect(self._tell)
        worker.returned.connect(self._returned)
        worker.finished.connect(self._ended)
        worker.start()

    def kill(self) -> None:
        """Stop the command at once."""
        _kill(self._running)

    def _keep(self, process: subprocess.Popen[str]) -> None:
        self._running.append(process)
        self.stop.setEnabled(True)

    def _tell(self, error: Exception) -> None:
        self.state.setText(one_line(error))
        show_error(one_line(error))

    def _returned(self, to_its_end: bool) -> None:
        if to_its_end:
            self.done.emit()
        else:
            self.state.setText("stopped")

    def _ended(self) -> None:
        self._running.clear()
        self.start.setEnabled(True)
        self.stop.setEnabled(False)
        self.progress.setRange(0, 1)


def _kill(processes: list[subprocess.Popen[str]], *_: object) -> None:
    for process in processes:
        process.kill()
