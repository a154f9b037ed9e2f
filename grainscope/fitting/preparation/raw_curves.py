"""TransportData → rows that belong to one curve, before offset and noise are known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, cast

import numpy as np

from grainscope.fitting.preparation.sweeps import AXES, set_points, split_sweeps, tolerances

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from grainscope.records import TransportData
    from grainscope.records.transport_data import Axis, Quantity
    from grainscope.settings import FittingSettings

    Rows = NDArray[np.int64]

QUANTITIES: tuple[Quantity, ...] = ("resistivity_ohm_sq", "hall_resistance_ohm", "dvdi_ohm_sq")
#: Fewer different values along the axis are no curve.
LEAST_POINTS = 5
#: What a condition is called where there is none.
_PLAIN = frozenset({"", "none", "no rf", "rf off", "off"})
_STATE = ("stage", "condition", "gate_v", "rf_frequency_hz", "rf_power_dbm")


@dataclass(frozen=True)
class RawCurve:
    """Rows of one curve.

    Attributes
    ----------
    number : int
        Place among the curves of the data.
    sample : str
    quantity, along : str
        As of `TransportCurve`.
    state : mapping
        What is held besides the axes.
    rows : ndarray of int64, shape (K,)
        In `TransportData`, the axis ascending.
    direction : ndarray of int64, shape (K,)
        1 up, -1 down, 0 not known.
    """

    number: int
    sample: str
    quantity: Quantity
    along: Axis
    state: Mapping[str, float | str]
    rows: Rows
    direction: NDArray[np.int64]


@dataclass(frozen=True)
class _Piece:
    along: Axis
    held: tuple[float, ...]
    rows: Rows
    direction: NDArray[np.int64]


def raw_curves(
    data: TransportData, axes: Mapping[str, NDArray[np.float64]], settings: FittingSettings
) -> tuple[list[RawCurve], Rows]:
    """Return the curves of all samples, and the rows that belong to none.

    Rows of one state of a sample are split into sweeps file by file; sweeps of the same
    set points, such as up and down, are one curve. Isotherms and fields that the settings
    name are cut from all rows of the state besides.

    Parameters
    ----------
    data : TransportData
        N rows.
    axes : mapping of str to ndarray of float64, each of shape (N,)
        Temperature, field and current to use, NaN where not recorded.
    settings : FittingSettings
        ``temperature_tolerance``, ``field_tolerance_t``, ``temperatures_k``, ``fields_t``.
    """
    curves: list[RawCurve] = []
    used = np.zeros(len(data.file), bool)
    for rows, state in _states(data):
        for quantity in QUANTITIES:
            here = rows[np.isfinite(getattr(data, quantity)[rows])]
            if len(here) < LEAST_POINTS:
                continue
            sample = str(data.sample[here[0]])
            pieces = [
                p for part in _by_file(data, here) for p in _pieces(data, axes, part, settings)
            ]
            pieces += _cuts(axes, here, settings)
            for merged in _merged(pieces, settings):
                joined, way = _joined(merged, axes[merged[0].along])
                if len(np.unique(axes[merged[0].along][joined])) < LEAST_POINTS:
                    continue
                curves.append(
                    RawCurve(len(curves), sample, quantity, merged[0].along, state, joined, way)
                )
                used[joined] = True
    return curves, np.flatnonzero(~used)


def _states(data: TransportData) -> Iterator[tuple[Rows, dict[str, float | str]]]:
    """Go through the rows of equal sample, stage, gate, RF and condition."""
    texts = [tuple(map(str, row)) for row in zip(*(_keys(data)), strict=True)]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    for _key, group in groupby(order, key=texts.__getitem__):
        rows = np.array(list(group), np.int64)
        state: dict[str, float | str] = {}
        for name in _STATE:
            value = getattr(data, name)[rows[0]]
            if isinstance(value, str) and value.lower() not in _PLAIN:
                state[name] = str(value)
            elif not isinstance(value, str) and np.isfinite(value) and _is_on(name, float(value)):
                state[name] = float(value)
        if "rf_frequency_hz" not in state:
            state.pop("rf_power_dbm", None)
        yield rows, state


def _keys(data: TransportData) -> list[NDArray[np.generic]]:
    frequency = np.where(data.rf_frequency_hz > 0, data.rf_frequency_hz, np.nan)
    power = np.where(np.isnan(frequency), np.nan, data.rf_power_dbm)
    return [data.sample, data.stage, data.condition, data.gate_v, frequency, power]


def _is_on(name: str, value: float) -> bool:
    return name != "rf_frequency_hz" or value > 0


def _by_file(data: TransportData, rows: Rows) -> list[Rows]:
    return [rows[data.file[rows] == number] for number in np.unique(data.file[rows])]


def _pieces(
    data: TransportData,
    axes: Mapping[str, NDArray[np.float64]],
    rows: Rows,
    settings: FittingSettings,
) -> list[_Piece]:
    part = {name: axes[name][rows] for name in AXES}
    width = tolerances(part, 2 * settings.temperature_tolerance, settings.field_tolerance_t)
    pieces = []
    for sweep in split_sweeps(part, width):
        if len(sweep.rows) < 2:
            continue
        inside = rows[sweep.rows]
        along = cast("Axis", sweep.along)
        pieces.append(
            _Piece(along, _held(axes, along, inside), inside, _way(data, axes, along, inside))
        )
    return pieces


def _held(axes: Mapping[str, NDArray[np.float64]], along: str, rows: Rows) -> tuple[float, ...]:
    return tuple(float(np.median(axes[name][rows])) for name in AXES if name != along)


def _way(
    data: TransportData, axes: Mapping[str, NDArray[np.float64]], along: str, rows: Rows
) -> NDArray[np.int64]:
    """Return the direction of each row: as the data say, else that of the step there."""
    words = np.char.lower(data.sweep_direction[rows].astype(str))
    stated = np.where(words == "up", 1, np.where(words == "down", -1, 0))
    step = np.sign(np.nan_to_num(np.gradient(axes[along][rows]))).astype(np.int64)
    return np.where(stated == 0, step, stated)


def _cuts(
    axes: Mapping[str, NDArray[np.float64]], rows: Rows, settings: FittingSettings
) -> list[_Piece]:
    """Cut isotherms and constant fields that the settings name, from all rows."""
    pieces = []
    for value in settings.temperatures_k:
        near = np.abs(axes["temperature_k"][rows] / value - 1) <= settings.temperature_tolerance
        pieces.append(
            _Piece("field_t", (value, np.nan), rows[near], np.zeros(near.sum(), np.int64))
        )
    for value in settings.fields_t:
        width = max(settings.field_tolerance_t, 0.002 * abs(value))
        near = np.abs(axes["field_t"][rows] - value) <= width
        pieces.append(
            _Piece("temperature_k", (value, np.nan), rows[near], np.zeros(near.sum(), np.int64))
        )
    return [piece for piece in pieces if len(piece.rows) >= LEAST_POINTS]


def _joined(pieces: list[_Piece], along: NDArray[np.float64]) -> tuple[Rows, NDArray[np.int64]]:
    """Return the rows of pieces along the axis, each once, and their directions."""
    rows, first = np.unique(np.concatenate([piece.rows for piece in pieces]), return_index=True)
    way = np.concatenate([piece.direction for piece in pieces])[first]
    order = np.argsort(along[rows], kind="stable")
    return rows[order], way[order]


def _merged(pieces: list[_Piece], settings: FittingSettings) -> Iterator[list[_Piece]]:
    """Join the sweeps of equal set points."""
    share = settings.temperature_tolerance
    for along in AXES:
        same = [piece for piece in pieces if piece.along == along]
        if not same:
            continue
        held = np.array([piece.held for piece in same])
        names = [name for name in AXES if name != along]
        points = {name: held[:, k] for k, name in enumerate(names)} | {along: held[:, 0]}
        # Medians lie closer to a set point than rows do: twice the share is their whole width.
        width = tolerances(points, share, settings.field_tolerance_t)
        which = [set_points(points[name], 2 * width[name])[0] for name in names]
        for key in sorted(set(zip(*which, strict=True))):
            yield [p for p, k in zip(same, zip(*which, strict=True), strict=True) if k == key]
