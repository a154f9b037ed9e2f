"""The Grains widget: sizes of all grains, the row of one, and the grains of a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGroupBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from grainscope.viewer.following import FilmWidget
from grainscope.viewer.widgets.parts import button, row, scrolling_column, words
from grainscope.viewer.widgets.plot import Plot

if TYPE_CHECKING:
    from napari import Viewer

#: Columns that say which grain it is, not how it is.
_NOT_DESCRIPTORS = ("index", "label", "y_um", "x_um")
#: Of the ends of a range: the smallest grains have some 1e-5 µm².
_DECIMALS = 6


class GrainsWidget(FilmWidget):
    """Select grains by size or by any descriptor, and see the row of one."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__(napari_viewer)
        self._build()
        self.start()

    def _build(self) -> None:
        column = scrolling_column(self)
        self.hint = words("Open a result: File → Open Folder, or drop OUT/STEM here.")
        column.addWidget(self.hint)
        self.plot = Plot(260, "Drag over the histogram to select the grains of a range of areas")
        column.addWidget(self.plot)
        column.addWidget(self._filter_box())
        self.counted = words("")
        column.addWidget(self.counted)
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(["column", "grain"])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setMinimumHeight(220)
        self.table.setToolTip("The row of the grain that was clicked, as in grains.csv")
        column.addWidget(self.table)

    def _filter_box(self) -> QGroupBox:
        box = QGroupBox("Select by a descriptor")
        self.descriptor = QComboBox()
        self.descriptor.setToolTip("Any column of grains.csv")
        self.descriptor.currentTextChanged.connect(self._offer_range)
        self.low, self.high = QDoubleSpinBox(), QDoubleSpinBox()
        for end, word in ((self.low, "from"), (self.high, "to")):
            end.setDecimals(_DECIMALS)
            end.setRange(-1e9, 1e9)
            end.setPrefix(f"{word} ")
            end.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
            end.setKeyboardTracking(False)
        choose = button("Select", self.select_filtered, "Select the grains of this range")
        clear = button("Clear", lambda: self._select(()), "Select none")
        column = QVBoxLayout(box)
        column.addWidget(self.descriptor)
        column.addLayout(row(self.low, self.high))
        column.addLayout(row(choose, clear))
        return box

    # What follows the film

    def film_shown(self) -> None:
        """Take up the film: its columns, its sizes."""
        session = self.session
        there = session is not None and session.film is not None
        self.hint.setVisible(not there)
        columns = session.features.columns if session is not None and there else ()
        names = [str(name) for name in columns if name not in _NOT_DESCRIPTORS]
        if names != [self.descriptor.itemText(i) for i in range(self.descriptor.count())]:
            self.descriptor.clear()
            self.descriptor.addItems(names)
        self.draw_soon()

    def selection_shown(self) -> None:
        """Show which grains are selected."""
        self.draw_soon()

    def draw(self) -> None:
        """Draw the histogram, and write the row of a single grain."""
        from matplotlib.widgets import SpanSelector

        from grainscope.viewer.size_plot import plot_sizes

        session, axes = self.session, self.plot.axes
        if session is None or session.film is None:
            plot_sizes(axes, np.zeros(0), np.zeros(0, np.bool_), 10)
            self.plot.show_drawn(self.viewer.theme)
            self.counted.setText("")
            self.table.setRowCount(0)
            return
        film = session.film
        selected = np.isin(film.ids, session.selected_ids)
        per_decade = session.settings.grains.bins_per_decade
        plot_sizes(axes, film.table.log10_area_um2, selected, per_decade)
        self._span = SpanSelector(
            axes, self.select_range, "horizontal", useblit=True,
            props={"alpha": 0.25, "facecolor": "tab:orange"},
        )  # fmt: skip
        self.plot.show_drawn(self.viewer.theme)
        self.counted.setText(f"{film.table.n_grains:,} grains, {selected.sum():,} selected")
        self._show_row(session.features[selected])

    def _show_row(self, rows: Any) -> None:
        self.table.setRowCount(len(rows.columns) if len(rows) == 1 else 0)
        if len(rows) != 1:
            return
        for at, (name, value) in enumerate(rows.iloc[0].items()):
            text = f"{value:.6g}" if isinstance(value, float) else str(value)
            self.table.setItem(at, 0, QTableWidgetItem(str(name)))
            self.table.setItem(at, 1, QTableWidgetItem(text))

    # What a person does

    def select_range(self, low: float, high: float) -> None:
        """Select the grains whose log10 area lies in a range; a mere click selects none."""
        session = self.session
        if session is None or session.film is None:
            return
        values = session.film.table.log10_area_um2
        self._select(session.film.ids[(values >= low) & (values <= high)] if high > low else ())

    def select_filtered(self) -> None:
        """Select the grains whose descriptor lies between the two ends."""
        session = self.session
        if session is None or session.film is None:
            return
        values = session.features[self.descriptor.currentText()].to_numpy(float)
        within = (values >= self.low.value()) & (values <= self.high.value())
        self._select(session.film.ids[within])

    def _select(self, ids: Any) -> None:
        if self.session is not None and self.session.film is not None:
            self.session.select(ids)

    def _offer_range(self, name: str) -> None:
        session = self.session
        if session is None or session.film is None or name not in session.features:
            return
        values = session.features[name].to_numpy(float)
        values = values[np.isfinite(values)]
        if len(values):
            self.low.setValue(float(np.floor(values.min() * 10**_DECIMALS) / 10**_DECIMALS))
            self.high.setValue(float(np.ceil(values.max() * 10**_DECIMALS) / 10**_DECIMALS))
