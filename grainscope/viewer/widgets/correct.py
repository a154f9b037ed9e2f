"""The Correct widget: merge, split, delete, draw, fill and reclassify grains, undo and redo.

Every edit is in ``edits.jsonl`` before the window shows it; the tables of the folder follow
when a person asks for them, or closes the window.
"""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Layer
from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import QEvent, QObject, QSettings, Qt
from qtpy.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QGroupBox,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from grainscope.errors import GrainscopeError
from grainscope.viewer import correcting
from grainscope.viewer.following import FilmWidget
from grainscope.viewer.layers import GRAINS
from grainscope.viewer.prediction import predict_choice
from grainscope.viewer.session import METADATA, ROLE
from grainscope.viewer.showing import layers_of, sessions_of, show_labels
from grainscope.viewer.strokes import StrokePen
from grainscope.viewer.widgets.label_saver import LabelSaver
from grainscope.viewer.widgets.parts import button, one_line, scrolling_column, shortened, words
from grainscope.viewer.widgets.process_panel import ProcessPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari import Viewer

    from grainscope.viewer.session import Session

#: Tool, its button, its key, what it does.
_TOOLS = (
    ("select", "Select", "Escape", "Click a grain; Shift adds one or takes it away"),
    ("split", "Split by line", "S", "Drag a line across the grain to be cut"),
    ("seeds", "Split by seeds", "E", "Click a seed in each part, then Enter"),
    ("draw", "Draw grain", "G", "Drag around the new grain; Shift: it joins the selected one"),
    (
        "reclassify",
        "Grain ↔ film",
        "R",
        "Click a grain to make it film, bright film to make it a grain",
    ),
)
#: Where a layer keeps the widget that its keys and strokes come to.
_CORRECTED_BY = "grainscope corrected by"
_HINT = (
    "Click a grain (Shift adds more), then merge, delete or fill it; or take a tool and draw on "
    "the film. The keys are in the tooltips. Every edit is kept at once in edits.jsonl, and can "
    "be taken back, also after you closed the window."
)


class CorrectWidget(FilmWidget):
    """Correct grains by hand; tables in the window follow every edit."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__(napari_viewer)
        self._saver = LabelSaver(self)
        self._window: QWidget | None = None
        self._seeds: list[tuple[float, float]] = []
        self._build()
        self._pen = StrokePen(napari_viewer, lambda: self.session, self._use_stroke)
        self.start()

    def _build(self) -> None:
        column = scrolling_column(self)
        self.hint = words(_HINT)
        self.got_it = button("Got it", self._hide_hint, "Do not show this again")
        column.addWidget(self.hint)
        column.addWidget(self.got_it)
        if QSettings("grainscope", "viewer").value("hint_seen", False, bool):
            self._hide_hint()
        column.addWidget(self._tool_box())
        column.addWidget(self._edit_box())
        self.told = words("")
        column.addWidget(self.told)
        column.addWidget(self._save_box())
        column.addStretch()

    def _tool_box(self) -> QGroupBox:
        box = QGroupBox("Pointer")
        column = QVBoxLayout(box)
        self.tools: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for name, text, key, tip in _TOOLS:
            made_button = button(text, partial(self.take_tool, name), f"{tip} ({key})")
            made_button.setCheckable(True)
            made_button.setChecked(name == "select")
            group.addButton(made_button)
            column.addWidget(made_button)
            self.tools[name] = made_button
        self.how = words(_TOOLS[0][3])
        column.addWidget(self.how)
        return box

    def _edit_box(self) -> QGroupBox:
        box = QGroupBox("Selected grains")
        grid = QGridLayout(box)
        actions = (
            ("Merge", self.merge, "Make the selected grains one (M)"),
            ("Delete", self.delete, "Make the selected grains film (D)"),
            ("Fill holes", self.fill, "Fill the holes of the selected grains (F)"),
            ("Undo", self.undo, "Take the last edit back (Ctrl+Z)"),
            ("Redo", self.redo, "Do again what was taken back (Ctrl+Shift+Z)"),
        )
        for at, (text, call, tip) in enumerate(actions):
            grid.addWidget(button(text, call, tip), at // 3, at % 3)
        return box

    def _save_box(self) -> QGroupBox:
        box = QGroupBox("Result folder")
        self.recompute = ProcessPanel(
            "Recompute the tables",
            "As 'grainscope predict' does",
            self.recompute_tables,
            "The folder stays as it was",
        )
        self.recompute.done.connect(self._recomputed)
        QVBoxLayout(box).addWidget(self.recompute)
        return box

    def _keys(self) -> dict[str, Callable[[], None]]:
        keys: dict[str, Callable[[], None]] = {
            key: partial(self.take_tool, name) for name, _, key, _ in _TOOLS
        }
        keys |= {"M": self.merge, "D": self.delete, "F": self.fill, "Enter": self.apply_seeds}
        return keys | {"Control-Z": self.undo, "Control-Shift-Z": self.redo}

    def _bind_keys(self, owner: Viewer | Layer) -> None:
        """Bind the keys of the tools and actions; on a layer they go before napari's own."""
        for key, call in self._keys().items():
            owner.bind_key(key, lambda _owner, call=call: call(), overwrite=True)

    def _hide_hint(self) -> None:
        self.hint.hide()
        self.got_it.hide()
        QSettings("grainscope", "viewer").setValue("hint_seen", True)

    # What follows the film

    def began(self) -> None:
        """Take keys and pointer."""
        self._bind_keys(self.viewer)
        self._pen.take()
        super().began()

    def ended(self) -> None:
        """Give keys and pointer back; nothing of what was done is lost."""
        if self.session is not None:
            self.take_tool("select")
        self.recompute.kill()
        self._saver.save()
        self._pen.lay_down()
        for owner in (self.viewer, *self.viewer.layers):
            if owner is self.viewer or owner.metadata.get(_CORRECTED_BY) is self:
                self._release(owner)
        if self._window is not None:
            self._window.removeEventFilter(self)
        super().ended()

    def _take(self, layer: Layer) -> None:
        """Let the keys over a layer, and strokes of napari's own brush in it, come here."""
        holder = layer.metadata.get(_CORRECTED_BY)
        if holder is self:
            return
        if holder is not None:
            holder._release(layer)
        layer.metadata[_CORRECTED_BY] = self
        self._bind_keys(layer)
        if layer.metadata[ROLE] == GRAINS:
            layer.events.paint.connect(self._painted)

    def _release(self, owner: Viewer | Layer) -> None:
        for key in self._keys():
            owner.bind_key(key, None)
        if not isinstance(owner, Layer):
            return
        del owner.metadata[_CORRECTED_BY]
        if owner.metadata[ROLE] == GRAINS:
            owner.events.paint.disconnect(self._painted)

    def film_shown(self) -> None:
        """Take up the film, and tell how it stands."""
        session = self.session
        self.setEnabled(session is not None and session.film is not None)
        if session is None or session.film is None:
            self.told.setText("Open a result: File → Open Folder, or drop OUT/STEM here.")
            return
        self.layers_shown()
        self._show_tool(session.tool)
        told = predict_choice(session)
        grains = f"{session.film.table.n_grains:,} grains"
        self.told.setText("\n".join([grains, told.loops, told.percolation, told.fields]))
        self._show_state()

    def layers_shown(self) -> None:
        """Take the keys over every layer of the film."""
        if self.session is not None and self.session.film is not None:
            for layer in layers_of(self.viewer, self.session):
                self._take(layer)

    def _show_state(self) -> None:
        session = self.session
        assert session is not None
        folder, state = session.folder, self.recompute.state
        state.setToolTip(str(folder or ""))
        if folder is None:
            state.setText("not in a result folder: corrections are not kept")
        elif session.tables_are_old:
            kept = _counted(session.n_edits)
            state.setText(f"{kept} kept in {shortened(folder.name)}; its tables are older")
        else:
            state.setText(f"{shortened(folder.name)}: tables are up to date")
        if not self.recompute.is_running:
            self.recompute.start.setEnabled(folder is not None)

    # Edits

    def take_tool(self, name: str) -> None:
        """Say what clicks and strokes mean from now on."""
        if self.session is None:
            return
        self.session.tool = name
        self._show_tool(name)
        self._seeds.clear()
        self._pen.show([])

    def _show_tool(self, name: str) -> None:
        self.tools[name].setChecked(True)
        self.how.setText(next(tip for tool, _, _, tip in _TOOLS if tool == name))

    def merge(self) -> None:
        """Make the selected grains one."""
        self._do(correcting.merge_selected)

    def delete(self) -> None:
        """Make the selected grains film."""
        self._do(correcting.delete_selected)

    def fill(self) -> None:
        """Fill the holes of the selected grains."""
        self._do(correcting.fill_selected)

    def undo(self) -> None:
        """Take the last edit back."""
        self._do(lambda session: session.undo())

    def redo(self) -> None:
        """Do again what was taken back."""
        self._do(lambda session: session.redo())

    def apply_seeds(self) -> None:
        """Split the grain by the seeds that were clicked."""
        seeds = list(self._seeds)
        if self.session is None or self.session.tool != "seeds":
            return
        self._seeds.clear()
        self._pen.show([])
        self._do(lambda session: correcting.split_at(session, seeds))

    def _do(self, act: Callable[[Session], object]) -> None:
        if self.session is None or self.session.film is None:
            show_info("Open a result first")
            return
        began = perf_counter()
        try:
            act(self.session)
        except (ValueError, GrainscopeError) as error:
            show_error(one_line(error))
            return
        if self.session.folder is not None:
            self._saver.save_soon(self.session)
        self.viewer.status = f"done in {perf_counter() - began:.2f} s"

    # Strokes and clicks with a tool

    def _use_stroke(self, places: list[tuple[float, float]], with_shift: bool) -> None:
        session = self.session
        assert session is not None
        tool = session.tool
        if tool == "seeds":
            self._seeds.append(places[0])
            self._pen.show(self._seeds, as_points=True)
            return
        self._pen.show([])
        if tool == "reclassify":
            self._do(lambda session: correcting.reclassify_at(session, places[0]))
        elif len(places) < 2:
            show_info(self.how.text())
        elif tool == "split":
            self._do(lambda session: correcting.split_along(session, places))
        elif tool == "draw":
            self._do(lambda session: correcting.draw_grain(session, places, with_shift))

    def _painted(self, event: Any) -> None:
        """Turn a stroke of napari's own brush, fill or eraser into an edit."""
        session, layer = self.session, event.source
        if session is None or session.film is None or layer.metadata.get(METADATA) is not session:
            return
        picture = np.asarray(layer.data, np.int32)
        self._do(lambda session: correcting.take_painting(session, picture))
        whole = session.micrograph.frame.slices
        show_labels(layer, session.film.labels, whole)

    # The folder

    def recompute_tables(self) -> None:
        """Measure everything again from the corrected labels, in a process of its own."""
        # A thread that still writes would put older labels under the new tables.
        self._saver.when_idle(self._start_recomputing)

    def _start_recomputing(self) -> None:
        session = self.session
        if session is None or session.film is None or session.folder is None:
            return
        self._saver.forget(session)
        try:
            session.save_labels()
        except GrainscopeError as error:
            show_error(one_line(error))
            return
        self._recomputing = session, len(session.film.history)
        self.recompute.run(["predict", str(session.folder)])

    def _recomputed(self) -> None:
        session, n_entries = self._recomputing
        assert session.film is not None
        if len(session.film.history) == n_entries:  # nobody went on correcting meanwhile
            session.mark_tables_new()
        if self.session is not None:
            self._show_state()

    # Closing

    def showEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Watch the window that the widget is docked in, to ask before it closes."""
        super().showEvent(event)
        self._window = self.window()
        self._window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Ask before the window closes over tables that are older than the corrections."""
        closing = event.type() == QEvent.Type.Close and isinstance(watched, QMainWindow)
        if closing and not self.may_close():
            event.ignore()
            return True
        return bool(super().eventFilter(watched, event))

    def may_close(self) -> bool:
        """Save the labels; ask whether to stay where the tables are older than the edits."""
        old = [
            each
            for each in sessions_of(self.viewer)
            if each.folder is not None and each.tables_are_old
        ]
        if not old:
            return True
        told = [f"{_counted(each.n_edits)} kept in {each.folder}" for each in old]
        for session in old:
            try:
                session.save_labels()
            except GrainscopeError as error:
                told.append(one_line(error))
        answer = QMessageBox.question(
            self,
            "Corrections",
            "\n".join(told) + "\nTables and report there are older. Close all the same? "
            "('Recompute the tables', or 'grainscope predict', brings them up to date.)",
            QMessageBox.StandardButton.Close | QMessageBox.StandardButton.Cancel,
        )
        return bool(answer == QMessageBox.StandardButton.Close)

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Let Escape put the tool down also where the widget has the keyboard."""
        if event.key() == Qt.Key.Key_Escape:
            self.take_tool("select")
        super().keyPressEvent(event)


def _counted(n_edits: int) -> str:
    return "1 correction" if n_edits == 1 else f"{n_edits} corrections"
