"""The rows of R(T) that a law of conduction is held to: in order, averaged, below a drop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.smoothing.averaged_rows import Rows, averaged_rows
from grainscope.fitting.temperature.neighbour_noise import neighbour_noise
from grainscope.fitting.temperature.temperature_drop import drop_begins_k

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records.transport_data import TransportCurve

    Column = NDArray[np.float64]

#: More rows than this are averaged in narrow bins of ln T: laws are smooth, fits are slow.
_MOST_ROWS = 400


@dataclass(frozen=True)
class TemperatureRows:
    """Rows of one curve, K of them, the temperature ascending.

    Attributes
    ----------
    temperature_k, resistivity_ohm_sq, error_ohm_sq : ndarray of float64, shape (K,)
    selection : mapping
        Of the curve.
    chosen : str
        Which rows these are, for people.
    warnings : tuple of str
    """

    temperature_k: Column
    resistivity_ohm_sq: Column
    error_ohm_sq: Column
    selection: dict[str, float | str]
    chosen: str
    warnings: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.temperature_k)

    def part(self, rows: slice) -> TemperatureRows:
        """Return some of the rows."""
        return replace(
            self,
            temperature_k=self.temperature_k[rows],
            resistivity_ohm_sq=self.resistivity_ohm_sq[rows],
            error_ohm_sq=self.error_ohm_sq[rows],
        )

    @property
    def trend(self) -> float:
        """ΔR over its standard deviation along a straight line in ln T: above 0, insulating."""
        weight = 1 / self.error_ohm_sq**2
        x = -np.log(self.temperature_k)
        x = x - np.sum(weight * x) / np.sum(weight)
        sum_xx = float(np.sum(weight * x**2))
        if sum_xx == 0:
            return 0.0
        return float(np.sum(weight * x * self.resistivity_ohm_sq) / np.sqrt(sum_xx))


def temperature_rows(curve: TransportCurve) -> TemperatureRows:
    """Return the rows that a law of R(T) can be asked to follow.

    Left out are rows at or below the temperature of the warmest upper limit, where what
    was seen is only the noise floor, and those above the start of a sharp drop of R on
    cooling, where grains become superconducting. More than 400 rows are averaged. Where
    neighbouring rows scatter by more than their errors say, errors are taken larger.

    Parameters
    ----------
    curve : TransportCurve
        Along ``temperature_k``.

    Returns
    -------
    TemperatureRows
    """
    order = np.argsort(curve.temperature_k, kind="stable")
    x, y, error = (c[order] for c in (curve.temperature_k, curve.value, curve.error))
    words, warnings = [], []
    limits = curve.temperature_k[curve.censored]
    coldest = float(limits.max()) if len(limits) else 0.0
    keep = (x > max(coldest, 0.0)) & (error > 0)
    if coldest > 0:
        words.append(f"above {coldest:.3g} K, where R is at the noise floor")
    few = averaged_rows(Rows(x, y, error, np.zeros(len(x), bool)).at(keep), _MOST_ROWS)
    x, y, error = few.x, few.value, few.error
    drop_k = drop_begins_k(x, y, error)
    if np.isfinite(drop_k):
        words.append(f"below {drop_k:.3g} K, where R drops sharply on cooling")
        below = x < drop_k
        x, y, error = x[below], y[below], error[below]
    factor = neighbour_noise(np.log(x), y, error)
    if factor > 1:
        warnings.append(f"neighbouring rows scatter by {factor:.2f} of their errors: taken larger")
        error = error * factor
    chosen = "rows " + " and ".join(words) if words else "all rows"
    return TemperatureRows(x, y, error, dict(curve.selection), chosen, tuple(warnings))


def temperature_curves(curves: Sequence[TransportCurve]) -> tuple[TransportCurve, ...]:
    """Return the curves ρ(T) without RF or another condition, by state and field."""
    along = [curve for curve in curves if _is_temperature_curve(curve) and len(curve)]
    return tuple(sorted(along, key=lambda c: (str(c.state), float(np.nan_to_num(c.at("field_t"))))))


def temperature_states(curves: Sequence[TransportCurve]) -> list[list[TransportCurve]]:
    """Return the same curves state by state, each state's in the order given."""
    states: dict[tuple[tuple[str, float | str], ...], list[TransportCurve]] = {}
    for curve in filter(_is_temperature_curve, curves):
        states.setdefault(curve.state, []).append(curve)
    return [states[state] for state in sorted(states, key=str)]


def _is_temperature_curve(curve: TransportCurve) -> bool:
    wanted = curve.along == "temperature_k" and curve.quantity == "resistivity_ohm_sq"
    return wanted and curve.undisturbed
