"""Measured fluctuations over the loops of a micrograph, and how likely its film makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    VERMILLION,
    house_style,
    log_ticks,
    new_figure,
    plain_number,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records.transport_fit import TransportFit

    Column = NDArray[np.float64]

_SIZE_IN = (12.4, 6.6)
#: So many of the deepest minima are marked.
_MARKED = 8


@house_style()
def draw_link(fits: Sequence[TransportFit]) -> Figure:
    """Draw data and model, the posterior of the choice of contacts, loops and odds.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of ``link``; the first that is done is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Five panels.
    """
    figure = new_figure(_SIZE_IN)
    grid = figure.add_gridspec(2, 6)
    done = [fit for fit in fits if fit.status == "done"]
    if not done:
        say(figure.add_subplot(), "no link to a micrograph")
        return figure
    fit = done[0]
    _draw_curve(figure.add_subplot(grid[0, :4]), fit)
    _draw_odds(figure.add_subplot(grid[0, 4:]), fit)
    _draw_map(figure.add_subplot(grid[1, :2]), fit)
    _draw_lengths(figure.add_subplot(grid[1, 2:4]), fit)
    _draw_loops(figure.add_subplot(grid[1, 4:]), fit)
    return figure


def _draw_curve(axes: Axes, fit: TransportFit) -> None:
    """Draw ln(ρ/ρ̄) with the likeliest choice's mean response, and that of independent films."""
    axes.set_xlabel("magnetic field B (G)")
    axes.set_ylabel("ln(ρ/ρ̄)")
    minima = fit.extra["minima_field_g"][:_MARKED]
    for place in minima:
        axes.axvline(place, color=GREY, linestyle=":", linewidth=0.8)
    if not fit.table:
        axes.set_xlim(0, 1.5 * float(fit.extra["minima_field_g"].max()))
        say(axes, "only the fields of minima were measured (dotted)")
        return
    table = fit.table
    field_g = table["field_g"]
    axes.fill_between(
        field_g,
        table["independent_low"],
        table["independent_high"],
        color=PALE,
        linewidth=0,
        label="independent films, same choice and gain (68 %)",
    )
    axes.errorbar(
        field_g,
        table["ln_resistivity_ratio"],
        table["error"],
        fmt="o",
        color=BLACK,
        markersize=2.2,
        elinewidth=0.7,
        label="measured, minima dotted",
    )
    axes.plot(field_g, table["fitted"], color=VERMILLION, label="loops of the micrograph")
    axes.set_xlim(0, float(field_g[-1]) * 1.01)
    top = float(np.abs(table["ln_resistivity_ratio"]).max())
    axes.set_ylim(-1.25 * top, 1.7 * top)
    axes.legend(loc="upper right", ncols=3)


def _draw_odds(axes: Axes, fit: TransportFit) -> None:
    """Draw how well each independent film explains the data, and the micrograph's."""
    others = fit.extra["independent_log10_evidence"]
    own = float(np.asarray(fit.parameters["log10_evidence"].value))
    odds = fit.parameters["log10_odds"]
    ends = min(others.min(), own), max(others.max(), own)
    margin = 0.06 * max(ends[1] - ends[0], 1.0)
    edges = np.linspace(ends[0] - margin, ends[1] + margin, 24)
    axes.hist(others, edges, color=PALE, edgecolor=BLUE, label=f"{len(others)} independent films")
    axes.axvline(own, color=VERMILLION, label="micrograph")
    axes.axvline(0, color=GREY, linestyle=":", linewidth=1.0, label="no loops")
    axes.set_xlabel("log10 evidence over that without loops")
    axes.set_ylabel("films")
    axes.margins(y=0.6)
    axes.legend(loc="upper right")
    value, low, high = (float(np.asarray(x)) for x in (odds.value, odds.low, odds.high))
    axes.set_title(f"log10 odds {value:.1f} ({low:.1f} … {high:.1f})")


def _posterior(fit: TransportFit) -> tuple[Column, Column, Column, NDArray[np.float64]]:
    axes = [fit.extra[f"grid_{n}"] for n in _GRID]
    return axes[0], axes[1], axes[2], fit.extra["posterior"].reshape([len(a) for a in axes])


_GRID = ("min_grain_diameter_um", "max_gap_nm", "coupling_length_nm")


def _draw_map(axes: Axes, fit: TransportFit) -> None:
    diameters, gaps, _, posterior = _posterior(fit)
    share = posterior.sum(axis=2)
    mesh = axes.pcolormesh(
        _edges(gaps), _edges(diameters), share, cmap="Blues", vmin=0, edgecolors="white", lw=0.4
    )
    axes.set_xscale("log")
    axes.set_yscale("log")
    log_ticks(axes.xaxis, *_ends(gaps))
    log_ticks(axes.yaxis, *_ends(diameters))
    axes.set_xlabel("widest gap (nm)")
    axes.set_ylabel("smallest grain (µm)")
    bar = axes.figure.colorbar(mesh, ax=axes, pad=0.02)
    bar.set_label("posterior probability")


def _draw_lengths(axes: Axes, fit: TransportFit) -> None:
    *_, lengths, posterior = _posterior(fit)
    share = posterior.sum(axis=(0, 1))
    axes.stairs(share, _edges(lengths), fill=True, color=PALE)
    axes.stairs(share, _edges(lengths), color=BLUE)
    axes.axhline(1 / len(lengths), color=GREY, linestyle=":", label="prior")
    axes.set_xscale("log")
    axes.set_xlim(*_ends(lengths))
    log_ticks(axes.xaxis, *_ends(lengths))
    axes.set_ylim(0, 1.3 * max(float(share.max()), 1 / len(lengths)))
    axes.set_xlabel("coupling length ξ (nm)")
    axes.set_ylabel("posterior probability")
    axes.legend(loc="upper right")


def _draw_loops(axes: Axes, fit: TransportFit) -> None:
    """Draw how the weight of the loops is spread over diameters, and the measured one."""
    axes.set_xlabel("loop diameter (µm)")
    axes.set_ylabel("weight per ln diameter")
    extra = fit.extra
    if "film_weight" not in extra:
        say(axes, "no whole loops at the likeliest choice")
        return
    edges = extra["film_diameter_edges_um"]
    width = np.log(edges[1] / edges[0])
    low, high = (extra[f"independent_weight_{end}"] / width for end in ("low", "high"))
    axes.stairs(high, edges, baseline=low, color=PALE, fill=True, label="independent films")
    axes.stairs(extra["film_weight"] / width, edges, color=VERMILLION, label="micrograph")
    if "loop_weight" in extra:
        diameter = extra["loop_diameter_um"]
        step = float(np.median(np.diff(np.log(diameter))))
        weight = extra["loop_weight"] / extra["loop_weight"].sum() / step
        axes.plot(diameter, weight, color=ORANGE, linewidth=1.1, label="from the curve alone")
    axes.set_xscale("log")
    log_ticks(axes.xaxis, float(edges[0]), float(edges[-1]))
    top = max(float(extra["film_weight"].max()), float(extra["independent_weight_high"].max()))
    axes.set_ylim(0, 1.35 * top / width)
    title = _large_grains(fit)
    if title:
        axes.set_title(title, fontsize=8, loc="right")
    axes.legend(loc="upper left")


def _large_grains(fit: TransportFit) -> str:
    share, chance = (
        fit.parameters.get(name) for name in ("large_grain_share", "large_grain_chance")
    )
    if share is None or chance is None or not np.isfinite(np.asarray(share.value)):
        return ""
    at = float(np.asarray(fit.parameters["deepest_minimum_g"].value))
    own, other = (float(np.asarray(p.value)) for p in (share, chance))
    return f"large grain in {own:.0%} of {plain_number(at)} G loops (independent {other:.0%})"


def _edges(middles: Column) -> Column:
    ratio = np.sqrt(middles[1] / middles[0]) if len(middles) > 1 else 2.0
    return np.append(middles / ratio, middles[-1] * ratio)


def _ends(middles: Column) -> tuple[float, float]:
    edges = _edges(middles)
    return float(edges[0]), float(edges[-1])
