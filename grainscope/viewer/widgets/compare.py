"""The Compare widget: the grains beside a truth or a second result, and where they differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.colormaps import DirectLabelColormap
from napari.utils.notifications import show_error, show_info
from qtpy.QtWidgets import QCheckBox, QFileDialog, QLabel

from grainscope.errors import GrainscopeError
from grainscope.viewer.comparing import compare_labels, read_reference
from grainscope.viewer.following import FilmWidget
from grainscope.viewer.layers import micrograph_layer, placed
from grainscope.viewer.showing import add_beside, remove_beside
from grainscope.viewer.widgets.parts import button, one_line, row, scrolling_column, words

if TYPE_CHECKING:
    import numpy as np
    from napari import Viewer
    from numpy.typing import NDArray

    from grainscope.viewer.comparing import Comparison
    from grainscope.viewer.session import Session

REFERENCE, MISSED, SPURIOUS = "reference", "missed", "spurious"
#: The micrograph once more, under the reference.
BESIDE = "micrograph beside"
#: Space between the two pictures, as part of the image's width.
_SPACE = 0.04
_MISSED_COLOUR, _SPURIOUS_COLOUR = "#d55e00", "#56b4e9"


class CompareWidget(FilmWidget):
    """Score the grains against a reference; show missed and spurious ones."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__(napari_viewer)
        self._reference: NDArray[np.integer] | None = None
        self._name = ""
        self._shown_with: Session | None = None
        self._build()
        self.start()

    def _build(self) -> None:
        column = scrolling_column(self)
        self.told = words("")
        image = button("Label image…", self._ask_image, "Drawn by hand, or by another program")
        result = button("Result…", self._ask_result, "A second result folder of the same image")
        column.addWidget(QLabel("Compare the grains with:"))
        column.addLayout(row(image, result))
        self.beside = QCheckBox("side by side")
        self.beside.setToolTip("The reference to the right of the film, or on top of it")
        self.beside.setChecked(True)
        self.beside.toggled.connect(lambda _on: self._show())
        again = button("Compare again", self.compare, "After corrections")
        column.addLayout(row(self.beside, again))
        column.addWidget(self.told)
        column.addStretch()

    def film_shown(self) -> None:
        """Forget the reference of another film; after an edit the scores are old."""
        session = self.session
        if self._reference is not None and session is not self._shown_with:
            self._reference = None
            self._remove()
        if session is None or session.film is None:
            self.told.setText("Open a result first.")
        elif self._reference is None:
            self.told.setText("")
        elif not self.told.text().startswith("The grains were changed"):
            self.told.setText(f"The grains were changed since:\n{self.told.text()}")

    def _ask_image(self) -> None:
        kinds = "Labels (*.tif *.tiff *.png *.npy)"
        name, _ = QFileDialog.getOpenFileName(self, "Labels to compare with", "", kinds)
        if name:
            self.compare_with(Path(name))

    def _ask_result(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Result to compare with")
        if name:
            self.compare_with(Path(name))

    def compare_with(self, path: Path) -> None:
        """Take a label image or a result folder as the reference."""
        if self.session is None or self.session.film is None:
            show_info("Open a result first")
            return
        shape = self.session.micrograph.intensity.shape
        try:
            self._reference = read_reference(path, (shape[0], shape[1]))
        except (GrainscopeError, ValueError) as error:
            show_error(one_line(error))
            return
        self._name = path.name
        self.compare()

    def compare(self) -> None:
        """Score the grains as they are now, and show where they differ."""
        session = self.session
        if session is None or session.film is None or self._reference is None:
            show_info("Choose what to compare with first")
            return
        self.found: Comparison = compare_labels(session.film.labels, self._reference)
        self.told.setText(f"Against {self._name}:\n{self.found.words}")
        self._show()

    def _show(self) -> None:
        self._remove()
        session = self.session
        if session is None or self._reference is None:
            return
        pixel = session.micrograph.pixel_size
        width_um = session.micrograph.intensity.shape[1] * pixel.um
        shift = {"translate": (0.0, (1 + _SPACE) * width_um)} if self.beside.isChecked() else {}
        if shift:
            grey, shown, kind = micrograph_layer(session.micrograph)
            del shown["name"]
            add_beside(self.viewer, session, BESIDE, (grey, shown | shift, kind))
        self._add(REFERENCE, self._reference, shift, visible=bool(shift))
        self._add(MISSED, self.found.missed, shift, colour=_MISSED_COLOUR)
        self._add(SPURIOUS, self.found.spurious, {}, colour=_SPURIOUS_COLOUR)
        self.viewer.reset_view()

    def _add(
        self, role: str, labels: Any, shift: dict[str, Any], colour: str = "", visible: bool = True
    ) -> None:
        session = self.session
        assert session is not None
        shown = {"visible": visible, "opacity": 0.45} | placed(session.micrograph.pixel_size)
        layer: Any = add_beside(self.viewer, session, role, (labels, shown | shift, "labels"))
        if colour:
            layer.colormap = DirectLabelColormap(color_dict={None: colour, 0: "transparent"})
            layer.contour = 2
            layer.opacity = 1.0

    def _remove(self) -> None:
        if self._shown_with is not None:
            remove_beside(self.viewer, self._shown_with, BESIDE, REFERENCE, MISSED, SPURIOUS)
        self._shown_with = self.session
