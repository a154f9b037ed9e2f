"""Resistivity as a power of the field: the failed superconductor's magnetoresistance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.field_fit import fit_in_field
from grainscope.fitting.field.field_rows import field_rows, held, isotherms, thinned, too_short
from grainscope.fitting.field.knee import LEAST_ROWS
from grainscope.fitting.field.power_collapse import collapse
from grainscope.fitting.field.power_window import PowerWindow, find_power_window
from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.laws.conduction.field_power import FieldPower
from grainscope.records.transport_fit import FitParameter, TransportFit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.field.field_rows import FieldRows
    from grainscope.fitting.least_squares import LawFit
    from grainscope.records.transport_data import TransportCurve
    from grainscope.settings.fitting import FittingSettings

    Column = NDArray[np.float64]

#: Windows are sought on so many rows at most; the chosen one is fitted on all.
_MOST_ROWS = 500
_CHOSEN = (
    "least mean square error of the exponent: its variance, and what the upturn, fitted as a "
    "knee, brings into it"
)


def power_law(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Fit ρ = ρ1 (|H|/1 T)^p to each isotherm, then ask whether all are one curve.

    With an activation energy U = U0 ln(H0/H) at an effective temperature,
    p = U0/k_B T_eff. The window is that of the least mean square error of p,
    the bias being known from a fit of the upturn; it widens the interval.

    Parameters
    ----------
    curves : sequence of TransportCurve
        All of one sample.
    settings : FittingSettings
        Not read.
    rng : numpy.random.Generator
        Not used: intervals are profiled.

    Returns
    -------
    tuple of TransportFit
        One per isotherm with ``exponent`` and ``prefactor`` (Ω/□ at 1 T), then, from
        two isotherms on, one of all (``selection["isotherms"]``).

    References
    ----------
    M. V. Feigel'man, V. B. Geshkenbein, A. I. Larkin, Physica C 167, 177 (1990).

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> power_law([], FittingSettings(), np.random.default_rng(0))[0].status
    'skipped'
    """
    chosen = [curve for curve in isotherms(curves) if len(field_rows(curve)) >= LEAST_ROWS]
    if not chosen:
        return (too_short("power_law", curves, LEAST_ROWS),)
    fits = tuple(_one_isotherm(curve) for curve in chosen)
    return (*fits, *collapse(chosen, fits))


def _one_isotherm(curve: TransportCurve) -> TransportFit:
    rows, selection = field_rows(curve), held(curve)
    try:
        few = thinned(rows, _MOST_ROWS)
        window = find_power_window(few)
    except ValueError as error:
        return TransportFit("power_law", curve.sample, selection, "skipped", str(error))
    low_t, high_t = (float(few.size_t[row]) for row in window.ends(window.chosen))
    inside = (rows.size_t >= low_t) & (rows.size_t <= high_t)
    start = tuple(window.scan.fits[window.chosen].theta[:2])
    misfit = judge_residuals(window.scan.fits[window.chosen].residual, 2)
    part = rows.take(inside)
    fit = fit_in_field(FieldPower(), part, start=start, least_scale=misfit.scale)
    return TransportFit(
        "power_law",
        curve.sample,
        selection,
        "done",
        parameters=_parameters(fit, window),
        window={"field_t": (low_t, high_t), "chosen": _CHOSEN},
        warnings=(*misfit.warnings, *_warnings(window, rows)),
        table=_table(rows, fit, inside),
        windows=_windows(window, few),
        extra=_dense(rows, fit),
    )


def _parameters(fit: LawFit, window: PowerWindow) -> dict[str, FitParameter]:
    """Put what the window may bring in on top of the profile intervals."""
    unsure = float(np.hypot(window.bias[window.chosen], max(window.stray(), window.moved())))
    # The prefactor is an extrapolation to 1 T along the exponent: its share follows from it.
    middle = -float(fit.covariance[0, 1] / fit.covariance[1, 1]) / float(fit.theta[0])
    found = {
        "exponent": _widened(fit, 1, unsure, ""),
        "prefactor": _widened(fit, 0, unsure * middle * float(fit.theta[0]), "Ω/□"),
        "u0_over_kb_t_eff": _widened(fit, 1, unsure, ""),
    }
    if len(fit.theta) > 2:
        found["field_offset_t"] = _widened(fit, 2, 0.0, "T")
    return found


def _widened(fit: LawFit, index: int, unsure: float, unit: str) -> FitParameter:
    value = float(fit.theta[index])
    below, above = value - float(fit.low[index]), float(fit.high[index]) - value
    low, high = value - float(np.hypot(below, unsure)), value + float(np.hypot(above, unsure))
    return FitParameter(value, low, high, unit)


def _warnings(window: PowerWindow, rows: FieldRows) -> tuple[str, ...]:
    found, size_t = [], rows.size_t
    if not window.fits:
        found.append("no window fits within the errors: the exponent is that of the least error")
    if window.stray() > 0:
        found.append(
            f"narrower windows give an exponent off by {window.stray():.2g}: "
            "the interval includes it"
        )
    if (moved := window.moved()) > 0:
        found.append(
            "residuals of the window that would be the best if the law held are odd, its exponent "
            f"is off by {moved:.2g}: the interval includes it"
        )
    if size_t[0] < 3 * rows.offset_error_t:
        found.append(
            f"the lowest field, {size_t[0]:.2g} T, is within three errors of the field offset, "
            f"{rows.offset_error_t:.2g} T"
        )
    if window.knee is None:
        found.append(f"no upturn was found below {size_t.max():.3g} T")
    return tuple(found)


def _table(rows: FieldRows, fit: LawFit, inside: NDArray[np.bool_]) -> dict[str, Column]:
    offset = float(fit.theta[2]) if len(fit.theta) > 2 else 0.0
    model = FieldPower().value(rows.field_t - offset, fit.theta[:2])
    return {
        "field_t": rows.field_t,
        "resistivity_ohm_sq": rows.resistivity_ohm_sq,
        "error_ohm_sq": rows.error_ohm_sq,
        "censored": rows.censored.astype(np.float64),
        "fitted_ohm_sq": model,
        "residual": (rows.resistivity_ohm_sq - model) / rows.error_ohm_sq,
        "in_window": inside.astype(np.float64),
    }


def _windows(window: PowerWindow, rows: FieldRows) -> dict[str, Column]:
    scan = window.scan
    ends = np.array([window.ends(k) for k in range(len(scan.p))])
    return {
        "field_low_t": rows.size_t[ends[:, 0]],
        "field_high_t": rows.size_t[ends[:, 1]],
        "rows": (scan.stop - scan.start).astype(np.float64),
        "exponent": np.array([fit.theta[1] for fit in scan.fits]),
        "exponent_error": window.exponent_error,
        "exponent_bias": window.bias,
        "prefactor_ohm_sq": np.array([fit.theta[0] for fit in scan.fits]),
        "p": scan.p,
        "chosen": (np.arange(len(scan.p)) == window.chosen).astype(np.float64),
    }


def _dense(rows: FieldRows, fit: LawFit) -> dict[str, Column]:
    field = np.geomspace(rows.size_t[0], rows.size_t[-1], 100)
    return {
        "model_field_t": field,
        "model_resistivity_ohm_sq": FieldPower().value(field, fit.theta[:2]),
    }
