"""Energy of one extra electron on a disc-shaped grain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from grainscope.laws.capacitance.disc import disc_capacitance_f

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["charging_energy_k", "disc_capacitance_f"]


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
