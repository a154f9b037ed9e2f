"""One colour for each temperature, and how the reader learns which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from grainscope.figures.style import log_ticks
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

    from grainscope.records import TransportFit

#: Up to so many temperatures are named; more get a colour bar.
_MOST_NAMES = 7


def temperature_of(fit: TransportFit) -> float:
    """Return the temperature in K that a result is of; NaN where it is of several."""
    return float(fit.selection.get("temperature_k", float("nan")))


class IsothermColours:
    """Colours of temperatures, cold ones dark; the palest end of the map is not used.

    Parameters
    ----------
    temperatures_k : iterable of float
        NaN for one that is not known, drawn in the coldest colour.
    """

    def __init__(self, temperatures_k: Iterable[float]) -> None:
        known = sorted({round(t, 12) for t in temperatures_k if np.isfinite(t) and t > 0})
        self.temperatures_k = tuple(known)
        low, high = (known[0], known[-1]) if known else (1.0, 1.0)
        self._norm = mpl.colors.LogNorm(low / 1.1, high * 1.1)
        stops = np.linspace(0, 0.87, 256)
        self._map = mpl.colors.ListedColormap(mpl.colormaps["plasma"](stops))

    def __call__(self, temperature_k: float) -> Any:
        """Return the colour of a temperature."""
        known = np.isfinite(temperature_k) and temperature_k > 0
        return self._map(self._norm(temperature_k if known else self._norm.vmin))

    @property
    def few(self) -> bool:
        """Whether each temperature can be named."""
        return len(self.temperatures_k) <= _MOST_NAMES

    def explain(
        self, axes: Axes, beside: Sequence[Axes], where: str = "best", columns: int = 1
    ) -> None:
        """Add a legend to the axes, or a colour bar beside some axes where they are many."""
        if self.few:
            for temperature in self.temperatures_k:
                label = f"{plain_number(temperature)} K"
                axes.plot([], [], "o", markersize=4, color=self(temperature), label=label)
            axes.legend(loc=where, ncols=columns)
            return
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc=where, ncols=columns)
        colours = mpl.cm.ScalarMappable(self._norm, self._map)
        bar = axes.get_figure().colorbar(colours, ax=list(beside), pad=0.02, aspect=35)
        low, high = self.temperatures_k[0], self.temperatures_k[-1]
        bar.ax.set_ylim(low, high)
        bar.set_label("temperature (K)")
        log_ticks(bar.ax.yaxis, low, high)
