"""Ideal lattices in a field: networks whose answers are known."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.flux_network import FluxNetwork, MagneticCoupling, flux_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Twists looked at in each direction before the best is refined.
_TWISTS = 12


@dataclass(frozen=True)
class Lattice:
    """A plane lattice of sites joined to their nearest neighbours, links of coupling 1.

    Attributes
    ----------
    vectors : ndarray of float64, shape (2, 2)
        Primitive vectors a1, a2 as rows x, y; lengths in lattice constants.
    sites : ndarray of float64, shape (S, 2)
        Positions in the primitive cell, in units of a1, a2.
    links : ndarray of int64, shape (E, 4)
        Site, other site, and the cell of the other along a1, a2.
    plaquettes : int
        Area of the primitive cell in the areas to which the flux f belongs:
        squares, triangles (triangular and kagome), hexagons (honeycomb).
    """

    vectors: NDArray[np.float64]
    sites: NDArray[np.float64]
    links: NDArray[np.int64]
    plaquettes: int


_RECTANGULAR = np.eye(2)
_HEXAGONAL = np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]])
#: By name. A hexagon of kagome holds the area of six of its triangles, its cell that of eight.
LATTICES: dict[str, Lattice] = {
    "square": Lattice(_RECTANGULAR, np.zeros((1, 2)), np.array([[0, 0, 1, 0], [0, 0, 0, 1]]), 1),
    "triangular": Lattice(
        _HEXAGONAL,
        np.zeros((1, 2)),
        np.array([[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, -1, 1]]),
        2,
    ),
    "honeycomb": Lattice(
        _HEXAGONAL,
        np.array([[1, 1], [2, 2]]) / 3,
        np.array([[0, 1, 0, 0], [0, 1, -1, 0], [0, 1, 0, -1]]),
        1,
    ),
    "kagome": Lattice(
        _HEXAGONAL,
        np.array([[0, 0], [1, 0], [0, 1]]) / 2,
        np.array(
            [[0, 1, 0, 0], [0, 2, 0, 0], [1, 2, 0, 0], [0, 1, -1, 0], [0, 2, 0, -1], [1, 2, 1, -1]]
        ),
        8,
    ),
}


def lattice_patch(lattice: Lattice, n_cells: int, constant_um: float = 1.0) -> FluxNetwork:
    """Cut n × n cells out of a lattice, with open edges.

    Parameters
    ----------
    lattice : Lattice
        One of `LATTICES`.
    n_cells : int
        Cells along a1 and along a2.
    constant_um : float
        Lattice constant in µm.

    Returns
    -------
    FluxNetwork
        Node (i, j, s) is row (i n + j) S + s; masses and couplings are 1.

    Examples
    --------
    >>> patch = lattice_patch(LATTICES["square"], 3)
    >>> patch.n_nodes, patch.n_links
    (9, 12)
    """
    i, j = np.divmod(np.arange(n_cells**2), n_cells)
    cell = np.column_stack((i, j))
    centroid = (cell[:, None] + lattice.sites).reshape(-1, 2) @ lattice.vectors * constant_um
    end = cell[:, None] + lattice.links[:, 2:]
    inside = np.all((end >= 0) & (end < n_cells), axis=2)
    n_sites = len(lattice.sites)
    tail = (np.arange(n_cells**2)[:, None] * n_sites + lattice.links[:, 0])[inside]
    head = ((end @ [n_cells, 1]) * n_sites + lattice.links[:, 1])[inside]
    contact = (centroid[tail] + centroid[head]) / 2
    return flux_network(centroid, contact, tail, head, np.ones(len(tail)), np.ones(len(centroid)))


def magnetic_cell(
    lattice: Lattice, flux: Fraction, twist_rad: tuple[float, float] = (0.0, 0.0)
) -> FluxNetwork:
    """Close a lattice with f = p/q quanta per plaquette on itself, with a Bloch twist.

    With φ = p'/q' quanta per primitive cell the magnetic cell is q' cells long
    along a1. At (u, v) in units of a1, a2 the Landau gauge gives a link the
    phase 2πφ ½(u + u') (v' − v), and the state obeys

        ψ(u + q', v) = exp(i k1 − 2πi p' v) ψ(u, v),  ψ(u, v + 1) = exp(i k2) ψ(u, v).

    Parameters
    ----------
    lattice : Lattice
        One of `LATTICES`.
    flux : Fraction
        Quanta f per plaquette.
    twist_rad : tuple of float
        k1, k2.

    Returns
    -------
    FluxNetwork
        Masses and couplings 1; its phases are those at a field of 1 G.

    References
    ----------
    D. R. Hofstadter, Phys. Rev. B 14, 2239 (1976); J. Zak, Phys. Rev. 134,
    A1602 (1964).

    Examples
    --------
    >>> magnetic_cell(LATTICES["square"], Fraction(1, 3)).n_nodes
    3
    """
    per_cell = Fraction(flux) * lattice.plaquettes
    length, n_sites = per_cell.denominator, len(lattice.sites)
    cell = np.repeat(np.arange(length), len(lattice.links))
    site, other, along, across = np.tile(lattice.links, (length, 1)).T
    begin = lattice.sites[site] + np.column_stack((cell, np.zeros_like(cell)))
    end = lattice.sites[other] + np.column_stack((cell + along, across))
    turns, home = np.divmod(cell + along, length)
    phase = np.pi * float(per_cell) * (begin[:, 0] + end[:, 0]) * (end[:, 1] - begin[:, 1])
    phase += twist_rad[0] * turns + twist_rad[1] * across
    phase -= 2 * np.pi * per_cell.numerator * turns * end[:, 1]
    count = len(phase)
    return FluxNetwork(
        mass=np.ones(length * n_sites),
        tail=cell * n_sites + site,
        head=home * n_sites + other,
        coupling=np.ones(count),
        area_um2=phase * FLUX_QUANTUM_G_UM2 / (2 * np.pi),
    )


def lattice_eigenvalue(lattice: Lattice, flux: Fraction) -> float:
    """Return the largest eigenvalue of an infinite lattice with p/q quanta per plaquette.

    The maximum over all Bloch twists: a grid of them, then the best refined.

    Parameters
    ----------
    lattice : Lattice
        One of `LATTICES`.
    flux : Fraction
        Quanta f per plaquette.

    Returns
    -------
    float
        In units of the coupling; right to about 1e-12.

    Examples
    --------
    >>> round(lattice_eigenvalue(LATTICES["square"], Fraction(1, 2)) ** 2, 9)
    8.0
    """
    from scipy.optimize import minimize

    def lowered(twist: NDArray[np.float64]) -> float:
        cell = magnetic_cell(lattice, flux, (twist[0], twist[1]))
        return -MagneticCoupling(cell).largest_eigenvalue(1.0)

    grid = np.stack(np.meshgrid(*[2 * np.pi * np.arange(_TWISTS) / _TWISTS] * 2)).reshape(2, -1).T
    best = min(grid, key=lowered)
    options = {"xatol": 1e-9, "fatol": 1e-14}
    return -float(minimize(lowered, best, method="Nelder-Mead", options=options).fun)
