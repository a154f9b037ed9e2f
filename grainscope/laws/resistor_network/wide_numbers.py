"""Positive numbers of any magnitude, as m · 2^e with an exponent of its own.

Conductances exp(−Δ/T) span more than doubles hold (10^±308). Sums, products and
quotients of m · 2^e need no exponential or logarithm, unlike those of logarithms,
and lose no digits at large exponents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: ln 2 in two parts: multiples of the first, of 26 bits, are exact up to 2^27.
_LN2_HIGH = float.fromhex("0x1.62e42f8p-1")
_LN2_LOW = float.fromhex("0x1.be8e7bcd5e4f2p-27")
#: Exponent of zero; far below any other, and twice as much is still an int64.
ZERO_EXPONENT = -(2**60)


def from_logarithm(ln_x: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return m and e of x = m · 2^e, m within √2 of 1.

    Parameters
    ----------
    ln_x : array_like
        Natural logarithms, of at most 9e7 in magnitude (4e7 decades), or −∞.

    Returns
    -------
    mantissa : ndarray of float64
        m, right to a few 1e-16 of itself; 0 where x is 0.
    exponent : ndarray of int64
        e; ``ZERO_EXPONENT`` where x is 0.

    Raises
    ------
    ValueError
        A logarithm is too large.

    Examples
    --------
    >>> from_logarithm(np.log([8.0, 0.75]))
    (array([1.  , 0.75]), array([3, 0]))
    """
    logarithm = np.asarray(ln_x, np.float64)
    nothing = logarithm == -np.inf
    finite = np.where(nothing, 0.0, logarithm)
    power = np.rint(finite / np.log(2))
    if not np.all(np.abs(power) < 2**27):
        raise ValueError(f"ln: got {np.abs(finite).max():g}, expected at most 9e7")
    mantissa = np.exp((finite - power * _LN2_HIGH) - power * _LN2_LOW)
    exponent = power.astype(np.int64)
    return np.where(nothing, 0.0, mantissa), np.where(nothing, ZERO_EXPONENT, exponent)


def logarithm_of(mantissa: float, exponent: int) -> float:
    """Return ln(m · 2^e), −∞ for m = 0.

    Examples
    --------
    >>> round(logarithm_of(0.5, 3), 6)
    1.386294
    """
    if mantissa == 0:
        return -np.inf
    return float(np.log(mantissa) + exponent * _LN2_LOW + exponent * _LN2_HIGH)
