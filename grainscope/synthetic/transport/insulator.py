"""Above the crossing: resistivity straight in ln T, and the peak in field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import record
from grainscope.synthetic.transport.crossing import SATURATION_K
from grainscope.synthetic.transport.smooth_steps import levelled, mixed, smooth_step

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Column = NDArray[np.float64]

#: The logarithm saturates below the first field, in T, and not above the second.
_SATURATING_T = (0.12, 0.2)
#: Where R/R(1 K) stops to follow the logarithm down, as A R(1 K) ln(1/T).
_LEVEL = (-0.95, -0.35)
#: The field at which the film's R(1 K) is given.
_GIVEN_T = 4.0


@record
class Insulator:
    """Logarithmic resistivity at and beyond its maximum.

    Attributes
    ----------
    slope_per_ohm : float
        A of ΔR/R(1 K) = A R(1 K) ln(1 K/T), at all fields.
    resistivity_1k_ohm_sq : float
        R(1 K) at 4 T.
    far_resistivity_1k_ohm_sq : float
        R(1 K) towards which the field lowers it, below that at 4 T.
    peak_field_t, peak_resistivity_ohm_sq, peak_temperature_k : float
        The maximum in field, and the temperature at which it is so high.
    pure_above_t : float
        From this field up nothing of the crossing is left.
    """

    slope_per_ohm: float
    resistivity_1k_ohm_sq: float
    far_resistivity_1k_ohm_sq: float
    peak_field_t: float
    peak_resistivity_ohm_sq: float
    pure_above_t: float
    peak_temperature_k: float = 0.06


def logarithm(temperature_k: ArrayLike, field_t: ArrayLike) -> Column:
    """Return ln(1 K/T), levelled off below 0.1 K where the field is below 0.12 T.

    Examples
    --------
    >>> logarithm([0.05, 0.05], [0.08, 4.0]).round(3)
    array([2.658, 2.996])
    """
    cold = levelled(temperature_k, *SATURATION_K)
    full = smooth_step(np.log(np.abs(field_t)), *np.log(_SATURATING_T))
    return mixed(-np.log(cold), -np.log(np.asarray(temperature_k, np.float64)), full)


def resistivity_1k(field_t: ArrayLike, film: Insulator) -> Column:
    """Return R(1 K) in Ω/□: R∞ + (R_p − R∞) / [1 + (ln(H/H_p)/s)²].

    R_p is what gives the maximum its height, s what gives R(1 K) at 4 T.

    Examples
    --------
    >>> film = Insulator(8.44e-5, 3000.0, 2300.0, 0.08, 40e3, 0.07)
    >>> resistivity_1k([0.08, 4.0], film).round(0)
    array([11337.,  3000.])
    """
    log_t = float(logarithm(film.peak_temperature_k, film.peak_field_t))
    # R + A R² ln(1/T) = the height of the maximum.
    quadratic = film.slope_per_ohm * log_t
    top = (np.sqrt(1 + 4 * quadratic * film.peak_resistivity_ohm_sq) - 1) / (2 * quadratic)
    far = film.far_resistivity_1k_ohm_sq
    width_squared = np.log(_GIVEN_T / film.peak_field_t) ** 2 / (
        (top - far) / (film.resistivity_1k_ohm_sq - far) - 1
    )
    distance = np.log(np.abs(field_t) / film.peak_field_t)
    return np.asarray(far + (top - far) / (1 + distance**2 / width_squared))


def insulator_resistivity(temperature_k: Column, field_t: Column, film: Insulator) -> Column:
    """Return R = R(1 K) [1 + A R(1 K) ln(1 K/T)], levelled off where it would near 0.

    Examples
    --------
    >>> film = Insulator(8.44e-5, 3000.0, 2300.0, 0.08, 40e3, 0.07)
    >>> insulator_resistivity(np.array([1.0, 0.06]), np.array([4.0, 0.08]), film).round(6)
    array([ 3000., 40000.])
    """
    at_1k = resistivity_1k(field_t, film)
    rise = film.slope_per_ohm * at_1k * logarithm(temperature_k, field_t)
    return np.asarray(at_1k * (1 + levelled(rise, *_LEVEL)))
