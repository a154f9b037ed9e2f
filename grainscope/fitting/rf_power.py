"""Powers that reach a film: of the current that measures it, and of an RF signal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.records import FitParameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from grainscope.records import TransportCurve

    Column = NDArray[np.float64]

#: W of 0 dBm, and m of a µm.
_MILLIWATT, _MICRON = 1e-3, 1e-6
_MIDDLE_68 = (0.16, 0.5, 0.84)

#: What a power is, or the words that say what is missing for it.
Found = tuple[dict[str, FitParameter], str]


def watts(dbm: float) -> float:
    """Return the power of a level over 1 mW, in W.

    Examples
    --------
    >>> watts(0.0), watts(-30.0)
    (0.001, 1e-06)
    """
    return float(_MILLIWATT * 10 ** (dbm / 10))


def joule_power(
    curve: TransportCurve,
    rows: NDArray[np.bool_],
    spacing_um: float | None,
    width_um: float | None,
) -> Found:
    """Return the power that the measuring current leaves in the bar.

    P = I²ρL/w between voltage probes L apart, and I²ρ/w² of area; I² is that of the
    direct current and of the excitation (rms) together. The interval is the middle 68 %
    of the rows; of rows at the noise floor, where ρ is a limit, so is P.

    Parameters
    ----------
    curve : TransportCurve
        A resistivity.
    rows : ndarray of bool, shape (K,)
        Those that count.
    spacing_um, width_um : float or None
        L and w, of the settings.

    Returns
    -------
    parameters : dict of str to FitParameter
        ``joule_power_w`` and ``joule_power_w_per_m2``; empty where something is missing.
    missing : str
        What; empty where nothing is.
    """
    known = {"current_a": curve.current_a, **curve.beside}
    read = [
        name for name in ("excitation_a", "current_a") if np.isfinite(known.get(name, np.nan)).any()
    ]
    current = sum(np.nan_to_num(known[name][rows]) ** 2 for name in read)
    if not np.any(current):
        got = f"{' and '.join(read)} of 0" if read else "neither"
        return {}, f"needs excitation_a or current_a: got {got}"
    if width_um is None or spacing_um is None:
        return {}, "needs fitting.probe_spacing_um and bar_width_um: got no geometry"
    per_square = np.asarray(current) * np.maximum(curve.value[rows], 0.0)
    limit = curve.censored[rows].mean() > 0.5
    return {
        "joule_power_w": _of_rows(per_square * spacing_um / width_um, limit, "W"),
        "joule_power_w_per_m2": _of_rows(per_square / (width_um * _MICRON) ** 2, limit, "W/m²"),
    }, ""


def rf_power(selection: Mapping[str, float | str], transmitted_dbm: Column) -> Found:
    """Return the power that the generator gives, and what of it reaches the film.

    Where nobody measured what reaches it, all of it is the upper limit.

    Parameters
    ----------
    selection : mapping
        ``rf_frequency_hz`` and ``rf_power_dbm``, where a signal was applied.
    transmitted_dbm : ndarray of float64
        Of the rows that count; NaN where not measured.

    Returns
    -------
    parameters : dict of str to FitParameter
        ``rf_power_w``, ``rf_transmitted_w``, ``rf_transmission_db``; those that are known.
    missing : str
        What the transmitted power still needs; empty where nothing.

    Examples
    --------
    >>> found, missing = rf_power({"rf_frequency_hz": 2e9, "rf_power_dbm": 0.0}, np.array([-60.0]))
    >>> found["rf_transmitted_w"].value, found["rf_transmission_db"].value, missing
    (1e-09, -60.0, '')
    """
    transmitted = transmitted_dbm[np.isfinite(transmitted_dbm)]
    fed_dbm = selection.get("rf_power_dbm", math.nan)
    found = {}
    if math.isfinite(fed := float(fed_dbm)):
        found["rf_power_w"] = FitParameter(watts(fed), math.nan, math.nan, "W")
    if len(transmitted):
        low, middle, high = (float(level) for level in np.quantile(transmitted, _MIDDLE_68))
        found["rf_transmitted_w"] = FitParameter(watts(middle), watts(low), watts(high), "W")
        if found.get("rf_power_w"):
            found["rf_transmission_db"] = FitParameter(middle - fed, low - fed, high - fed, "dB")
        return found, ""
    if "rf_frequency_hz" not in selection:
        return found, "needs rf_transmitted_dbm: got a condition without a signal"
    if not found:
        return found, "needs rf_transmitted_dbm, or rf_power_dbm for a limit: got neither"
    found["rf_transmitted_w"] = FitParameter(math.nan, 0.0, watts(fed), "W")
    return found, "needs rf_transmitted_dbm: got rf_power_dbm alone, which is the limit"


def _of_rows(power: Column, limit: bool, unit: str) -> FitParameter:
    low, middle, high = (float(end) for end in np.quantile(power, _MIDDLE_68))
    if limit:
        return FitParameter(math.nan, 0.0, high, unit)
    return FitParameter(middle, low, high, unit)
