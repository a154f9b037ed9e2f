"""TransportCurves → dip or peak of dV/dI at zero bias, and where one becomes the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.bias_curve import folded, large_bias_value, zero_bias_value
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

_LEAST_ROWS = 15
#: A dip or peak is one when it is so many errors deep.
_CLEAR = 3.0
_DRAWS = 400
#: Temperatures are one within a twentieth.
_PER_E_FOLD = 20


def zero_bias(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Say of each dV/dI whether it has a dip or a peak at zero bias, and where the sign changes.

    The contrast is dV/dI at zero bias over that at the largest bias, less one: below zero
    for a dip (metal), above for a peak (insulator). Its sign changes at a field found by
    the logarithm of the ratio on a straight line in ln H between the two nearest fields.

    Parameters
    ----------
    curves : sequence of TransportCurve
        Those of dV/dI along the current are used.
    settings : FittingSettings
        Not used.
    rng : numpy Generator
        For the interval of that field.

    Returns
    -------
    tuple of TransportFit
        One a curve (``contrast``, ``zero_bias_ohm_sq``, ``large_bias_ohm_sq``; label
        ``shape``) and one a state and temperature (``field_t`` of the change).
    """
    sample = curves[0].sample if curves else ""
    biased = [
        c
        for c in curves
        if c.quantity == "dvdi_ohm_sq" and c.along == "current_a" and len(c) >= _LEAST_ROWS
    ]
    if not biased:
        reason = f"needs {_LEAST_ROWS} rows of dvdi_ohm against current_a: got none"
        return (skipped("zero_bias", sample, reason),)
    each = [_one(curve) for curve in biased]
    groups = dict.fromkeys(_group(c) for c in biased)
    changes = [
        _change([f for c, f in zip(biased, each, strict=True) if _group(c) == key], rng)
        for key in groups
    ]
    return (*each, *(change for change in changes if change is not None))


def _group(curve: TransportCurve) -> tuple[tuple[tuple[str, float | str], ...], float | None]:
    """Return state and temperature, the latter to a few per cent, None where it is not known."""
    temperature_k = curve.at("temperature_k")
    if not np.isfinite(temperature_k):
        return curve.state, None
    return curve.state, round(float(np.log(temperature_k)) * _PER_E_FOLD)


def _one(curve: TransportCurve) -> TransportFit:
    rows = folded(curve)
    zero, zero_error = zero_bias_value(rows)
    large, large_error = large_bias_value(rows)
    contrast = zero / large - 1
    error = float(np.hypot(zero_error / large, zero * large_error / large**2))
    shape = "flat" if abs(contrast) < _CLEAR * error else "dip" if contrast < 0 else "peak"
    return TransportFit(
        "zero_bias",
        curve.sample,
        curve.selection,
        "done",
        parameters={
            "contrast": FitParameter(contrast, contrast - error, contrast + error, ""),
            "zero_bias_ohm_sq": FitParameter(zero, zero - zero_error, zero + zero_error, "Ω/□"),
            "large_bias_ohm_sq": FitParameter(
                large, large - large_error, large + large_error, "Ω/□"
            ),
        },
        labels={"shape": shape},
        window={"chosen": "rows about zero bias that agree; the outermost tenth of the bias"},
        table={
            "current_a": curve.current_a,
            "dvdi_ohm_sq": curve.value,
            "error_ohm_sq": curve.error,
        },
    )


def _change(fits: Sequence[TransportFit], rng: np.random.Generator) -> TransportFit | None:
    """Return the field at which a dip becomes a peak; None for fewer than two fields."""
    fields = np.array([float(fit.selection.get("field_t", np.nan)) for fit in fits])
    order = [k for k in np.argsort(fields) if fields[k] > 0]
    if len(order) < 2:
        return None
    contrast = [fits[k].parameters["contrast"] for k in order]
    value = np.array([float(np.real(c.value)) for c in contrast])
    error = np.array([float(np.real(c.high)) for c in contrast]) - value
    at = _crossing(fields[order], value)
    selection = {k: v for k, v in fits[0].selection.items() if k != "field_t"}
    if not np.isfinite(at):
        return None
    drawn = [
        _crossing(fields[order], value + error * rng.standard_normal(len(value)))
        for _ in range(_DRAWS)
    ]
    low, middle, high = np.nanquantile(drawn, (0.16, 0.5, 0.84))
    return TransportFit(
        "zero_bias",
        fits[0].sample,
        selection,
        "done",
        parameters={"field_t": FitParameter(at, at - (middle - low), at + (high - middle), "T")},
        labels={"shape": "dip to peak"},
        window={"chosen": "a line in ln H between the fields on either side"},
        warnings=(
            "the interval holds the noise only, not how contrast goes between these two fields",
        ),
        table={"field_t": fields[order], "contrast": value, "contrast_error": error},
    )


def _crossing(field_t: Column, value: Column) -> float:
    """Return where the value first goes from below zero to above it."""
    up = np.flatnonzero((value[:-1] < 0) & (value[1:] >= 0))
    if not len(up):
        return np.nan
    k = int(up[0])
    before, after = np.log1p(np.maximum(value[k : k + 2], -0.999999))
    share = before / (before - after)
    return float(field_t[k] * (field_t[k + 1] / field_t[k]) ** share)
