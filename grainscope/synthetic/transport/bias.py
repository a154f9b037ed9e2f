"""Differential resistivity against a direct current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from grainscope.synthetic.transport.truth import Bias

    Column = NDArray[np.float64]


def resistive_share(current_a: ArrayLike, critical_a: float, noise_a: float) -> Column:
    """Return dV/dI over the normal resistance of an overdamped junction with current noise.

    V = R sign(I) √(I² − I_c²) above I_c and 0 below, averaged over a normal
    distribution of currents about I; dV/dI is the mean of |I|/√(I² − I_c²).

    Parameters
    ----------
    current_a : array_like, shape (K,)
        Bias in A.
    critical_a : float
        I_c in A.
    noise_a : float
        Standard deviation of the current in A.

    Returns
    -------
    ndarray of float64, shape (K,)
        0 far below I_c, above 1 beyond it, 1 far above.

    References
    ----------
    D. E. McCumber, J. Appl. Phys. 39, 3113 (1968), of the junction.

    Examples
    --------
    >>> resistive_share([0.0, 0.5, 20.0], 1.0, 0.05).round(3)
    array([0.   , 0.   , 1.001])
    """
    current = np.abs(np.asarray(current_a, np.float64))[:, None]
    # With y = √(I² − I_c²) the integrand has no pole: ∫ |I|/y p(I) dI = ∫ p(I(y)) dy.
    end = float(np.max(current, initial=0.0)) + 8 * noise_a
    y = np.arange(0.0, end + noise_a / 8, noise_a / 8)
    at = np.hypot(critical_a, y)
    density = np.exp(-(((current - at) / noise_a) ** 2) / 2)
    density += np.exp(-(((current + at) / noise_a) ** 2) / 2)
    density[:, 0] /= 2  # trapezoids
    return np.asarray(density.sum(axis=1) / 8 / np.sqrt(2 * np.pi))


def differential_resistivity(
    current_a: ArrayLike,
    zero_bias_ohm_sq: float,
    normal_ohm_sq: float,
    critical_a: float,
    bias: Bias,
) -> Column:
    """Return dV/dI of a film in Ω/□ as current takes it to its normal state.

    Below the normal resistivity a dip, with the step of `resistive_share`; above it a
    peak 1/[1 + (I/I_1)²].

    Parameters
    ----------
    current_a : array_like, shape (K,)
    zero_bias_ohm_sq, normal_ohm_sq : float
        At zero bias, and at large bias.
    critical_a : float
        Of the dip's step.
    bias : Bias

    Examples
    --------
    >>> from grainscope.synthetic.transport.truth import Bias
    >>> differential_resistivity([0.0, 2e-7], 4e4, 2e3, 1e-7, Bias())
    array([40000., 21000.])
    """
    if zero_bias_ohm_sq < normal_ohm_sq:
        share = 1 - resistive_share(current_a, critical_a, bias.rounding * critical_a)
    else:
        share = 1 / (1 + (np.asarray(current_a, np.float64) / bias.insulator_current_a) ** 2)
    return normal_ohm_sq + (zero_bias_ohm_sq - normal_ohm_sq) * share


def critical_current_a(field_t: float, factor: float, bias: Bias) -> float:
    """Return I_c = factor · I_c(0)/(1 + |H|/H_½) in A.

    Examples
    --------
    >>> from grainscope.synthetic.transport.truth import Bias
    >>> critical_current_a(0.02, 1.0, Bias())
    5e-07
    """
    return factor * bias.critical_current_a / (1 + abs(field_t) / bias.halving_field_t)
