"""ρ above the crossing and σ below it at equal distances, and what they differ by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import FuncFormatter, NullFormatter

from grainscope.figures.fits.lines_in_ln_t import state_of
from grainscope.figures.style import GREY, PALE, house_style, log_ticks, new_figure, say
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records import TransportFit

_PANEL_IN, _HEIGHT_IN = 4.6, 4.8
#: More isotherms get a colour bar's worth of colours but no names.
_MOST_NAMES = 8
_FEW, _TICKS = 8.0, (0.5, 0.7, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0)


@house_style()
def draw_duality(fits: Sequence[TransportFit]) -> Figure:
    """Draw both ratios against the distance from Hc, and the logarithm of their quotient.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``duality``, two beside each other; those not done are left out.
    """
    done = [fit for fit in fits if fit.status == "done"]
    across = min(max(len(done), 1), 2)
    deep = max(-(-len(done) // across), 1)
    figure = new_figure((_PANEL_IN * across, _HEIGHT_IN * deep))
    if not done:
        say(figure.add_subplot(), "no isotherms that cross")
        return figure
    panels = figure.subplots(2 * deep, across, height_ratios=(2, 1) * deep, squeeze=False)
    pairs = panels.reshape(deep, 2, across).swapaxes(1, 2).reshape(-1, 2)
    for (upper, lower), fit in zip(pairs, done, strict=False):
        lower.sharex(upper)
        upper.tick_params(labelbottom=False)
        _draw_ratios(upper, fit)
        _draw_mismatch(lower, fit)
    for axes in pairs[len(done) :].ravel():
        axes.remove()
    return figure


def _draw_ratios(axes: Axes, fit: TransportFit) -> None:
    table = fit.table
    temperatures = np.unique(table["temperature_k"])
    for temperature in temperatures:
        own = table["temperature_k"] == temperature
        distance_mt = 1e3 * table["distance_t"][own]
        style: dict[str, Any] = {"color": _colour(temperature, temperatures), "markersize": 3.2}
        name = f"{plain_number(float(temperature))} K" if len(temperatures) <= _MOST_NAMES else None
        axes.plot(
            distance_mt, table["resistivity_ratio"][own], "-", linewidth=1.4, label=name, **style
        )
        axes.plot(
            distance_mt, table["conductivity_ratio"][own], "o", markerfacecolor="none", **style
        )
    axes.plot([], [], "-", color=GREY, label="ρ(Hc + δ)/ρc")
    axes.plot([], [], "o", color=GREY, markerfacecolor="none", markersize=3.2, label="σ(Hc − δ)/σc")
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high < _FEW * low:  # less than a decade: labels where 1, 2 and 5 alone are few
        axes.set_yticks([t for t in _TICKS if low <= t <= high], minor=False)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(value)))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(low, high)
    else:
        log_ticks(axes.yaxis, low, high)
    axes.set_ylabel("ratio to the crossing")
    critical = 1e3 * float(fit.parameters["critical_field_t"].value)  # type: ignore[arg-type]
    name = ", ".join(part for part in (state_of(fit), f"µ0Hc = {critical:.2f} mT") if part)
    axes.set_title(name, loc="left", fontweight="bold")
    axes.legend(loc="best", ncols=2)


def _draw_mismatch(axes: Axes, fit: TransportFit) -> None:
    table = fit.table
    temperatures = np.unique(table["temperature_k"])
    for temperature in temperatures:
        own = table["temperature_k"] == temperature
        mismatch, error = table["log_mismatch"][own], table["error_log_mismatch"][own]
        distance_mt, colour = 1e3 * table["distance_t"][own], _colour(temperature, temperatures)
        axes.fill_between(
            distance_mt, mismatch - error, mismatch + error, color=colour, alpha=0.15, linewidth=0
        )
        axes.plot(distance_mt, mismatch, color=colour, linewidth=1.2)
    reach_mt = 1e3 * float(fit.parameters["self_dual_range_t"].value)  # type: ignore[arg-type]
    if reach_mt > 0:
        axes.axvspan(
            0, reach_mt, color=PALE, alpha=0.6, linewidth=0, zorder=0, label="self-dual within 2 sd"
        )
        axes.legend(loc="best")
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_xlim(0, 1e3 * float(table["distance_t"].max()))
    axes.set_ylabel("ln(ρ ratio/σ ratio)")
    axes.set_xlabel("distance from the crossing µ0δ (mT)")


def _colour(temperature: float, temperatures: Any) -> Any:
    norm = mpl.colors.LogNorm(temperatures[0] / 1.15, temperatures[-1] * 1.5)
    return mpl.colormaps["plasma"](norm(temperature))
