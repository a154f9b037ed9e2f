"""Finite-size scaling of isotherms that cross: ρ(T, H) = ρc F((H − Hc) T^(−1/zν))."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.collapse.estimate import estimate_collapse, reciprocal
from grainscope.fitting.collapse.gaussian_process import gaussian_process_collapse
from grainscope.fitting.collapse.intervals import joint_likelihood
from grainscope.fitting.collapse.isotherm_crossing import crossing_guess
from grainscope.fitting.collapse.quality import collapse_quality
from grainscope.fitting.collapse.scaling_rows import (
    isotherm_rows,
    isotherm_temperature,
    pooled_along,
    pooled_logarithmically,
)
from grainscope.fitting.collapse.scaling_warnings import left_out, scaling_warnings
from grainscope.fitting.collapse.slope_exponent import slope_exponent
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.collapse.estimate import CollapseEstimate
    from grainscope.fitting.collapse.series import ScalingRows
    from grainscope.fitting.collapse.slope_exponent import SlopeExponent
    from grainscope.fitting.collapse.window import Trial
    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]
    Parameters = dict[str, FitParameter]

NAME = "scaling"
#: zν is near 1.5 in the films that show this (Yazdani & Kapitulnik 1995; the paper).
_USUAL_INVERSE = 1 / 1.5
#: The Gaussian process takes so many rows of so many isotherms: its cost is cubic.
_PROCESS_ROWS, _PROCESS_ISOTHERMS = 30, 20
_CURVE_POINTS = 200
_ODD = 2.5


def scaling(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Collapse the isotherms of each state (stage, gate) on one curve.

        ρ(T, H) = ρc F((H − Hc) T^(−1/zν))

    with ln F a Chebyshev series whose degree Bayes' criterion chooses, profiled; rows at
    negative field count with those at positive. Temperatures are taken as exact.
    Beside the result stand that of a Gaussian process, of the slopes at Hc, of a fit
    with a correction to scaling, and of other windows and isotherms. Where several
    states scale, ``z_nu_joint`` is the weighted mean of their exponents.

    Parameters
    ----------
    curves : sequence of TransportCurve
        All of one sample; resistivity against field at three temperatures or more.
    settings : FittingSettings
        ``scaling_temperature_min_k``, ``scaling_temperature_max_k`` and
        ``temperature_tolerance``.
    rng : numpy.random.Generator
        Not drawn from: intervals are profiled.

    Returns
    -------
    tuple of TransportFit
        One a state: ``critical_field_t``, ``z_nu``, ``critical_resistivity_ohm_sq``.

    References
    ----------
    M. P. A. Fisher, Phys. Rev. Lett. 65, 923 (1990); A. Yazdani and A. Kapitulnik,
    Phys. Rev. Lett. 74, 3037 (1995).

    Examples
    --------
    >>> from grainscope.settings import FittingSettings
    >>> scaling((), FittingSettings(), np.random.default_rng(0))[0].status
    'skipped'
    """
    sample = curves[0].sample if curves else ""
    usable = [c for c in curves if c.along == "field_t" and c.quantity == "resistivity_ohm_sq"]
    usable = [c for c in usable if c.undisturbed and math.isfinite(isotherm_temperature(c))]
    states = list(dict.fromkeys(curve.state for curve in usable))
    if not states:
        reason = "needs resistivity_ohm_sq against field_t at three temperatures or more: got none"
        return (skipped(NAME, sample, reason),)
    fits = [_of_state([c for c in usable if c.state == state], settings) for state in states]
    return _with_joint_exponent(fits)


def _of_state(curves: list[TransportCurve], settings: FittingSettings) -> TransportFit:
    sample, selection = curves[0].sample, dict(curves[0].state)
    curves = _least_biased(curves)
    rows = isotherm_rows(curves, settings.temperature_tolerance)
    low = settings.scaling_temperature_min_k * (1 - settings.temperature_tolerance)
    high = settings.scaling_temperature_max_k or math.inf
    high *= 1 + settings.temperature_tolerance
    rows = rows.where((rows.temperature >= low) & (rows.temperature <= high))
    temperatures = rows.temperatures
    if len(temperatures) < 2:
        within = f"from {settings.scaling_temperature_min_k:g} K up"
        reason = f"needs isotherms of resistivity_ohm_sq at three temperatures or more {within}"
        return skipped(NAME, sample, f"{reason}: got {len(temperatures)}", **selection)
    crossing = crossing_guess(pooled_logarithmically(rows))
    if crossing is None:
        field = f"{rows.control.min():.3g} and {rows.control.max():.3g} T"
        reason = f"needs isotherms that cross: between {field} none do beyond their noise"
        return skipped(NAME, sample, reason, **selection)
    rows = pooled_along(rows.where(np.abs(rows.control - crossing) <= crossing))
    start = _start(rows, crossing)
    estimate = estimate_collapse(rows, start)
    if estimate is None:
        reason = f"needs 12 rows or more on both sides of the crossing at {crossing:.3g} T"
        return skipped(NAME, sample, f"{reason}: got {len(rows)}", **selection)
    offset_t = max(curve.field_offset_error_t for curve in curves)
    return _result(sample, selection, estimate, offset_t)


def _least_biased(curves: list[TransportCurve]) -> list[TransportCurve]:
    """Of curves at several direct currents keep those at the smallest."""
    current = [abs(np.nan_to_num(curve.at("current_a"))) for curve in curves]
    return [c for c, own in zip(curves, current, strict=True) if own <= 1.01 * min(current)]


def _start(rows: ScalingRows, crossing: float) -> tuple[float, float]:
    near = rows.where(np.abs(rows.control - crossing) <= 0.3 * crossing)
    if len(near) < len(rows.temperatures) * 5 or len(near.temperatures) < 2:
        return crossing, _USUAL_INVERSE
    inverse = slope_exponent(near, crossing).inverse
    known = math.isfinite(inverse) and 0.1 < inverse < 5
    return crossing, inverse if known else _USUAL_INVERSE


def _result(
    sample: str,
    selection: Mapping[str, float | str],
    estimate: CollapseEstimate,
    offset_t: float,
) -> TransportFit:
    trial = estimate.trial
    slopes = slope_exponent(trial.rows, float(estimate.values[0]))
    parameters = _parameters(estimate, offset_t)
    checks, doubts = _checks(estimate, slopes)
    return TransportFit(
        analysis=NAME,
        sample=sample,
        selection=selection,
        status="done",
        parameters={**parameters, **checks},
        window=_window(estimate, offset_t),
        warnings=(*scaling_warnings(estimate), *doubts),
        table=_table(trial),
        windows=_windows(estimate),
        extra=_extra(trial, slopes),
    )


def _parameters(estimate: CollapseEstimate, offset_t: float) -> Parameters:
    (field, inverse, ln_rho), low, high = estimate.values, estimate.low, estimate.high
    down, up = math.hypot(field - low[0], offset_t), math.hypot(high[0] - field, offset_t)
    z_nu = reciprocal(float(inverse), float(low[1]), float(high[1]))
    rho = [math.exp(min(value, 700.0)) for value in (ln_rho, low[2], high[2])]
    found = {
        "critical_field_t": FitParameter(float(field), float(field - down), float(field + up), "T"),
        "z_nu": FitParameter(*z_nu, ""),
        "critical_resistivity_ohm_sq": FitParameter(rho[0], rho[1], rho[2], "Ω/□"),
    }
    if estimate.coldest is not None:
        found |= _both("without_coldest", estimate.coldest.trial)
        correction = estimate.choice.correction.collapse
        found |= _both("corrected", replace(estimate.trial, found=correction))
    return found


def _both(name: str, trial: Trial) -> Parameters:
    field, inverse = trial.found.theta[:2].tolist()
    field_error, inverse_error = trial.errors.tolist()
    z_nu = reciprocal(inverse, inverse - inverse_error, inverse + inverse_error)
    return {
        f"critical_field_{name}_t": FitParameter(
            field, field - field_error, field + field_error, "T"
        ),
        f"z_nu_{name}": FitParameter(*z_nu, ""),
    }


def _checks(estimate: CollapseEstimate, slopes: SlopeExponent) -> tuple[Parameters, list[str]]:
    """Return what a Gaussian process and the slopes at Hc make of the same rows."""
    rows, (field, inverse) = estimate.trial.rows, estimate.values[:2].tolist()
    process = gaussian_process_collapse(_for_process(rows), (field, inverse))
    found, doubts = {}, []
    name, error = "critical_field_gaussian_process_t", process.critical_error
    found[name] = FitParameter(
        process.critical, process.critical - error, process.critical + error, "T"
    )
    for name, value, error in (
        ("z_nu_gaussian_process", process.inverse, process.inverse_error),
        ("z_nu_slope", slopes.inverse, slopes.inverse_error),
    ):
        if not value > 0:
            continue
        found[name] = FitParameter(*reciprocal(value, value - error, value + error), "")
        half = 0.5 * (estimate.high[1] - estimate.low[1])
        if abs(value - inverse) > _ODD * math.hypot(error, half):
            doubts.append(f"{name} = {1 / value:.3g} disagrees with z_nu = {1 / inverse:.3g}")
    return found, doubts


def _for_process(rows: ScalingRows) -> ScalingRows:
    """Return rows of isotherms spread evenly over those there are, pooled along the field."""
    temperatures = rows.temperatures
    some = np.linspace(0, len(temperatures) - 1, min(_PROCESS_ISOTHERMS, len(temperatures)))
    kept = temperatures[np.round(some).astype(int)]
    return pooled_along(rows.where(np.isin(rows.temperature, kept)), _PROCESS_ROWS)


def _window(estimate: CollapseEstimate, offset_t: float) -> dict[str, tuple[float, float] | str]:
    trial, rows = estimate.trial, estimate.trial.rows
    temperatures = rows.temperatures
    span = math.log(temperatures[-1] / temperatures[0])
    window: dict[str, tuple[float, float] | str] = {
        "field_t": (float(rows.control.min()), float(rows.control.max())),
        "temperature_k": (float(temperatures[0]), float(temperatures[-1])),
        "half_width_t": (0.0, trial.half_width),
        "chosen": "the widest in |H − Hc| in which the isotherms collapse (F test, p ≥ 0.05)"
        if trial.collapses
        else "the one that comes nearest to a collapse; none does",
        "collapse": f"degree {trial.found.form.degree}, p = {trial.agreement.chance:.2g}, "
        f"χ²/dof = {trial.found.chi2 / trial.found.dof:.3g}, quality S = "
        f"{collapse_quality(rows, trial.found.theta):.3g} (Houdayer and Hartmann; 1 is good)",
        "temperatures": "taken as exact: 1 % at one end of the range would change z_nu by about "
        f"{1 / span:.2g} %",
        "field_offset": f"its error, {offset_t:.2g} T, is in the interval of the critical field",
    }
    if estimate.coldest is not None:
        name = f"without_{temperatures[0]:.3g}_k"
        window[name] = left_out(estimate, estimate.coldest)
    return window


def _table(trial: Trial) -> dict[str, Column]:
    rows, found = trial.rows, trial.found
    rho = np.exp(rows.value)
    return {
        "temperature_k": rows.temperature,
        "field_t": rows.control,
        "scaled_field_t": found.scaled(rows),
        "resistivity_ohm_sq": rho,
        "error_ohm_sq": rho * rows.error,
        "fitted_ohm_sq": np.exp(rows.value - found.residual * rows.error),
        "residual": found.residual,
    }


def _windows(estimate: CollapseEstimate) -> dict[str, Column]:
    """Return a row for each window, each isotherm left out, and each pair of isotherms."""
    shifts = (estimate.coldest, estimate.warmest)
    trials = [*estimate.choice.trials]
    trials += [shift.trial for shift in shifts if shift is not None]
    trials += [*estimate.alternatives, *estimate.pairs]
    if all(one.rows is not estimate.trial.rows for one in trials) or estimate.choice.corrected:
        trials.insert(0, estimate.trial)
    table = [
        (
            one.half_width, one.rows.temperatures[0], one.rows.temperatures[-1],
            len(one.rows.temperatures), one.left_out, len(one.rows), one.found.form.degree,
            max(one.found.form.correction_degree, -1) + 1, one.found.chi2 / one.found.dof,
            one.agreement.chance, collapse_quality(one.rows, one.found.theta),
            one.found.theta[0], one.errors[0], 1 / one.found.theta[1],
            one.errors[1] / one.found.theta[1] ** 2, one.found is estimate.trial.found,
        )
        for one in trials
    ]  # fmt: skip
    names = (
        *("half_width_t", "temperature_min_k", "temperature_max_k", "isotherms", "left_out_k"),
        *("rows", "degree", "correction_terms", "chi2_per_dof", "p", "quality"),
        *("critical_field_t", "critical_field_error_t", "z_nu", "z_nu_error", "chosen"),
    )
    return dict(zip(names, np.array(table, np.float64).T, strict=True))


def _extra(trial: Trial, slopes: SlopeExponent) -> dict[str, Column]:
    u = trial.found.scaled(trial.rows)
    dense = np.linspace(u.min(), u.max(), _CURVE_POINTS)
    joint = joint_likelihood(trial.rows, trial.found, trial.rise)
    return {
        "curve_scaled_field_t": dense,
        "curve_resistivity_ohm_sq": np.exp(trial.found.master(dense)),
        "likelihood_critical_field_t": joint.critical,
        "likelihood_z_nu": joint.z_nu,
        "log_likelihood": joint.log_likelihood,
        "correlation": np.array([joint.correlation]),
        "slope_temperature_k": slopes.temperature,
        "slope_per_t": slopes.slope,
        "slope_error_per_t": slopes.error,
    }


def _with_joint_exponent(fits: list[TransportFit]) -> tuple[TransportFit, ...]:
    """Add the weighted mean of the exponents of all states, and say where they differ."""
    from scipy.special import chdtrc

    own = [fit.parameters["z_nu"] for fit in fits if fit.status == "done"]
    ends = np.array([(z.value, z.low, z.high) for z in own], np.float64).reshape(-1, 3)
    value, half = ends[:, 0], 0.5 * (ends[:, 2] - ends[:, 1])
    known = np.isfinite(half) & (half > 0)
    if known.sum() < 2:
        return tuple(fits)
    weight = half[known] ** -2.0
    mean, error = float(weight @ value[known] / weight.sum()), float(weight.sum() ** -0.5)
    chance = float(chdtrc(known.sum() - 1, weight @ (value[known] - mean) ** 2))
    joint = {"z_nu_joint": FitParameter(mean, mean - error, mean + error, "")}
    differ = (f"z_nu differs between states (p = {chance:.2g})",) if chance < 0.05 else ()
    return tuple(
        replace(fit, parameters={**fit.parameters, **joint}, warnings=(*fit.warnings, *differ))
        if fit.status == "done"
        else fit
        for fit in fits
    )
