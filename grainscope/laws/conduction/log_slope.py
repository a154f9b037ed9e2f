"""The paper's form of a resistance that grows as the logarithm of 1/T."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.log_resistance import LogResistance
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta


class LogSlope:
    """[R − R(1 K)]/R(1 K) = A R(1 K) ln(1 K/T): `LogResistance` with s = A R1.

    A is a conductance, to be read in units of e²/2π²ħ; it and R1 are fitted jointly.

    References
    ----------
    The paper, Fig. 3a, b: A = (8.44 ± 0.12)e-5 /Ω at 4 T.

    Examples
    --------
    >>> round(float(LogSlope().value(np.array([math.exp(-1)]), (8e-5, 5000.0))[0]), 6)
    7000.0
    """

    name = "log_slope"
    title = "logarithm in R"
    equation = "R = R1 [1 + A R1 ln(1 K/T)]"
    parameters = (
        Parameter("slope_per_ohm", "1/Ω", -math.inf, math.inf, "A"),
        Parameter("resistivity_1k_ohm_sq", "Ω/□", 0.0, math.inf, "R1, at 1 K"),
    )
    known_values = ((1.0, (8e-5, 5000.0), 5000.0), (0.1, (8e-5, 5000.0), 9605.170185988092))

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        return np.maximum(theta[1] * (1 - theta[0] * theta[1] * np.log(x)), 0.0)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the line through R against ln T."""
        at_1k, relative = LogResistance().start(x, y)
        return relative / at_1k, at_1k
