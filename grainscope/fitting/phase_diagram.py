"""All boundaries found, against field and disorder: the phase diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.fitting.field.boundaries import Boundary, boundaries
from grainscope.fitting.field.field_rows import state_name
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grainscope.records.transport_data import TransportCurve
    from grainscope.settings.fitting import FittingSettings

    State = tuple[str, str]

#: The paper's measure of disorder is ρ just above the onset of superconductivity.
_NORMAL_K = 4.0
#: Rows so near count as at 4 K, by share.
_NEAR = 0.15


def phase_diagram(
    fits: Sequence[TransportFit],
    curves: Sequence[TransportCurve],
    settings: FittingSettings,
    literature: Mapping[str, NDArray[Any]] | None = None,
) -> TransportFit:
    """Collect the boundaries of all analyses and samples, each at its ρ(4 K), gate or stage.

    The vertical axis is that of the three that most states have, ρ(4 K) in zero field
    before gate before the order of the stages.

    Parameters
    ----------
    fits : sequence of TransportFit
        Results of all other analyses, of all samples.
    curves : sequence of TransportCurve
        All curves, of all samples.
    settings : FittingSettings
        Not read here: the file of ``literature_boundaries`` is read by the caller.
    literature : mapping of str to ndarray, optional
        Columns ``field_t``, ``vertical``, ``boundary``.

    Returns
    -------
    TransportFit
        Its table has a row for each boundary; ``boundary``, ``sample`` and ``state``
        are text (arrays of objects). ``window["vertical"]`` names the vertical axis.

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> phase_diagram([], [], FittingSettings()).status
    'skipped'
    """
    found = boundaries(fits, curves)
    samples = ", ".join(sorted({one.sample for one in found}))
    if not found:
        reason = "needs a boundary that another analysis found, such as upturn or crossings: got 0"
        return skipped("phase_diagram", samples, reason)
    name, heights = _vertical({(one.sample, one.state) for one in found}, curves)
    table = _table(found, heights, literature or {})
    missing = sorted({one.state for one in found if (one.sample, one.state) not in heights})
    warnings = [f"{name} is not known of {', '.join(missing)}"] if missing else []
    nan = float("nan")
    return TransportFit(
        "phase_diagram",
        samples,
        {},
        "done",
        parameters={"boundaries": FitParameter(float(len(found)), nan, nan, "")},
        window={"vertical": name, "chosen": "the measure of disorder that most states have"},
        warnings=tuple(warnings),
        table=table,
    )


def _vertical(
    states: set[State], curves: Sequence[TransportCurve]
) -> tuple[str, dict[State, float]]:
    """Return the measure of disorder that most states have, and its values."""
    mine = [curve for curve in curves if curve.undisturbed]
    of_state: dict[State, list[TransportCurve]] = {}
    for curve in mine:
        of_state.setdefault((curve.sample, state_name(curve)), []).append(curve)
    normal = {state: normal_resistivity(of_state.get(state, [])) for state in states}
    gate = {state: _gate(of_state.get(state, [])) for state in states}
    order = {state: float(place) for place, state in enumerate(sorted(states))}
    names = ("resistivity at 4 K (Ω/□)", "gate voltage (V)", "stage, in order")
    kinds = [
        (name, {state: value for state, value in values.items() if np.isfinite(value)})
        for name, values in zip(names, (normal, gate, order), strict=True)
    ]
    told = [kind for kind in kinds[:2] if len(set(kind[1].values())) == len(states)]
    return told[0] if told else _fullest(kinds)


def _fullest(kinds: list[tuple[str, dict[State, float]]]) -> tuple[str, dict[State, float]]:
    """Return the measure known of most states; a gate that is always the same tells nothing."""
    known = [kind for kind in kinds[:2] if len(set(kind[1].values())) > 1]
    best = max(known, key=lambda kind: len(kind[1]), default=kinds[2])
    return best if 2 * len(best[1]) > len(kinds[2][1]) else kinds[2]


def normal_resistivity(curves: Sequence[TransportCurve]) -> float:
    """Return ρ at 4 K in the lowest field, NaN where no row is within 15 % of it.

    Of a curve along the temperature by a line through the rows there, else of an isotherm.
    """
    known = [c for c in curves if c.quantity == "resistivity_ohm_sq" and c.along != "current_a"]
    found: list[tuple[float, float]] = []
    for curve in known:
        near = np.abs(curve.temperature_k / _NORMAL_K - 1) < _NEAR
        near &= ~curve.censored & np.isfinite(curve.temperature_k)
        if not near.any():
            continue
        size_t = np.abs(np.nan_to_num(curve.field_t[near]))
        lowest = size_t <= size_t.min() + 1e-3
        off = np.log(curve.temperature_k[near][lowest] / _NORMAL_K)
        value = curve.value[near][lowest]
        middle = float(value.mean())
        if np.ptp(off) > 0.02 and len(off) > 2:
            middle = float(np.polyfit(off, value, 1)[1])
        found.append((float(size_t.min()), middle))
    return min(found)[1] if found else float("nan")


def _gate(curves: Sequence[TransportCurve]) -> float:
    gates = {curve.at("gate_v") for curve in curves}
    return gates.pop() if len(gates) == 1 else float("nan")


def _table(
    found: Sequence[Boundary],
    heights: Mapping[State, float],
    literature: Mapping[str, NDArray[Any]],
) -> dict[str, NDArray[Any]]:
    nan = float("nan")
    rows: list[tuple[object, ...]] = [
        (
            one.name,
            one.field_t,
            one.low_t,
            one.high_t,
            heights.get((one.sample, one.state), nan),
            one.temperature_k,
            one.sample,
            one.state,
        )
        for one in found
    ]
    columns = (literature.get(name, ()) for name in ("boundary", "field_t", "vertical"))
    for name, field_t, height in zip(*columns, strict=True):
        rows.append((str(name), float(field_t), nan, nan, float(height), nan, "literature", ""))
    names = ("boundary", "field_t", "field_low_t", "field_high_t", "vertical", "temperature_k",
             "sample", "state")  # fmt: skip
    texts = ("boundary", "sample", "state")
    return {
        name: np.array(column, dtype=object if name in texts else np.float64)
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
