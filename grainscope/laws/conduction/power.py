"""Resistance as a power of the temperature."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.lines import plain_line
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta

_LARGEST_EXPONENT = 30.0


class Power:
    """R = R1 (T/1 K)^−p, as near a transition, or of many barriers in parallel.

    References
    ----------
    A. I. Larkin, D. E. Khmelnitskii, Sov. Phys. JETP 56, 647 (1982); of log-uniform
    barriers over a limited range: the paper, Supplementary Fig. 3.

    Examples
    --------
    >>> Power().value(np.array([1.0, 0.25]), (100.0, 0.5)).tolist()
    [100.0, 200.0]
    """

    name = "power"
    title = "power of T"
    equation = "R = R1 (T/1 K)^−p"
    parameters = (
        Parameter("resistivity_1k_ohm_sq", "Ω/□", 0.0, math.inf, "R1, at 1 K"),
        Parameter("exponent", "", -_LARGEST_EXPONENT, _LARGEST_EXPONENT, "p"),
    )
    known_values = ((0.01, (100.0, 0.5), 1000.0), (4.0, (100.0, -0.5), 200.0))

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        return np.asarray(theta[0] * x ** -theta[1])

    def start(self, x: Column, y: Column) -> Theta:
        """Return the line through ln R against ln T."""
        good = y > 0
        if not good.any():
            return 1.0, 0.0
        at_1k, slope = plain_line(np.log(x[good]), np.log(y[good]))
        within = float(np.clip(-slope, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
        return math.exp(min(at_1k, 300.0)), within
