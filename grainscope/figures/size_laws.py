"""Laws of size laid over the distributions that they were fitted to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.figures.style import BLUE, GREEN, ORANGE, PURPLE, SKY
from grainscope.laws.size import SIZE_LAWS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from grainscope.records import FittedLaw, SizeLaws

LN10 = math.log(10)
_COLOURS = {
    "lognormal": BLUE,
    "log_uniform": ORANGE,
    "power_law": PURPLE,
    "weibull": GREEN,
    "two_lognormals": SKY,
}
#: Of laws that are not the best one, whose line is whole.
_DASHES: dict[str, Any] = {
    "lognormal": "--",
    "log_uniform": (0, (1, 1)),
    "power_law": "-.",
    "weibull": (0, (5, 1, 1, 1, 1, 1)),
    "two_lognormals": (0, (8, 2)),
}
_POINTS = 400


def plot_laws(axes: Axes, laws: SizeLaws, count_per_density: float) -> None:
    """Draw the density of each law over log10 area, the best one on top and thicker.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Of a histogram in log10 area, whose limits are set.
    laws : SizeLaws
        None fitted: nothing is drawn.
    count_per_density : float
        What a density of one per decade of area is on the y axis: grains times bin width.
    """
    for fitted in laws.laws:
        best = fitted.name == laws.best
        style = {
            "color": _COLOURS[fitted.name],
            "linewidth": 1.8 if best else 1.1,
            "linestyle": "-" if best else _DASHES[fitted.name],
            "zorder": 3 if best else 2,
            "label": f"{SIZE_LAWS[fitted.name].title} ({_share(fitted)})",
        }
        plot_density(axes, laws, fitted, count_per_density, style)


def plot_density(
    axes: Axes, laws: SizeLaws, fitted: FittedLaw, scale: float, style: dict[str, Any]
) -> None:
    """Draw the density of one law per decade of area, times a scale, in the axes' limits."""
    cut = math.log10(laws.cut_um2)
    start, stop = axes.get_xlim()
    place = np.linspace(max(cut, start), stop, _POINTS)
    law = SIZE_LAWS[fitted.name]
    density = np.exp(law.log_density(place * LN10, _theta(fitted), cut * LN10)) * LN10
    axes.plot(place, scale * density, **style)


def plot_cumulative_laws(axes: Axes, laws: SizeLaws) -> None:
    """Draw the share of grains below each area that the laws expect, as `plot_laws` does."""
    cut = math.log10(laws.cut_um2) if laws.laws else 0.0
    place = np.linspace(cut, axes.get_xlim()[1], _POINTS)
    for fitted in laws.laws:
        law, best = SIZE_LAWS[fitted.name], fitted.name == laws.best
        below = 1 - law.survival(place * LN10, _theta(fitted), cut * LN10)
        axes.plot(
            place,
            below,
            color=_COLOURS[fitted.name],
            linewidth=1.8 if best else 1.1,
            linestyle="-" if best else _DASHES[fitted.name],
            zorder=3 if best else 2,
            label=f"{law.title}: KS {fitted.ks:.3f}{_p_value(fitted.ks_p)}",
        )


def _theta(fitted: FittedLaw) -> tuple[float, ...]:
    return tuple(figure.value for figure in fitted.parameters.values())


def _share(fitted: FittedLaw) -> str:
    return f"{100 * fitted.weight:.0f} %" if fitted.weight >= 0.005 else "< 1 %"


def _p_value(p: float) -> str:
    if not math.isfinite(p):
        return ""
    return f", p = {p:.2f}" if p >= 0.015 else ", p < 0.02"
