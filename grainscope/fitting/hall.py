"""Hall resistance against field → carrier density, and whether σ = 1/ρ will do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.hall_slope import (
    OddPart,
    carrier_density,
    fit_hall_slope,
    merged_fields,
    odd_part,
    slope_of_shape,
)
from grainscope.fitting.lacking import lacking
from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.laws.resistor_network.two_phase_hall import carrier_density_among_good_grains
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.field.hall_slope import HallSlope
    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

_NAME = "hall"
_LEAST_FIELDS = 4
#: Rows at the weakest fields that tell the resistivity of the composite.
_WEAK_ROWS = 5
#: Below this change of σ the Hall part is negligible.
_NEGLIGIBLE = 0.01
#: The slope is seen where it differs from 0 by so many standard deviations,
_SEEN_SIGMA = 2.0
#: and a field is stated that would measure it to this share.
_WANTED = 0.1
#: Sweeps up and down that differ by so many standard deviations drift.
_DRIFT_SIGMA = 3.0
_NAN = float("nan")
_CHOSEN = "averaged over windows and odd powers by exp(−½ (χ² + 2 k ln K + 2 rows left out))"
_WINDOW_COLUMNS = (
    "field_high_t",
    "fields",
    "parameters",
    "chi2",
    "hall_slope_ohm_per_t",
    "error_ohm_per_t",
    "weight",
)


def hall(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Return the carrier density from each Hall curve, and how much the Hall part matters.

        n = 1/(e |dR_xy/dB|),   σ_xx = ρ_xx/(ρ_xx² + ρ_xy²) ≈ 1/ρ_xx

    R_xy is antisymmetrised in ±B, which takes the admixture of ρ_xx off; its slope is that
    at B = 0, by `fit_hall_slope`. The sign of the carriers is that of
    the slope, in the convention of the user's contacts. The paper's 4·10¹⁵ cm⁻² is 0.156 Ω/T.

    Parameters
    ----------
    curves : sequence of TransportCurve
        Used: hall_resistance_ohm against field, undisturbed; and resistivities against field
        in the same state and temperature.
    settings : FittingSettings
        ``temperature_tolerance``; ``film_resistivity_ohm_sq`` and
        ``film_carrier_density_per_cm2`` where they are known.
    rng : Generator

    Returns
    -------
    tuple of TransportFit
        ``carrier_density_per_cm2`` (its ``high`` infinite where the slope may be 0),
        ``hall_slope_ohm_per_t``, ``carrier_sign``, ``field_needed_t`` (highest field that
        would give the density to 10 % with as many rows of as much noise) and, with ρ_xx,
        ``hall_ratio`` (largest |ρ_xy|/ρ_xx) and, with the film's own density and
        resistivity, ``composite_density_per_cm2``.
    """
    usable = [
        curve
        for curve in curves
        if curve.quantity == "hall_resistance_ohm"
        and curve.along == "field_t"
        and curve.undisturbed
    ]
    if not usable:
        return (lacking(_NAME, curves, "hall_resistance_ohm", "field_t"),)
    found = []
    for curve in usable:
        along = _companion(curve, curves, settings)
        fit = _one(curve, along)
        expected = _composite(along, settings) if fit.status == "done" else {}
        found.append(replace(fit, parameters={**fit.parameters, **expected}))
    return tuple(found)


def _composite(along: TransportCurve | None, settings: FittingSettings) -> dict[str, FitParameter]:
    """Return the density expected of grains that conduct far better than the film they lie in.

    n_film (ρ_film/ρ)², exact in two dimensions and weak fields whatever the pattern
    (`carrier_density_among_good_grains`); nothing where the film is not known.
    """
    density, film = settings.film_carrier_density_per_cm2, settings.film_resistivity_ohm_sq
    if along is None or density is None or film is None:
        return {}
    weak = np.argsort(np.abs(along.field_t))[:_WEAK_ROWS]
    weight = along.error[weak] ** -2.0
    rho = float(np.average(along.value[weak], weights=weight))
    error = float(weight.sum() ** -0.5)
    if not 0 < rho < film:
        return {}
    ends = [
        carrier_density_among_good_grains(1 / (rho + side * error), 1 / film, density)
        for side in (0, 1, -1)
    ]
    return {"composite_density_per_cm2": FitParameter(ends[0], ends[1], ends[2], "1/cm²")}


def _companion(
    curve: TransportCurve, curves: Sequence[TransportCurve], settings: FittingSettings
) -> TransportCurve | None:
    """Return the resistivity along field of the same state and nearest temperature."""
    at = curve.at("temperature_k")
    near = [
        one
        for one in curves
        if one.quantity == "resistivity_ohm_sq"
        and one.along == "field_t"
        and one.state == curve.state
        and not abs(one.at("temperature_k") / at - 1) > settings.temperature_tolerance
    ]
    return max(near, key=len, default=None)


def _one(curve: TransportCurve, along: TransportCurve | None) -> TransportFit:
    odd = odd_part(curve.field_t, curve.value, curve.error)
    two_sided = len(odd.field_t) >= _LEAST_FIELDS
    if not two_sided:
        odd = _one_side(curve)
    if len(odd.field_t) < _LEAST_FIELDS:
        why = f"needs {_LEAST_FIELDS} fields at ±B or on one side: got {len(odd.field_t)}"
        return skipped(_NAME, curve.sample, why, **curve.selection)
    fit = fit_hall_slope(odd.field_t, odd.odd_ohm, odd.error_ohm, offset=not two_sided)
    b = odd.field_t[: fit.stop]
    pull = (odd.odd_ohm - fit.model_ohm) / odd.error_ohm
    misfit = judge_residuals(pull[: fit.stop], fit.n_parameters)
    drift, warnings = _drift(curve, float(b[-1])) if two_sided else (0.0, ())
    # Drift and unequal noise widen by what χ² has not yet.
    size = max(float(np.sqrt(np.mean(pull[: fit.stop] ** 2))), 1.0)
    widening = max(misfit.scale / size, 1.0) if misfit.warnings else 1.0
    error = float(np.hypot(fit.error_ohm_per_t * widening, drift))
    if not two_sided:
        admixture, one_side_warnings = _admixture(fit, along, odd)
        error += admixture
        warnings = (*one_side_warnings, *warnings)
    ratio, ratio_warnings, statement = _hall_part(fit.slope_ohm_per_t, error, along, odd)
    return TransportFit(
        _NAME,
        curve.sample,
        dict(curve.selection),
        "done",
        parameters={**_parameters(fit, error, float(b[-1])), **ratio},
        window={
            "field_t": (float(b[0]), float(b[-1])),
            "chosen": _CHOSEN,
            "symmetry": "(R(B) − R(−B))/2" if two_sided else "one sign of B: offset fitted",
            "conductivity": statement,
        },
        warnings=(
            *_warnings(fit, error, float(b[-1])),
            *warnings,
            *ratio_warnings,
            *misfit.warnings,
        ),
        table={
            "field_t": odd.field_t,
            "hall_resistance_ohm": odd.odd_ohm,
            "even_ohm": odd.even_ohm,
            "error_ohm": odd.error_ohm,
            "fitted_ohm": fit.model_ohm,
            "residual": pull,
            "in_window": (np.arange(len(pull)) < fit.stop).astype(np.float64),
        },
        windows=dict(zip(_WINDOW_COLUMNS, fit.windows.T, strict=True)),
    )


def _one_side(curve: TransportCurve) -> OddPart:
    """Return |B| ascending and sign(B) R as it is, offset and admixture in it."""
    sign = 1.0 if (curve.field_t > 0).sum() >= (curve.field_t < 0).sum() else -1.0
    b, value, error = merged_fields(sign * curve.field_t, sign * curve.value, curve.error)
    return OddPart(b, value, np.full(len(b), np.nan), error)


def _admixture(
    fit: HallSlope, along: TransportCurve | None, odd: OddPart
) -> tuple[float, tuple[str, ...]]:
    """Return the slope, in Ω/T, that ρ_xx mixed into R_xy can have on one side of the field.

    The offset at B = 0 is all admixture, α ρ_xx(0). It has the shape of ρ_xx(B) where that is
    measured; else ρ_xx may change by as much as it is within the window.
    """
    mixed_ohm = abs(fit.offset_ohm) + fit.offset_error_ohm
    shape = None if along is None else _shape(along, odd.field_t)
    if shape is None:
        slope = mixed_ohm / float(odd.field_t[fit.stop - 1])
        how = "if ρ_xx changes there by as much as it is: needs ±B, or ρ_xx along field_t"
    else:
        slope = mixed_ohm * abs(slope_of_shape(fit, odd.field_t, odd.error_ohm, shape))
        how = "by the measured ρ_xx(B)"
    return slope, (
        f"one sign of the field only: the {mixed_ohm:.2g} Ω of ρ_xx mixed into R_xy change the "
        f"slope by up to {slope:.2g} Ω/T, which is in the interval ({how})",
    )


def _shape(along: TransportCurve, field_t: Column) -> Column | None:
    """Return ρ_xx(B)/ρ_xx(0) at fields; None where it was not measured over all of them."""
    size = np.abs(along.field_t)
    order = np.argsort(size, kind="stable")
    b, rho = size[order], along.value[order]
    step = float(np.max(np.diff(field_t)))
    weak = float(np.mean(rho[:_WEAK_ROWS]))
    if b[0] > field_t[0] + step or b[-1] < field_t[-1] - step or weak <= 0:
        return None
    return np.asarray(np.interp(field_t, b, rho) / weak)


def _drift(curve: TransportCurve, top_t: float) -> tuple[float, tuple[str, ...]]:
    """Compare sweeps up and down: a drift in time adds to one slope what it takes off the other."""
    slopes = []
    for direction in (1, -1):
        rows = (curve.direction == direction) & (np.abs(curve.field_t) <= top_t)
        part = odd_part(curve.field_t[rows], curve.value[rows], curve.error[rows])
        if len(part.field_t) >= _LEAST_FIELDS:
            found = fit_hall_slope(part.field_t, part.odd_ohm, part.error_ohm, offset=False)
            slopes.append((found.slope_ohm_per_t, found.error_ohm_per_t))
    if len(slopes) == 2:
        (up, up_error), (down, down_error) = slopes
        apart = abs(up - down)
        if apart <= _DRIFT_SIGMA * np.hypot(up_error, down_error):
            return 0.0, ()
        text = f"sweeps up and down give {up:.3g} and {down:.3g} Ω/T: the offset drifts in time"
        return apart / 2, (text,)
    if np.unique(curve.direction).tolist() in ([1], [-1]):
        text = "one direction of sweep only: a drift in time would look like a Hall voltage"
        return 0.0, (text,)
    return 0.0, ()


def _parameters(fit: HallSlope, error: float, top_t: float) -> dict[str, FitParameter]:
    slope = fit.slope_ohm_per_t
    ends = sorted(abs(slope + side * error) for side in (-1, 1))
    crosses = abs(slope) <= error
    seen = abs(slope) > _SEEN_SIGMA * error
    sign = float(np.sign(slope)) if seen else _NAN
    needed = top_t * error / (_WANTED * abs(slope)) if slope != 0 else float("inf")
    return {
        "carrier_density_per_cm2": FitParameter(
            carrier_density(slope),
            carrier_density(ends[1]),
            float("inf") if crosses else carrier_density(ends[0]),
            "1/cm²",
        ),
        "hall_slope_ohm_per_t": FitParameter(slope, slope - error, slope + error, "Ω/T"),
        "carrier_sign": FitParameter(sign, sign, sign, ""),
        "field_needed_t": FitParameter(needed, _NAN, _NAN, "T"),
    }


def _warnings(fit: HallSlope, error: float, top_t: float) -> tuple[str, ...]:
    warnings = []
    slope = fit.slope_ohm_per_t
    if abs(slope) <= _SEEN_SIGMA * error:
        warnings.append(
            f"no Hall slope is seen up to {top_t:.3g} T: n is above "
            f"{carrier_density(abs(slope) + error):.2g}/cm² and no more is known"
        )
    elif error > _WANTED * abs(slope):
        warnings.append(
            f"n is known to {error / abs(slope):.0%}: 10 % with this noise need "
            f"{top_t * error / (_WANTED * abs(slope)):.2g} T"
        )
    if abs(fit.curvature) > _SEEN_SIGMA:
        warnings.append(
            f"R_xy bends with field (a term in B³ by {abs(fit.curvature):.2g} σ): the slope is "
            "that at B = 0"
        )
    return tuple(warnings)


def _hall_part(
    slope_ohm_per_t: float, error_ohm_per_t: float, along: TransportCurve | None, odd: OddPart
) -> tuple[dict[str, FitParameter], tuple[str, ...], str]:
    """Return |ρ_xy|/ρ_xx at its largest, and whether 1/ρ_xx is the conductivity."""
    if along is None:
        return {}, (), "1/ρ_xx not checked: needs resistivity_ohm_sq along field_t there"
    order = np.argsort(np.abs(along.field_t), kind="stable")
    b, rho = np.abs(along.field_t)[order], along.value[order]
    inside = (odd.field_t >= b[0]) & (odd.field_t <= b[-1])
    if not inside.any():
        return {}, (), "1/ρ_xx not checked: resistivity and Hall fields do not overlap"
    at = np.interp(odd.field_t[inside], b, rho)
    model = abs(slope_ohm_per_t) * odd.field_t[inside] / at
    error = error_ohm_per_t * odd.field_t[inside] / at
    place = int(np.argmax(model))
    largest, sigma = float(model[place]), float(error[place])
    change = largest**2 / (1 + largest**2)  # of σ_xx against 1/ρ_xx
    parameters = {
        "hall_ratio": FitParameter(largest, max(largest - sigma, 0.0), largest + sigma, "")
    }
    even = odd.even_ohm[inside]
    if np.isfinite(even).all():
        weight = (at / odd.error_ohm[inside]) ** 2
        share = float(np.average(even / at, weights=weight))
        spread = float(weight.sum() ** -0.5)
        parameters["longitudinal_share"] = FitParameter(share, share - spread, share + spread, "")
    statement = f"1/ρ_xx exceeds σ_xx by {change:.1g} of it at most"
    if change < _NEGLIGIBLE:
        return parameters, (), statement + ": the Hall part is negligible"
    return parameters, (f"{statement}: the Hall part counts",), statement
