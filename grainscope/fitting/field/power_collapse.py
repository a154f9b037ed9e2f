"""Whether the isotherms of all stages lie on one power of the field, and up to what temperature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.field_fit import fit_in_field
from grainscope.fitting.field.field_rows import by_state, field_rows, state_name
from grainscope.fitting.field.knee import LEAST_ROWS, LEAST_SPAN
from grainscope.fitting.model_choice.one_curve import CommonValue, common_value, intrinsic_spread
from grainscope.fitting.model_choice.windows import LEAST_P
from grainscope.laws.conduction.field_power import FieldPower
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.least_squares import LawFit
    from grainscope.records.transport_data import TransportCurve

    Column = NDArray[np.float64]

#: The paper's isotherms are independent of temperature below 300 mK; a set point may be 2 % off.
COLLAPSE_MAX_K = 0.306


@dataclass(frozen=True)
class _Isotherm:
    """ln ρ at the middle of the common window, and the exponent there.

    ``covariance`` is that of the noise; ``lever`` is by what theta moves if all fields are off
    by the error of their offset, which is one for all isotherms.
    """

    curve: TransportCurve
    theta: Column
    covariance: NDArray[np.float64]
    lever: Column
    scale: float

    @property
    def temperature_k(self) -> float:
        return self.curve.at("temperature_k")


def collapse(
    curves: Sequence[TransportCurve], fits: Sequence[TransportFit]
) -> tuple[TransportFit, ...]:
    """Fit one power law to all isotherms up to 300 mK of all stages, and test that it is one.

    Each is refitted in the fields that their windows share, one whose window does not hold
    them left out; the estimates of ln ρ in the middle and of the exponent are compared by
    their covariances. The error of the field's offset is shared by all of them.

    Parameters
    ----------
    curves, fits : sequence
        The isotherms and, in the same order, their fits.

    Returns
    -------
    tuple of TransportFit
        One; none for a single isotherm.
    """
    if len(curves) < 2:
        return ()
    sample = curves[0].sample
    pairs = [(c, f) for c, f in zip(curves, fits, strict=True) if f.status == "done"]
    cold = [(c, f) for c, f in pairs if not c.at("temperature_k") > COLLAPSE_MAX_K] or pairs
    windows = [(float(f.window["field_t"][0]), float(f.window["field_t"][1])) for _, f in cold]
    low_t, high_t = _shared_window(windows)
    # An isotherm whose own window does not hold this one does not obey the law there.
    odd = {id(c) for (c, _), w in zip(cold, windows, strict=True) if w[0] > low_t or w[1] < high_t}
    kept = [curve for curve, _ in pairs if id(curve) not in odd]
    found = [one for curve in kept if (one := _refitted(curve, low_t, high_t)) is not None]
    among = [k for k, one in enumerate(found) if not one.temperature_k > COLLAPSE_MAX_K]
    among = among if len(among) > 1 else list(range(len(found)))
    if len(among) < 2:
        reason = (
            f"needs two isotherms with {LEAST_ROWS} rows in fields that their power laws share: "
            f"got {len(among)} in {low_t:.3g}–{high_t:.3g} T"
        )
        return (skipped("power_law", sample, reason, isotherms="all"),)
    among, apart = _on_one_curve(found, among)
    joint = _joint(sample, found, among, (low_t, high_t))
    if not apart:
        return (joint,)
    told = f"{', '.join(apart)} lie{'s' if len(apart) == 1 else ''} on another curve: left out"
    return (replace(joint, warnings=(told, *joint.warnings)),)


def _on_one_curve(found: Sequence[_Isotherm], among: Sequence[int]) -> tuple[list[int], list[str]]:
    """Leave out states, that which is farthest off first, until the others agree.

    Two states are left at least: whether those agree is the question.
    """
    kept, apart = list(among), []
    while _common([found[k] for k in kept]).p < LEAST_P:
        states = _by_state([found[k] for k in kept])
        if len(states) <= 2:
            break
        without = {name: [k for k in kept if found[k] not in states[name]] for name in states}
        worst = max(states, key=lambda name: _ratio([found[k] for k in without[name]]))
        kept = without[worst]
        apart.append(worst)
    return kept, apart


def _ratio(used: Sequence[_Isotherm]) -> float:
    """Return minus χ²/dof of one curve through these."""
    common = _common(used)
    return -common.chi2 / max(common.dof, 1)


def _shared_window(windows: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the window of most isotherms times width in ln H that some of them share.

    Examples
    --------
    >>> _shared_window([(1e-3, 3e-2), (2e-3, 3e-2), (1e-3, 2e-2), (2e-4, 4e-4)])
    (0.002, 0.02)
    """
    best, most = (0.0, 0.0), 0.0
    for low in {window[0] for window in windows}:
        for high in {window[1] for window in windows}:
            sharing = sum(a <= low and high <= b for a, b in windows)
            if low < high and sharing > 1 and sharing * np.log(high / low) > most:
                best, most = (low, high), float(sharing * np.log(high / low))
    return best


def _refitted(curve: TransportCurve, low_t: float, high_t: float) -> _Isotherm | None:
    rows = field_rows(curve)
    rows = rows.take((rows.size_t >= low_t) & (rows.size_t <= high_t))
    clear = rows.clear()
    if len(clear) < LEAST_ROWS or np.ptp(np.log(clear.size_t)) < LEAST_SPAN:
        return None
    at_rest = replace(rows, offset_error_t=0.0)
    fit = fit_in_field(FieldPower(), at_rest, profiled=())
    middle = 0.5 * np.log(low_t * high_t)
    turn = np.array([[1 / fit.theta[0], middle], [0.0, 1.0]])
    theta, lever = _in_middle(fit, middle), np.zeros(2)
    if rows.offset_error_t > 0:
        moved = replace(at_rest, field_t=rows.field_t - rows.offset_error_t)
        lever = _in_middle(fit_in_field(FieldPower(), moved, profiled=()), middle) - theta
    return _Isotherm(curve, theta, turn @ fit.covariance @ turn.T, lever, fit.scale)


def _in_middle(fit: LawFit, middle: float) -> Column:
    """Return ln ρ of a power law at a place in ln H, and its exponent."""
    prefactor, exponent = fit.theta
    return np.array([np.log(prefactor) + exponent * middle, exponent])


def _common(found: Sequence[_Isotherm]) -> CommonValue:
    levers = np.array([one.lever for one in found])
    values, noise = [one.theta for one in found], [one.covariance for one in found]
    return common_value(values, noise, levers if levers.any() else None)


def _joint(
    sample: str, found: Sequence[_Isotherm], among: Sequence[int], window: tuple[float, float]
) -> TransportFit:
    used = [found[k] for k in among]
    common = _common(used)
    limits = {name: _limit(group) for name, group in _by_state(found).items()}
    parameters = {
        **_power(common, 0.5 * float(np.log(window[0] * window[1]))),
        **_agreement(used, common),
        "temperature_independent_k": _coldest_limit(limits),
    }
    return TransportFit(
        "power_law",
        sample,
        {"isotherms": f"{len(used)} of {', '.join(_by_state(used))}"},
        "done",
        parameters=parameters,
        window={
            "field_t": window,
            "temperature_k": (used[0].temperature_k, used[-1].temperature_k),
            "chosen": "the fields that the windows of all these isotherms share",
        },
        warnings=_warnings(used, common),
        table=_table(found, among, common),
        extra=_dense(window, parameters),
    )


def _by_state(found: Sequence[_Isotherm]) -> dict[str, list[_Isotherm]]:
    of_state = by_state([one.curve for one in found])
    return {
        name: [one for one in found if any(one.curve is curve for curve in group)]
        for name, group in of_state.items()
    }


def _power(common: CommonValue, middle: float) -> dict[str, FitParameter]:
    """Turn the common estimate back into exponent and prefactor, with its intervals."""
    spread = common.covariance * common.scale**2
    exponent, error = float(common.theta[1]), float(np.sqrt(spread[1, 1]))
    level = float(common.theta[0]) - exponent * middle
    lever = np.array([1.0, -middle])
    level_error = float(np.sqrt(lever @ spread @ lever))
    value, low, high = (float(np.exp(level + side * level_error)) for side in (0, -1, 1))
    power = FitParameter(exponent, exponent - error, exponent + error, "")
    return {
        "exponent": power,
        "prefactor": FitParameter(value, low, high, "Ω/□"),
        "u0_over_kb_t_eff": power,
    }


def _agreement(used: Sequence[_Isotherm], common: CommonValue) -> dict[str, FitParameter]:
    """Return the test of one curve, and how far from one the isotherms are."""
    nan = float("nan")
    level = np.array([one.theta[0] - common.shared * one.lever[0] for one in used])
    error = np.array([np.sqrt(one.covariance[0, 0]) for one in used])
    spread, low, high = intrinsic_spread(level, error)
    return {
        "chi2": FitParameter(common.chi2, nan, nan, ""),
        "dof": FitParameter(float(common.dof), nan, nan, ""),
        "p_one_curve": FitParameter(common.p, nan, nan, ""),
        "relative_spread": FitParameter(spread, low, high, ""),
    }


def _limit(group: Sequence[_Isotherm]) -> tuple[float, float]:
    """Return the warmest isotherm that agrees with all colder ones, and the next, or infinity."""
    known = [one for one in group if np.isfinite(one.temperature_k)]
    if len(known) < 2:
        return float("nan"), float("nan")
    for count in range(2, len(known) + 1):
        if _common(known[:count]).p < LEAST_P:
            return known[count - 2].temperature_k, known[count - 1].temperature_k
    return known[-1].temperature_k, float("inf")


def _coldest_limit(limits: dict[str, tuple[float, float]]) -> FitParameter:
    known = [limit for limit in limits.values() if np.isfinite(limit[0])]
    value, high = min(known, default=(float("nan"), float("nan")))
    return FitParameter(value, value, high, "K")


def _warnings(used: Sequence[_Isotherm], common: CommonValue) -> tuple[str, ...]:
    found = []
    if common.p < LEAST_P:
        found.append(
            f"the isotherms are not one curve (p = {common.p:.2g}): intervals are widened by "
            f"√(χ²/dof) = {common.scale:.3g}"
        )
        groups = _by_state(used)
        inside = [_common(group).p for group in groups.values() if len(group) > 1]
        if len(groups) > 1 and all(p >= LEAST_P for p in inside):
            found.append(f"they agree within each of {', '.join(groups)}, which differ")
    worst = max(one.scale for one in used)
    if worst > 1.2:
        found.append(f"an isotherm does not follow the law: √(χ²/dof) = {worst:.3g}")
    return tuple(found)


def _table(
    found: Sequence[_Isotherm], among: Sequence[int], common: CommonValue
) -> dict[str, Column]:
    """Return a row for each isotherm; ``state`` is text."""
    theta = np.array([one.theta for one in found])
    error = np.array([np.sqrt(np.diag(one.covariance)) for one in found])
    off = theta - common.shared * np.array([one.lever for one in found]) - common.theta
    inverse = np.array([np.linalg.inv(one.covariance) for one in found])
    chi2 = np.einsum("ni,nij,nj->n", off, inverse, off)
    return {
        "state": np.array([state_name(one.curve) for one in found], dtype=object),
        "temperature_k": np.array([one.temperature_k for one in found]),
        "used": np.isin(np.arange(len(found)), among).astype(np.float64),
        "middle_resistivity_ohm_sq": np.exp(theta[:, 0]),
        "middle_error_ohm_sq": np.exp(theta[:, 0]) * error[:, 0],
        "exponent": theta[:, 1],
        "exponent_error": error[:, 1],
        "relative_difference": np.expm1(off[:, 0]),
        "chi2": chi2,
    }


def _dense(window: tuple[float, float], parameters: dict[str, FitParameter]) -> dict[str, Column]:
    field = np.geomspace(window[0], window[1], 60)
    theta = np.array([parameters[name].value for name in ("prefactor", "exponent")], np.float64)
    return {
        "model_field_t": field,
        "model_resistivity_ohm_sq": FieldPower().value(field, theta),
    }
