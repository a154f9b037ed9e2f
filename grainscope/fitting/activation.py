"""Curves of R(T) at a fixed field → activation energies, and their slope in ln H."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.lacking import lacking
from grainscope.fitting.least_squares import corrected_akaike
from grainscope.fitting.temperature.activation_line import (
    LEAST_FIELDS,
    fit_activation_line,
)
from grainscope.fitting.temperature.barrier import find_barrier
from grainscope.fitting.temperature.saturating_curves import (
    LEAST_ROWS,
    beside_model,
    dense_model,
    saturating_series,
)
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.temperature.activation_line import ActivationLine, EnergyProfile
    from grainscope.fitting.temperature.barrier import Barrier
    from grainscope.fitting.temperature.saturating_curves import SaturatingCurve, SaturatingSeries
    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

_NAME = "activation"
_NO_ENERGY = {
    "short": f"needs {LEAST_ROWS} rows",
    "rising": "resistivity rises on cooling: nothing is activated towards zero",
    "flat": "flat in all rows: needs warmer ones",
    "unseen": "all rows are at the noise floor",
}


def activation(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Return U of R = R_sat + R0 exp(−U/T) at each field, and U = U0 ln(H0/H) of each stage.

    Where the law does not fit a curve within its noise, as of a sharper knee, U is that of the
    straight part of its Arrhenius plot (`find_barrier`).

    The line is fitted to the curves together (U0 and H0 shared, each curve's prefactor and
    saturated value its own) and compared with energies that are free. At one effective
    temperature it makes the saturated resistivity a power of the field,

        ρ_sat ∝ exp(−U/T_eff) = (H/H0)^p,  p = U0/T_eff,

    so that U0 and the exponent of the saturated values give T_eff.

    Parameters
    ----------
    curves : sequence of TransportCurve
        Used: resistivity against temperature, undisturbed.
    settings : FittingSettings
    rng : Generator

    Returns
    -------
    tuple of TransportFit
        ``energy_k`` for each curve; for each stage, whose selection names no field,
        ``energy_scale_k`` (U0), ``zero_energy_field_t`` (H0), ``exponent`` (p) and
        ``effective_temperature_k``.

    References
    ----------
    D. Ephron et al., Phys. Rev. Lett. 76, 1529 (1996).
    """
    series = saturating_series(curves)
    if not series:
        return (lacking(_NAME, curves, "resistivity_ohm_sq", "temperature_k"),)
    results: list[TransportFit] = []
    for one in series:
        results.extend(_single(curve, _reason(curve, one)) for curve in one.curves)
        results.append(_joint(one))
    return tuple(results)


def _reason(curve: SaturatingCurve, series: SaturatingSeries) -> str:
    return series.reason if curve.kind == "saturated" else "added"


def _single(found: SaturatingCurve, reason: str) -> TransportFit:
    curve = found.curve
    if found.windows is None or found.kind == "flat":
        why = f"{_NO_ENERGY[found.kind]}: got {len(found.rows)} rows"
        return skipped(_NAME, curve.sample, why, **curve.selection)
    barrier = find_barrier(found, reason)
    return TransportFit(
        _NAME,
        curve.sample,
        dict(curve.selection),
        "done",
        parameters={
            "energy_k": FitParameter(*barrier.energy_k, "K"),
            "prefactor_ohm_sq": FitParameter(*barrier.prefactor_ohm_sq, "Ω/□"),
        },
        window={
            "temperature_k": (float(barrier.rows.x[0]), float(barrier.rows.x[-1])),
            "chosen": barrier.chosen,
        },
        warnings=barrier.warnings,
        table=beside_model(curve, barrier.value, barrier.rows),
        windows=barrier.windows,
        extra=dense_model(barrier.value, barrier.rows),
    )


def _joint(series: SaturatingSeries) -> TransportFit:
    curve = series.curves[0].curve
    state = dict(curve.state)
    used = [
        one for one in series.curves if one.kind in ("saturated", "activated") and one.field_t > 0
    ]
    if len(used) < LEAST_FIELDS:
        why = f"needs energies at {LEAST_FIELDS} fields above 0: got {len(used)}"
        return skipped(_NAME, curve.sample, why, **state)
    barriers = [find_barrier(one, _reason(one, series)) for one in used]
    profiles = [barrier.profile for barrier in barriers]
    field_t = np.array([one.field_t for one in used])
    offset_error_t = max(one.curve.field_offset_error_t for one in used)
    line = fit_activation_line(field_t, profiles, offset_error_t)
    span = slice(line.start, line.stop)
    power, warnings = _power(used[span], barriers[span], line)
    return TransportFit(
        _NAME,
        curve.sample,
        state,
        "done",
        parameters={
            "energy_scale_k": FitParameter(*line.scale_k, "K"),
            "zero_energy_field_t": FitParameter(*line.zero_field_t, "T"),
            **power,
        },
        window={
            "field_t": (float(field_t[line.start]), float(field_t[line.stop - 1])),
            "chosen": "all fields; where they are on no line, those of the least χ² + 2 (left out)",
        },
        weights=_weights(line, barriers[span]),
        warnings=(*warnings, *_line_warnings(line, len(used), used)),
        table=_table(field_t, barriers, profiles, line),
        windows=_windows(field_t, line),
    )


def _power(
    used: Sequence[SaturatingCurve],
    barriers: Sequence[Barrier],
    line: ActivationLine,
) -> tuple[dict[str, FitParameter], tuple[str, ...]]:
    """Return p of ρ_sat ∝ H^p over the same fields, and T_eff = U0/p."""
    rows = []
    for one, barrier in zip(used, barriers, strict=True):
        if one.kind != "saturated":
            continue
        saturated, variance = barrier.law.saturated, barrier.law.best.covariance[2, 2]
        error = barrier.scale * float(np.sqrt(variance))
        if error < saturated:
            place = np.log(one.field_t + line.shift_t)
            rows.append((place, np.log(saturated), error / saturated))
    if len(rows) < LEAST_FIELDS:
        return {}, (f"exponent of ρ_sat: needs {LEAST_FIELDS} saturated curves, got {len(rows)}",)
    x, y, error = np.array(rows).T
    (p, level), covariance = np.polyfit(x, y, 1, w=1 / error, cov="unscaled")
    left = (y - level - p * x) / error
    chi2_dof = float(left @ left) / (len(x) - 2)
    sigma = float(np.sqrt(covariance[0, 0] * max(chi2_dof, 1.0)))
    scale, low, high = line.scale_k
    share = np.hypot((high - low) / (2 * scale), sigma / p)
    effective = scale / p
    low, high = sorted((float(effective * (1 - share)), float(effective * (1 + share))))
    warnings = []
    if chi2_dof > 3:
        warnings.append(f"ρ_sat is no power of H over these fields: χ²/dof = {chi2_dof:.3g}")
    return {
        "exponent": FitParameter(float(p), float(p - sigma), float(p + sigma), ""),
        "effective_temperature_k": FitParameter(float(effective), low, high, "K"),
    }, tuple(warnings)


def _weights(line: ActivationLine, barriers: Sequence[Barrier]) -> dict[str, float]:
    """Compare U0 ln(H0/H) with energies that are free, by AICc over all rows."""
    m, n = len(barriers), sum(len(barrier.rows) for barrier in barriers)
    ahead = corrected_akaike(0.0, 3 * m, n) - corrected_akaike(line.chi2, 2 * m + 2, n)
    weight = float(1 / (1 + np.exp(np.clip(-0.5 * ahead, -700, 700))))
    return {"logarithmic in H": weight, "separate": 1 - weight}


def _line_warnings(
    line: ActivationLine, n_fields: int, used: Sequence[SaturatingCurve]
) -> tuple[str, ...]:
    warnings = []
    n = line.stop - line.start
    if n > 2 and line.chi2 / (n - 2) > 3:
        warnings.append(f"U is not straight in ln H: χ²/dof = {line.chi2 / (n - 2):.3g}")
    if n < n_fields:
        span = f"{used[line.start].field_t:.3g} … {used[line.stop - 1].field_t:.3g} T"
        warnings.append(
            f"{n} of {n_fields} fields lie on the line, {span}: the others are left out"
        )
    if line.scale_k[0] <= 0:
        warnings.append("U grows with the field: not the activation of vortices or phase slips")
    if line.zero_field_t[0] < used[-1].field_t:
        warnings.append("H0 lies inside the fields fitted")
    return tuple(warnings)


def _table(
    field_t: Column,
    barriers: Sequence[Barrier],
    profiles: Sequence[EnergyProfile],
    line: ActivationLine,
) -> dict[str, Column]:
    model = line.energy_k(field_t + line.shift_t)
    pull = [-one.at(float(energy)) for one, energy in zip(profiles, model, strict=True)]
    place = np.arange(len(field_t))
    energy, low, high = np.array([barrier.energy_k for barrier in barriers]).T
    return {
        "field_t": field_t,
        "energy_k": energy,
        "energy_low_k": low,
        "energy_high_k": high,
        "saturated_ohm_sq": np.array([barrier.law.saturated for barrier in barriers]),
        "straight_part": np.array([float(barrier.straight is not None) for barrier in barriers]),
        "fitted_k": model,
        "residual": np.array(pull),
        "in_window": ((place >= line.start) & (place < line.stop)).astype(np.float64),
    }


def _windows(field_t: Column, line: ActivationLine) -> dict[str, Column]:
    start, stop, chi2, scale, zero = line.windows.T
    return {
        "field_low_t": field_t[start.astype(np.int64)],
        "field_high_t": field_t[stop.astype(np.int64) - 1],
        "fields": stop - start,
        "chi2": chi2,
        "energy_scale_k": scale,
        "zero_energy_field_t": zero,
        "chosen": ((start == line.start) & (stop == line.stop)).astype(np.float64),
    }
