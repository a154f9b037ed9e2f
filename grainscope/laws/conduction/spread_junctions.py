"""Differential resistance of junctions in series whose critical currents are spread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.current_step import step_start
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta

#: Points of the integral over φ, and how many widths of the distribution it covers.
_POINTS, _DEVIATIONS = 100, 6.0


class SpreadJunctions:
    """dV/dI = R0 + (Rn − R0) ⟨|I|/√(I² − Ic²)⟩ over junctions with Ic < |I|.

    Overdamped junctions, V = R √(I² − Ic²), with a normal distribution of Ic about Ic, of
    relative width s and cut off at 0. With Ic' = |I| sin φ the mean is ∫ p(|I| sin φ) |I| dφ
    over 0 … π/2, without a pole. R0 is what stays at zero bias, Rn what is reached far above.

    References
    ----------
    D. E. McCumber, J. Appl. Phys. 39, 3113 (1968).

    Examples
    --------
    >>> law = SpreadJunctions()
    >>> law.value(np.array([0.0, 5e-7, 1e-4]), (0.0, 2e3, 1e-6, 0.1)).round(1)
    array([   0. ,    0. , 2000.1])
    """

    name = "spread_junctions"
    title = "junctions with spread critical currents"
    equation = "dV/dI = R0 + (Rn − R0) ⟨|I|/√(I² − Ic²)⟩"
    parameters = (
        Parameter("zero_bias_ohm_sq", "Ω/□", -math.inf, math.inf, "R0, left at zero bias"),
        Parameter("normal_ohm_sq", "Ω/□", 0.0, math.inf, "Rn"),
        Parameter("critical_current_a", "A", 0.0, math.inf, "Ic, where they are most likely"),
        Parameter("relative_width", "", 0.01, 1.0, "s"),
    )
    #: Far above all junctions 1 + ⟨Ic²⟩/2I²: 2000 (1 + 5.05e-5) at 100 Ic with s = .1.
    known_values = ((1e-4, (0.0, 2000.0, 1e-6, 0.1), 2000.101), (1e-7, (3.0, 9.0, 1e-6, 0.05), 3.0))

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return dV/dI in Ω/□ at currents in A."""
        from scipy.special import ndtr

        zero, normal, critical, width = theta
        current = np.maximum(np.abs(x), np.finfo(np.float64).tiny)[:, None] / critical
        ends = np.array((max(1 - _DEVIATIONS * width, 0.0), 1 + _DEVIATIONS * width))
        first, last = np.arcsin(np.minimum(ends / current, 1.0)).T[:, :, None]
        phi = first + (last - first) * (np.arange(_POINTS) + 0.5) / _POINTS
        density = np.exp(-(((current * np.sin(phi) - 1) / width) ** 2) / 2) * current / width
        share = density.mean(axis=1) * (last - first)[:, 0] / math.sqrt(2 * math.pi)
        share /= ndtr(1 / width)
        return np.asarray(zero + (normal - zero) * share)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the step's ends, and where it is half way."""
        return step_start(x, y)
