"""Hall resistance against field, with the slope that gives the carrier density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import COLUMN_IN, GREY, Look, house_style, look, new_figure, say
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grainscope.records.transport_fit import TransportFit

_SIZE_IN = (COLUMN_IN, 4.4)
#: More curves than colours are drawn, but not named.
_MOST_NAMES = 6


@house_style()
def draw_hall(fits: Sequence[TransportFit]) -> Figure:
    """Draw R_xy, antisymmetrised, against B with the fit of each curve, and residuals.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of ``hall`` and one sample; those not done are left out.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels on one axis of field.
    """
    figure = new_figure(_SIZE_IN)
    done = [fit for fit in fits if fit.status == "done"]
    if not done:
        say(figure.add_subplot(), "no Hall resistance against field")
        return figure
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    for place, fit in enumerate(done):
        _draw_curve(above, below, fit, look(place), named=place < _MOST_NAMES)
    for axes in (above, below):
        axes.axhline(0, color=GREY, linewidth=0.8)
    above.set_ylabel("Hall resistance, odd in B (Ω)")
    below.set_ylabel("residual (σ)")
    below.set_xlabel("magnetic field B (T)")
    below.set_xlim(left=0)
    low, high = above.get_ylim()
    room = 0.09 * min(len(done), _MOST_NAMES) * (high - low)
    above.set_ylim(low, high + room)
    above.legend(loc="upper left")
    return figure


def _draw_curve(above: Axes, below: Axes, fit: TransportFit, drawn: Look, *, named: bool) -> None:
    table = fit.table
    colour, marker, dashes = drawn
    b, used = table["field_t"], table["in_window"] > 0
    for rows, alpha in ((used, 1.0), (~used, 0.35)):
        above.errorbar(
            b[rows], table["hall_resistance_ohm"][rows], table["error_ohm"][rows], fmt=marker,
            color=colour, markersize=2.5, elinewidth=0.6, alpha=alpha,
        )  # fmt: skip
    above.plot(
        b[used],
        table["fitted_ohm"][used],
        linestyle=dashes,
        color=colour,
        label=_name(fit) if named else None,
    )
    below.plot(b[used], table["residual"][used], marker, color=colour, markersize=2.5)


def _name(fit: TransportFit) -> str:
    where = [str(fit.selection["stage"])] if fit.selection.get("stage") else []
    at = fit.selection.get("temperature_k")
    where += [f"{plain_number(float(at))} K"] if at is not None else []
    density = fit.parameters["carrier_density_per_cm2"]
    low, high = float(np.min(density.low)), float(np.max(density.high))
    if not np.isfinite(high):
        return f"{', '.join(where)}: n > {_three_digits(low)} cm⁻²"
    return f"{', '.join(where)}: n = {_three_digits(low)} … {_three_digits(high)} cm⁻²"


def _three_digits(value: float) -> str:
    return plain_number(float(f"{value:.2e}"))
