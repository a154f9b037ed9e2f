"""Scattering at magnetic impurities, in the form that fits the renormalisation group."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.lines import two_parts
from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta

#: s of a spin of one half.
SPIN_HALF_EXPONENT = 0.22
#: Makes the Kondo part half its largest at T_K.
_HALF = 2 ** (1 / SPIN_HALF_EXPONENT) - 1
_SMALLEST_K, _LARGEST_K = 1e-4, 1e4
#: k_B T / µ_B at 1 T for g = 2, gµ_B/k_B: a field splits the spin below this temperature.
ZEEMAN_K_PER_T = 1.3434


class Kondo:
    """R = R0 + R_K [1 + (2^(1/s) − 1)(T/T_K)²]^−s, s = 0.22.

    The empirical form of the numerical renormalisation group for a spin of one half; near
    T_K it is straight in ln T for about a decade, and flat well below. Well above T_K it
    goes as T^−0.44, so with R0 = 0 it contains that power of T. A field splits the spin:
    at T below 1.34 K per tesla (g = 2) the form holds only if T_K is larger than that.

    References
    ----------
    T. A. Costi, A. C. Hewson, V. Zlatić, J. Phys. Condens. Matter 6, 2519 (1994);
    D. Goldhaber-Gordon et al., Phys. Rev. Lett. 81, 5225 (1998); splitting by a field:
    T. A. Costi, Phys. Rev. Lett. 85, 1504 (2000).

    Examples
    --------
    >>> Kondo().value(np.array([0.001, 0.5]), (100.0, 60.0, 0.5)).round(2).tolist()
    [160.0, 130.0]
    """

    name = "kondo"
    title = "Kondo"
    equation = "R = R0 + R_K [1 + (2^(1/s) − 1)(T/T_K)²]^−s"
    parameters = (
        Parameter("background_ohm_sq", "Ω/□", 0.0, math.inf, "R0, without impurities"),
        Parameter("kondo_ohm_sq", "Ω/□", 0.0, math.inf, "R_K, of the impurities at T → 0"),
        Parameter("kondo_k", "K", _SMALLEST_K, _LARGEST_K, "T_K, where their part is half"),
    )
    known_values = (
        (0.5, (100.0, 60.0, 0.5), 130.0),
        (1e-6, (100.0, 60.0, 0.5), 160.0),
        (50.0, (0.0, 1.0, 0.5), 0.06655050075570315),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a temperature in K."""
        return np.asarray(theta[0] + theta[1] * _shape(x, float(theta[2])))

    def start(self, x: Column, y: Column) -> Theta:
        """Return the best sum for one of many Kondo temperatures."""
        scales = np.geomspace(0.1 * float(x.min()), 20 * float(x.max()), 40)
        # Data without a crossover are best at an end: a start there saves a long valley.
        scales = np.append(np.clip(scales, _SMALLEST_K, _LARGEST_K), [_SMALLEST_K, _LARGEST_K])
        return two_parts(y, lambda kondo_k: _shape(x, kondo_k), scales)


def _shape(temperature_k: Column, kondo_k: float) -> Column:
    return (1 + _HALF * (temperature_k / kondo_k) ** 2) ** -SPIN_HALF_EXPONENT
