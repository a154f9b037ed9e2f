"""Fluctuations against coupling: whether a film made more homogeneous fluctuates less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.figures.style import (
    BLUE,
    GREEN,
    ORANGE,
    VERMILLION,
    house_style,
    log_ticks,
    new_figure,
    say,
)
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_COLOURS = (VERMILLION, ORANGE, GREEN)


@house_style()
def draw_homogenisation(
    coupling_length_nm: NDArray[np.float64],
    rms_ln_resistance: NDArray[np.float64],
    measured: Mapping[str, float],
) -> Figure:
    """Draw the rms of ln R that the micrograph's network has, and what was measured.

    Parameters
    ----------
    coupling_length_nm : ndarray of float64, shape (K,)
        ξ of J ∝ exp(−gap/ξ), ascending.
    rms_ln_resistance : ndarray of float64, shape (K,)
        At the gain of the run.
    measured : mapping of str to float
        Relative rms amplitudes by name.

    Returns
    -------
    matplotlib.figure.Figure
        One panel; without a network it says so.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    axes.set_xlabel("coupling length ξ (nm)")
    axes.set_ylabel("rms of ln R(B)")
    axes.set_xscale("log")
    axes.set_yscale("log")
    good = np.isfinite(rms_ln_resistance) & (rms_ln_resistance > 0)
    levels = {name: level for name, level in measured.items() if np.isfinite(level) and level > 0}
    if not good.any():
        say(axes, "no coupled loops")
        return figure
    rms = rms_ln_resistance[good]
    label = "this micrograph's network, fixed gain"
    axes.plot(coupling_length_nm[good], rms, "o-", color=BLUE, label=label)
    for k, (name, level) in enumerate(levels.items()):
        told = f"measured, {name}: {plain_number(level)}"
        axes.axhline(level, color=_COLOURS[k % 3], linestyle="--", linewidth=1.2, label=told)
    lengths = coupling_length_nm[good]
    span = float(lengths.min()) / 1.3, float(lengths.max()) * 1.3
    axes.set_xlim(*span)
    log_ticks(axes.xaxis, *span)
    shown = [*rms, *levels.values()]
    low, high = min(shown) / 3, max(shown) * 30
    axes.set_ylim(low, high)
    log_ticks(axes.yaxis, low, high)
    axes.legend(loc="upper left")
    return figure
