"""A conductance that changes as the logarithm of T."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.lines import relative_line
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta

#: A conductance below this is taken for this: no law here has a pole or a negative R.
LEAST_CONDUCTANCE_S = 1e-15


class LogConductance:
    """1/R = σ1 + S ln(1 K/T); S > 0 where the conductance grows on cooling.

    References
    ----------
    The paper, Fig. 3c, d (S > 0). With S < 0 it is the form of weak localisation and of
    granular metals, whose S theory states: `WeakLocalisation`, `GranularLog`.

    Examples
    --------
    >>> LogConductance().value(np.array([1.0, math.exp(-1)]), (1e-3, 1e-3)).tolist()
    [1000.0, 500.0]
    """

    name = "log_conductance"
    title = "logarithm in σ"
    equation = "1/R = σ1 + S ln(1 K/T)"
    parameters = (
        Parameter("conductance_1k_s", "S", -math.inf, math.inf, "σ1, of the line at 1 K"),
        Parameter("slope_s", "S", -math.inf, math.inf, "S, per factor e of cooling"),
    )
    known_values = (
        (1.0, (1e-4, 1e-5), 10000.0),
        (0.1, (1e-4, 1e-5), 8128.3729593503895),
        (0.1, (1e-4, -1e-5), 12991.374533933857),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        return 1 / np.maximum(theta[0] - theta[1] * np.log(x), LEAST_CONDUCTANCE_S)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the line through 1/R against ln T."""
        good = y > 0
        return relative_line(-np.log(x[good]), 1 / y[good])
