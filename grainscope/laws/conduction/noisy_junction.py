"""Differential resistance of an overdamped junction whose current carries noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.current_step import step_start
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta

_POINTS, _DEVIATIONS = 100, 6.0


class NoisyJunction:
    """dV/dI = R0 + (Rn − R0) ⟨|I'|/√(I'² − Ic²)⟩ over currents I' about I, of |I'| > Ic.

    One overdamped junction, V = R √(I² − Ic²); I' is normal about I with the width s Ic.
    With y = √(I'² − Ic²) the mean is ∫ p(√(Ic² + y²)) dy over both signs of I', without a
    pole.

    References
    ----------
    D. E. McCumber, J. Appl. Phys. 39, 3113 (1968).

    Examples
    --------
    >>> law = NoisyJunction()
    >>> law.value(np.array([0.0, 5e-7, 1e-4]), (0.0, 2e3, 1e-6, 0.1)).round(1)
    array([   0. ,    0. , 2000.1])
    """

    name = "noisy_junction"
    title = "junction with current noise"
    equation = "dV/dI = R0 + (Rn − R0) ⟨|I'|/√(I'² − Ic²)⟩"
    parameters = (
        Parameter("zero_bias_ohm_sq", "Ω/□", -math.inf, math.inf, "R0, left at zero bias"),
        Parameter("normal_ohm_sq", "Ω/□", 0.0, math.inf, "Rn"),
        Parameter("critical_current_a", "A", 0.0, math.inf, "Ic"),
        Parameter("relative_width", "", 0.01, 1.0, "s"),
    )
    #: Far above, 1 + Ic²/2I² (1 + 3 s²Ic²/I²): 2000 (1 + 5.0e-5) at 100 Ic.
    known_values = ((1e-4, (0.0, 2000.0, 1e-6, 0.1), 2000.1), (1e-7, (3.0, 9.0, 1e-6, 0.05), 3.0))

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return dV/dI in Ω/□ at currents in A."""
        zero, normal, critical, width = theta
        current = np.abs(np.asarray(x, np.float64)) / critical
        share = _mean(current, float(width)) + _mean(-current, float(width))
        return np.asarray(zero + (normal - zero) * share)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the step's ends, and where it is half way."""
        return step_start(x, y)


def _mean(current: Column, width: float) -> Column:
    """Return ∫ p(√(1 + y²) − I) dy over the y where p is not negligible, I in units of Ic."""
    ends = np.maximum(current[:, None] + _DEVIATIONS * width * np.array((-1.0, 1.0)), 1.0)
    first, last = np.sqrt(ends**2 - 1).T[:, :, None]
    y = first + (last - first) * (np.arange(_POINTS) + 0.5) / _POINTS
    pull = (np.hypot(1.0, y) - current[:, None]) / width
    density = np.exp(-(pull**2) / 2) / (width * math.sqrt(2 * math.pi))
    return np.asarray(density.mean(axis=1) * (last - first)[:, 0])
