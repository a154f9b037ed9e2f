"""Fields at which something changes, as the other analyses found them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.field_rows import field_rows, isotherms, state_in_words, state_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grainscope.records.transport_data import TransportCurve
    from grainscope.records.transport_fit import TransportFit

#: Analysis, its parameter in tesla, and the name of the boundary.
_OF_PARAMETER = (
    ("upturn", "field_t", "upturn of ρ(H)"),
    ("crossings", "field_t", "isotherms cross"),
    ("scaling", "critical_field_t", "critical field of the scaling"),
    ("mr_peak", "field_t", "maximum of ρ(H)"),
    ("critical_field", "field_t", "critical field"),
)
_AXES = ("temperature_k", "field_t", "current_a")
_DISTURBED = {"rf_frequency_hz", "rf_power_dbm", "condition"}
#: ρ is finite where so many errors above 0.
_FINITE = 3.0


@dataclass(frozen=True)
class Boundary:
    """A boundary in the plane of field and disorder.

    Attributes
    ----------
    name : str
    sample, state : str
        Film; its stage or gate.
    field_t, low_t, high_t : float
        With its 68 % interval; an end may be infinite.
    temperature_k : float
        Of the isotherm; NaN where it is of all.
    """

    name: str
    sample: str
    state: str
    field_t: float
    low_t: float
    high_t: float
    temperature_k: float


def boundaries(
    fits: Sequence[TransportFit], curves: Sequence[TransportCurve]
) -> tuple[Boundary, ...]:
    """Return every boundary that fits and curves hold, the coldest isotherm's of each state.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of any analyses and samples.
    curves : sequence of TransportCurve
        For the lowest field of finite resistance.

    Returns
    -------
    tuple of Boundary
    """
    at_rest = [fit for fit in fits if not _DISTURBED & set(fit.selection)]
    found = [one for one in (_of_parameter(fit) for fit in at_rest) if one is not None]
    return (
        *_coldest(_zero_resistance(curves)),
        *_saturation(at_rest),
        *_coldest(found),
    )


def state_of(selection: Mapping[str, float | str]) -> str:
    """Return stage and gate of a selection in words, as `state_name` does for a curve."""
    return state_in_words({k: v for k, v in sorted(selection.items()) if k not in _AXES})


def _of_parameter(fit: TransportFit) -> Boundary | None:
    if fit.status != "done" or "isotherms" in fit.selection:
        return None
    for analysis, parameter, name in _OF_PARAMETER:
        found = fit.parameters.get(parameter)
        if fit.analysis != analysis or found is None or isinstance(found.value, tuple):
            continue
        value, low, high = (float(np.mean(end)) for end in (found.value, found.low, found.high))
        if np.isfinite(value):
            temperature = fit.selection.get("temperature_k", float("nan"))
            state = state_of(fit.selection) or fit.sample
            return Boundary(name, fit.sample, state, value, low, high, float(temperature))
    return None


def _coldest(found: Iterable[Boundary]) -> list[Boundary]:
    """Return of each kind and state that of the lowest temperature."""
    kept: dict[tuple[str, str, str], Boundary] = {}
    for one in found:
        key = one.name, one.sample, one.state
        if key not in kept or one.temperature_k < kept[key].temperature_k:
            kept[key] = one
    return list(kept.values())


def _zero_resistance(curves: Sequence[TransportCurve]) -> list[Boundary]:
    """Return between which fields ρ leaves the noise floor, for isotherms that begin below it.

    An isotherm whose lowest field already has a finite ρ gives the upper limit only.
    """
    found = []
    for curve in isotherms(curves):
        rows = field_rows(curve)
        finite = ~rows.censored & (rows.resistivity_ohm_sq > _FINITE * rows.error_ohm_sq)
        if not finite.any():
            continue
        # Fluctuations may dip below the floor again: the last row below it counts.
        below = np.flatnonzero(~finite)
        last = int(below[-1]) if len(below) else -1
        if last == len(rows) - 1:
            continue
        low_t = float(rows.size_t[last]) if last >= 0 else 0.0
        high_t = float(rows.size_t[last + 1])
        temperature = curve.at("temperature_k")
        name, value = "zero resistance ends", 0.5 * (low_t + high_t) if low_t else high_t
        state = state_name(curve)
        found.append(Boundary(name, curve.sample, state, value, low_t, high_t, temperature))
    return found


def _saturation(fits: Sequence[TransportFit]) -> list[Boundary]:
    """Return between which fields R(T) ceases to saturate, of each sample and state."""
    groups: dict[tuple[str, str], list[TransportFit]] = {}
    for fit in fits:
        if fit.analysis == "saturation" and "field_t" in fit.selection:
            groups.setdefault((fit.sample, state_of(fit.selection) or fit.sample), []).append(fit)
    found = []
    for (sample, state), group in groups.items():
        size = {abs(float(fit.selection["field_t"])): fit.status == "done" for fit in group}
        flat = [field for field, done in size.items() if done]
        if not flat:
            continue
        low_t = max(flat)
        high_t = min((field for field in size if field > low_t), default=float("inf"))
        value = 0.5 * (low_t + high_t) if np.isfinite(high_t) else low_t
        found.append(Boundary("saturation ends", sample, state, value, low_t, high_t, float("nan")))
    return found
