"""Resistance as a power of the field."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta


class FieldPower:
    """ρ = ρ1 (|B|/1 T)^p, as of dislocations of the vortex lattice.

    An activation energy U = U0 ln(H0/H) at an effective temperature gives
    p = U0/k_B T_eff.

    References
    ----------
    M. V. Feigel'man, V. B. Geshkenbein, A. I. Larkin, Physica C 167, 177 (1990);
    D. Ephron et al., Phys. Rev. Lett. 76, 1529 (1996).

    Examples
    --------
    >>> FieldPower().value(np.array([1.0, 0.25]), (100.0, 0.5)).tolist()
    [100.0, 50.0]
    """

    name = "field_power"
    title = "power of the field"
    equation = "ρ = ρ1 (B/1 T)^p"
    parameters = (
        Parameter("prefactor_ohm_sq", "Ω/□", 0.0, math.inf, "ρ1, the resistivity at 1 T"),
        Parameter("exponent", "", -10.0, 10.0, "p"),
    )
    known_values = ((0.01, (1000.0, 0.5), 100.0), (1.0, (7.0, 0.66), 7.0))

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a field in T."""
        return np.asarray(theta[0] * np.abs(x) ** theta[1])

    def start(self, x: Column, y: Column) -> Theta:
        """Return the line through ln ρ against ln B."""
        good = (y > 0) & (x != 0)
        slope, at_one = np.polyfit(np.log(np.abs(x[good])), np.log(y[good]), 1)
        return math.exp(min(at_one, 700.0)), float(np.clip(slope, -10, 10))
