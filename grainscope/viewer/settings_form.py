"""A form for one table of the settings: an input for each entry, made from its declaration.

A new setting shows in the window without a line of code here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import ValidationError
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QSpinBox,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.fields import FieldInfo

    from grainscope.settings.stage import StageSettings

#: Largest number that an input without a stated bound takes.
_UNBOUNDED = 1_000_000


class SettingsForm(QWidget):
    """Inputs for the entries of one table.

    Parameters
    ----------
    table : StageSettings
        The values to begin with.

    Attributes
    ----------
    changed : Signal
        An entry was changed by a person.
    """

    changed = Signal()

    def __init__(self, table: StageSettings) -> None:
        super().__init__()
        self._inputs: dict[str, _Input] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for name, field in type(table).model_fields.items():
            made = _input_for(field)
            made.widget.setToolTip(field.description or "")
            made.widget.setObjectName(name)
            self._inputs[name] = made
            layout.addRow(name.replace("_", " "), made.widget)
        self.show_table(table)
        for made in self._inputs.values():
            made.on_change(self.changed.emit)

    def show_table(self, table: StageSettings) -> None:
        """Put other values into the inputs, without telling anybody."""
        self._table = table
        for name, made in self._inputs.items():
            made.widget.blockSignals(True)
            made.write(getattr(table, name))
            made.widget.blockSignals(False)
        self._shown = {name: made.read() for name, made in self._inputs.items()}

    def table(self) -> StageSettings:
        """Return the values as they stand: those that nobody changed with all their digits.

        Raises
        ------
        ValueError
            An entry is out of its bounds; the message is one line.
        """
        values = {name: made.read() for name, made in self._inputs.items()}
        changed = {name: value for name, value in values.items() if value != self._shown[name]}
        try:
            return type(self._table).model_validate(self._table.model_dump() | changed)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{first['loc'][0]}: {first['msg']}") from error


class _Input:
    """One input: its widget, and how its value is read, written and watched."""

    def __init__(
        self,
        widget: QWidget,
        read: Callable[[], Any],
        write: Callable[[Any], None],
        signal: Any,
    ) -> None:
        self.widget, self.read, self.write, self._signal = widget, read, write, signal

    def on_change(self, call: Callable[[], None]) -> None:
        self._signal.connect(lambda *_: call())


def _input_for(field: FieldInfo) -> _Input:
    kind = field.annotation
    if get_origin(kind) is Literal:
        return _choice(get_args(kind))
    if kind is bool:
        box = QCheckBox()
        return _Input(box, box.isChecked, box.setChecked, box.toggled)
    return _number(field, QSpinBox() if kind is int else _decimal())


def _choice(words: tuple[str, ...]) -> _Input:
    box = QComboBox()
    box.addItems(list(words))
    return _Input(box, box.currentText, box.setCurrentText, box.currentTextChanged)


def _decimal() -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(3)
    box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
    return box


def _number(field: FieldInfo, box: QSpinBox | QDoubleSpinBox) -> _Input:
    bounds = {type(bound).__name__: bound for bound in field.metadata}
    low = next((getattr(bounds[n], n.lower()) for n in ("Ge", "Gt") if n in bounds), -_UNBOUNDED)
    high = next((getattr(bounds[n], n.lower()) for n in ("Le", "Lt") if n in bounds), _UNBOUNDED)
    whole = isinstance(box, QSpinBox)
    box.setRange(*((int(low), int(high)) if whole else (float(low), float(high))))
    box.setKeyboardTracking(False)
    return _Input(box, box.value, box.setValue, box.valueChanged)
