"""Measured fluctuations over the loops of a micrograph, and how likely its film makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PAGE_IN,
    PALE,
    SMALL,
    VERMILLION,
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
    from numpy.typing import NDArray

    from grainscope.records.transport_fit import TransportFit

    Column = NDArray[np.float64]

_SIZE_IN = (PAGE_IN, 6.6)
#: So many of the deepest minima are marked.
_MARKED = 8


@house_style()
def draw_link(fits: Sequence[TransportFit]) -> Figure:
    """Draw data and model, the posterior of the choice of contacts, loops and odds.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of ``link``; of several stages that of all is drawn, with the loops of the first,
        else the first that is done.

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
    fit = next((one for one in done if "stages" in one.selection), done[0])
    draw_data = _draw_stages if "stages" in fit.selection else _draw_curve
    draw_data(figure.add_subplot(grid[0, :4]), fit)
    _draw_odds(figure.add_subplot(grid[0, 4:]), fit)
    _draw_map(figure.add_subplot(grid[1, :2]), fit)
    _draw_lengths(figure.add_subplot(grid[1, 2:4]), fit)
    _draw_loops(figure.add_subplot(grid[1, 4:]), done[0])
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
        label="independent films (68 %)",
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
    axes.legend(loc="upper right", ncols=3, columnspacing=1.2, handlelength=1.5)


def _draw_stages(axes: Axes, fit: TransportFit) -> None:
    """Draw ln(ρ/ρ̄) of every stage, one below the other, with the response at one choice for all."""
    axes.set_xlabel("magnetic field B (G)")
    axes.set_ylabel("ln(ρ/ρ̄), shifted")
    table, names = fit.table, _stages(fit)
    if not table:
        say(axes, "only the fields of minima were measured")
        return
    step = 2.4 * float(np.abs(table["ln_resistivity_ratio"]).max())
    for number in np.unique(table["curve"]).astype(int):
        rows, shift = table["curve"] == number, -number * step
        field_g = table["field_g"][rows]
        low, high = (table[f"independent_{end}"][rows] + shift for end in ("low", "high"))
        axes.fill_between(field_g, low, high, color=PALE, linewidth=0)
        data, error = table["ln_resistivity_ratio"][rows] + shift, table["error"][rows]
        axes.errorbar(field_g, data, error, fmt="o", color=BLACK, markersize=2.2, elinewidth=0.7)
        axes.plot(field_g, table["fitted"][rows] + shift, color=VERMILLION)
        axes.text(float(field_g[-1]), shift + 0.3 * step, names[number], ha="right", fontsize=SMALL)
    axes.set_ylim(-(len(names) - 0.4) * step, 0.6 * step)
    axes.set_title(
        "measured, and the micrograph's loops (line); independent films 68 %", fontsize=SMALL
    )


def _stages(fit: TransportFit) -> list[str]:
    return [fit.labels[f"stage_{k}"] for k in range(len(fit.labels)) if f"stage_{k}" in fit.labels]


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
    axes.set_xlabel("log10 evidence over\nthat without loops")
    axes.set_ylabel("films")
    axes.margins(y=0.6)
    axes.legend(loc="upper right", handlelength=1.0)
    value, low, high = (float(np.asarray(x)) for x in (odds.value, odds.low, odds.high))
    axes.set_title(f"log10 odds {value:z.1f} ({low:z.1f} … {high:z.1f})")


def _grid_of(fit: TransportFit) -> list[Column]:
    return [fit.extra[f"grid_{name}"] for name in _GRID]


_GRID = ("min_grain_diameter_um", "max_gap_nm", "coupling_length_nm")


def _draw_map(axes: Axes, fit: TransportFit) -> None:
    diameters, gaps, _lengths = _grid_of(fit)
    flat = fit.extra.get("shared_posterior", fit.extra.get("posterior"))
    assert flat is not None
    share = flat.reshape(len(diameters), len(gaps), -1).sum(axis=2)
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
    diameters, gaps, lengths = _grid_of(fit)
    if "coupling_length_posterior" in fit.extra:
        shares = fit.extra["coupling_length_posterior"].reshape(-1, len(lengths))
        for place, (row, name) in enumerate(zip(shares, _stages(fit), strict=False)):
            colour, _, dashes = look(place)
            axes.stairs(row, _edges(lengths), color=colour, linestyle=dashes, label=name)
    else:
        whole = fit.extra["posterior"].reshape(len(diameters), len(gaps), len(lengths))
        shares = whole.sum(axis=(0, 1))[None]
        axes.stairs(shares[0], _edges(lengths), fill=True, color=PALE)
        axes.stairs(shares[0], _edges(lengths), color=BLUE)
    axes.axhline(1 / len(lengths), color=GREY, linestyle=":", label="prior")
    axes.set_xscale("log")
    axes.set_xlim(*_ends(lengths))
    log_ticks(axes.xaxis, *_ends(lengths))
    axes.set_ylim(0, 1.3 * max(float(shares.max()), 1 / len(lengths)))
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
        axes.set_title(title, fontsize=SMALL, loc="right")
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
