"""Measured transport: rows as they were read, and curves ready to be fitted."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

import numpy as np

from grainscope.records.record import freeze_columns, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: What a curve runs along.
Axis = Literal["temperature_k", "field_t", "current_a"]
#: What is measured along it.
Quantity = Literal["resistivity_ohm_sq", "hall_resistance_ohm", "dvdi_ohm_sq"]
#: Columns that ride along with a curve: readings that are neither axis nor quantity.
BESIDE = ("excitation_a", "rf_transmitted_dbm")


@record
class UnusableRow:
    """A row of a file that was left out, and why.

    Attributes
    ----------
    file : str
        Name of the file.
    line : int
        Its line, the first being 1.
    reason : str
        One phrase.
    """

    file: str
    line: int
    reason: str


@record
class TransportData:
    """N rows of measurement; NaN or an empty text where a thing was not recorded.

    Attributes
    ----------
    temperature_k, temperature_error_k : ndarray of float64, shape (N,)
    field_t : ndarray of float64, shape (N,)
        Perpendicular field as the magnet's supply has it, trapped flux included.
    resistivity_ohm_sq, resistivity_error_ohm_sq : ndarray of float64, shape (N,)
        Sheet resistivity, and its stated standard deviation.
    hall_resistance_ohm : ndarray of float64, shape (N,)
        R_xy.
    dvdi_ohm_sq : ndarray of float64, shape (N,)
        Differential sheet resistivity.
    current_a, excitation_a : ndarray of float64, shape (N,)
        Direct bias, and the lock-in's excitation (rms).
    rf_frequency_hz, rf_power_dbm : ndarray of float64, shape (N,)
        Of a signal injected; NaN for none. The power is that of the generator.
    rf_transmitted_dbm : ndarray of float64, shape (N,)
        Power of the signal that reaches the film, measured or estimated.
    gate_v : ndarray of float64, shape (N,)
    sample, stage, condition, sweep_direction : ndarray of str, shape (N,)
        Film; anneal stage; RF port or filter; ``"up"`` or ``"down"``.
    file : ndarray of int64, shape (N,)
        Place in ``files``.
    line : ndarray of int64, shape (N,)
        Line in that file, the first being 1.
    files : tuple of str
        Names of the files.
    unusable : tuple of UnusableRow
        Rows left out.
    warnings : tuple of str
        What is odd but was read, such as a field that looks like oersted.
    """

    temperature_k: NDArray[np.float64]
    temperature_error_k: NDArray[np.float64]
    field_t: NDArray[np.float64]
    resistivity_ohm_sq: NDArray[np.float64]
    resistivity_error_ohm_sq: NDArray[np.float64]
    hall_resistance_ohm: NDArray[np.float64]
    dvdi_ohm_sq: NDArray[np.float64]
    current_a: NDArray[np.float64]
    excitation_a: NDArray[np.float64]
    rf_frequency_hz: NDArray[np.float64]
    rf_power_dbm: NDArray[np.float64]
    rf_transmitted_dbm: NDArray[np.float64]
    gate_v: NDArray[np.float64]
    sample: NDArray[np.str_]
    stage: NDArray[np.str_]
    condition: NDArray[np.str_]
    sweep_direction: NDArray[np.str_]
    file: NDArray[np.int64]
    line: NDArray[np.int64]
    files: tuple[str, ...]
    unusable: tuple[UnusableRow, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        texts = dict.fromkeys(self.text_columns(), np.str_)
        floats = dict.fromkeys(self.number_columns(), np.float64)
        freeze_columns(self, {**floats, **texts, "file": np.int64, "line": np.int64})

    @classmethod
    def number_columns(cls) -> tuple[str, ...]:
        """Return the names of the columns of numbers that were measured or set."""
        names = list(cls.__dataclass_fields__)
        return tuple(names[: names.index("sample")])

    @classmethod
    def text_columns(cls) -> tuple[str, ...]:
        """Return the names of the columns of text."""
        return ("sample", "stage", "condition", "sweep_direction")


@record
class TransportCurve:
    """One quantity along one axis, all else held; shape (K,), the axis ascending.

    Fields are those at the film: the offset of the magnet has been taken off.

    Attributes
    ----------
    sample : str
    along : {"temperature_k", "field_t", "current_a"}
        The axis.
    quantity : {"resistivity_ohm_sq", "hall_resistance_ohm", "dvdi_ohm_sq"}
        What ``value`` is.
    selection : mapping
        What is held: ``stage``, ``temperature_k``, ``field_t``, ``gate_v``,
        ``rf_frequency_hz``, ``rf_power_dbm``, ``condition``, ``current_a``, those
        that the data have.
    temperature_k, field_t, current_a : ndarray of float64
        All three for each row, NaN where not recorded.
    value : ndarray of float64
        In the unit of ``quantity``; at a censored row its upper limit.
    error : ndarray of float64
        One standard deviation, above 0.
    censored : ndarray of bool
        Whether the row is only an upper limit, at the noise floor.
    direction : ndarray of int64
        Of the sweep: 1 up, -1 down, 0 not known.
    field_offset_error_t : float
        Standard deviation of the offset that was taken off; 0 where none was sought.
    floor : float
        The noise floor in the unit of ``quantity``; 0 where none is known.
    beside : mapping of str to ndarray of float64
        What else was read in each row, of `BESIDE`, those that the data have.
    """

    sample: str
    along: Axis
    quantity: Quantity
    selection: Mapping[str, float | str]
    temperature_k: NDArray[np.float64]
    field_t: NDArray[np.float64]
    current_a: NDArray[np.float64]
    value: NDArray[np.float64]
    error: NDArray[np.float64]
    censored: NDArray[np.bool_]
    direction: NDArray[np.int64]
    field_offset_error_t: float = 0.0
    floor: float = 0.0
    beside: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        floats = ("temperature_k", "field_t", "current_a", "value", "error")
        columns = dict.fromkeys(floats, np.float64)
        freeze_columns(self, {**columns, "censored": np.bool_, "direction": np.int64})

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.value)

    @property
    def x(self) -> NDArray[np.float64]:
        """The axis that the curve runs along."""
        column: NDArray[np.float64] = getattr(self, self.along)
        return column

    @property
    def stage(self) -> str:
        """The anneal stage, empty where the data name none."""
        return str(self.selection.get("stage", ""))

    @property
    def state(self) -> tuple[tuple[str, float | str], ...]:
        """What is held besides temperature, field and current: stage, gate, RF, condition."""
        axes = ("temperature_k", "field_t", "current_a")
        return tuple((k, v) for k, v in sorted(self.selection.items()) if k not in axes)

    @property
    def undisturbed(self) -> bool:
        """Whether neither an RF signal nor another condition was applied."""
        return not {"rf_frequency_hz", "rf_power_dbm", "condition"} & set(self.selection)

    def at(self, name: str) -> float:
        """Return a number that is held, such as ``"temperature_k"``; NaN where it is not."""
        value = self.selection.get(name, float("nan"))
        return float(value) if not isinstance(value, str) else float("nan")
