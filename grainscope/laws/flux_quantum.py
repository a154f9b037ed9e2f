"""Fields at which a loop encloses whole flux quanta."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def loop_field_g(area_um2: ArrayLike) -> NDArray[np.float64]:
    """Return the field of one flux quantum through a loop.

    B = Φ0 / A with Φ0 = h/2e = 20.678 G µm².

    Parameters
    ----------
    area_um2 : array_like
        Loop area in µm².

    Returns
    -------
    ndarray of float64
        Field in G; infinite for an area of zero.

    References
    ----------
    M. Tinkham, Introduction to Superconductivity, 2nd ed. (1996), chapter 4.

    Examples
    --------
    >>> round(float(loop_field_g(np.pi * 1.3**2 / 4)), 2)  # a loop 1.3 µm across
    15.58
    """
    with np.errstate(divide="ignore"):
        return np.asarray(FLUX_QUANTUM_G_UM2 / np.asarray(area_um2, np.float64))


def flux_response(field_g: ArrayLike, area_um2: ArrayLike) -> NDArray[np.float64]:
    """Return the periodic response of a loop to a field.

    cos(2πBA/Φ0): 1 at whole flux quanta, −1 halfway between. A set of areas
    with relative spread CV around a normal law averages to exp(−2π²n²CV²) at
    n quanta through the mean area.

    Parameters
    ----------
    field_g : array_like
        Perpendicular field in G.
    area_um2 : array_like
        Loop area in µm²; broadcast against ``field_g``.

    Returns
    -------
    ndarray of float64
        Between −1 and 1.

    Examples
    --------
    >>> flux_response([0.0, 1.0, 2.0], FLUX_QUANTUM_G_UM2 / 2)
    array([ 1., -1.,  1.])
    """
    quanta = np.asarray(field_g, np.float64) * np.asarray(area_um2) / FLUX_QUANTUM_G_UM2
    return np.asarray(np.cos(2 * np.pi * quanta))
