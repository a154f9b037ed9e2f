"""The small pieces that all widgets are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable

#: So many letters of a name are shown.
_LONGEST = 40


def button(text: str, call: Callable[[], object], tip: str) -> QPushButton:
    """Return a button that calls something, with a tooltip."""
    made = QPushButton(text)
    made.setToolTip(tip)
    made.clicked.connect(lambda *_: call())
    return made


def words(text: str = "") -> QLabel:
    """Return a text that wraps; a long word is cut off and does not widen the column."""
    label = QLabel()
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setWordWrap(True)
    label.setText(text)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def shortened(name: str) -> str:
    """Return a name without its middle where it is long: the ends tell films apart."""
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[:half]}…{name[-half:]}"


def row(*widgets: QWidget) -> QHBoxLayout:
    """Return widgets side by side."""
    layout = QHBoxLayout()
    for widget in widgets:
        layout.addWidget(widget)
    return layout


def scrolling_column(owner: QWidget) -> QVBoxLayout:
    """Give a widget a column that scrolls where the window is too low for it."""
    inner = QWidget()
    column = QVBoxLayout(inner)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setWidget(inner)
    outer = QVBoxLayout(owner)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(scroll)
    return column


def one_line(error: BaseException) -> str:
    """Return what an error says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
