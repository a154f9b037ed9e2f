"""dV/dI about zero bias on a linear scale, as Fig. 5b of the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import BLUE, GREY, SMALL, VERMILLION, house_style, look, new_figure
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from grainscope.records import TransportFit


@house_style()
def draw_zero_bias(fits: Sequence[TransportFit]) -> Figure:
    """Draw dV/dI of every field with error bars, and the contrast against the field.

    Parameters
    ----------
    fits : sequence of TransportFit
        Done results of the analysis ``zero_bias`` of one sample.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.
    """
    figure = new_figure((9.4, 3.9))
    axes, beside = figure.subplots(1, 2, width_ratios=(3, 2))
    curves = [fit for fit in fits if "current_a" in fit.table]
    plain = [fit for fit in curves if "rf_frequency_hz" not in fit.selection] or curves
    for place, fit in enumerate(plain):
        colour, _, dashes = look(place)
        order = np.argsort(fit.table["current_a"])
        current, value, error = (
            fit.table[name][order] for name in ("current_a", "dvdi_ohm_sq", "error_ohm_sq")
        )
        field_mt = round(1e3 * float(fit.selection.get("field_t", 0.0)), 2) + 0.0
        held_k = float(fit.selection.get("temperature_k", np.nan))
        axes.errorbar(
            1e6 * current, value / 1e3, error / 1e3, color=colour, linestyle=dashes, linewidth=1.1,
            elinewidth=0.5,
            label=f"{plain_number(field_mt)} mT, {plain_number(held_k)} K",
        )  # fmt: skip
    axes.set_xlabel("direct current I (µA)")
    axes.set_ylabel("dV/dI (kΩ/□)")
    axes.set_ylim(bottom=0)
    if len(plain) <= 12:
        axes.legend(loc="best", fontsize=SMALL)
    field = np.array([float(fit.selection.get("field_t", 0.0)) for fit in plain])
    contrast = [fit.parameters["contrast"] for fit in plain]
    value = np.array([float(np.real(c.value)) for c in contrast])
    error = np.array([float(np.real(c.high)) for c in contrast]) - value
    beside.errorbar(1e3 * field, value, error, fmt="o", color=BLUE, markersize=4)
    beside.axhline(0, color=GREY, linewidth=0.8)
    beside.set_xlabel("magnetic field B (mT)")
    beside.set_ylabel("dV/dI: zero over large bias, less 1")
    for fit in fits:
        if "field_t" in fit.parameters:
            at = float(np.real(fit.parameters["field_t"].value))
            label = f"dip to peak at {plain_number(1e3 * at)} mT"
            beside.axvline(1e3 * at, color=VERMILLION, linestyle="--", label=label)
            beside.legend(loc="best", fontsize=SMALL)
            break
    return figure
