"""Conductance that grows as ln(1/T) on the metallic side, above its saturation (Fig. 3c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.log_temperature import in_localisation_units
from grainscope.fitting.temperature.log_line import fit_log_line
from grainscope.fitting.temperature.temperature_rows import temperature_curves, temperature_rows
from grainscope.laws.conduction import LogConductance
from grainscope.records.transport_fit import TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grainscope.records.transport_data import TransportCurve
    from grainscope.settings.fitting import FittingSettings

_ANALYSIS = "log_conductance"
_LEAST_ROWS = 8
#: A curve is metallic where R grows with T by so many standard deviations.
_SURELY = 3.0


def log_conductance(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Fit σ = σ1 + S ln(1 K/T) to metallic curves, σ = 1/R, in the window where it is straight.

    S is ``slope_s``, in units of e²/2π²ħ ``slope_coefficient``. Saturation at low T, and
    the drop of R at the grains' own transition, end the window; where it ends short of
    the data the interval includes what S moves by when rows next to that end are left
    out. The fit is of R, whose errors are normal, with 1/R the line.

    Parameters
    ----------
    curves : sequence of TransportCurve
    settings : FittingSettings
        Not used.
    rng : Generator
        Not used.

    Returns
    -------
    tuple of TransportFit
        One a metallic curve, or one that says what is missing.

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> [fit.status for fit in log_conductance((), FittingSettings(), np.random.default_rng(0))]
    ['skipped']
    """
    along = temperature_curves(curves)
    found = [_one(curve) for curve in along if _metallic(curve)]
    if not found:
        sample = curves[0].sample if curves else ""
        why = "needs resistivity_ohm_sq along temperature_k that grows with T: got none of"
        return (skipped(_ANALYSIS, sample, f"{why} {len(along)} curves"),)
    return tuple(found)


def _metallic(curve: TransportCurve) -> bool:
    rows = temperature_rows(curve)
    return len(rows) >= _LEAST_ROWS and rows.trend < -_SURELY


def _one(curve: TransportCurve) -> TransportFit:
    rows = temperature_rows(curve)
    line = fit_log_line(LogConductance(), rows, -1.0)
    if line is None:
        reason = "1/R is nowhere straight in ln T over a third of its change"
        return TransportFit(_ANALYSIS, curve.sample, rows.selection, "skipped", reason)
    slope = line.parameter(1)
    return TransportFit(
        _ANALYSIS,
        curve.sample,
        rows.selection,
        "done",
        parameters={
            "slope_s": slope,
            "conductance_1k_s": line.parameter(0),
            "slope_coefficient": in_localisation_units(slope),
        },
        window={"temperature_k": line.span_k, "chosen": line.chosen},
        warnings=line.warnings,
        table=line.table(),
        windows=line.windows(),
        extra=line.dense(),
    )
