"""TransportCurves → the current that quenches superconductivity, and where response is linear."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.bias_curve import (
    DEPARTURE,
    folded,
    large_bias_value,
    linear_limit,
    zero_bias_value,
)
from grainscope.fitting.least_squares import fit_law
from grainscope.laws.conduction.current_step import CurrentStep
from grainscope.laws.conduction.noisy_junction import NoisyJunction
from grainscope.laws.conduction.spread_junctions import SpreadJunctions
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.bias_curve import FoldedBias
    from grainscope.fitting.least_squares import LawFit
    from grainscope.laws.conduction.law import ConductionLaw
    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

#: A dip has less than this share of the large-bias value at zero bias.
_DIP = 0.5
_LEAST_ROWS = 15
_LAWS: tuple[ConductionLaw, ...] = (CurrentStep(), SpreadJunctions(), NoisyJunction())
_CRITICAL = 2
_POORLY = 1.5
_UNLIKELY = 1e-4
_LIMIT_DRAWS = 100


def critical_current(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Fit dV/dI against bias: critical current, and the limit of linear response.

    Three laws are fitted: a lognormal distribution of critical currents along the film,
    overdamped junctions with a normal one, and a junction whose current carries noise. Ic
    is their mean by AICc weights; its interval holds the difference between them. The
    steepest point of dV/dI, often taken for Ic, stands beside it: it is biased low. A
    curve without a dip has a linear limit only.

    Parameters
    ----------
    curves : sequence of TransportCurve
        Those of dV/dI along the current are used.
    settings : FittingSettings
        Not used.
    rng : numpy Generator
        For the interval of the linear limit.

    Returns
    -------
    tuple of TransportFit
        One a curve: ``critical_current_a``, ``linear_limit_a``, ``zero_bias_ohm_sq``,
        ``normal_ohm_sq``, ``steepest_current_a``.
    """
    sample = curves[0].sample if curves else ""
    biased = [c for c in curves if c.quantity == "dvdi_ohm_sq" and c.along == "current_a"]
    if not biased:
        return (skipped("critical_current", sample, "needs dvdi_ohm against current_a: got none"),)
    return tuple(_one(curve, rng) for curve in biased)


def _one(curve: TransportCurve, rng: np.random.Generator) -> TransportFit:
    if len(curve) < _LEAST_ROWS:
        reason = f"needs {_LEAST_ROWS} rows of dvdi_ohm against current_a: got {len(curve)}"
        return skipped("critical_current", curve.sample, reason, **curve.selection)
    rows = folded(curve)
    zero, zero_error = zero_bias_value(rows)
    limit = FitParameter(*linear_limit(rows, curve.floor, rng), "A")
    parameters = {
        "linear_limit_a": limit,
        "zero_bias_ohm_sq": FitParameter(zero, zero - zero_error, zero + zero_error, "Ω/□"),
    }
    table = {"current_a": rows.current_a, "dvdi_ohm_sq": rows.value, "error_ohm_sq": rows.error}
    window: dict[str, tuple[float, float] | str] = {
        "current_a": (float(rows.current_a[0]), float(rows.current_a[-1]))
    }
    if zero >= _DIP * large_bias_value(rows)[0]:
        window["chosen"] = "no dip at zero bias: only the linear limit"
        return TransportFit(
            "critical_current", curve.sample, curve.selection, "done",
            parameters=parameters, window=window, table=table,
        )  # fmt: skip
    return _with_step(curve, rows, parameters, table, window, rng)


def _with_step(
    curve: TransportCurve,
    rows: FoldedBias,
    parameters: dict[str, FitParameter],
    table: dict[str, Column],
    window: dict[str, tuple[float, float] | str],
    rng: np.random.Generator,
) -> TransportFit:
    fits = [
        fit_law(
            law, rows.current_a, rows.value, rows.error, censored=rows.censored, intervals=False
        )
        for law in _LAWS
    ]
    weights = _weights(fits)
    best = int(np.argmax(weights))
    chosen = fits[best]
    normal, error = float(chosen.theta[1]), _error(chosen, 1)
    extra = np.geomspace(
        max(rows.current_a[rows.current_a > 0].min(), 1e-15), rows.current_a[-1], 300
    )
    return TransportFit(
        "critical_current",
        curve.sample,
        curve.selection,
        "done",
        parameters={
            "critical_current_a": _averaged(fits, weights),
            **parameters,
            **_limit_of_law(_LAWS[best], chosen, curve.floor, rng),
            "normal_ohm_sq": FitParameter(normal, normal - error, normal + error, "Ω/□"),
            "steepest_current_a": FitParameter(_steepest(rows), math.nan, math.nan, "A"),
        },
        labels={"law": _LAWS[best].name},
        window={**window, "chosen": f"the whole curve; linear within {DEPARTURE:.0%} of zero bias"},
        weights={law.name: float(w) for law, w in zip(_LAWS, weights, strict=True)},
        warnings=_warnings(chosen, _LAWS[best]),
        table={**table, "fitted_ohm_sq": chosen.model, "residual": chosen.residual},
        windows={
            "law": np.array([law.name for law in _LAWS]),
            "critical_current_a": np.array([fit.theta[_CRITICAL] for fit in fits]),
            "error_a": np.array([_error(fit, _CRITICAL) for fit in fits]),
            "chi2_per_dof": np.array([fit.chi2 / fit.dof for fit in fits]),
        },
        extra={"current_a": extra, "fitted_ohm_sq": _LAWS[best].value(extra, chosen.theta)},
    )


def _limit_of_law(
    law: ConductionLaw, fit: LawFit, floor: float, rng: np.random.Generator
) -> dict[str, FitParameter]:
    """Return the linear limit on the fitted law, where that fits; rows may lie far apart."""
    if fit.chi2 / fit.dof > _POORLY:
        return {}
    from scipy.optimize import brentq

    top = float(fit.theta[_CRITICAL])

    def limit(theta: Column) -> float:
        zero = float(theta[0])
        level = floor if zero <= floor else (1 + DEPARTURE) * zero

        def above(current_a: float) -> float:
            return float(law.value(np.array([current_a]), theta)[0]) - level

        return float(brentq(above, 0.0, top)) if above(0.0) < 0 < above(top) else math.nan

    best = limit(fit.theta)
    if not math.isfinite(best):
        return {}
    drawn = rng.multivariate_normal(fit.theta, fit.covariance, _LIMIT_DRAWS, method="svd")
    drawn_a = [limit(theta) for theta in drawn]
    low, middle, high = np.nanquantile(drawn_a, (0.16, 0.5, 0.84)).tolist()
    return {
        "linear_limit_a": FitParameter(best, best - (middle - low), best + (high - middle), "A")
    }


def _weights(fits: Sequence[LawFit]) -> Column:
    """Return Akaike weights; where no law fits, χ² counts in units of the best one's χ²/dof."""
    scale = max(min(fit.chi2 / fit.dof for fit in fits), 1.0)
    score = np.array([fit.chi2 / scale + fit.aicc - fit.chi2 for fit in fits])
    weight = np.exp(-(score - score.min()) / 2)
    return np.asarray(weight / weight.sum())


def _averaged(fits: Sequence[LawFit], weights: Column) -> FitParameter:
    """Return the mean over the laws, its error with their distance from the mean."""
    value = np.array([fit.theta[_CRITICAL] for fit in fits])
    error = np.array([_error(fit, _CRITICAL) for fit in fits])
    mean = float(weights @ value)
    # A law of no weight may have an infinite error.
    likely = weights > _UNLIKELY
    spread = float(np.sqrt(weights[likely] @ (error**2 + (value - mean) ** 2)[likely]))
    return FitParameter(mean, mean - spread, mean + spread, "A")


def _error(fit: LawFit, index: int) -> float:
    """Return a standard deviation by the curvature: the step is linear enough in its parameters."""
    return float(np.sqrt(max(fit.covariance[index, index], 0.0)))


def _steepest(rows: FoldedBias) -> float:
    """Return the current of the largest slope of dV/dI, by lines through nine rows."""
    width = 9
    near = np.lib.stride_tricks.sliding_window_view(rows.current_a, width)
    value = np.lib.stride_tricks.sliding_window_view(rows.value, width)
    centred = near - near.mean(axis=1, keepdims=True)
    spread = (centred**2).sum(axis=1)
    slope = (centred * value).sum(axis=1) / np.where(spread > 0, spread, np.inf)
    return float(near.mean(axis=1)[int(np.argmax(slope))])


def _warnings(fit: LawFit, law: ConductionLaw) -> tuple[str, ...]:
    ratio = fit.chi2 / fit.dof
    if ratio <= _POORLY:
        return ()
    return (
        f"no law of the step fits (χ²/dof = {ratio:.3g} for {law.title}): the interval is widened, "
        "and Ic depends on what is called the step",
    )
