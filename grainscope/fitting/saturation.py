"""Curves of R(T) at a fixed field → saturated resistivity, and the temperature it holds below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.lacking import lacking
from grainscope.fitting.model_choice.mixture import reaching
from grainscope.fitting.temperature.activated import (
    SHARE,
    heat_temperature,
    saturation_estimate,
    saturation_temperature,
)
from grainscope.fitting.temperature.flatness import flat_below
from grainscope.fitting.temperature.saturating_curves import LEAST_ROWS, saturating_series
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grainscope.fitting.temperature.activated import ActivatedFit
    from grainscope.fitting.temperature.saturating_curves import SaturatingCurve, SaturatingSeries
    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

_NAME = "saturation"
_UNIT = "Ω/□"
#: A law with this Akaike weight is a rival: the interval reaches its value.
_RIVAL = 0.27
#: One with less than this is out.
_OUT = 0.01
_CHOSEN = "coldest rows up to the least χ² + 2 (rows left out)"


def saturation(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Return where and at what value each R(T) saturates.

    Two laws are fitted to the coldest rows of each curve,

        R = R_sat + R0 exp(−U/T)    (tunnelling beside activation)
        R = R0 exp(−U/T_e),  T_e⁵ = T⁵ + T_h⁵    (electrons that do not cool)

    and compared over all fields of a stage. ``temperature_k`` is where R = 1.1 R_sat by the
    better of them; ``flat_below_k`` needs no law: up to there rows agree with their mean
    within errors (so it depends on the noise).

    Parameters
    ----------
    curves : sequence of TransportCurve
        Used: resistivity against temperature, undisturbed; one result each.
    settings : FittingSettings
        ``bootstrap_draws`` for ``flat_below_k``.
    rng : Generator

    Returns
    -------
    tuple of TransportFit
        ``resistivity_ohm_sq`` and ``temperature_k``; where no saturation is seen yet, the
        value is NaN and ``high`` an upper limit.
    """
    series = saturating_series(curves)
    if not series:
        return (lacking(_NAME, curves, "resistivity_ohm_sq", "temperature_k"),)
    return tuple(
        _one(curve, one, settings.bootstrap_draws, rng) for one in series for curve in one.curves
    )


def _one(
    found: SaturatingCurve, series: SaturatingSeries, draws: int, rng: np.random.Generator
) -> TransportFit:
    curve = found.curve
    if found.kind in ("short", "rising"):
        why = {
            "short": f"needs {LEAST_ROWS} rows: got {len(found.rows)}",
            "rising": "resistivity rises on cooling: insulating, nothing saturates from above",
        }
        return skipped(_NAME, curve.sample, why[found.kind], **curve.selection)
    if found.kind == "unseen":
        return _all_limits(found)
    reason = series.reason if found.kind == "saturated" else "added"
    fit, misfit = found.fit(reason), found.misfit(reason)
    parameters, warnings = _PARAMETERS[found.kind](found, series, misfit.scale**2)
    if found.kind != "activated":
        seen = fit.rows.at(~fit.rows.censored)
        parameters["flat_below_k"] = FitParameter(
            *flat_below(seen, fit.value(seen.x), misfit.scale, draws, rng), "K"
        )
    return TransportFit(
        _NAME,
        curve.sample,
        dict(curve.selection),
        "done",
        parameters=parameters,
        window={
            "temperature_k": (float(fit.rows.x[0]), float(fit.rows.x[-1])),
            "chosen": _CHOSEN,
            "temperature_k is where": f"ρ exceeds its saturated value by {SHARE:.0%}",
        },
        weights=series.weights if found.kind == "saturated" else {},
        warnings=(*warnings, *misfit.warnings),
        table=found.columns(reason),
        windows=_windows(found, reason),
        extra=found.dense(reason),
    )


def _saturated(
    found: SaturatingCurve, series: SaturatingSeries, rise: float
) -> tuple[dict[str, FitParameter], tuple[str, ...]]:
    fit = found.fit(series.reason)
    value, at = (fit.saturated, *fit.interval(2, rise)), saturation_temperature(fit, rise)
    other = "heated" if series.reason == "added" else "added"
    rival, weight = found.fit(other), series.weights[other]
    warnings = []
    if weight > _RIVAL:
        value = reaching(value, rival.saturated)
        at = reaching(at, saturation_estimate(rival))
    if series.weights["heated"] > _OUT:
        warnings.append(_heating(found.fit("heated"), series.weights["heated"]))
    coldest = float(fit.rows.x[0])
    if at[0] < coldest:
        warnings.append(
            f"the coldest row, {coldest:.3g} K, is not on the plateau: R_sat is extrapolated"
        )
    return {
        "resistivity_ohm_sq": FitParameter(*value, _UNIT),
        "temperature_k": FitParameter(*at, "K"),
    }, tuple(warnings)


def _heating(fit: ActivatedFit, weight: float) -> str:
    heat_k = heat_temperature(fit.best.theta, fit.reference_per_k)
    return (
        f"electrons that stay at {heat_k:.3g} K explain the plateau too "
        f"(Akaike weight {weight:.2g}): exclude heating before calling it a metal"
    )


def _activated(
    found: SaturatingCurve, series: SaturatingSeries, rise: float
) -> tuple[dict[str, FitParameter], tuple[str, ...]]:
    fit = found.fit("added")
    coldest = float(fit.rows.x[0])
    _, limit = fit.interval(2, rise)
    return {
        "resistivity_ohm_sq": FitParameter(float("nan"), 0.0, limit, _UNIT),
        "temperature_k": FitParameter(float("nan"), 0.0, coldest, "K"),
    }, (f"still activated at {coldest:.3g} K: ρ_sat has an upper limit only",)


def _flat(
    found: SaturatingCurve, series: SaturatingSeries, rise: float
) -> tuple[dict[str, FitParameter], tuple[str, ...]]:
    rows = found.rows.at(~found.rows.censored)
    weight = rows.error**-2
    value, error = float(weight @ rows.value / weight.sum()), float(np.sqrt(rise / weight.sum()))
    warmest = float(rows.x[-1])
    return {
        "resistivity_ohm_sq": FitParameter(value, value - error, value + error, _UNIT),
        "temperature_k": FitParameter(float("nan"), warmest, float("inf"), "K"),
    }, (f"flat in all rows, up to {warmest:.3g} K: warmer rows would show where it ends",)


_PARAMETERS = {"saturated": _saturated, "activated": _activated, "flat": _flat}


def _all_limits(found: SaturatingCurve) -> TransportFit:
    curve, rows = found.curve, found.rows
    limit = float(rows.value[rows.censored].min())
    coldest, warmest = float(rows.x[0]), float(rows.x[-1])
    order = np.argsort(curve.x, kind="stable")
    return TransportFit(
        _NAME,
        curve.sample,
        dict(curve.selection),
        "done",
        parameters={
            "resistivity_ohm_sq": FitParameter(float("nan"), 0.0, limit, _UNIT),
            "temperature_k": FitParameter(float("nan"), float("nan"), float("nan"), "K"),
        },
        window={"temperature_k": (coldest, warmest), "chosen": "all rows"},
        warnings=("all rows are at the noise floor: ρ_sat has an upper limit only",),
        table={
            "temperature_k": curve.x[order],
            "resistivity_ohm_sq": curve.value[order],
            "error_ohm_sq": curve.error[order],
            "censored": curve.censored[order].astype(np.float64),
        },
    )


def _windows(found: SaturatingCurve, reason: str) -> dict[str, np.ndarray]:
    scan = found.windows
    if scan is None:
        return {}
    fits = [both[reason] for both in scan.near]
    return {
        "temperature_low_k": np.array([float(one.rows.x[0]) for one in fits]),
        "temperature_high_k": np.array([float(one.rows.x[-1]) for one in fits]),
        "rows": np.array([float(len(one.rows)) for one in fits]),
        "p": scan.p,
        "resistivity_ohm_sq": np.array([one.saturated for one in fits]),
        "temperature_k": np.array([saturation_estimate(one) for one in fits]),
        "energy_k": np.array([one.energy_k for one in fits]),
        "chosen": (np.arange(len(fits)) == scan.chosen).astype(np.float64),
    }
