"""TransportCurves → what an RF signal, or a filter bypassed, does to the resistance."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.paired_curves import pairs, share_of_change
from grainscope.fitting.rf_power import joule_power, rf_power
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.paired_curves import ShareOfChange
    from grainscope.records import TransportCurve
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

#: Windows of R(T) reach from the coldest row to so many times its temperature.
_REACHES = (1.5, 2.0, 3.0, 5.0)
#: Windows of R(H) are so many to a decade.
_BINS_PER_DECADE = 4
_LEAST_P = 0.05
_CLEAR = 3.0
#: Resistance is zero where so large a share of the coldest rows is at the floor.
_ZERO_SHARE = 0.5
_ROWS_COLD = 5


def rf_response(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Compare every curve under RF, or another condition, with the same one without.

    Of R(T) the change is that of the coldest stretch over which both have one shape; of
    R(H) that of the quarter decade where it is clearest. Heating is judged by the
    temperature at which the undisturbed film has the disturbed one's resistance: where
    no higher temperature does, electrons that are hotter cannot be the reason. Beside it
    stand the powers: of the measuring current in the bar, of the signal at its generator
    and, where it was measured, at the film.

    Parameters
    ----------
    curves : sequence of TransportCurve
        Resistivities along temperature or field.
    settings : FittingSettings
        Geometry of the bar, for the power of the current.
    rng : numpy Generator
        Not used.

    Returns
    -------
    tuple of TransportFit
        One a pair: ``relative_change``, ``equivalent_temperature_k``; labels
        ``heating`` and, at low temperature, ``zero_resistance``. Of the window, the
        parameters of `joule_power` and `rf_power`; labels ``joule_power`` and
        ``rf_transmitted`` say what is missing for them.
    """
    sample = curves[0].sample if curves else ""
    usable = [c for c in curves if c.quantity == "resistivity_ohm_sq" and c.along != "current_a"]
    matched = list(pairs(usable))
    if not matched:
        n = sum(not c.undisturbed for c in usable)
        got = "none" if not n else f"{n} without a partner at the same set point"
        reason = (
            "needs resistivity with rf_frequency_hz or condition beside the same curve without: "
            f"got {got}"
        )
        return (skipped("rf_response", sample, reason),)
    return tuple(_one(disturbed, plain, settings) for disturbed, plain in matched)


def _one(
    disturbed: TransportCurve, plain: TransportCurve, settings: FittingSettings
) -> TransportFit:
    found = _windows(disturbed, plain)
    labels: dict[str, str] = {}
    zero = _zero_resistance(disturbed, plain)
    if zero:
        labels["zero_resistance"] = zero
    chosen = _chosen(found, disturbed.along)
    if chosen is None and zero != "restored":
        reason = "needs 4 rows above the noise floor of both curves at the same temperatures"
        return skipped("rf_response", disturbed.sample, reason, **disturbed.selection)
    parameters, window = _change(chosen, disturbed, plain, zero)
    powers, missing, warnings = _powers(disturbed, window, settings)
    parameters |= powers
    labels |= missing
    if disturbed.along == "temperature_k" and chosen is not None:
        equivalent, labels["heating"] = _heating(chosen, plain)
        parameters["equivalent_temperature_k"] = equivalent
    if chosen is not None and chosen.p < _LEAST_P:
        warnings.append(
            "the two curves are not of one shape in any window: the change depends on "
            f"{disturbed.along} (see rf_response_windows.csv)"
        )
    return TransportFit(
        "rf_response",
        disturbed.sample,
        disturbed.selection,
        "done",
        parameters=parameters,
        labels=labels,
        window=window,
        warnings=tuple(warnings),
        table=_table(disturbed, plain),
        windows={
            "low": np.array([w.low for w in found]),
            "high": np.array([w.high for w in found]),
            "relative_change": np.array([w.change for w in found]),
            "error": np.array([w.error for w in found]),
            "p": np.array([w.p for w in found]),
            "rows": np.array([float(w.rows) for w in found]),
        },
    )


def _powers(
    disturbed: TransportCurve,
    window: Mapping[str, tuple[float, float] | str],
    settings: FittingSettings,
) -> tuple[dict[str, FitParameter], dict[str, str], list[str]]:
    """Return the powers within the window, what is missing for them, and warnings."""
    ends = window[disturbed.along]
    assert not isinstance(ends, str)
    x = np.abs(disturbed.x)
    rows = (x >= ends[0]) & (x <= ends[1])
    joule, no_joule = joule_power(disturbed, rows, settings.probe_spacing_um, settings.bar_width_um)
    unknown = np.full(len(disturbed), np.nan)
    transmitted = disturbed.beside.get("rf_transmitted_dbm", unknown)[rows]
    signal, no_signal = rf_power(disturbed.selection, transmitted)
    missing = {"joule_power": no_joule, "rf_transmitted": no_signal}
    warnings = []
    gain = signal.get("rf_transmission_db")
    if gain is not None and isinstance(gain.value, float) and gain.value > 0:
        warnings.append(
            f"rf_transmitted_dbm is {gain.value:.3g} dB above rf_power_dbm: no line amplifies"
        )
    return {**joule, **signal}, {name: why for name, why in missing.items() if why}, warnings


def _windows(disturbed: TransportCurve, plain: TransportCurve) -> list[ShareOfChange]:
    x = np.abs(disturbed.x)
    x = x[x > 0]
    low, high = max(x.min(), np.abs(plain.x).min()), min(x.max(), np.abs(plain.x).max())
    if disturbed.along == "temperature_k":
        ends = [(low, low * reach) for reach in _REACHES]
    else:
        n = max(round(_BINS_PER_DECADE * math.log10(max(high / low, 1.01))), 1)
        edges = np.geomspace(low, high, n + 1)
        ends = list(pairwise(edges))
    found = [share_of_change(disturbed, plain, float(a), float(b)) for a, b in ends]
    return [window for window in found if window is not None]


def _chosen(found: Sequence[ShareOfChange], along: str) -> ShareOfChange | None:
    """Return the widest window of one shape; of fields, the clearest change."""
    if not found:
        return None
    if along == "field_t":
        return max(found, key=lambda window: abs(window.change) / window.error)
    good = [window for window in found if window.p >= _LEAST_P]
    return good[-1] if good else found[0]


def _change(
    chosen: ShareOfChange | None, disturbed: TransportCurve, plain: TransportCurve, zero: str
) -> tuple[dict[str, FitParameter], dict[str, tuple[float, float] | str]]:
    if zero == "restored" or chosen is None:
        cold = np.argsort(plain.x)[:_ROWS_COLD]
        least = disturbed.floor / float(np.mean(plain.value[cold])) - 1
        ends = float(disturbed.x[0]), float(disturbed.x[min(_ROWS_COLD, len(disturbed)) - 1])
        return (
            {"relative_change": FitParameter(-1.0, -1.0, least, "")},
            {disturbed.along: ends, "chosen": "the coldest rows, at the noise floor"},
        )
    where = (
        "coldest stretch of one shape"
        if disturbed.along == "temperature_k"
        else "quarter decade of the clearest change"
    )
    return (
        {
            "relative_change": FitParameter(
                chosen.change, chosen.change - chosen.error, chosen.change + chosen.error, ""
            )
        },
        {disturbed.along: (chosen.low, chosen.high), "chosen": where},
    )


def _zero_resistance(disturbed: TransportCurve, plain: TransportCurve) -> str:
    """Say whether resistance at the lowest temperatures is zero with, without, or with both."""
    if disturbed.along != "temperature_k":
        return ""
    with_rf, without = (
        float(c.censored[np.argsort(c.x)[:_ROWS_COLD]].mean()) >= _ZERO_SHARE
        for c in (disturbed, plain)
    )
    if with_rf:
        return "on both" if without else "restored"
    return "lost" if without else ""


def _heating(chosen: ShareOfChange, plain: TransportCurve) -> tuple[FitParameter, str]:
    """Return the temperature that would do the same, and what it says of heating."""
    order = np.argsort(plain.x)
    t, rho = plain.x[order], plain.value[order]
    cold = (t >= chosen.low) & (t <= chosen.high) & ~plain.censored[order]
    level = float(np.mean(rho[cold]))
    if abs(chosen.change) < _CLEAR * chosen.error:
        return FitParameter(math.nan, math.nan, math.nan, "K"), "no clear change"
    # Means of five rows, so that noise does not cross the level.
    width = min(_ROWS_COLD, len(t))
    smooth = np.convolve(rho, np.ones(width) / width, "valid")
    at = np.convolve(t, np.ones(width) / width, "valid")
    warmer = at > chosen.low
    ends = [
        _first_reaching(at[warmer], smooth[warmer], level * (1 + change), chosen.change > 0)
        for change in (
            chosen.change,
            chosen.change - math.copysign(chosen.error, chosen.change),
            chosen.change + math.copysign(chosen.error, chosen.change),
        )
    ]
    if not math.isfinite(ends[0]):
        return FitParameter(math.nan, math.nan, math.inf, "K"), "excluded"
    return FitParameter(ends[0], ends[1], ends[2], "K"), "possible"


def _first_reaching(t: Column, rho: Column, level: float, rising: bool) -> float:
    beyond = rho >= level if rising else rho <= level
    return float(t[int(np.argmax(beyond))]) if beyond.any() else math.inf


def _table(disturbed: TransportCurve, plain: TransportCurve) -> dict[str, Column]:
    """Return the rows of both, the disturbed ones marked 1."""
    columns = {
        disturbed.along: (disturbed.x, plain.x),
        "resistivity_ohm_sq": (disturbed.value, plain.value),
        "error_ohm_sq": (disturbed.error, plain.error),
        "censored": (disturbed.censored.astype(float), plain.censored.astype(float)),
        "disturbed": (np.ones(len(disturbed)), np.zeros(len(plain))),
    }
    return {name: np.concatenate(both) for name, both in columns.items()}
