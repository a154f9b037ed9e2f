"""Capacitance matrix of a grain network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from scipy.sparse import csc_array


def capacitance_matrix_f(
    self_capacitance_f: ArrayLike,
    grain_a: ArrayLike,
    grain_b: ArrayLike,
    gap_capacitance_f: ArrayLike,
) -> csc_array:
    """Return the capacitance matrix of grains that are coupled by their contacts.

    C_ii = C_i + Σ_j C_ij over the contacts of grain i, and −C_ij off the
    diagonal, so that Q = C V. It is sparse, symmetric and positive definite: row
    i adds up to C_i > 0, its capacitance to ground.

    Capacitances of pairs are put together as if no third grain were near. In a
    dense film of flat grains neighbours shield a grain from ground and pairs from
    each other: for 19 equal discs in a hexagon the true C_ii is half of this one
    at any gap from 0.05 to 1 r. Use it where capacitances are known otherwise (a gate,
    a circuit); for discs in a plane `charging_among_neutral` is right to a few per cent.

    Parameters
    ----------
    self_capacitance_f : array_like, shape (N,)
        Capacitance C_i of each grain to ground in F, above 0.
    grain_a, grain_b : array_like of int, shape (E,)
        Grains 0…N − 1 that each contact joins. Contacts of the same two grains
        add up, so a pair should come once. Touching grains are one conductor
        and must have been merged (or cut at a smallest gap) before.
    gap_capacitance_f : array_like, shape (E,)
        Gap capacitance of each contact in F, at least 0.

    Returns
    -------
    csc_array of float64, shape (N, N)

    Raises
    ------
    ValueError
        Shapes differ, a grain does not exist or is joined to itself, or a
        capacitance is not a number that it may be.

    References
    ----------
    J. D. Jackson, Classical Electrodynamics, 3rd ed. (1999), section 1.11;
    N. S. Bakhvalov et al., Sov. Phys. JETP 68, 581 (1989) (arrays of junctions).

    Examples
    --------
    >>> capacitance_matrix_f([1.0, 2.0], [0], [1], [0.5]).toarray()
    array([[ 1.5, -0.5],
           [-0.5,  2.5]])
    """
    from scipy.sparse import coo_array

    to_ground = np.asarray(self_capacitance_f, np.float64)
    a, b = np.asarray(grain_a, np.int64), np.asarray(grain_b, np.int64)
    mutual = np.asarray(gap_capacitance_f, np.float64)
    count = len(to_ground)
    if not a.shape == b.shape == mutual.shape:
        raise ValueError(f"expected three times (E,), got {a.shape}, {b.shape}, {mutual.shape}")
    ends = np.concatenate((a, b))
    if np.any((ends < 0) | (ends >= count)) or np.any(a == b):
        raise ValueError(f"contacts must join two different grains 0…{count - 1}")
    if not np.all((to_ground > 0) & np.isfinite(to_ground)):
        raise ValueError("self_capacitance_f must be positive and finite")
    if not np.all((mutual >= 0) & np.isfinite(mutual)):
        raise ValueError("gap_capacitance_f must be at least 0 and finite")
    diagonal = to_ground + np.bincount(ends, np.tile(mutual, 2), count)
    grain = np.arange(count)
    row, column = np.concatenate((grain, a, b)), np.concatenate((grain, b, a))
    values = np.concatenate((diagonal, -mutual, -mutual))
    return coo_array((values, (row, column)), shape=(count, count)).tocsc()
