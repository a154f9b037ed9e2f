"""Zero-field resistivity against temperature, a curve a stage (the paper's Fig. 1c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLACK,
    COLUMN_IN,
    GREY,
    SMALL,
    Look,
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

    from grainscope.records.transport_fit import TransportFit

_SIZE_IN = (COLUMN_IN, 4.6)
#: Residuals are drawn up to so many standard deviations.
_MOST_SIGMA = 5.0


@house_style()
def draw_onset(fits: Sequence[TransportFit]) -> Figure:
    """Draw ρ(T) of each stage with its step and its fall through the floor, and residuals.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of ``onset`` and one sample; those not done are left out.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels on one axis of temperature.
    """
    figure = new_figure(_SIZE_IN)
    done = [fit for fit in fits if fit.status == "done"]
    if not done:
        say(figure.add_subplot(), "no zero-field resistivity against temperature")
        return figure
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.2, 1])
    for place, fit in enumerate(done):
        _draw_stage(above, below, fit, look(place))
    _axes(above, done)
    _arrow(above, done)
    below.axhline(0, color=GREY, linewidth=0.8)
    below.set_ylim(-_MOST_SIGMA, _MOST_SIGMA)
    below.set_ylabel("residual (σ)")
    below.set_xlabel("temperature (K)")
    above.legend(loc="center right")
    return figure


def _draw_stage(above: Axes, below: Axes, fit: TransportFit, drawn: Look) -> None:
    colour, marker, dashes = drawn
    table, extra = fit.table, fit.extra
    t, limit = table["temperature_k"], table["censored"] > 0
    above.plot(
        t[~limit], table["resistivity_ohm_sq"][~limit], marker, color=colour, markersize=2.8,
        markeredgewidth=0.4, alpha=0.7, label=_name(fit),
    )  # fmt: skip
    above.plot(t[limit], table["resistivity_ohm_sq"][limit], "|", color=colour, markersize=5)
    for at, model in (
        ("drop_temperature_k", "drop_ohm_sq"),
        ("floor_temperature_k", "near_floor_ohm_sq"),
    ):
        if at in extra:
            floor = _number(fit, "floor_ohm_sq")
            seen = extra[model] >= (0.3 * floor if np.isfinite(floor) else 0.0)
            above.plot(
                extra[at][seen], extra[model][seen], linestyle=dashes, color=colour, linewidth=1.1
            )
    zero = _number(fit, "zero_resistance_temperature_k")
    if np.isfinite(zero):
        above.plot(
            [zero], [_number(fit, "floor_ohm_sq")], "v", color=colour, markeredgecolor=BLACK,
            markersize=6, markeredgewidth=0.6, zorder=5,
        )  # fmt: skip
    fitted = np.isfinite(table["residual"])
    below.plot(
        t[fitted], table["residual"][fitted], marker, color=colour, markersize=2.6,
        markeredgewidth=0.4,
    )  # fmt: skip


def _name(fit: TransportFit) -> str:
    stage = str(fit.selection.get("stage", "")) or "film"
    zero = _number(fit, "zero_resistance_temperature_k")
    return f"{stage}, ρ = 0 below {zero:.3g} K" if np.isfinite(zero) else stage


def _number(fit: TransportFit, name: str) -> float:
    value = fit.parameters[name].value
    return value if isinstance(value, float) else float("nan")


def _axes(axes: Axes, fits: Sequence[TransportFit]) -> None:
    t = np.concatenate([fit.table["temperature_k"] for fit in fits])
    rho = np.concatenate([fit.table["resistivity_ohm_sq"] for fit in fits])
    low, high = float(rho[rho > 0].min()), float(rho.max())
    axes.set_xscale("log")
    axes.set_xlim(float(t[t > 0].min()) / 1.1, float(t.max()) * 1.1)
    log_ticks(axes.xaxis, *axes.get_xlim())
    axes.set_yscale("log")
    axes.set_ylim(low / 2.5, high * 6)
    log_ticks(axes.yaxis, *axes.get_ylim())
    axes.set_ylabel("resistivity (Ω/□)")
    floors = {_number(fit, "floor_ohm_sq") for fit in fits}
    for floor in sorted(floor for floor in floors if np.isfinite(floor)):
        axes.axhline(floor, color=GREY, linestyle="--", linewidth=0.9)
        axes.text(
            axes.get_xlim()[1] / 1.15, floor / 1.15, f"noise floor {plain_number(floor)} Ω/□",
            ha="right", va="top", color=GREY, fontsize=SMALL,
        )  # fmt: skip


def _arrow(axes: Axes, fits: Sequence[TransportFit]) -> None:
    """Point at T_c, the weighted mean of the stages: the grains are the same in all."""
    rows = []
    for fit in fits:
        one = fit.parameters["critical_temperature_k"]
        if isinstance(one.value, float) and np.isfinite(one.value):
            width = max(np.subtract(one.high, one.low) / 2, 1e-6)
            rows.append((one.value, width**-2, _number(fit, "drop_fraction")))
    if not rows:
        return
    centre, weight, drop = np.array(rows).T
    at = float(np.average(centre, weights=weight))
    top = axes.get_ylim()[1]
    axes.annotate(
        f"Tc = {at:.3g} K, drop {np.average(drop, weights=weight):.0%}",
        xy=(at, top / 4.5), xytext=(at, top / 1.4), ha="center", va="top", fontsize=8.5,
        arrowprops={"arrowstyle": "-|>", "color": BLACK, "linewidth": 1.0},
    )  # fmt: skip
