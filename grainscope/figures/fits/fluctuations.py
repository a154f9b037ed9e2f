"""Low-field magnetoresistance with its fluctuations, and the loops that they tell of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE_IN,
    PURPLE,
    SMALL,
    VERMILLION,
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

_SIZE_IN = (PAGE_IN, 6.0)
_COLOURS = (BLUE, PURPLE, GREEN, ORANGE)
#: More curves than this make one panel unreadable.
_MOST = 6
#: Room between curves, in the range of the largest.
_APART = 0.25
#: Diameters in µm on the upper axis.
_ROUND_UM = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 2.0, 3.0, 4.0)


@house_style()
def draw_fluctuations(fits: Sequence[TransportFit]) -> Figure:
    """Draw the sweeps shifted for clarity, their deviations, and the loops behind them.

    Left above, ρ against |B| of each sweep with its smooth background, its baseline
    ρ = 0 and its minima; below, the deviations with the fitted cosines. Right, the
    weight of the loops against their diameter.

    Parameters
    ----------
    fits : sequence of TransportFit
        Results of `fluctuations` of one sample; those not done, and comparisons, are
        left out.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels.
    """
    shown = _shown(fits)
    figure = new_figure(_SIZE_IN)
    grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1), height_ratios=(1.7, 1))
    sweeps = figure.add_subplot(grid[0, 0])
    deviations = figure.add_subplot(grid[1, 0], sharex=sweeps)
    loops = figure.add_subplot(grid[:, 1])
    if not shown:
        for axes in (sweeps, deviations, loops):
            say(axes, "no sweep at low field")
        return figure
    colours = [_COLOURS[place % len(_COLOURS)] for place in range(len(shown))]
    _draw_sweeps(sweeps, shown, colours)
    _draw_deviations(deviations, shown, colours)
    _draw_loops(loops, shown, colours)
    return figure


def _shown(fits: Sequence[TransportFit]) -> list[TransportFit]:
    """Return sweeps from the coldest on, each from the least RF to the most; not too many."""
    done = [fit for fit in fits if fit.status == "done" and len(fit.table)]
    done.sort(key=lambda fit: (_number(fit, "temperature_k"), _number(fit, "rf_frequency_hz")))
    return done[:_MOST]


def _number(fit: TransportFit, name: str) -> float:
    value = fit.selection.get(name, 0.0)
    return float(value) if not isinstance(value, str) else 0.0


def _label(fit: TransportFit) -> str:
    parts = [str(fit.selection["stage"])] if "stage" in fit.selection else []
    if temperature := _number(fit, "temperature_k"):
        parts.append(
            f"{temperature * 1e3:.3g} mK" if temperature < 1 else f"{plain_number(temperature)} K"
        )
    frequency = _number(fit, "rf_frequency_hz")
    parts.append(f"{plain_number(frequency / 1e9)} GHz" if frequency else "no RF")
    if "condition" in fit.selection:
        parts[-1] = str(fit.selection["condition"])
    return ", ".join(parts)


def _draw_sweeps(axes: Axes, fits: list[TransportFit], colours: list[str]) -> None:
    """Draw the first on top, as the paper has it."""
    tops = [float(fit.table["resistivity_ohm_sq"].max()) for fit in fits]
    scale = 1e-3 if max(tops) >= 2000 else 1.0
    room = _APART * max(tops) * scale
    base = 0.0
    for fit, colour, top in list(zip(fits, colours, tops, strict=True))[::-1]:
        table = fit.table
        field_g, rho = table["field_g"], table["resistivity_ohm_sq"] * scale
        axes.axhline(base, color=colour, linestyle="--", linewidth=0.8)
        axes.plot(field_g, base + rho, ".", color=colour, markersize=2.5)
        axes.plot(
            field_g,
            base + table["background_ohm_sq"] * scale,
            color=BLACK,
            linewidth=0.9,
            alpha=0.7,
        )
        _mark_minima(axes, fit, field_g, base + rho)
        axes.annotate(
            _label(fit), (1, base + float(np.median(rho[-5:]))), (-4, 7), color=colour,
            xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="bottom", fontsize=SMALL,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
        )  # fmt: skip
        base += top * scale + room
    axes.set_ylim(-0.4 * room, base + 0.3 * room)
    axes.set_ylabel(f"ρ ({'kΩ' if scale < 1 else 'Ω'}/□), shifted; dashes: ρ = 0")
    axes.set_xlim(0, max(float(fit.table["field_g"][-1]) for fit in fits))
    axes.tick_params(labelbottom=False)
    _diameter_axis(axes)


def _mark_minima(
    axes: Axes, fit: TransportFit, field_g: np.ndarray, height: np.ndarray
) -> None:  # fmt: skip
    at = np.atleast_1d(fit.parameters["minima_field_g"].value)
    rows = np.interp(at, field_g, height)
    axes.plot(at, rows, "^", color=VERMILLION, markersize=5, markeredgecolor="white", zorder=5)
    depth = np.atleast_1d(fit.parameters["prominence"].value)
    if len(at):
        deepest = int(np.argmax(depth))
        axes.annotate(
            f"{at[deepest]:.3g} G", (at[deepest], rows[deepest]), (0, -7),
            textcoords="offset points", ha="center", va="top", fontsize=SMALL, color=VERMILLION,
        )  # fmt: skip


def _diameter_axis(axes: Axes) -> None:
    """Label loops of round diameters where they hold one quantum."""
    top = axes.twiny()
    low, high = axes.get_xlim()
    top.set_xlim(low, high)
    field_g = {d: 4 * FLUX_QUANTUM_G_UM2 / (np.pi * d**2) for d in _ROUND_UM}
    kept: list[float] = []
    for d in _ROUND_UM:  # from the largest field down, where there is room
        if field_g[d] <= high and (not kept or field_g[kept[-1]] - field_g[d] > 0.045 * high):
            kept.append(d)
    top.set_xticks([field_g[d] for d in kept], [plain_number(d) for d in kept])
    top.set_xlabel("diameter of a loop that holds Φ0 (µm)")


def _draw_deviations(axes: Axes, fits: list[TransportFit], colours: list[str]) -> None:
    axes.axhline(0, color=GREY, linewidth=0.6)
    largest = 0.0
    for fit, colour in zip(fits, colours, strict=True):
        table = fit.table
        axes.plot(
            table["field_g"], 100 * table["relative_deviation"], ".", color=colour, markersize=2.5
        )
        axes.plot(
            table["field_g"], 100 * table["fitted_relative_deviation"], color=colour, linewidth=1
        )
        amplitude = fit.parameters["relative_amplitude"].value
        largest = max(largest, float(np.asarray(amplitude)))
    bound = 100 * max(largest, 0.01)
    axes.set_ylim(-1.6 * bound, 1.6 * bound)
    axes.set_xlabel("magnetic field |B| (G)")
    axes.set_ylabel("(ρ − ρ̄)/ρ̄ (%)")


def _draw_loops(axes: Axes, fits: list[TransportFit], colours: list[str]) -> None:
    for fit, colour in zip(fits, colours, strict=True):
        extra = fit.extra
        d = extra["loop_diameter_um"]
        axes.fill_between(
            d, extra["loop_weight_low"], extra["loop_weight_high"], color=colour, alpha=0.25,
            linewidth=0,
        )  # fmt: skip
        axes.plot(d, extra["loop_weight"], color=colour, label=_label(fit))
        _mark_dominating(axes, fit, colour)
    low = min(float(fit.extra["loop_diameter_um"][0]) for fit in fits)
    high = max(float(fit.extra["loop_diameter_um"][-1]) for fit in fits)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    log_ticks(axes.xaxis, low, high)
    if high < 8 * low:  # less than a decade: label all round numbers
        axes.xaxis.set_major_locator(FixedLocator(_ROUND_UM))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("loop diameter (µm)")
    axes.set_ylabel("weight in ln ρ per bin of diameter (1.25 %), 68 % band")
    axes.legend(loc="upper right")


def _mark_dominating(axes: Axes, fit: TransportFit, colour: str) -> None:
    found = fit.parameters.get("dominating_loop_diameter_um")
    if found is None:
        return
    value, low, high = (float(np.asarray(v)) for v in (found.value, found.low, found.high))
    certain = not any(warning.startswith("no dominating") for warning in fit.warnings)
    axes.axvspan(low, high, color=colour, alpha=0.12, linewidth=0)
    axes.axvline(
        value, color=colour, linestyle="-" if certain else ":", linewidth=0.9,
        label=f"{'dominates' if certain else 'none dominates, best'}: "
        f"{value:.3g} ({low:.3g}–{high:.3g}) µm",
    )  # fmt: skip
