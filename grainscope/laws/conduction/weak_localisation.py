"""Interference and interaction of electrons in a weakly disordered film."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import ELEMENTARY_CHARGE_C, REDUCED_PLANCK_J_S
from grainscope.laws.conduction.log_conductance import LEAST_CONDUCTANCE_S, LogConductance
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta

#: e²/2π²ħ in S: 1.2331e-5.
LOCALISATION_S = ELEMENTARY_CHARGE_C**2 / (2 * math.pi**2 * REDUCED_PLANCK_J_S)
#: Coefficients of ln T in units of e²/2π²ħ that theory knows, see `WeakLocalisation`.
SMALLEST_COEFFICIENT, LARGEST_COEFFICIENT = -1.25, 4.0


class WeakLocalisation:
    """1/R = σ1 + C (e²/2π²ħ) ln(T/1 K), C = αp + 1 − ¾F.

    Localisation gives αp: α = 1, 0 in a field or with magnetic impurities, −½ with
    spin-orbit scattering; dephasing 1/τ ∝ T^p, p = 1 to 3. Interaction gives 1 − ¾F with
    0 ≤ F ≤ 1. So C lies between −½·3 + ¼ = −1.25 and 3 + 1 = 4, whatever the film; in a
    field that dephases (α = 0) it lies between ¼ and 1.

    References
    ----------
    P. A. Lee, T. V. Ramakrishnan, Rev. Mod. Phys. 57, 287 (1985), sections II and III.

    Examples
    --------
    >>> law = WeakLocalisation()
    >>> r = law.value(np.array([1.0, math.e]), (1e-3, 1.0))
    >>> round(float(1 / r[1] - 1 / r[0]), 9)
    1.2331e-05
    """

    name = "weak_localisation"
    title = "weak localisation"
    equation = "1/R = σ1 + C (e²/2π²ħ) ln(T/1 K)"
    parameters = (
        Parameter("conductance_1k_s", "S", -math.inf, math.inf, "σ1, at 1 K"),
        Parameter("coefficient", "", SMALLEST_COEFFICIENT, LARGEST_COEFFICIENT, "C, in e²/2π²ħ"),
    )
    # e²/2π²ħ = 1/(π · 25812.80745 Ω), from the resistance quantum h/e².
    known_values = (
        (1.0, (1e-4, 1.0), 10000.0),
        (0.1, (1e-4, 1.0), 13965.361125424875),
        (0.1, (1e-4, -1.0), 7788.510094602043),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        conductance_s = theta[0] + theta[1] * LOCALISATION_S * np.log(x)
        return 1 / np.maximum(conductance_s, LEAST_CONDUCTANCE_S)

    def start(self, x: Column, y: Column) -> Theta:
        """Return the line through 1/R against ln T, its slope within the bounds."""
        at_1k, slope = LogConductance().start(x, y)
        within = np.clip(-slope / LOCALISATION_S, SMALLEST_COEFFICIENT, LARGEST_COEFFICIENT)
        middle = float(np.mean(np.log(x)))
        return at_1k - (slope + float(within) * LOCALISATION_S) * middle, float(within)
