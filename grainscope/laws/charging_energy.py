"""Energy of one extra electron on a disc-shaped grain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import (
    BOLTZMANN_J_PER_K,
    ELEMENTARY_CHARGE_C,
    VACUUM_PERMITTIVITY_F_PER_M,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_METRES_PER_MICROMETRE = 1e-6


def disc_capacitance_f(diameter_um: ArrayLike, relative_permittivity: float) -> NDArray[np.float64]:
    """Return the self-capacitance of a thin conducting disc.

    C = 8 ε0 ε r. On the plane between two dielectrics ε is the mean of the two,
    exactly, because the field of the disc is symmetric about its plane.

    Parameters
    ----------
    diameter_um : array_like
        Diameter 2r in µm.
    relative_permittivity : float
        Effective ε.

    Returns
    -------
    ndarray of float64
        Capacitance in F.

    References
    ----------
    J. D. Jackson, Classical Electrodynamics, 3rd ed. (1999), problem 3.3.

    Examples
    --------
    >>> print(f"{disc_capacitance_f(1.0, 5.5):.3e}")
    1.948e-16
    """
    radius_m = np.asarray(diameter_um, np.float64) / 2 * _METRES_PER_MICROMETRE
    return np.asarray(8 * VACUUM_PERMITTIVITY_F_PER_M * relative_permittivity * radius_m)


def charging_energy_k(diameter_um: ArrayLike, relative_permittivity: float) -> NDArray[np.float64]:
    """Return the single-electron charging energy of a disc.

    E_C = e² / 2C with C = 8 ε0 ε r, divided by k_B. It is the energy of one
    electron on a neutral grain that is screened by nothing but its dielectric:
    neighbours raise C and random offset charges spread E_C down to zero, so it
    is an upper estimate. A Cooper pair needs 4 E_C.

    Parameters
    ----------
    diameter_um : array_like
        Diameter of the disc in µm, above 0.
    relative_permittivity : float
        Effective ε, mean of substrate and vacuum.

    Returns
    -------
    ndarray of float64
        Energy in K.

    References
    ----------
    I. S. Beloborodov et al., Rev. Mod. Phys. 79, 469 (2007), section I.

    Examples
    --------
    >>> charging_energy_k([0.01, 0.03, 0.1, 0.3, 0.8], 5.5).round(1)
    array([477.2, 159.1,  47.7,  15.9,   6. ])
    """
    capacitance_f = disc_capacitance_f(diameter_um, relative_permittivity)
    return np.asarray(ELEMENTARY_CHARGE_C**2 / (2 * capacitance_f) / BOLTZMANN_J_PER_K)
