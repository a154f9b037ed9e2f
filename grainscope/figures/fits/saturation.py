"""Arrhenius plot of R(T) at several fields, with the values they saturate at (Fig. 2a)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from grainscope.figures.style import BLACK, GREY, house_style, log_ticks, new_figure, say
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records.transport_fit import TransportFit

_PANEL_IN = (4.4, 5.0)
#: Residuals are drawn up to so many standard deviations.
_MOST_SIGMA = 5.0


@house_style()
def draw_saturation(fits: Sequence[TransportFit]) -> Figure:
    """Draw ln ρ against 1/T, coloured by field: data, law, saturated value, and residuals.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of ``saturation`` and one sample; a column of panels for each stage.

    Returns
    -------
    matplotlib.figure.Figure
    """
    done = [fit for fit in fits if fit.status == "done"]
    if not done:
        figure = new_figure(_PANEL_IN)
        say(figure.add_subplot(), "no R(T) at a fixed field to saturate")
        return figure
    stages = sorted({str(fit.selection.get("stage", "")) for fit in done})
    columns, rows = min(len(stages), 2), -(-len(stages) // 2)
    figure = new_figure((_PANEL_IN[0] * columns + 0.6, _PANEL_IN[1] * rows))
    panels = figure.subplots(2 * rows, columns, squeeze=False, height_ratios=[3.4, 1] * rows)
    pairs = [pair for row in range(rows) for pair in panels[2 * row : 2 * row + 2].T]
    for above, below in pairs[len(stages) :]:
        above.set_visible(False)
        below.set_visible(False)
    colours = _Fields([_field(fit) for fit in done])
    for (above, below), stage in zip(pairs, stages, strict=False):
        own = [fit for fit in done if str(fit.selection.get("stage", "")) == stage]
        _draw_stage(above, below, own, colours)
        above.set_title(stage)
        above.set_ylabel("resistivity (Ω/□)")
        below.set_ylabel("residual (σ)")
    colours.bar(figure, panels)
    return figure


class _Fields:
    """Colours of fields, in equal ratios where there are some above 0; 0 is grey."""

    def __init__(self, fields_t: Sequence[float]) -> None:
        above = sorted(field for field in fields_t if field > 0)
        low, high = (above[0], above[-1]) if above else (1.0, 1.0)
        self._norm = mpl.colors.LogNorm(low / 1.05, high * 1.05)
        self._map = mpl.colors.ListedColormap(mpl.colormaps["viridis"](np.linspace(0, 0.9, 256)))
        self._any = bool(above)

    def __call__(self, field_t: float) -> Any:
        return self._map(self._norm(field_t)) if field_t > 0 else GREY

    def bar(self, figure: Figure, panels: Any) -> None:
        if not self._any:
            return
        shown = mpl.cm.ScalarMappable(self._norm, self._map)
        bar = figure.colorbar(shown, ax=panels.ravel().tolist(), aspect=40, pad=0.015)
        log_ticks(bar.ax.yaxis, self._norm.vmin, self._norm.vmax)
        bar.set_label("magnetic field B (T)")


def _field(fit: TransportFit) -> float:
    field = fit.selection.get("field_t", 0.0)
    return abs(float(field)) if not isinstance(field, str) else 0.0


def _draw_stage(above: Axes, below: Axes, fits: Sequence[TransportFit], colours: _Fields) -> None:
    for fit in fits:
        _draw_curve(above, below, fit, colours(_field(fit)))
    above.plot([], [], "--", color=BLACK, linewidth=1.0, label="saturated value")
    above.plot([], [], "D", color="white", markeredgecolor=BLACK, markersize=4.5,
               label="10 % above it")  # fmt: skip
    coldest = min(float(fit.table["temperature_k"].min()) for fit in fits)
    above.set_xlim(0, 1.03 / coldest)
    values = np.concatenate([fit.table["resistivity_ohm_sq"] for fit in fits])
    low, high = float(values[values > 0].min()), float(values.max())
    above.set_yscale("log")
    bottom, top = low / 1.6, high * 2.5
    above.set_ylim(bottom, top)
    log_ticks(above.yaxis, bottom, top)
    above.legend(loc="upper right")
    _temperature_axis(above, coldest)
    below.axhline(0, color=GREY, linewidth=0.8)
    below.set_ylim(-_MOST_SIGMA, _MOST_SIGMA)
    below.set_xlim(above.get_xlim())
    above.tick_params(labelbottom=False)
    below.set_xlabel("1/T (1/K)")


def _draw_curve(above: Axes, below: Axes, fit: TransportFit, colour: Any) -> None:
    table = fit.table
    inverse, limit = 1 / table["temperature_k"], table["censored"] > 0
    rho = table["resistivity_ohm_sq"]
    above.plot(inverse[~limit], rho[~limit], "o", color=colour, markersize=2.2, markeredgewidth=0)
    above.plot(inverse[limit], rho[limit], "v", color=colour, markersize=2.5, alpha=0.5)
    if "fitted_ohm_sq" in fit.extra:
        seen = fit.extra["model_temperature_k"] >= float(table["temperature_k"].min())
        seen &= fit.extra["fitted_ohm_sq"] >= 0.7 * float(rho.min())
        above.plot(
            1 / fit.extra["model_temperature_k"][seen], fit.extra["fitted_ohm_sq"][seen],
            color=colour, linewidth=0.9,
        )  # fmt: skip
    value = fit.parameters["resistivity_ohm_sq"].value
    at = fit.parameters["temperature_k"].value
    if isinstance(value, float) and np.isfinite(value):
        above.axhline(value, color=colour, linestyle="--", linewidth=0.8, alpha=0.8, zorder=1)
        if isinstance(at, float) and np.isfinite(at):
            above.plot([1 / at], [1.1 * value], "D", color="white", markeredgecolor=colour,
                       markersize=4.5, zorder=5)  # fmt: skip
    if "residual" in table:
        below.plot(inverse, table["residual"], "o", color=colour, markersize=1.8,
                   markeredgewidth=0)  # fmt: skip


def _temperature_axis(axes: Axes, coldest_k: float) -> None:
    """Name temperatures along the top."""
    ticks = [t for t in (1.0, 0.5, 0.3, 0.2, 0.1, 0.07, 0.05, 0.03, 0.02) if t >= 0.99 * coldest_k]
    spread = [t for place, t in enumerate(ticks) if place == 0 or _apart(t, ticks[place - 1], axes)]
    top = axes.secondary_xaxis("top")
    top.set_xticks([1 / t for t in spread], [plain_number(t) for t in spread])
    top.set_xlabel("temperature (K)")


def _apart(t: float, before: float, axes: Axes) -> bool:
    return bool(1 / t - 1 / before > 0.04 * axes.get_xlim()[1])
