"""dV/dI against bias with the fitted step, as Fig. 5a of the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import GREY, PAGE_IN, house_style, look, new_figure
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from grainscope.records import TransportFit


@house_style()
def draw_critical_current(fits: Sequence[TransportFit]) -> Figure:
    """Draw dV/dI of every curve, the fitted laws, and below them the residuals.

    Parameters
    ----------
    fits : sequence of TransportFit
        Done results of the analysis ``critical_current`` of one sample.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.
    """
    figure = new_figure((PAGE_IN, 4.8))
    axes, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (3, 1)})
    for place, fit in enumerate(fits):
        colour, marker, dashes = look(place)
        table = fit.table
        seen = (table["current_a"] > 0) & (table["dvdi_ohm_sq"] > 0)
        current_ua = 1e6 * table["current_a"][seen]
        axes.plot(
            current_ua, table["dvdi_ohm_sq"][seen], marker, color=colour, markersize=3,
            label=_label(fit),
        )  # fmt: skip
        if "fitted_ohm_sq" in fit.extra:
            model = fit.extra["fitted_ohm_sq"]
            axes.plot(
                1e6 * fit.extra["current_a"],
                np.where(model > 0, model, np.nan),
                linestyle=dashes,
                color=colour,
                linewidth=1.1,
            )
            below.plot(current_ua, table["residual"][seen], marker, color=colour, markersize=3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    values = np.concatenate([f.table["dvdi_ohm_sq"] for f in fits])
    axes.set_ylim(0.5 * values[values > 0].min(), 2 * values.max())
    axes.set_ylabel("dV/dI (Ω/□)")
    below.axhline(0, color=GREY, linewidth=0.8)
    below.set_ylabel("residual (σ)")
    below.set_xlabel("direct current |I| (µA)")
    figure.legend(loc="outside right center")
    return figure


def _label(fit: TransportFit) -> str:
    parts = [str(fit.selection.get("stage", ""))]
    if "field_t" in fit.selection:
        field_mt = round(1e3 * float(fit.selection["field_t"]), 2) + 0.0
        parts.append(f"{plain_number(field_mt)} mT")
    if "temperature_k" in fit.selection:
        parts.append(f"{plain_number(float(fit.selection['temperature_k']))} K")
    if "rf_frequency_hz" in fit.selection:
        parts.append(f"RF {plain_number(float(fit.selection['rf_frequency_hz']) / 1e9)} GHz")
    found = fit.parameters.get("critical_current_a")
    if found is not None:
        value, low, high = (1e6 * float(np.real(v)) for v in (found.value, found.low, found.high))
        parts.append(f"Ic = {value:.4g} ± {(high - low) / 2:.1g} µA")
    return ", ".join(part for part in parts if part)
