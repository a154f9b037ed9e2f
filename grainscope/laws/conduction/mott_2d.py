"""Hopping of variable range at a constant density of states in a plane."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grainscope.laws.conduction.stretched import LARGEST_K, stretched, stretched_start
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta


class Mott2d:
    """R = R0 exp[(T0/T)^⅓].

    A negative T0 is the dual of vortices, σ = σ0 exp[(|T0|/T)^⅓].

    References
    ----------
    N. F. Mott, Philos. Mag. 19, 835 (1969); two dimensions: W. Brenig, P. Wölfle,
    G. Döhler, Z. Phys. 246, 1 (1971).

    Examples
    --------
    >>> import numpy as np
    >>> Mott2d().value(np.array([1.0, 8.0]), (100.0, 8.0)).round(2).tolist()
    [738.91, 271.83]
    """

    name = "mott_2d"
    title = "Mott hopping in 2D"
    equation = "R = R0 exp[(T0/T)^⅓]"
    parameters = (
        Parameter("prefactor_ohm_sq", "Ω/□", 0.0, math.inf, "R0, far above T0"),
        Parameter("hopping_k", "K", -LARGEST_K, LARGEST_K, "T0; negative where R falls on cooling"),
    )
    known_values = (
        (1.0, (100.0, 1.0), 271.8281828459045),
        (0.125, (100.0, 1.0), 738.905609893065),
        (0.125, (100.0, -1.0), 13.53352832366127),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        return stretched(x, theta, 1 / 3)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the line through ln R against T^−⅓."""
        return stretched_start(x, y, 1 / 3)
