"""Hopping of variable range across a Coulomb gap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grainscope.laws.conduction.stretched import LARGEST_K, stretched, stretched_start
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta


class EfrosShklovskii:
    """R = R0 exp[(T0/T)^½], in any dimension; also of granular insulators.

    A negative T0 is the dual of vortices, σ = σ0 exp[(|T0|/T)^½].

    References
    ----------
    A. L. Efros, B. I. Shklovskii, J. Phys. C 8, L49 (1975); grains: I. S. Beloborodov
    et al., Rev. Mod. Phys. 79, 469 (2007).

    Examples
    --------
    >>> import numpy as np
    >>> EfrosShklovskii().value(np.array([1.0, 4.0]), (100.0, 4.0)).round(2).tolist()
    [738.91, 271.83]
    """

    name = "efros_shklovskii"
    title = "Efros–Shklovskii hopping"
    equation = "R = R0 exp[(T0/T)^½]"
    parameters = (
        Parameter("prefactor_ohm_sq", "Ω/□", 0.0, math.inf, "R0, far above T0"),
        Parameter("hopping_k", "K", -LARGEST_K, LARGEST_K, "T0; negative where R falls on cooling"),
    )
    known_values = (
        (1.0, (100.0, 1.0), 271.8281828459045),
        (0.25, (100.0, 1.0), 738.905609893065),
        (0.25, (100.0, -1.0), 13.53352832366127),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        return stretched(x, theta, 1 / 2)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the line through ln R against T^−½."""
        return stretched_start(x, y, 1 / 2)
