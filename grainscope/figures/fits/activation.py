"""Activation energies against the logarithm of the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    COLUMN_IN,
    GREY,
    Look,
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

    from grainscope.records.transport_fit import TransportFit

_SIZE_IN = (COLUMN_IN, 4.6)


@house_style()
def draw_activation(fits: Sequence[TransportFit]) -> Figure:
    """Draw U against ln H with U0 ln(H0/H) of each stage, and residuals.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of ``activation`` and one sample; the joint results, one a stage, are drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels on one axis of field.
    """
    figure = new_figure(_SIZE_IN)
    done = [fit for fit in fits if fit.status == "done" and "energy_scale_k" in fit.parameters]
    if not done:
        say(figure.add_subplot(), "no activation energies at three fields")
        return figure
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    for place, fit in enumerate(done):
        _draw_stage(above, below, fit, look(place))
    field = np.concatenate([fit.table["field_t"] for fit in done])
    above.set_xscale("log")
    above.set_xlim(float(field.min()) / 1.3, float(field.max()) * 1.3)
    log_ticks(above.xaxis, *above.get_xlim())
    above.set_ylim(bottom=min(0.0, above.get_ylim()[0]))
    above.set_ylabel("activation energy U (K)")
    above.legend(loc="upper right")
    below.axhline(0, color=GREY, linewidth=0.8)
    reach = max(3.0, 1.2 * max(float(np.abs(fit.table["residual"]).max()) for fit in done))
    below.set_ylim(-min(reach, 8.0), min(reach, 8.0))
    below.set_ylabel("residual (σ)")
    below.set_xlabel("magnetic field B (T)")
    return figure


def _draw_stage(above: Axes, below: Axes, fit: TransportFit, drawn: Look) -> None:
    colour, marker, dashes = drawn
    table = fit.table
    b, u, used = table["field_t"], table["energy_k"], table["in_window"] > 0
    ends = np.abs(np.array([u - table["energy_low_k"], table["energy_high_k"] - u]))
    for rows, face in ((used, colour), (~used, "white")):
        above.errorbar(
            b[rows], u[rows], ends[:, rows], fmt=marker, color=colour, markerfacecolor=face,
            markersize=4, elinewidth=0.9, capsize=2,
        )  # fmt: skip
        below.plot(
            b[rows], table["residual"][rows], marker, color=colour, markerfacecolor=face,
            markersize=4,
        )  # fmt: skip
    above.plot(b[used], table["fitted_k"][used], linestyle=dashes, color=colour, label=_name(fit))


def _name(fit: TransportFit) -> str:
    stage = str(fit.selection.get("stage", "")) or "film"
    scale = fit.parameters["energy_scale_k"]
    error = float(np.subtract(scale.high, scale.low)) / 2
    zero = float(np.max(fit.parameters["zero_energy_field_t"].value))
    text = f"{stage}: U = ({scale.value:.3g} ± {error:.1g} K) ln({plain_number(zero)} T/B)"
    if "effective_temperature_k" in fit.parameters:
        effective = float(np.max(fit.parameters["effective_temperature_k"].value))
        exponent = float(np.max(fit.parameters["exponent"].value))
        text += f"\nsaturated ρ ∝ B^p, p = {exponent:.3g}: U₀/p = {effective:.3g} K"
    return text
