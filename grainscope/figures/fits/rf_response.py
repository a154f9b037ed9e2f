"""Resistance with and without RF, as Fig. 6 of the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREY,
    SMALL,
    house_style,
    log_ticks,
    look,
    new_figure,
    say,
)
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records import TransportFit


_WATTS = (
    *(("W", 1.0), ("mW", 1e-3), ("µW", 1e-6), ("nW", 1e-9)),
    *(("pW", 1e-12), ("fW", 1e-15), ("aW", 1e-18)),
)


@house_style()
def draw_rf_response(fits: Sequence[TransportFit]) -> Figure:
    """Draw R(T) under each condition beside that without, and the change of each.

    Parameters
    ----------
    fits : sequence of TransportFit
        Done results of the analysis ``rf_response`` of one sample.

    Returns
    -------
    matplotlib.figure.Figure
        Arrhenius plots at the fields measured, and the changes with the powers at which
        they were found.
    """
    along_t = [fit for fit in fits if "temperature_k" in fit.table]
    fields = sorted({float(fit.selection.get("field_t", 0.0)) for fit in along_t})[:3]
    rows = 1 if len(fields) < 2 else 2
    figure = new_figure((9.4, 3.9 * rows))
    panels = figure.subplots(rows, 2).ravel()
    for spare in panels[len(fields) + 1 :]:
        spare.set_visible(False)
    panels = panels[: len(fields) + 1]
    for axes, field in zip(panels, fields, strict=False):
        here = [fit for fit in along_t if float(fit.selection.get("field_t", 0.0)) == field]
        _arrhenius(axes, here)
        axes.set_title(f"{plain_number(1e3 * field)} mT")
        axes.set_ylabel("resistivity ρ (Ω/□)")
    _changes(panels[-1], fits)
    return figure


def _arrhenius(axes: Axes, fits: Sequence[TransportFit]) -> None:
    first = fits[0].table
    plain = (first["disturbed"] == 0) & (first["censored"] == 0)
    axes.plot(
        1 / first["temperature_k"][plain], first["resistivity_ohm_sq"][plain], ".",
        color=BLACK, markersize=3, label="none",
    )  # fmt: skip
    for place, fit in enumerate(fits, 1):
        colour, marker, _ = look(place)
        rows = fit.table["disturbed"] == 1
        x, y = 1 / fit.table["temperature_k"][rows], fit.table["resistivity_ohm_sq"][rows]
        zero = fit.table["censored"][rows] == 1
        axes.plot(x[~zero], y[~zero], marker, color=colour, markersize=3, label=condition_of(fit))
        if zero.any():
            axes.plot(x[zero], y[zero], "v", color=colour, markersize=2.5, alpha=0.5)
    axes.set_yscale("log")
    log_ticks(axes.yaxis, *axes.get_ylim())
    axes.set_xlabel("1/T (1/K)")
    axes.legend(loc="best", fontsize=SMALL)


def _changes(axes: Axes, fits: Sequence[TransportFit]) -> None:
    shown = [fit for fit in fits if "relative_change" in fit.parameters][:16]
    if not shown:
        say(axes, "no change measured")
        return
    for row, fit in enumerate(shown):
        found = fit.parameters["relative_change"]
        value, low, high = (100 * float(np.real(v)) for v in (found.value, found.low, found.high))
        axes.errorbar(
            value, row, xerr=[[value - low], [max(high - value, 0)]], fmt="o", markersize=4,
            color=BLUE,
        )  # fmt: skip
    labels = [f"{_where(fit)}, {condition_of(fit)}" for fit in shown]
    axes.set_yticks(range(len(shown)), labels, fontsize=SMALL)
    axes.invert_yaxis()
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_xlabel("change of resistance (%)")
    powers = [_powers(fit) for fit in shown]
    if any(powers):
        right = axes.secondary_yaxis("right")
        right.set_yticks(range(len(shown)), powers, fontsize=SMALL)
        right.set_ylabel("power of the signal and of the current", fontsize=SMALL)


def _powers(fit: TransportFit) -> str:
    """Return what heats the film, such as ``RF 10 fW, I²R 400 aW``."""
    named = (("RF", "rf_transmitted_w"), ("I²R", "joule_power_w"))
    return ", ".join(f"{word} {text}" for word, name in named if (text := _watts(fit, name)))


def _watts(fit: TransportFit, name: str) -> str:
    found = fit.parameters.get(name)
    if found is None or isinstance(found.value, tuple) or isinstance(found.high, tuple):
        return ""
    limit = np.isnan(found.value)
    shown = found.high if limit else found.value
    prefix = "≤ " if limit else ""
    unit, size = next((pair for pair in _WATTS if shown >= pair[1]), _WATTS[-1])
    return f"{prefix}{plain_number(float(f'{shown / size:.2g}'))} {unit}"


def condition_of(fit: TransportFit) -> str:
    """Return what was done to the film, such as ``Pin 19, 2 GHz``."""
    parts = [str(fit.selection.get("condition", ""))]
    if "rf_frequency_hz" in fit.selection:
        parts.append(f"{plain_number(float(fit.selection['rf_frequency_hz']) / 1e9)} GHz")
    if "rf_power_dbm" in fit.selection and float(fit.selection["rf_power_dbm"]) != 0:
        parts.append(f"{plain_number(float(fit.selection['rf_power_dbm']))} dBm")
    return ", ".join(part for part in parts if part) or "none"


def _where(fit: TransportFit) -> str:
    if "temperature_k" in fit.table:
        return f"{plain_number(1e3 * float(fit.selection.get('field_t', 0.0)))} mT"
    ends = fit.window.get("field_t")
    if ends is None or isinstance(ends, str):
        return ""
    return f"{plain_number(1e3 * ends[0])}–{plain_number(1e3 * ends[1])} mT"
