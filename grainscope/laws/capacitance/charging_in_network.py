"""Charging energies of grains among their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from grainscope.laws.capacitance.selected_inverse import inverse_entries

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csc_array

#: e²/2k_B: divided by a capacitance it is the temperature of an electron on it.
KELVIN_FARAD = ELEMENTARY_CHARGE_C**2 / (2 * BOLTZMANN_J_PER_K)


class NetworkCharging(NamedTuple):
    """Charging energies of N grains and of the E contacts between them, in K."""

    electron_k: NDArray[np.float64]
    pair_creation_k: NDArray[np.float64]


def grounded_charging_energy_k(matrix_f: csc_array) -> NDArray[np.float64]:
    """Return the charging energy of each grain with all its neighbours grounded.

    E_C = e² / 2 C_ii over k_B, with C_ii the total capacitance of the grain. It
    is the smallest of the single-electron energies: neighbours that keep their
    charge screen less, see `network_charging`.

    Parameters
    ----------
    matrix_f : csc_array, shape (N, N)
        Capacitance matrix in F, of `capacitance_matrix_f`.

    Returns
    -------
    ndarray of float64, shape (N,)
        Energy in K. A Cooper pair needs 4 E_C.

    References
    ----------
    M. Tinkham, Introduction to Superconductivity, 2nd ed. (1996), section 7.2.

    Examples
    --------
    >>> from grainscope.laws.capacitance import capacitance_matrix_f
    >>> matrix_f = capacitance_matrix_f([1e-17, 1e-17], [0], [1], [1e-17])
    >>> grounded_charging_energy_k(matrix_f).round(2)
    array([46.48, 46.48])
    """
    return np.asarray(KELVIN_FARAD / matrix_f.diagonal())


def network_charging(
    matrix_f: csc_array, grain_a: ArrayLike, grain_b: ArrayLike
) -> NetworkCharging:
    """Return what charges cost where every other grain stays neutral and floats.

    One electron more on grain i, and an electron moved from grain a to its
    neighbour b (an electron–hole pair, the barrier of sequential tunnelling in
    a neutral film), in units of k_B. Exact for the matrix; `capacitance_matrix_f`
    says what that is worth for flat grains:

        E_i = (e²/2) (C⁻¹)_ii,
        E_ab = (e²/2) [(C⁻¹)_aa + (C⁻¹)_bb − 2 (C⁻¹)_ab].

    A Cooper pair needs four times either. E_ab is at most e²/2C_ab, and of a
    pair alone it is that of C_ab in parallel with both self-capacitances in
    series.

    Parameters
    ----------
    matrix_f : csc_array, shape (N, N)
        Capacitance matrix in F, of `capacitance_matrix_f`.
    grain_a, grain_b : array_like of int, shape (E,)
        The contacts, each one of the matrix.

    Returns
    -------
    NetworkCharging
        E_i, shape (N,), and E_ab, shape (E,), in K.

    Raises
    ------
    ValueError
        As `inverse_entries`: for instance a contact that is not in the matrix.

    References
    ----------
    I. S. Beloborodov et al., Rev. Mod. Phys. 79, 469 (2007); A. A.
    Middleton & N. S. Wingreen, Phys. Rev. Lett. 71, 3198 (1993).

    Examples
    --------
    >>> from grainscope.laws.capacitance import capacitance_matrix_f
    >>> matrix_f = capacitance_matrix_f([1e-17, 1e-17], [0], [1], [1e-17])
    >>> charging = network_charging(matrix_f, [0], [1])
    >>> charging.electron_k.round(2), charging.pair_creation_k.round(2)
    (array([61.97, 61.97]), array([61.97]))
    """
    a, b = np.asarray(grain_a, np.int64), np.asarray(grain_b, np.int64)
    inverse = inverse_entries(matrix_f, a, b)
    single = KELVIN_FARAD * inverse.diagonal
    mutual = KELVIN_FARAD * inverse.entries
    return NetworkCharging(single, single[a] + single[b] - 2 * mutual)
