"""Curves that are pieces of one sweep, because its set point wanders more than is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.preparation.raw_curves import RawCurve

    Column = NDArray[np.float64]

#: What is held, and the setting that says how well.
_HELD = {"temperature_k": "fitting.temperature_tolerance", "field_t": "fitting.field_tolerance_t"}
#: Rows of two curves that alternate so often as written, and share less of the axis than
#: this, are of one sweep.
_LEAST_CHANGES, _SHARED = 6, 0.3


@dataclass(frozen=True)
class TornSweep:
    """The first pair of curves that alternate within one sweep.

    Attributes
    ----------
    sample : str
    held : str
        What wanders: ``"temperature_k"`` or ``"field_t"``.
    low, high : float
        Its least and largest value in the two curves.
    n_pairs : int
        Pairs of curves of which that is so.
    """

    sample: str
    held: str
    low: float
    high: float
    n_pairs: int

    def text(self) -> str:
        """Return the warning."""
        half = (self.high - self.low) / 2
        needed = half if self.held == "field_t" else half / ((self.high + self.low) / 2)
        more = f" ({self.n_pairs} pairs of curves)" if self.n_pairs > 1 else ""
        return (
            f"one sweep falls into several curves because {self.held} wanders between "
            f"{self.low:.4g} and {self.high:.4g} on it{more}: set {_HELD[self.held]}="
            f"{1.1 * needed:.2g}"
        )


def torn_sweeps(axes: Mapping[str, Column], curves: Sequence[RawCurve]) -> TornSweep | None:
    """Return where rows of two curves alternate as written without sharing their axis.

    Isotherms that were measured field by field alternate too, but each has all fields.

    Parameters
    ----------
    axes : mapping of str to ndarray
        Temperature, field and current of every row.
    curves : sequence of RawCurve
        Of all samples.
    """
    found: list[TornSweep] = []
    for held in _HELD:
        usable = [curve for curve in curves if curve.along != held]
        usable.sort(key=lambda curve: (_kind(curve), _median(axes[held], curve)))
        for _kind_of, group in groupby(usable, key=_kind):
            for one, other in pairwise(group):
                if _alternate(axes[one.along], one, other):
                    both = axes[held][np.concatenate((one.rows, other.rows))]
                    ends = float(np.nanmin(both)), float(np.nanmax(both))
                    found.append(TornSweep(one.sample, held, *ends, 0))
    if not found:
        return None
    widest = max(found, key=lambda torn: (torn.high - torn.low) / max(abs(torn.high), 1e-300))
    n_pairs = sum(torn.held == widest.held for torn in found)
    return TornSweep(widest.sample, widest.held, widest.low, widest.high, n_pairs)


def _kind(curve: RawCurve) -> tuple[str, str, str, str]:
    return curve.sample, curve.quantity, curve.along, str(sorted(curve.state.items()))


def _median(column: Column, curve: RawCurve) -> float:
    return float(np.nan_to_num(np.median(column[curve.rows])))


def _alternate(x: Column, one: RawCurve, other: RawCurve) -> bool:
    rows = np.concatenate((one.rows, other.rows))
    of_other = np.arange(len(rows)) >= len(one.rows)
    changes = np.count_nonzero(np.diff(of_other[np.argsort(rows)].astype(np.int8)))
    if changes < _LEAST_CHANGES:
        return False
    few, many = sorted((np.unique(x[one.rows]), np.unique(x[other.rows])), key=len)
    # Readings of a field are never twice the same: near is within a fifth of a step.
    step = float(np.ptp(x[rows])) / max(len(np.unique(x[rows])) - 1, 1)
    place = np.clip(np.searchsorted(many, few), 1, len(many) - 1)
    distance = np.minimum(np.abs(few - many[place - 1]), np.abs(few - many[place]))
    return float(np.mean(distance <= step / 5)) < _SHARED
