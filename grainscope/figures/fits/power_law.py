"""Magnetoresistance in log–log axes with the power law of its low fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.fits.isotherm_colours import IsothermColours, temperature_of
from grainscope.figures.fits.state_words import state_words
from grainscope.figures.style import (
    BLACK,
    COLUMN_IN,
    GREY,
    PALE,
    house_style,
    log_ticks,
    new_figure,
    say,
)
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records import TransportFit

_SIZE_IN = (COLUMN_IN, 5.4)
#: Stages, one marker each: filled, open, then others.
_MARKERS = (("o", True), ("o", False), ("^", False), ("s", False), ("D", False), ("v", False))
#: Rows drawn of a curve: more make a file heavy and nothing clearer.
_MOST_ROWS = 1500


@house_style()
def draw_power_law(fits: Sequence[TransportFit]) -> Figure:
    """Draw ρ(H) of all isotherms and stages, the common power law dashed, and the residuals.

    Residuals are those of the rows fitted, each against the law of its own isotherm.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``power_law`` and one sample.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels, the isotherms and their residuals.
    """
    done = [fit for fit in fits if fit.status == "done"]
    single = [fit for fit in done if "isotherms" not in fit.selection]
    figure = new_figure(_SIZE_IN)
    if not single:
        say(figure.add_subplot(), "no power law was fitted")
        return figure
    axes, left = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    colours = IsothermColours(temperature_of(fit) for fit in single)
    stages = list(dict.fromkeys(_stage(fit) for fit in single))
    for fit in single:
        marker, filled = _MARKERS[stages.index(_stage(fit)) % len(_MARKERS)]
        _draw_rows(axes, left, fit, (colours(temperature_of(fit)), marker, filled))
    joint = next((fit for fit in done if "isotherms" in fit.selection), single[0])
    _draw_law(axes, joint)
    _dress(axes, left, single)
    if len(stages) > 1:
        for stage, (marker, filled) in zip(stages, _MARKERS, strict=False):
            face = GREY if filled else "none"
            axes.plot([], [], marker, color=GREY, markerfacecolor=face, markersize=5, label=stage)
    colours.explain(axes, (axes, left), "lower right", 2)
    return figure


def _stage(fit: TransportFit) -> str:
    return state_words(fit.selection)


def _draw_rows(axes: Axes, left: Axes, fit: TransportFit, look: tuple[object, str, bool]) -> None:
    colour, marker, filled = look
    table, face = fit.table, colour if filled else "none"
    style = {"marker": marker, "markersize": 2.6, "linestyle": "none", "markeredgewidth": 0.6}
    field, value = np.abs(table["field_t"]), table["resistivity_ohm_sq"]
    limits = table["censored"] > 0
    every = max(len(field) // _MOST_ROWS, 1)
    good = np.flatnonzero(~limits & (value > 0))[::every]
    axes.plot(field[good], value[good], color=colour, markerfacecolor=face, **style)
    low = np.flatnonzero(limits)[::every]
    axes.plot(field[low], value[low], "v", markersize=3, color=colour, markerfacecolor="none")
    fitted = np.flatnonzero((table["in_window"] > 0) & ~limits)[::every]
    left.plot(field[fitted], table["residual"][fitted], color=colour, markerfacecolor=face, **style)


def _draw_law(axes: Axes, fit: TransportFit) -> None:
    exponent = fit.parameters["exponent"]
    value, low, high = (
        float(np.mean(end)) for end in (exponent.value, exponent.low, exponent.high)
    )
    prefactor = float(np.mean(fit.parameters["prefactor"].value))
    window = np.asarray(fit.window["field_t"], np.float64)
    digits = int(np.clip(2 - np.floor(np.log10(max(0.5 * (high - low), 1e-6))), 1, 5)) - 1
    label = f"ρ ∝ Hᵖ, p = {value:.{digits}f} ± {0.5 * (high - low):.{digits}f}"
    field = np.geomspace(window[0] / 3, 3 * window[1], 50)
    axes.plot(
        field, prefactor * field**value, color=BLACK, linestyle="--", linewidth=1.3, label=label,
        zorder=4,
    )  # fmt: skip
    axes.axvspan(*window, color=PALE, alpha=0.45, linewidth=0, zorder=0)
    ends = " – ".join(plain_number(float(end)) for end in window)
    axes.fill_between([], [], color=PALE, alpha=0.45, label=f"window {ends} T")


def _dress(axes: Axes, left: Axes, fits: Sequence[TransportFit]) -> None:
    field = np.concatenate([np.abs(fit.table["field_t"]) for fit in fits])
    value = np.concatenate([fit.table["resistivity_ohm_sq"] for fit in fits])
    value = value[value > 0]
    residual = np.concatenate([f.table["residual"][f.table["in_window"] > 0] for f in fits])
    low, high = float(field.min()), float(field.max())
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low / 1.15, high * 1.15)
    axes.set_ylim(float(value.min()) / 1.5, float(value.max()) * 2)
    axes.set_ylabel("resistivity ρ (Ω/□)")
    log_ticks(axes.yaxis, float(value.min()), float(value.max()))
    left.axhspan(-1, 1, color=PALE, alpha=0.5, linewidth=0)
    reach = 1.15 * max(float(np.abs(residual).max()), 2.5)
    left.set_ylim(-reach, reach)
    left.set_ylabel("residual (σ)")
    left.set_xlabel("magnetic field |H| (T)")
    log_ticks(left.xaxis, low, high)
