"""Measured R(T) against the barriers of a micrograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.temperature.temperature_rows import temperature_curves, temperature_rows
from grainscope.linking.barrier_fit import SCALES, BarrierFit, fit_barriers, law_aicc
from grainscope.linking.predicted_curve import PredictedCurve
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.temperature.temperature_rows import TemperatureRows
    from grainscope.records import Conductance
    from grainscope.records.transport_data import TransportCurve

    Column = NDArray[np.float64]

ANALYSIS = "barrier_link"
#: Of the predictions: the whole network first.
_MODELS = ("network", "effective_medium", "critical_path", "parallel")
#: R rises on cooling by so many of its errors where it is insulating.
_INSULATING = 4.0
_LEAST_ROWS = 8
#: Separate scales fit better by chance alone with less than this probability.
_APART = 0.01
#: Share of rows beyond the temperatures predicted of which a reader should know.
_OUTSIDE = 0.05
_DENSE = 120


def link_barriers(
    curves: Sequence[TransportCurve], conductance: Conductance | None
) -> TransportFit:
    """Hold the predicted conductance of a micrograph against measured R(T).

    The prediction says how R depends on T but for two factors: R_n, the resistance
    without barriers, and s, by which all energies are off, as the permittivity is not
    known (ε is that of the run over s). Stages and gate voltages of one sample share
    the morphology: s is one number for all of them, R_n is free for each, which is all
    that annealing or carriers may change. For each state the curve of the highest field
    is taken at which R rises on cooling: there least of superconductivity is left.

    Each model of the conductance is fitted; AICc compares them with one another and
    with the laws of R(T), which have two or three free parameters a curve.

    Parameters
    ----------
    curves : sequence of TransportCurve
        All of one sample.
    conductance : Conductance or None
        Of the micrograph.

    Returns
    -------
    TransportFit
        ``"barrier_link"``: of the model of lowest AICc; ``weights`` over models and laws;
        ``windows`` has the scale of every curve by itself.
    """
    sample = curves[0].sample if curves else ""
    if conductance is None:
        return skipped(ANALYSIS, sample, "needs the conductance of a micrograph: got none")
    rows = insulating_rows(curves)
    if not rows:
        why = (
            "needs resistivity_ohm_sq along temperature_k that rises on cooling: got no such curve"
        )
        return skipped(ANALYSIS, sample, why)
    predicted = {name: _curve(conductance, name) for name in _MODELS}
    known = {name: curve for name, curve in predicted.items() if curve is not None}
    if not known:
        why = "needs a conductance above 0: the micrograph's models have none"
        return skipped(ANALYSIS, sample, why)
    fits = {name: fit_barriers(curve, rows) for name, curve in known.items()}
    best = min(fits, key=lambda name: fits[name].aicc)
    return _result(sample, rows, known, fits, best)


def insulating_rows(curves: Sequence[TransportCurve]) -> list[TemperatureRows]:
    """Return, for each state, the rows of the highest field at which R rises on cooling."""
    found: dict[tuple[tuple[str, float | str], ...], TemperatureRows] = {}
    for curve in temperature_curves(curves):  # fields ascending in each state
        rows = temperature_rows(curve)
        if len(rows) < _LEAST_ROWS or (rows.resistivity_ohm_sq <= 0).any():
            continue
        if rows.trend > _INSULATING:
            found[curve.state] = rows
    return list(found.values())


def _curve(conductance: Conductance, name: str) -> PredictedCurve | None:
    return PredictedCurve.of(conductance.temperature_k, getattr(conductance, f"{name}_s"))


def _result(
    sample: str,
    rows: Sequence[TemperatureRows],
    predicted: dict[str, PredictedCurve],
    fits: dict[str, BarrierFit],
    best: str,
) -> TransportFit:
    fit, laws = fits[best], law_aicc(rows)
    law = min(laws, key=lambda name: laws[name])
    alone = [fit_barriers(predicted[best], [one]) for one in rows]
    value, low, high = fit.energy_scale
    temperature = np.concatenate([one.temperature_k for one in rows])
    ln_likelihood = -0.5 * len(fit.residual) * np.log(max(fit.chi2 / len(fit.residual), 1e-12))
    number = {"chi2_per_dof": fit.chi2 / max(len(fit.residual) - fit.n_parameters, 1)}
    number |= {"log_likelihood": float(ln_likelihood), "aicc": fit.aicc, "law_aicc": laws[law]}
    number["aicc_above_law"] = fit.aicc - laws[law]
    return TransportFit(
        ANALYSIS,
        sample,
        {},
        "done",
        parameters={
            "energy_scale": FitParameter(value, low, high, ""),
            "permittivity_ratio": FitParameter(1 / value, 1 / high, 1 / low, ""),
            "normal_resistance_ohm_sq": _list(fit.resistance_ohm_sq, "Ω/□"),
            **{f"energy_scale_{name}": FitParameter(*fits[name].energy_scale, "") for name in fits},
            **{name: FitParameter(v, np.nan, np.nan, "") for name, v in number.items()},
        },
        window={
            "temperature_k": (float(temperature.min()), float(temperature.max())),
            "chosen": "of each stage and gate voltage the curve of the highest field that rises "
            "on cooling",
        },
        weights=_weights({name: one.aicc for name, one in fits.items()} | laws),
        labels={
            "best": best,
            "closest_law": law,
            "free": "R_n of each curve; one energy scale for all: stages share the morphology",
            **{f"curve_{k}": _words(one.selection) for k, one in enumerate(rows)},
        },
        warnings=tuple(_warnings(rows, predicted[best], fit, alone, number["aicc_above_law"])),
        table=_table(rows, predicted[best], fit),
        windows=_alone(alone),
        extra=_dense(rows, predicted, fits),
    )


def _list(ends: tuple[Column, Column, Column], unit: str) -> FitParameter:
    value, low, high = (tuple(map(float, end)) for end in ends)
    return FitParameter(value, low, high, unit)


def _weights(aicc: dict[str, float]) -> dict[str, float]:
    lowest = min(aicc.values())
    raw = {name: float(np.exp(-(one - lowest) / 2)) for name, one in aicc.items()}
    return {name: one / sum(raw.values()) for name, one in raw.items()}


def _words(selection: dict[str, float | str]) -> str:
    words = [f"{k} = {v}" if isinstance(v, str) else f"{k} = {v:g}" for k, v in selection.items()]
    return ", ".join(words) or "all rows"


def _warnings(
    rows: Sequence[TemperatureRows],
    curve: PredictedCurve,
    fit: BarrierFit,
    alone: Sequence[BarrierFit],
    above_law: float,
) -> list[str]:
    from scipy.stats import f as f_law

    warnings = [*dict.fromkeys(word for one in rows for word in one.warnings), *fit.warnings]
    scale = fit.energy_scale[0]
    if not 1.01 * SCALES[0] < scale < 0.99 * SCALES[1]:
        warnings.append("the energy scale is at its bound: the barriers say nothing of this curve")
    if above_law > 10:
        warnings.append(
            f"a law of R(T) describes the curves better (AICc lower by {above_law:.0f}): the "
            "barriers of the micrograph do not make this R(T)"
        )
    outside = max(curve.outside(one.temperature_k, scale) for one in rows)
    if outside > _OUTSIDE:
        warnings.append(
            f"{outside:.0%} of the rows lie beyond the temperatures predicted, there one barrier "
            "goes on: see transport.temperature_min_k and temperature_max_k"
        )
    more = len(rows) - 1
    dof = len(fit.residual) - 2 * len(rows)
    if more and dof > 0:
        apart = sum(one.chi2 for one in alone)
        ratio = (fit.chi2 - apart) / more / max(apart / dof, 1e-300)
        if f_law.sf(ratio, more, dof) < _APART:
            warnings.append(
                "curves by themselves want different energy scales: more than R_n changes between "
                "these stages"
            )
    return warnings


def _table(
    rows: Sequence[TemperatureRows], curve: PredictedCurve, fit: BarrierFit
) -> dict[str, Column]:
    models = [
        level * np.exp(curve.ln_resistance(one.temperature_k, fit.energy_scale[0]))
        for one, level in zip(rows, fit.resistance_ohm_sq[0], strict=True)
    ]
    return {
        "curve": np.repeat(np.arange(len(rows), dtype=float), [len(one) for one in rows]),
        "temperature_k": np.concatenate([one.temperature_k for one in rows]),
        "resistivity_ohm_sq": np.concatenate([one.resistivity_ohm_sq for one in rows]),
        "error_ohm_sq": np.concatenate([one.error_ohm_sq for one in rows]),
        "fitted_ohm_sq": np.concatenate(models),
        "residual": fit.residual,
    }


def _alone(fits: Sequence[BarrierFit]) -> dict[str, Column]:
    """Return a row for every curve fitted by itself."""
    value, low, high = np.array([one.energy_scale for one in fits]).T
    return {
        "curve": np.arange(len(fits), dtype=float),
        "energy_scale": value,
        "energy_scale_low": low,
        "energy_scale_high": high,
        "chi2_per_dof": np.array([one.chi2 / max(len(one.residual) - 2, 1) for one in fits]),
    }


def _dense(
    rows: Sequence[TemperatureRows],
    predicted: dict[str, PredictedCurve],
    fits: dict[str, BarrierFit],
) -> dict[str, Column]:
    """Return ρ of the first curve by every model, on a dense grid of temperatures."""
    ends = [(one.temperature_k[0], one.temperature_k[-1]) for one in rows]
    dense = np.geomspace(min(a for a, _ in ends), max(b for _, b in ends), _DENSE)
    models = {
        f"{name}_ohm_sq": fits[name].resistance_ohm_sq[0][0]
        * np.exp(predicted[name].ln_resistance(dense, fits[name].energy_scale[0]))
        for name in fits
    }
    return {"dense_temperature_k": dense, **models}
