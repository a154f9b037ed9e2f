"""Isotherms about their crossing, and the sign of dρ/dT over field and temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from grainscope.figures.fits.isotherm_colours import IsothermColours
from grainscope.figures.fits.state_rows import bar_sides, draw_state_rows
from grainscope.figures.style import (
    BLACK,
    BLUE,
    PALE,
    VERMILLION,
    house_style,
    log_ticks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from grainscope.records import TransportFit

    Column = NDArray[np.float64]

_ROW_SIZE_IN = (9.4, 4.2)
#: The paper's inset goes from 0.035 to 0.065 T about 0.052 T.
_VIEW = (0.66, 1.35)


@house_style()
def draw_crossings(fits: Sequence[TransportFit]) -> Figure:
    """Draw the isotherms of each state about their crossing, a solid circle, and dρ/dT's sign.

    Lines are the polynomials whose crossing is sought, open circles those of pairs of
    neighbouring isotherms. Blue in the map: ρ falls on cooling; red: it rises; white:
    two errors do not tell.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``crossings`` and one sample.

    Returns
    -------
    matplotlib.figure.Figure
        A row of panels for each state.
    """
    return draw_state_rows(fits, _ROW_SIZE_IN, _draw_state)


def _draw_state(row: SubFigure, fit: TransportFit) -> None:
    axes = row.subplot_mosaic(
        [["curve", "map"], ["left", "map"]], height_ratios=(3, 1), width_ratios=(1.25, 1)
    )
    axes["curve"].sharex(axes["left"])
    _draw_isotherms(axes["curve"], axes["left"], fit)
    _draw_map(axes["map"], fit)


def _draw_isotherms(axes: Axes, left: Axes, fit: TransportFit) -> None:
    extra, field = fit.extra, _number(fit, "field_t")
    low, high = _VIEW[0] * field[0], _VIEW[1] * field[0]
    colours = IsothermColours(extra["isotherm_temperature_k"])
    seen = (extra["rows_field_t"] > low) & (extra["rows_field_t"] < high)
    for k, temperature in enumerate(extra["isotherm_temperature_k"]):
        rows, colour = seen & (extra["rows_isotherm"] == k), colours(float(temperature))
        style = {"marker": "o", "markersize": 2.4, "linestyle": "none", "color": colour}
        x = extra["rows_field_t"][rows]
        axes.plot(x, extra["rows_resistivity_ohm_sq"][rows], alpha=0.55, **style)
        left.plot(x, extra["rows_residual"][rows], **style)
        axes.plot(
            extra["model_field_t"], extra["model_resistivity_ohm_sq"][k], color=colour,
            linewidth=1.1,
        )  # fmt: skip
    _draw_points(axes, fit)
    inside = extra["rows_resistivity_ohm_sq"][seen]
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(float(inside.min()) / 1.1, float(inside.max()) * 1.1)
    log_ticks(axes.yaxis, float(inside.min()), float(inside.max()))
    axes.set_ylabel("resistivity ρ (Ω/□)")
    axes.tick_params(labelbottom=False)
    left.axhspan(-1, 1, color=PALE, alpha=0.5, linewidth=0)
    left.set_ylabel("residual (σ)")
    left.set_xlabel("magnetic field |H| (T)")
    left.set_ylim(-4, 4)
    colours.explain(axes, (axes, left), "upper left")


def _draw_points(axes: Axes, fit: TransportFit) -> None:
    field, height = _number(fit, "field_t"), _number(fit, "resistivity_ohm_sq")
    temperatures = fit.extra["isotherm_temperature_k"]
    place = np.searchsorted(temperatures, fit.table["temperature_low_k"])
    other = np.searchsorted(temperatures, fit.table["temperature_high_k"])
    next_to = other == place + 1
    axes.plot(
        fit.table["field_t"][next_to], fit.table["resistivity_ohm_sq"][next_to], "o",
        color=BLACK, markerfacecolor="none", markersize=5, label="of neighbours", zorder=5,
    )  # fmt: skip
    error_mt = 500 * (field[2] - field[1])
    axes.errorbar(
        field[0], height[0], xerr=bar_sides(field), yerr=bar_sides(height), color=BLACK, marker="o",
        markersize=6.5, capsize=3, linestyle="none", zorder=6,
        label=f"common, {1e3 * field[0]:.4g} ± {error_mt:.1g} mT",
    )  # fmt: skip


def _draw_map(axes: Axes, fit: TransportFit) -> None:
    extra, field = fit.extra, _number(fit, "field_t")
    grid, temperatures = extra["map_field_t"], extra["isotherm_temperature_k"]
    edges = np.sqrt(grid[1:] * grid[:-1])
    edges = np.concatenate([[grid[0] ** 2 / edges[0]], edges, [grid[-1] ** 2 / edges[-1]]])
    colours = mpl.colors.ListedColormap([VERMILLION, "white", BLUE])
    axes.pcolormesh(edges, temperatures, extra["map_sign"], cmap=colours, vmin=-1.5, vmax=1.5,
                    alpha=0.75, edgecolors="none", rasterized=True)  # fmt: skip
    axes.axvline(field[0], color=BLACK, linewidth=1.2)
    axes.plot(
        _between(fit)[0], _between(fit)[1], "o", color=BLACK, markerfacecolor="white", markersize=4
    )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(temperatures[0], temperatures[-1])
    log_ticks(axes.xaxis, float(edges[0]), float(edges[-1]))
    log_ticks(axes.yaxis, float(temperatures[0]), float(temperatures[-1]))
    axes.set_xlabel("magnetic field |H| (T)")
    axes.set_ylabel("temperature (K)")
    for colour, label in ((BLUE, "dρ/dT > 0"), (VERMILLION, "dρ/dT < 0")):
        axes.fill_between([], [], color=colour, alpha=0.75, label=label)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.11), ncols=2, borderaxespad=0)


def _between(fit: TransportFit) -> tuple[Column, Column]:
    """Return field and mean temperature of the crossings of neighbours."""
    low, high = fit.table["temperature_low_k"], fit.table["temperature_high_k"]
    temperatures = fit.extra["isotherm_temperature_k"]
    next_to = np.searchsorted(temperatures, high) == np.searchsorted(temperatures, low) + 1
    return fit.table["field_t"][next_to], np.sqrt(low * high)[next_to]


def _number(fit: TransportFit, name: str) -> Column:
    """Return value, low and high of a parameter."""
    found = fit.parameters[name]
    return np.array([found.value, found.low, found.high], np.float64)
