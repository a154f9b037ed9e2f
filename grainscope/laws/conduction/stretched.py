"""The exponential of a power of temperature that hopping and activation share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.conduction.lines import plain_line

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta

#: Exponents are held within ±300: beyond, squares of a value overflow.
_LARGEST_EXPONENT = 300.0
#: No T0 beyond this many kelvin is told from it by any data.
LARGEST_K = 1e9


def stretched(temperature_k: Column, theta: Theta | Column, power: float) -> Column:
    """Return R0 exp[sign(T0) (|T0|/T)^power].

    Parameters
    ----------
    temperature_k : ndarray of float64, shape (K,)
        Above 0.
    theta : (float, float)
        R0 in Ω/□, T0 in K.
    power : float
        1, ½ or ⅓.

    Returns
    -------
    ndarray of float64, shape (K,)
        In Ω/□, above 0 and finite.

    Examples
    --------
    >>> stretched(np.array([1.0, 4.0]), (1.0, 4.0), 0.5).round(4).tolist()
    [7.3891, 2.7183]
    """
    exponent = np.sign(theta[1]) * (abs(theta[1]) / temperature_k) ** power
    return np.asarray(theta[0] * np.exp(np.clip(exponent, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)))


def stretched_start(temperature_k: Column, resistivity_ohm_sq: Column, power: float) -> Theta:
    """Return R0 and T0 of the straight line of ln R against T^−power.

    Examples
    --------
    >>> t = np.array([0.1, 0.5, 1.0, 2.0])
    >>> [round(v, 6) for v in stretched_start(t, 3 * np.exp(-0.2 / t), 1.0)]
    [3.0, -0.2]
    """
    good = resistivity_ohm_sq > 0
    x = temperature_k[good] ** -power
    if not good.any():
        return 1.0, 0.0
    at_none, slope = plain_line(x, np.log(resistivity_ohm_sq[good]))
    scale_k = min(min(abs(slope), LARGEST_K**power) ** (1 / power), LARGEST_K)
    prefactor = float(np.exp(np.clip(at_none, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)))
    return prefactor, float(np.sign(slope)) * scale_k
