"""The plot of the Network and loops widget: how much of the loops' flux is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.figures.style import GREY, SKY, VERMILLION, house_style, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from grainscope.records import Commensuration


@house_style()
def plot_whole_flux(axes: Axes, curve: Commensuration, field_g: float) -> Line2D:
    """Draw S(B), and return the line that marks a field.

    Parameters
    ----------
    axes : Axes
        Cleared first.
    curve : Commensuration
        Of the loops; no fields where there are no whole ones.
    field_g : float
        Where the line stands.
    """
    axes.clear()
    axes.set_xlabel("magnetic field B (G)")
    axes.set_ylabel("S(B)")
    if len(curve.field_g) == 0:
        say(axes, "no whole loops")
    else:
        axes.axhline(0, color=GREY, linewidth=0.6)
        axes.plot(curve.field_g, curve.loop_sum, color=SKY, linewidth=1.2)
        axes.set_xlim(0, curve.field_g[-1])
    return axes.axvline(field_g, color=VERMILLION, linewidth=1.2)
