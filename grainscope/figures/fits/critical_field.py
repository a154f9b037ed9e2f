"""Where resistance appears in a field, with and without RF."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.fits.rf_response import condition_of
from grainscope.figures.style import COLUMN_IN, GREY, SMALL, house_style, look, new_figure
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from grainscope.records import TransportFit

_MOST_CURVES = 10


@house_style()
def draw_critical_field(fits: Sequence[TransportFit]) -> Figure:
    """Draw the isotherms about the field where each leaves the noise floor.

    Parameters
    ----------
    fits : sequence of TransportFit
        Done results of the analysis ``critical_field`` of one sample.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    figure = new_figure((COLUMN_IN, 3.8))
    axes = figure.add_subplot()
    shown = _coldest(fits)[:_MOST_CURVES]
    widest = 0.0
    for place, fit in enumerate(shown):
        colour, marker, dashes = look(place)
        found = fit.parameters["field_t"]
        at, high = float(np.real(found.value)), float(np.real(found.high))
        widest = max(widest, 3 * high)
        told = f"{1e4 * at:.3g} G" if np.isfinite(at) else f"below {1e4 * high:.3g} G"
        stage = str(fit.selection.get("stage", ""))
        held = f"{plain_number(float(fit.selection.get('temperature_k', np.nan)))} K"
        label = ", ".join(part for part in (stage, held, condition_of(fit), told) if part)
        order = np.argsort(fit.table["field_t"])
        axes.plot(
            1e4 * fit.table["field_t"][order], fit.table["resistivity_ohm_sq"][order],
            color=colour, marker=marker, markersize=3, linestyle=dashes, linewidth=0.9,
            label=label,
        )  # fmt: skip
        if np.isfinite(at):
            axes.axvline(1e4 * at, color=colour, linestyle="--", linewidth=1)
    floor = float(np.real(shown[0].parameters["floor_ohm_sq"].value))
    axes.axhline(floor, color=GREY, linestyle=":", linewidth=1)
    axes.set_xlim(0, 1e4 * widest)
    top = max(
        float(fit.table["resistivity_ohm_sq"][fit.table["field_t"] <= widest].max(initial=floor))
        for fit in shown
    )
    axes.set_ylim(0, 1.1 * top)
    axes.set_xlabel("magnetic field |B| (G)")
    axes.set_ylabel("resistivity ρ (Ω/□)")
    axes.legend(loc="best", fontsize=SMALL)
    return figure


def _coldest(fits: Sequence[TransportFit]) -> list[TransportFit]:
    """Return of each stage and condition the coldest isotherm."""
    order = sorted(fits, key=lambda fit: float(fit.selection.get("temperature_k", np.inf)))
    coldest = {(str(fit.selection.get("stage")), condition_of(fit)): fit for fit in order[::-1]}
    return sorted(coldest.values(), key=condition_of)
