"""Conductance → LogWindows, LogSlopes: what of R(T) looks logarithmic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.straight_window import straight_window
from grainscope.records import LogSlopes, LogWindows

if TYPE_CHECKING:
    from grainscope.records import Conductance
    from grainscope.settings import TransportSettings

#: Slope of ΔR/R = A R ln(1/T) that the paper measures, in 1/Ω.
PAPER_A_PER_OHM = 8.44e-5
_TOLERANCES = (0.01, 0.02)


def log_windows(conductance: Conductance) -> LogWindows:
    """Find where R, and where G, is straight in ln T within 1 and 2 %.

    Parameters
    ----------
    conductance : Conductance
        Of one film.

    Returns
    -------
    LogWindows
        One row a model, quantity and tolerance.
    """
    rows = []
    for model in conductance.models():
        siemens = getattr(conductance, f"{model}_s")
        with np.errstate(divide="ignore", over="ignore"):
            curves = {"resistance": 1 / siemens, "conductance": siemens}
        for quantity, values in curves.items():
            for tolerance in _TOLERANCES:
                found = straight_window(conductance.temperature_k, values, tolerance)
                ends = found.low, found.high, found.decades, found.slope
                rows.append((model, quantity, tolerance, *ends))
    columns = list(zip(*rows, strict=True))
    return LogWindows(columns[0], columns[1], *map(np.array, columns[2:]))


def log_slopes(conductance: Conductance, settings: TransportSettings) -> LogSlopes:
    """Return d ln R/d ln(1/T) at 1 K, and A = slope/R(1 K) beside the paper's.

    The morphology predicts the slope; R(1 K) is the user's (``resistance_1k_ohm``), or
    else the model's own.

    Returns
    -------
    LogSlopes
        One row a model; NaN where 1 K is outside the temperatures or nothing conducts.
    """
    models, t = conductance.models(), conductance.temperature_k
    inside = t[0] <= 1.0 <= t[-1]
    slope, own = np.full(len(models), np.nan), np.full(len(models), np.nan)
    for row, model in enumerate(models if inside else ()):
        slope[row] = np.interp(0.0, np.log(t), getattr(conductance, f"{model}_exponent"))
        with np.errstate(divide="ignore"):
            ln_r = -np.log(getattr(conductance, f"{model}_s"))
        own[row] = np.exp(np.minimum(np.interp(0.0, np.log(t), ln_r), 600.0))
    measured = settings.resistance_1k_ohm
    resistance = own if measured is None else np.full(len(models), measured)
    return LogSlopes(
        model=models,
        temperature_k=np.ones(len(models)),
        slope=slope,
        resistance_ohm=resistance,
        a_per_ohm=slope / resistance,
        paper_a_per_ohm=np.full(len(models), PAPER_A_PER_OHM),
    )
