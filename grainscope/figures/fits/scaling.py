"""Collapse of isotherms near the crossing, and how well it tells field and exponent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from grainscope.figures.fits.state_rows import bar_sides, draw_state_rows
from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SMALL,
    VERMILLION,
    house_style,
    log_ticks,
)
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from grainscope.records import FitParameter, TransportFit

    Column = NDArray[np.float64]

_ROW_SIZE_IN = (9.4, 4.4)
#: Fields nearer to Hc than this share of the farthest are of no use on a logarithmic axis.
_NEAREST = 2e-3
#: More isotherms get a colour bar, not a legend.
_MOST_NAMES = 7
#: −Δχ²/2 at the edge of 68.3 % and 95.4 % of two parameters.
_LEVELS = (-3.09, -1.15)
_ALTERNATIVES = (
    ("gaussian_process", "Gaussian process", GREEN, "s"),
    ("without_coldest", "without the coldest", ORANGE, "^"),
    ("corrected", "with a correction", PURPLE, "D"),
)


@house_style()
def draw_scaling(fits: Sequence[TransportFit]) -> Figure:
    """Draw collapsed isotherms with F, the residuals, and the joint likelihood of Hc and zν.

    Each state has a row of its own. Points above Hc are filled, those below open.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``scaling``; those not done are left out.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels a state; empty axes that say so where none is done.
    """
    return draw_state_rows(fits, _ROW_SIZE_IN, _draw_state)


def _draw_state(row: SubFigure, fit: TransportFit) -> None:
    axes = row.subplot_mosaic([["curve", "joint"], ["left", "joint"]], height_ratios=(3, 1))
    axes["curve"].sharex(axes["left"])
    _draw_collapse(axes["curve"], axes["left"], fit)
    _draw_joint(axes["joint"], fit)


def _draw_collapse(curve: Axes, left: Axes, fit: TransportFit) -> None:
    table = fit.table
    temperatures = np.unique(table["temperature_k"])
    norm = mpl.colors.LogNorm(temperatures[0] / 1.15, temperatures[-1] * 1.5)  # no pale yellow
    colours = mpl.colormaps["plasma"]
    away = np.abs(table["scaled_field_t"])
    nearest = _NEAREST * float(away.max())
    for temperature in temperatures:
        own = (table["temperature_k"] == temperature) & (away > nearest)
        colour = colours(norm(temperature))
        for above in (True, False):
            rows = own & ((table["scaled_field_t"] > 0) == above)
            style: dict[str, Any] = {
                **{"linestyle": "none", "marker": "o", "markersize": 3.2, "color": colour},
                **{"markerfacecolor": colour if above else "none", "markeredgewidth": 0.8},
            }
            label = f"{plain_number(float(temperature))} K" if above else None
            curve.plot(away[rows], table["resistivity_ohm_sq"][rows], label=label, **style)
            left.plot(away[rows], table["residual"][rows], **style)
    _draw_master(curve, fit.extra, nearest)
    curve.set_ylabel("resistivity ρ (Ω/□)")
    curve.tick_params(labelbottom=False)
    curve.set_xscale("log")
    curve.set_yscale("log")
    low, high = (float(end(table["resistivity_ohm_sq"])) for end in (np.min, np.max))
    log_ticks(curve.yaxis, low, high)
    log_ticks(left.xaxis, nearest, float(away.max()))
    left.axhspan(-1, 1, color=PALE, alpha=0.5, linewidth=0)
    left.set_xlabel("|H − Hc| (T/1 K)^(−1/zν)  (tesla)")
    left.set_ylabel("residual (σ)")
    reach = 1.1 * max(float(np.abs(table["residual"]).max()), 2.5)
    left.set_ylim(-reach, reach)
    if len(temperatures) <= _MOST_NAMES:
        curve.legend(loc="best", title="filled: H > Hc", title_fontsize=SMALL)
    else:
        _colour_bar(curve, mpl.cm.ScalarMappable(norm, colours), temperatures)


def _colour_bar(axes: Axes, colours: Any, temperatures: Column) -> None:
    bar = axes.get_figure().colorbar(colours, ax=axes, pad=0.02, aspect=30)
    low, high = float(temperatures[0]), float(temperatures[-1])
    bar.ax.set_ylim(low, high)
    bar.set_label("temperature (K)")
    log_ticks(bar.ax.yaxis, low, high)


def _draw_master(axes: Axes, extra: Mapping[str, Column], nearest: float) -> None:
    u, rho = extra["curve_scaled_field_t"], extra["curve_resistivity_ohm_sq"]
    label: str | None = "F"
    for side in (1, -1):
        own = side * u > nearest
        axes.plot(np.abs(u[own]), rho[own], color=BLACK, linewidth=1.0, label=label, zorder=3)
        label = None


def _draw_joint(axes: Axes, fit: TransportFit) -> None:
    extra, parameters = fit.extra, fit.parameters
    field_mt, z_nu = 1e3 * extra["likelihood_critical_field_t"], extra["likelihood_z_nu"]
    surface = extra["log_likelihood"].T
    if min(surface.shape) > 1:  # a likelihood along a line has no contours
        both = ("#dbe7f1", "#a9c9e2")
        axes.contourf(field_mt, z_nu, surface, levels=(*_LEVELS, 1e-9), colors=both)
        axes.contour(field_mt, z_nu, surface, levels=_LEVELS, colors=BLUE, linestyles="solid")
    field, exponent = _ends(parameters["critical_field_t"], 1e3), _ends(parameters["z_nu"])
    axes.errorbar(
        field[0], exponent[0], xerr=bar_sides(field), yerr=bar_sides(exponent), color=BLACK,
        marker="o", markersize=5, capsize=3, linestyle="none", label="result, 68 %", zorder=4,
    )  # fmt: skip
    axes.fill_between([], [], color="#a9c9e2", label="joint 68 %, 95 %")
    for key, label, colour, marker in _ALTERNATIVES:
        if f"z_nu_{key}" in parameters:
            where = [
                _ends(parameters[f"critical_field_{key}_t"], 1e3)[0],
                _ends(parameters[f"z_nu_{key}"])[0],
            ]
            axes.plot(
                *where, marker, color=colour, markersize=6, linestyle="none", label=label, zorder=5
            )
    slope = parameters.get("z_nu_slope")
    if slope is not None:
        axes.axhline(_ends(slope)[0], color=VERMILLION, linestyle="--", linewidth=1.0)
        axes.plot([], [], color=VERMILLION, linestyle="--", linewidth=1.0, label="slopes at Hc")
    _draw_windows(axes, fit.windows)
    axes.set_xlabel("critical field Hc (mT)")
    axes.set_ylabel("exponent zν")
    axes.margins(0.08)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3, borderaxespad=0)


def _draw_windows(axes: Axes, windows: Mapping[str, Column]) -> None:
    """Mark what other windows of the same isotherms give."""
    chosen = windows["chosen"] == 1
    same = windows["isotherms"] == windows["isotherms"][chosen][0]
    same &= np.isnan(windows["left_out_k"]) & ~chosen
    if same.any():
        axes.plot(
            1e3 * windows["critical_field_t"][same], windows["z_nu"][same], "x",
            color=GREY, markersize=5, label="other windows",
        )  # fmt: skip


def _ends(parameter: FitParameter, factor: float = 1.0) -> Column:
    """Return value, low and high."""
    return factor * np.array([parameter.value, parameter.low, parameter.high], np.float64)
