"""A resistance that grows as the logarithm of 1/T."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.lines import relative_line
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta


class LogResistance:
    """R = R1 [1 + s ln(1 K/T)]; zero where that is negative.

    References
    ----------
    Y. Ando et al., Phys. Rev. Lett. 75, 4662 (1995), on cuprates in high fields; and
    the paper's Fig. 3, s = A R1.

    Examples
    --------
    >>> LogResistance().value(np.array([1.0, math.exp(-1)]), (1000.0, 0.4)).tolist()
    [1000.0, 1400.0]
    """

    name = "log_resistance"
    title = "logarithm in R"
    equation = "R = R1 [1 + s ln(1 K/T)]"
    parameters = (
        Parameter("resistivity_1k_ohm_sq", "Ω/□", 0.0, math.inf, "R1, at 1 K"),
        Parameter("relative_slope", "", -math.inf, math.inf, "s, share of R1 per factor e"),
    )
    known_values = (
        (1.0, (1000.0, 0.4), 1000.0),
        (0.1, (1000.0, 0.4), 1921.0340371976183),
        (10.0, (1000.0, 0.4), 78.96596280238174),
        (100.0, (1000.0, 0.4), 0.0),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        return np.maximum(theta[0] * (1 - theta[1] * np.log(x)), 0.0)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the line through R against ln T."""
        at_1k, slope = relative_line(-np.log(x), y)
        if at_1k <= 0:  # a line that reaches zero before 1 K: the steepest that this law has
            at_1k = 1e-3 * float(np.abs(y).max())
        return at_1k, slope / at_1k
