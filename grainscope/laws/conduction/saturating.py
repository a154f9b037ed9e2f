"""Activation on top of a resistance that stays: the anomalous metal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.lines import two_parts
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta

#: Barriers beyond are not told from these by data at any temperature of interest.
_SMALLEST_K, _LARGEST_K = 1e-4, 1e4


class Saturating:
    """R = R_sat + R0 exp(−U/T): vortices over a barrier k_B U, and tunnelling below.

    References
    ----------
    D. Ephron et al., Phys. Rev. Lett. 76, 1529 (1996); A. Kapitulnik, S. A. Kivelson,
    B. Spivak, Rev. Mod. Phys. 91, 011002 (2019).

    Examples
    --------
    >>> Saturating().value(np.array([0.01, 1.0]), (10.0, 100.0, 1.0)).round(2).tolist()
    [10.0, 46.79]
    """

    name = "saturating"
    title = "saturating resistance"
    equation = "R = R_sat + R0 exp(−U/T)"
    parameters = (
        Parameter("saturated_ohm_sq", "Ω/□", 0.0, math.inf, "R_sat, at T → 0"),
        Parameter("prefactor_ohm_sq", "Ω/□", 0.0, math.inf, "R0"),
        Parameter("activation_k", "K", _SMALLEST_K, _LARGEST_K, "U"),
    )
    known_values = (
        (1.0, (10.0, 100.0, 1.0), 46.787944117144235),
        (1e-3, (10.0, 100.0, 1.0), 10.0),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        return np.asarray(theta[0] + theta[1] * np.exp(-theta[2] / x))

    def start(self, x: Column, y: Column) -> Theta:
        """Return the best sum for one of many barriers."""
        return two_parts(y, lambda u: np.exp(-u / x), barrier_scales(x))


def barrier_scales(temperature_k: Column) -> Column:
    """Return barriers in K, one of which any data at these temperatures resemble.

    Examples
    --------
    >>> barrier_scales(np.array([0.1, 1.0])).round(2)[[0, -1]].tolist()
    [0.02, 20.0]
    """
    low, high = 0.2 * float(temperature_k.min()), 20.0 * float(temperature_k.max())
    return np.clip(np.geomspace(low, high, 40), _SMALLEST_K, _LARGEST_K)
