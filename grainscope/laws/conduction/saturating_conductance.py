"""Activation beside a conductance that stays: saturation on the insulating side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.lines import two_parts
from grainscope.laws.conduction.log_conductance import LEAST_CONDUCTANCE_S
from grainscope.laws.conduction.saturating import barrier_scales
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta


class SaturatingConductance:
    """1/R = σ_sat + σ0 exp(−U/T): the dual of `Saturating`, R ↔ σ.

    Charges are activated over a barrier k_B U, and in parallel a conductance remains at
    T → 0. A law of its own: 1/(R_sat + …) has another shape and another slope.

    References
    ----------
    On the dual of the saturation: the paper, Fig. 4; activation in parallel with another
    channel: B. I. Shklovskii, A. L. Efros, Electronic Properties of Doped Semiconductors
    (Springer, 1984), chapter 4.

    Examples
    --------
    >>> law = SaturatingConductance()
    >>> law.value(np.array([0.01, 1.0]), (1e-4, 1e-3, 1.0)).round(1).tolist()
    [10000.0, 2137.3]
    """

    name = "saturating_conductance"
    title = "saturating conductance"
    equation = "1/R = σ_sat + σ0 exp(−U/T)"
    parameters = (
        Parameter("saturated_s", "S", 0.0, math.inf, "σ_sat, at T → 0"),
        Parameter("prefactor_s", "S", 0.0, math.inf, "σ0"),
        Parameter("activation_k", "K", 1e-4, 1e4, "U"),
    )
    known_values = (
        (1.0, (1e-4, 1e-3, 1.0), 2137.302715195763),
        (1e-3, (1e-4, 1e-3, 1.0), 10000.0),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        conductance_s = theta[0] + theta[1] * np.exp(-theta[2] / x)
        return 1 / np.maximum(conductance_s, LEAST_CONDUCTANCE_S)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the best sum for one of many barriers."""
        good = y > 0
        x, y = x[good], y[good]
        return two_parts(1 / y, lambda u: np.exp(-u / x), barrier_scales(x))
