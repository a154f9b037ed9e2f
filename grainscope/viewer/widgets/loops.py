"""The Network and loops widget: which contacts count, and what follows for field and current."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_info
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QVBoxLayout,
)
from superqt import QLabeledDoubleSlider

from grainscope.network import loops_in_tiles
from grainscope.transport import commensurate
from grainscope.viewer import layers as made
from grainscope.viewer.following import FilmWidget
from grainscope.viewer.prediction import grains_of_loop, loop_words, predict_choice
from grainscope.viewer.segmenting import shell_command
from grainscope.viewer.showing import layer_of
from grainscope.viewer.widgets.parts import button, scrolling_column, words
from grainscope.viewer.widgets.plot import Plot

if TYPE_CHECKING:
    from napari import Viewer

    from grainscope.settings import NetworkSettings
    from grainscope.viewer.session import Session

#: Fields of the curve: enough for the eye.
_FIELDS = 160


class LoopsWidget(FilmWidget):
    """Move gap, smallest grain and field; loops, percolation and predictions follow."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__(napari_viewer)
        self._build()
        self.start()

    def _build(self) -> None:
        column = scrolling_column(self)
        column.addWidget(self._choice_box())
        self.loops, self.percolation, self.fields = (words() for _ in range(3))
        for label in (self.loops, self.percolation, self.fields):
            column.addWidget(label)
        column.addWidget(self._field_box())
        self.plot = Plot(210, "S(B): how much of the loops' flux is whole at each field")
        column.addWidget(self.plot)
        self.loop = words()
        column.addWidget(self.loop)
        self.its_grains = button("Select its grains", self.select_grains, "Those around the loop")
        self.its_grains.setEnabled(False)
        column.addWidget(self.its_grains)
        copy = button(
            "Copy the command", self.copy_command, "'grainscope predict' with these settings"
        )
        column.addWidget(copy)
        column.addStretch()

    def _choice_box(self) -> QGroupBox:
        box = QGroupBox("Contacts that count")
        self.gap_nm, self.diameter_um = _slider(decimals=1), _slider(decimals=3)
        self.gap_nm.setToolTip("network.max_gap_nm: widest gap that counts as a contact")
        self.diameter_um.setToolTip("network.min_grain_diameter_um: smaller grains take no part")
        self.small = QComboBox()
        self.small.addItems(["block", "ignore"])
        self.small.setToolTip(
            "network.small_grains: do smaller grains keep apart those that they lie between?"
        )
        form = QFormLayout(box)
        form.addRow("widest gap (nm)", self.gap_nm)
        form.addRow("smallest grain (µm)", self.diameter_um)
        form.addRow("smaller grains", self.small)
        self.gap_nm.valueChanged.connect(self._choose)
        self.diameter_um.valueChanged.connect(self._choose)
        self.small.currentTextChanged.connect(self._choose)
        return box

    def _field_box(self) -> QGroupBox:
        box = QGroupBox("Field (G)")
        self.field_g = _slider(decimals=1)
        self.field_g.setToolTip("Loops are coloured by their flux in quanta, whole ones taken off")
        self.coloured = QCheckBox("colour loops by flux quanta at this field")
        self.coloured.setToolTip("Otherwise by the field of one quantum")
        column = QVBoxLayout(box)
        column.addWidget(self.field_g)
        column.addWidget(self.coloured)
        self.field_g.valueChanged.connect(lambda _value: self.coloured.setChecked(True))
        self.field_g.valueChanged.connect(self._field_moved)
        self.coloured.toggled.connect(self._field_moved)
        return box

    # What follows the film

    def film_shown(self) -> None:
        """Take up the film: what the sliders reach."""
        session = self.session
        shown = session is not None and session.film is not None
        self.setEnabled(shown)
        if shown:
            self._set_sliders()
        self.draw_soon()

    def choice_shown(self) -> None:
        """Show what other contacts make of the film."""
        self._set_sliders()
        self.draw_soon()

    def loop_shown(self) -> None:
        """Tell of the loop that was clicked."""
        if self.session is not None and self.session.film is not None:
            self.loop.setText(loop_words(self.session))
            self.its_grains.setEnabled(self.session.selected_loop is not None)

    def _set_sliders(self) -> None:
        assert self.session is not None
        assert self.session.film is not None
        chosen, film = self.session.settings.network, self.session.film
        widest = float(film.network.gap_nm.max(initial=0.0))
        largest = float(film.table.equivalent_diameter_um.max(initial=0.0))
        ends = (
            (self.gap_nm, max(min(widest, 500.0), chosen.max_gap_nm, 1.0)),
            (
                self.diameter_um,
                max(largest, chosen.min_grain_diameter_um, 0.01),
            ),
        )
        for slider, end in ends:
            slider.blockSignals(True)
            slider.setRange(0.0, end)
            slider.blockSignals(False)
        _set_silently(self.gap_nm, chosen.max_gap_nm)
        _set_silently(self.diameter_um, chosen.min_grain_diameter_um)
        self.small.blockSignals(True)
        self.small.setCurrentText(chosen.small_grains)
        self.small.blockSignals(False)

    def draw(self) -> None:
        """Write the words and draw the curve of what is chosen now."""
        session = self.session
        if session is None or session.film is None:
            for label in (self.percolation, self.fields, self.loop):
                label.setText("")
            self.loops.setText("Open a result: File → Open Folder, or drop OUT/STEM here.")
            return
        told = predict_choice(session)
        self.loops.setText(told.loops)
        self.percolation.setText(told.percolation)
        self.fields.setText(told.fields)
        self.loop_shown()
        self._draw_curve()

    def _draw_curve(self) -> None:
        from grainscope.viewer.field_plot import plot_whole_flux

        session = self.session
        assert session is not None
        micrograph = session.micrograph
        tiled = loops_in_tiles(session.choice.loops, micrograph.frame, micrograph.pixel_size)
        settings = session.settings.transport.model_copy(update={"field_points": _FIELDS})
        curve = commensurate(tiled, settings, np.random.default_rng(0))
        if len(curve.field_g):
            self.field_g.setRange(0.0, float(curve.field_g[-1]))
        self._line = plot_whole_flux(self.plot.axes, curve, self.field_g.value())
        self._line.set_visible(self.coloured.isChecked())
        self.plot.show_drawn(self.viewer.theme)

    # What a person does

    def chosen(self) -> NetworkSettings:
        """Return the network settings as the sliders stand."""
        assert self.session is not None
        return self.session.settings.network.model_copy(
            update={
                "max_gap_nm": round(self.gap_nm.value(), 2),
                "min_grain_diameter_um": round(self.diameter_um.value(), 4),
                "small_grains": self.small.currentText(),
            }
        )

    def _choose(self, _value: Any = None) -> None:
        session = self.session
        if session is None or session.film is None:
            return
        self._uncover(session)
        session.choose(self.chosen())

    def _uncover(self, session: Session) -> None:
        """Make the loops seen: who moves a slider wants to see what it does."""
        layer = layer_of(self.viewer, session, made.LOOPS)
        if layer is not None:
            layer.visible = True

    def _field_moved(self, _value: Any = None) -> None:
        session = self.session
        if session is None or session.film is None:
            return
        if self.coloured.isChecked():
            self._uncover(session)
        session.show_field(self.field_g.value() if self.coloured.isChecked() else None)
        if hasattr(self, "_line"):
            self._line.set_xdata([self.field_g.value()] * 2)
            self._line.set_visible(self.coloured.isChecked())
            self.plot.show_drawn()

    def select_grains(self) -> None:
        """Select the grains around the loop that was clicked."""
        session = self.session
        if session is not None and session.selected_loop is not None:
            session.select(grains_of_loop(session, session.selected_loop))

    def copy_command(self) -> None:
        """Put the command that makes these predictions into the clipboard."""
        session = self.session
        if session is None or session.folder is None:
            show_info("This film is in no result folder: segment and save it first")
            return
        arguments = ["predict", str(session.folder)]
        for name in ("max_gap_nm", "min_grain_diameter_um", "small_grains"):
            arguments += ["--set", f"network.{name}={getattr(self.chosen(), name)}"]
        command = shell_command(arguments)
        QApplication.clipboard().setText(command)
        show_info(f"copied: {command}")


def _slider(decimals: int) -> QLabeledDoubleSlider:
    slider = QLabeledDoubleSlider(Qt.Orientation.Horizontal)
    slider.setDecimals(decimals)
    return slider


def _set_silently(slider: QLabeledDoubleSlider, value: float) -> None:
    slider.blockSignals(True)
    slider.setValue(value)
    slider.blockSignals(False)
