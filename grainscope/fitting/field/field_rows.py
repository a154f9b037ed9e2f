"""Isotherms: which curves along the field are fitted, and their rows by size of the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.transport_fit import skipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grainscope.records.transport_data import TransportCurve
    from grainscope.records.transport_fit import TransportFit

    Column = NDArray[np.float64]


@dataclass(frozen=True)
class FieldRows:
    """K rows of an isotherm, by ascending size of the field, none at zero field.

    Attributes
    ----------
    field_t : ndarray of float64, shape (K,)
        With its sign, which tells a rest of the offset from the law.
    resistivity_ohm_sq, error_ohm_sq : ndarray of float64, shape (K,)
    censored : ndarray of bool, shape (K,)
        Upper limits.
    offset_error_t : float
        Standard deviation of an offset common to all rows.
    """

    field_t: Column
    resistivity_ohm_sq: Column
    error_ohm_sq: Column
    censored: NDArray[np.bool_]
    offset_error_t: float = 0.0

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.field_t)

    @property
    def size_t(self) -> Column:
        """|H|, ascending."""
        return np.asarray(np.abs(self.field_t))

    def take(self, rows: slice | NDArray[np.bool_] | NDArray[np.intp]) -> FieldRows:
        """Return some of the rows."""
        return FieldRows(
            self.field_t[rows],
            self.resistivity_ohm_sq[rows],
            self.error_ohm_sq[rows],
            self.censored[rows],
            self.offset_error_t,
        )

    def is_clear(self) -> NDArray[np.bool_]:
        """Return where the logarithm means something: ten errors above zero."""
        return np.asarray((self.resistivity_ohm_sq > 10 * self.error_ohm_sq) & ~self.censored)

    def clear(self) -> FieldRows:
        """Return the rows whose logarithm means something."""
        return self.take(self.is_clear())


def field_rows(curve: TransportCurve) -> FieldRows:
    """Return the rows of a curve along the field by size of the field, those at 0 left out."""
    size = np.abs(curve.field_t)
    order = np.argsort(size, kind="stable")
    order = order[size[order] > 0]
    return FieldRows(
        curve.field_t[order],
        curve.value[order],
        curve.error[order],
        curve.censored[order],
        curve.field_offset_error_t,
    )


def thinned(rows: FieldRows, most: int) -> FieldRows:
    """Average neighbours of one sign so that about ``most`` rows are left.

    Measured rows are averaged by 1/error² in blocks; limits cannot be averaged, so
    every m-th of them is kept.

    Examples
    --------
    >>> field = np.arange(1.0, 9.0)
    >>> many = FieldRows(field, 2 * field, np.ones(8), np.zeros(8, bool))
    >>> few = thinned(many, 4)
    >>> few.field_t.tolist(), few.resistivity_ohm_sq.tolist(), few.error_ohm_sq.round(3).tolist()
    ([1.5, 3.5, 5.5, 7.5], [3.0, 7.0, 11.0, 15.0], [0.707, 0.707, 0.707, 0.707])
    """
    every = -(-len(rows) // max(most, 1))
    if every <= 1:
        return rows
    limits = rows.take(np.flatnonzero(rows.censored)[::every])
    parts = [limits]
    for sign in (-1.0, 1.0):
        mine = rows.take(~rows.censored & (np.sign(rows.field_t) == sign))
        first = np.arange(0, len(mine), every)
        if len(first) == 0:
            continue
        weight = 1 / mine.error_ohm_sq**2
        total = np.add.reduceat(weight, first)
        field_t = np.add.reduceat(weight * mine.field_t, first) / total
        mean = np.add.reduceat(weight * mine.resistivity_ohm_sq, first) / total
        none = np.zeros(len(first), bool)
        parts.append(FieldRows(field_t, mean, total**-0.5, none, rows.offset_error_t))
    return joined(parts)


def isotherms(curves: Sequence[TransportCurve]) -> tuple[TransportCurve, ...]:
    """Return the curves ρ(H) at rest: no RF signal, no other condition, the least bias.

    Coldest first; those whose temperature is not known come last.
    """
    along = [
        curve
        for curve in curves
        if curve.along == "field_t"
        and curve.quantity == "resistivity_ohm_sq"
        and curve.undisturbed
        and len(curve)
    ]
    bias = [float(np.nan_to_num(abs(curve.at("current_a")))) for curve in along]
    least = min(bias, default=0.0)
    kept = [curve for curve, its in zip(along, bias, strict=True) if its <= least]
    return tuple(sorted(kept, key=lambda c: float(np.nan_to_num(c.at("temperature_k"), nan=1e9))))


def too_short(analysis: str, curves: Sequence[TransportCurve], least: int) -> TransportFit:
    """Return the skipped result of an analysis for which no isotherm has enough rows."""
    most = max((len(field_rows(curve)) for curve in isotherms(curves)), default=0)
    reason = (
        f"needs resistivity_ohm_sq against field_t, {least} rows off zero field at one "
        f"temperature: got {most}"
    )
    return skipped(analysis, curves[0].sample if curves else "", reason)


def by_state(curves: Sequence[TransportCurve]) -> dict[str, tuple[TransportCurve, ...]]:
    """Group curves by what is held besides temperature, field and current: stage, gate.

    A group's name says what it is, such as ``"S2"`` or ``"S2G, gate_v = -50"``.
    """
    groups: dict[str, list[TransportCurve]] = {}
    for curve in curves:
        groups.setdefault(state_name(curve), []).append(curve)
    return {name: tuple(group) for name, group in groups.items()}


def state_name(curve: TransportCurve) -> str:
    """Return stage and gate of a curve in words."""
    return state_in_words(dict(curve.state)) or curve.sample


def state_in_words(state: Mapping[str, float | str]) -> str:
    """Return a state in words, its stage first.

    Examples
    --------
    >>> state_in_words({"gate_v": 20.0, "stage": "S2"})
    'S2, gate_v = 20'
    """
    others = [
        f"{name} = {value:g}" if isinstance(value, float) else f"{name} = {value}"
        for name, value in state.items()
        if name != "stage"
    ]
    stage = str(state.get("stage", ""))
    return ", ".join([stage, *others] if stage else others)


def held(curve: TransportCurve) -> dict[str, float | str]:
    """Return the selection of a fit of one isotherm: all that the curve names."""
    return dict(curve.selection)


def held_state(curve: TransportCurve) -> dict[str, float | str]:
    """Return the selection of a fit of all isotherms of a stage or gate."""
    return dict(curve.state)


def joined(parts: Sequence[FieldRows]) -> FieldRows:
    """Return the rows of several curves as one; the largest error of the offset is kept."""
    whole = FieldRows(
        np.concatenate([part.field_t for part in parts]),
        np.concatenate([part.resistivity_ohm_sq for part in parts]),
        np.concatenate([part.error_ohm_sq for part in parts]),
        np.concatenate([part.censored for part in parts]),
        max(part.offset_error_t for part in parts),
    )
    return whole.take(np.argsort(whole.size_t, kind="stable"))
