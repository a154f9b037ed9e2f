"""Thermal activation over one barrier."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grainscope.laws.conduction.stretched import LARGEST_K, stretched, stretched_start
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta


class Arrhenius:
    """R = R0 exp(T0/T): charges (T0 > 0) or, T0 < 0, vortices over a barrier k_B |T0|.

    References
    ----------
    S. Arrhenius, Z. Phys. Chem. 4, 226 (1889).

    Examples
    --------
    >>> import numpy as np
    >>> Arrhenius().value(np.array([1.0, 2.0]), (100.0, 2.0)).round(2).tolist()
    [738.91, 271.83]
    """

    name = "arrhenius"
    title = "activation"
    equation = "R = R0 exp(T0/T)"
    parameters = (
        Parameter("prefactor_ohm_sq", "Ω/□", 0.0, math.inf, "R0, far above T0"),
        Parameter(
            "activation_k", "K", -LARGEST_K, LARGEST_K, "T0; negative where R falls on cooling"
        ),
    )
    known_values = (
        (1.0, (100.0, 1.0), 271.8281828459045),
        (0.5, (100.0, -1.0), 13.53352832366127),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        return stretched(x, theta, 1.0)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the line through ln R against 1/T."""
        return stretched_start(x, y, 1.0)
