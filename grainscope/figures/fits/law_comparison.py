"""Weights of the laws of R(T) for every curve, and the closest law with its residuals (Fig. 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from grainscope.figures.fits.lines_in_ln_t import field_scale, state_of
from grainscope.figures.style import (
    BLACK,
    GREY,
    PAGE_IN,
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

_WIDTH_IN, _LEAST_IN, _ROW_IN = PAGE_IN, 5.4, 0.24
#: More curves than this are shown as every m-th on the right; all are in the chart of weights.
_MOST_CURVES = 24
_FARTHEST_SD = 4.5
#: Short names of the laws in the order of the chart; one that is not here goes last, by its own.
_NAMES = {
    "arrhenius": "activation",
    "efros_shklovskii": "Efros–Shklovskii",
    "mott_2d": "Mott 2D",
    "power": "power of T",
    "log_resistance": "log R",
    "log_conductance": "log σ",
    "weak_localisation": "weak localisation",
    "granular_log": "granular metal",
    "kondo": "Kondo",
    "saturating": "saturating R",
    "saturating_conductance": "saturating σ",
}


@house_style()
def draw_law_comparison(fits: Sequence[TransportFit]) -> Figure:
    """Draw a chart of weights, curves by laws, and all curves with the closest law.

    The law decided on is framed; a row without a frame is undecided.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``law_comparison``; those not done are left out.
    """
    done = [fit for fit in fits if fit.status == "done"]
    figure = new_figure((_WIDTH_IN, max(_LEAST_IN, 1.6 + _ROW_IN * len(done))))
    if not done:
        say(figure.add_subplot(), "no curve R(T) of enough temperatures")
        return figure
    axes = figure.subplot_mosaic(
        [["weights", "curves"], ["weights", "left"]], width_ratios=(1.15, 1), height_ratios=(3, 1)
    )
    _draw_weights(axes["weights"], done)
    _draw_curves(axes["curves"], axes["left"], done[:: -(-len(done) // _MOST_CURVES)])
    return figure


def _draw_weights(axes: Axes, fits: list[TransportFit]) -> None:
    laws = _laws_of(fits)
    weights = np.array([[fit.weights.get(law, np.nan) for law in laws] for fit in fits])
    image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto", interpolation="none")
    axes.set_xticks(range(len(laws)), [_name(law) for law in laws], rotation=45, ha="right")
    axes.set_yticks(range(len(fits)), [_row_name(fit) for fit in fits])
    axes.set_xticks(np.arange(len(laws) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(fits) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0)
    for row, fit in enumerate(fits):
        if fit.labels["best"] in laws:
            at = laws.index(fit.labels["best"])
            axes.add_patch(
                mpl.patches.Rectangle(
                    (at - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=VERMILLION, linewidth=1.6
                )
            )
        for column, weight in enumerate(weights[row]):
            if weight >= 0.01:
                colour = "white" if weight > 0.6 else BLACK
                axes.text(
                    column,
                    row,
                    "1" if weight > 0.995 else f"{weight:.2f}"[1:],
                    ha="center",
                    va="center",
                    color=colour,
                    fontsize=SMALL,
                )
    axes.set_title("Akaike weight; framed: decided", loc="left")
    axes.figure.colorbar(image, ax=axes, shrink=0.6, aspect=30, pad=0.02)


def _laws_of(fits: list[TransportFit]) -> list[str]:
    """Return every law that has a weight in any fit, those with a short name first."""
    weighed = dict.fromkeys(law for fit in fits for law in fit.weights)
    return [law for law in (_NAMES | weighed) if law in weighed]


def _name(law: str) -> str:
    return _NAMES.get(law, law.replace("_", " "))


def _row_name(fit: TransportFit) -> str:
    field = fit.selection.get("field_t")
    where = f"{plain_number(field)} T" if isinstance(field, float) else ""
    return ", ".join(part for part in (state_of(fit), where) if part) or "curve"


def _draw_curves(curve: Axes, left: Axes, fits: list[TransportFit]) -> None:
    fields = [
        abs(f) if isinstance(f := fit.selection.get("field_t"), float) else 0.0 for fit in fits
    ]
    norm = field_scale(fields)
    for fit, field in zip(fits, fields, strict=True):
        colour = mpl.colormaps["viridis"](norm(field if field > 0 else norm.vmin))
        t, inside = fit.table["temperature_k"], fit.table["in_window"] > 0
        dense = fit.extra[f"{fit.labels['closest']}_ohm_sq"]
        style = "-" if fit.labels["best"] != "undecided" else "--"
        curve.plot(t, fit.table["resistivity_ohm_sq"], "o", color=colour, markersize=2.2, alpha=0.6)
        curve.plot(fit.extra["temperature_k"], dense, style, color=BLACK, linewidth=0.9)
        left.plot(t[inside], fit.table["residual"][inside], "o", color=colour, markersize=1.8)
    values = np.concatenate([fit.table["resistivity_ohm_sq"] for fit in fits])
    low, high = float(values[values > 0].min()) / 1.2, float(values.max()) * 1.2
    curve.set_yscale("log")
    curve.set_ylim(low, high)
    log_ticks(curve.yaxis, low, high)
    curve.set_ylabel("resistivity ρ (Ω/□)")
    curve.set_title("closest law: solid where decided, else dashed", loc="left")
    curve.tick_params(labelbottom=False)
    left.axhline(0, color=GREY, linewidth=0.8)
    left.set_ylim(-_FARTHEST_SD, _FARTHEST_SD)
    left.set_ylabel("residual (sd)")
    left.set_xlabel("temperature T (K)")
    ends = [fit.table["temperature_k"] for fit in fits]
    cold, warm = min(t[0] for t in ends) / 1.1, max(t[-1] for t in ends) * 1.1
    for axes in (curve, left):
        axes.set_xscale("log")
        axes.set_xlim(cold, warm)
        log_ticks(axes.xaxis, cold, warm)
    bar = curve.figure.colorbar(
        mpl.cm.ScalarMappable(norm, "viridis"), ax=(curve, left), pad=0.02, aspect=35
    )
    bar.set_label("field µ0H (T)")
    log_ticks(bar.ax.yaxis, norm.vmin or 1.0, norm.vmax or 1.0)
