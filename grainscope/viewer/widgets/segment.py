"""The Segment widget: settings with a live preview of a crop, then the whole image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ref

from napari.qt.threading import thread_worker
from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
)

from grainscope import files
from grainscope.errors import GrainscopeError
from grainscope.records import ClusterModel
from grainscope.settings import Settings, commented_toml, parse_settings
from grainscope.viewer import segmenting
from grainscope.viewer.following import DockedWidget
from grainscope.viewer.layers import placed
from grainscope.viewer.opening import open_session
from grainscope.viewer.settings_form import SettingsForm
from grainscope.viewer.showing import add_beside, close_session, remove_beside, session_of, show
from grainscope.viewer.widgets.parts import button, one_line, row, scrolling_column, words
from grainscope.viewer.widgets.process_panel import ProcessPanel

if TYPE_CHECKING:
    from napari import Viewer

    from grainscope.records import Segmentation
    from grainscope.viewer.session import Session

PREVIEW = "preview"
#: Where results of an image go unless something else is said.
_OUT = "outputs/viewed"
#: A change is previewed when no other has followed for so long.
_PATIENCE_MS = 300


class SegmentWidget(DockedWidget):
    """Choose settings on a crop; segment the image as ``grainscope run`` does."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__(napari_viewer)
        self._loaded: Settings | None = None
        self._begun_with: ref[Session] | None = None
        self._model_path: Path | None = None
        self._previewed: Segmentation | None = None
        self._worker: Any = None
        self._again = False
        self._timer = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._timer.timeout.connect(self.preview_now)
        self._build()
        self.start()

    def _build(self) -> None:
        self.forms = {
            table: SettingsForm(getattr(Settings(), table)) for table in segmenting.SEGMENT_TABLES
        }
        column = scrolling_column(self)
        for table, form in self.forms.items():
            box = QGroupBox(table.capitalize())
            QVBoxLayout(box).addWidget(form)
            column.addWidget(box)
            form.changed.connect(self._settings_changed)
        self.model = QLabel("shipped model")
        column.addLayout(row(QLabel("Model:"), self.model))
        column.addLayout(
            row(
                button("Load model…", self._load_model, "A model that 'grainscope train' made"),
                button("Save model…", self._save_model, "The clustering of the last preview"),
            )
        )
        column.addWidget(self._preview_box())
        column.addWidget(self._whole_box())
        column.addLayout(
            row(
                button("Load settings…", self._load_settings, "A settings file (TOML)"),
                button("Save settings…", self._save_settings, "For --settings"),
            )
        )
        column.addStretch()

    def _preview_box(self) -> QGroupBox:
        box = QGroupBox("Preview of a crop")
        self.live = QCheckBox("live")
        self.live.setToolTip("Segment the crop again after every change of a setting")
        self.live.setChecked(True)
        self.side_px = QSpinBox()
        self.side_px.setRange(64, 2048)
        self.side_px.setValue(384)
        self.side_px.setSingleStep(64)
        self.side_px.setSuffix(" px")
        self.side_px.setToolTip("Side of the crop, in the middle of the view")
        self.found = words("")
        column = QVBoxLayout(box)
        here = button("Preview here", self.preview_now, "Segment the middle of the view")
        column.addLayout(row(self.live, self.side_px, here))
        column.addWidget(self.found)
        return box

    def _whole_box(self) -> QGroupBox:
        box = QGroupBox("Whole image")
        self.out = QLineEdit()
        self.out.setToolTip("Folder of the results; the image gets a folder of its own in it")
        copy = button("Copy the command", self.copy_command, "The same from the shell")
        self.whole = ProcessPanel(
            "Segment image", "As 'grainscope run' does", self.run_whole,
            "Nothing half done is left", copy,
        )  # fmt: skip
        self.whole.done.connect(self._open_result)
        column = QVBoxLayout(box)
        column.addLayout(row(QLabel("Results in:"), self.out))
        column.addWidget(self.whole)
        return box

    # What the widget works on

    def began(self) -> None:
        """Take up the film that is open, and every later one."""
        for signal in self._signals():
            signal.connect(self._adopt_session)
        self._adopt_session()

    def ended(self) -> None:
        """Stop what runs."""
        for signal in self._signals():
            signal.disconnect(self._adopt_session)
        self._timer.stop()
        self._again = False
        self.whole.kill()

    def _signals(self) -> tuple[Any, ...]:
        layers = self.viewer.layers
        return layers.events.inserted, layers.selection.events.active

    def _session(self) -> Session | None:
        return session_of(self.viewer)

    def _adopt_session(self, *_: Any) -> None:
        """Begin with the settings of a film that comes up; while it stays, so do the inputs."""
        session = self._session()
        if session is None or (self._begun_with is not None and session is self._begun_with()):
            return
        self._begun_with, self._loaded = ref(session), None
        if not self.out.text():
            self.out.setText(str(session.folder.parent if session.folder else _OUT))
        self._show_tables(session.settings)

    def _show_tables(self, settings: Settings) -> None:
        for table, form in self.forms.items():
            form.show_table(getattr(settings, table))

    def settings(self) -> Settings:
        """Return the settings as the inputs stand; what has none is the file's, or the film's."""
        session = self._session()
        others = self._loaded or (Settings() if session is None else session.settings)
        return others.model_copy(update={name: form.table() for name, form in self.forms.items()})

    def _settings_changed(self) -> None:
        if self.live.isChecked():
            self._timer.start()

    # Preview

    def preview_now(self) -> None:
        """Segment the crop in the middle of the view, in a thread."""
        session = self._session()
        if session is None:
            show_info("Open a micrograph or a result first")
            return
        if self._worker is not None:  # one at a time: the latest settings are taken afterwards
            self._again = True
            return
        pixel = session.micrograph.pixel_size.um
        centre = (
            self.viewer.scene.camera.center[-2] / pixel,
            self.viewer.scene.camera.center[-1] / pixel,
        )
        crop, corner = segmenting.cropped(session.micrograph, centre, self.side_px.value())
        try:
            settings = self.settings()
        except ValueError as error:
            show_error(str(error))
            return
        self.found.setText("segmenting…")
        self._worker = _preview_worker(crop, settings, self._model_path)
        self._previewing, self._corner = session, corner
        # Bound methods: after the widget's end they are not called.
        self._worker.returned.connect(self._show_preview)
        self._worker.errored.connect(self._tell)
        self._worker.finished.connect(self._preview_done)
        self._worker.start()

    def _tell(self, error: Exception) -> None:
        self.found.setText(one_line(error))

    def _show_preview(self, segmented: Segmentation) -> None:
        if not self._is_at_work:
            return
        self._previewed = segmented
        pixel = segmented.pixel_size
        shift = tuple(place * pixel.um for place in self._corner)
        session = self._previewing
        remove_beside(self.viewer, session, PREVIEW)
        where = {"translate": shift, "opacity": 0.5} | placed(pixel)
        layer: Any = add_beside(self.viewer, session, PREVIEW, (segmented.labels, where, "labels"))
        layer.contour = 2
        told = f"{segmented.n_grains} grains in {' × '.join(map(str, segmented.labels.shape))} px"
        self.found.setText("; ".join([told, *segmented.warnings]))

    def _preview_done(self) -> None:
        self._worker = None
        if self._again:
            self._again = False
            self.preview_now()

    # The whole image

    def arguments(self) -> list[str] | None:
        """Return the words of the command for the image that is shown, None without one."""
        session = self._session()
        if session is None or session.image is None:
            show_info("Open a micrograph or a result first")
            return None
        out = Path(self.out.text() or _OUT)
        try:
            settings = self.settings()
        except ValueError as error:
            show_error(one_line(error))
            return None
        return segmenting.run_arguments(session.image, out, settings, self._model_path)

    def copy_command(self) -> None:
        """Put the command into the clipboard."""
        arguments = self.arguments()
        if arguments is not None:
            command = segmenting.shell_command(arguments)
            QApplication.clipboard().setText(command)
            self.whole.state.setText(f"copied: {command}")

    def run_whole(self) -> None:
        """Segment the image in a process of its own, and open the result."""
        arguments, session = self.arguments(), self._session()
        if arguments is None or session is None or session.image is None:
            return
        self._running = session, Path(self.out.text() or _OUT), self.settings()
        self.whole.run(arguments)

    def _open_result(self) -> None:
        before, out, asked = self._running
        assert before.image is not None
        try:
            session = open_session(segmenting.result_of(before.image, out))
        except GrainscopeError as error:
            show_error(one_line(error))
            return
        if any(
            getattr(session.settings, t) != getattr(asked, t) for t in segmenting.SEGMENT_TABLES
        ):
            show_error(
                f"{session.folder} holds manual corrections and was kept as it is: choose another "
                "folder, or copy the command and add --discard-edits"
            )
            return
        close_session(self.viewer, before)
        show(self.viewer, session)

    # Settings and models

    def _load_settings(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Settings", "", "Settings (*.toml)")
        if name:
            self.load_settings(Path(name))

    def load_settings(self, path: Path) -> None:
        """Take the settings of a file."""
        try:
            self._loaded = parse_settings(path.read_text(encoding="utf-8"), str(path))
        except (OSError, UnicodeDecodeError, GrainscopeError) as error:
            show_error(one_line(error))
            return
        self._show_tables(self._loaded)
        self._settings_changed()

    def _save_settings(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Settings", "settings.toml")
        if name:
            self.save_settings(Path(name))

    def save_settings(self, path: Path) -> None:
        """Write the settings as the inputs stand, for ``--settings``."""
        try:
            path.write_text(commented_toml(self.settings()), encoding="utf-8")
        except (OSError, ValueError) as error:
            show_error(one_line(error))

    def _load_model(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Model", "models", "Model (*.json)")
        if name:
            self.load_model(Path(name))

    def load_model(self, path: Path) -> None:
        """Segment with a saved model from now on."""
        try:
            files.load_model(path)
        except GrainscopeError as error:
            show_error(one_line(error))
            return
        self._model_path = path
        self.model.setText(path.name)
        self._settings_changed()

    def _save_model(self) -> None:
        model = self._previewed.model if self._previewed else None
        if not isinstance(model, ClusterModel):
            show_info("Only a clustering can be saved here: preview with method 'fast' first")
            return
        name, _ = QFileDialog.getSaveFileName(self, "Model", "models/clustering.json")
        if name:
            try:
                files.save_model(model, Path(name))
            except GrainscopeError as error:
                show_error(one_line(error))


@thread_worker(ignore_errors=True)
def _preview_worker(crop: Any, settings: Settings, model_path: Path | None) -> Segmentation:
    return segmenting.preview(crop, settings, segmenting.model_for(settings, model_path))
