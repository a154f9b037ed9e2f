"""How much smaller the fluctuations of one state are under RF radiation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import GAUSS_PER_TESLA
from grainscope.fitting.loops.loop_analysis import LoopAnalysis, amplitude_over
from grainscope.records import FitParameter, TransportFit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records import TransportCurve

    Column = NDArray[np.float64]

_RF = ("rf_frequency_hz", "rf_power_dbm", "condition")
_FEWEST_ROWS = 12


def suppression(
    found: Sequence[LoopAnalysis], rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Return the ratios of amplitudes with and without RF, one result for each state.

    Over the fields that both sweeps show and count.

    Parameters
    ----------
    found : sequence of LoopAnalysis
        Of one sample.
    rng : numpy Generator

    Returns
    -------
    tuple of TransportFit
        ``rms_ratio`` and ``largest_ratio``, lists in the order of ``rf_frequency_hz`` (NaN
        for a sweep under another condition, such as a filter bypassed).
    """
    fits = []
    for quiet in found:
        if not quiet.sweep.curve.undisturbed:
            continue
        under = [
            one
            for one in found
            if not one.sweep.curve.undisturbed
            and _held(one.sweep.curve) == _held(quiet.sweep.curve)
        ]
        if under:
            fits.append(_compared(quiet, under, rng))
    return tuple(fits)


def _held(curve: TransportCurve) -> tuple[tuple[str, float | str], ...]:
    """Return what is held besides RF; temperatures within 2 % count as one."""
    items = {key: value for key, value in curve.selection.items() if key not in _RF}
    temperature = items.get("temperature_k")
    if isinstance(temperature, float):
        items["temperature_k"] = round(float(np.log(temperature)) / 0.02)
    return tuple(sorted(items.items()))


def _compared(
    quiet: LoopAnalysis, under: Sequence[LoopAnalysis], rng: np.random.Generator
) -> TransportFit:
    ratios: list[tuple[float, ...]] = []
    for one in under:
        ratios.append((one.sweep.curve.at("rf_frequency_hz"), *_ratios(quiet, one, rng)))
    frequency, *columns = zip(*ratios, strict=True)
    rms, rms_low, rms_high, top, top_low, top_high = columns
    return TransportFit(
        "fluctuations",
        quiet.sweep.curve.sample,
        {**quiet.sweep.curve.selection, "compared": "rf"},
        "done",
        parameters={
            "rf_frequency_hz": FitParameter(frequency, frequency, frequency, "Hz"),
            "rms_ratio": FitParameter(rms, rms_low, rms_high, ""),
            "largest_ratio": FitParameter(top, top_low, top_high, ""),
        },
        window={
            "field_t": _range_t(quiet, under),
            "chosen": "fields that both sweeps show, from ¾ of a quantum of the loops on",
        },
        warnings=(
            ("sweeps share too few fields for some ratios (NaN)",)
            if np.isnan(rms).any()
            else ()
        ),
    )  # fmt: skip


def _range_t(quiet: LoopAnalysis, under: Sequence[LoopAnalysis]) -> tuple[float, float]:
    fields = [one.sweep.field_g[one.counted] for one in (quiet, *under)]
    low, high = max(f[0] for f in fields), min(f[-1] for f in fields)
    return float(low) / GAUSS_PER_TESLA, float(high) / GAUSS_PER_TESLA


def _ratios(quiet: LoopAnalysis, loud: LoopAnalysis, rng: np.random.Generator) -> tuple[float, ...]:
    """Return ratio, low and high, of the rms and of the largest."""
    low = max(one.sweep.field_g[one.counted][0] for one in (quiet, loud))
    high = min(one.sweep.field_g[-1] for one in (quiet, loud))
    amplitudes = []
    for one in (loud, quiet):
        rows = (one.sweep.field_g >= low) & (one.sweep.field_g <= high)
        if rows.sum() < _FEWEST_ROWS:
            return (float("nan"),) * 6
        amplitudes.append(amplitude_over(one.sweep, one.routes, rows, rng))
    first, second = amplitudes
    return (
        *_ratio(first.rms, second.rms, first.rms_draws, second.rms_draws),
        *_ratio(first.largest, second.largest, first.largest_draws, second.largest_draws),
    )


def _ratio(
    above: float, below: float, above_draws: Column, below_draws: Column
) -> tuple[float, ...]:
    if not below > 0:
        return (float("nan"),) * 3
    low, high = np.quantile(above_draws / np.maximum(below_draws, 1e-12), (0.16, 0.84))
    value = above / below
    return value, min(float(low), value), max(float(high), value)
