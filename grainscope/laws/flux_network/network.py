"""Nodes, links, and the signed area that turns a field into the phase of a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class FluxNetwork:
    """A network of N nodes and E links in a perpendicular field.

    In a field B a link from its tail to its head carries the phase

        θ = 2π B s / Φ0

    with s its area; the way back carries −θ. Around a loop the areas add up to
    the area that it encloses. Two nodes may share several links.

    Attributes
    ----------
    mass : ndarray of float64, shape (N,)
        Weight of each node, above 0; any unit.
    tail, head : ndarray of int64, shape (E,)
        Nodes 0…N − 1 that each link joins.
    coupling : ndarray of float64, shape (E,)
        Strength J of each link, above 0; any unit.
    area_um2 : ndarray of float64, shape (E,)
        Signed area s of each link in µm². It depends on the gauge; loops do not.

    Raises
    ------
    ValueError
        Lengths differ, an end is no node, or a mass, coupling or area is not a
        number that it may be.

    Examples
    --------
    >>> pair = FluxNetwork(np.ones(2), np.array([0]), np.array([1]), np.ones(1), np.array([0.5]))
    >>> pair.n_nodes, pair.n_links
    (2, 1)
    >>> pair.phase_rad(FLUX_QUANTUM_G_UM2)  # half a quantum
    array([3.14159265])
    """

    mass: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    coupling: NDArray[np.float64]
    area_um2: NDArray[np.float64]

    def __post_init__(self) -> None:
        links = (self.tail, self.head, self.coupling, self.area_um2)
        if self.mass.ndim != 1 or any(array.shape != (self.n_links,) for array in links):
            shapes = [array.shape for array in (self.mass, *links)]
            raise ValueError(f"expected shapes (N,) and four times (E,), got {shapes}")
        ends = np.concatenate((self.tail, self.head))
        if np.any((ends < 0) | (ends >= self.n_nodes)):
            raise ValueError(f"ends of links must be nodes 0…{self.n_nodes - 1}")
        for name, positive in (("mass", self.mass), ("coupling", self.coupling)):
            if not np.all((positive > 0) & np.isfinite(positive)):
                raise ValueError(f"{name} must be positive and finite")
        if not np.all(np.isfinite(self.area_um2)):
            raise ValueError("area_um2 must be finite")

    @property
    def n_nodes(self) -> int:
        """Number of nodes N."""
        return len(self.mass)

    @property
    def n_links(self) -> int:
        """Number of links E."""
        return len(self.tail)

    def phase_rad(self, field_g: float) -> NDArray[np.float64]:
        """Return θ = 2π B s / Φ0 of each link in a field in G, shape (E,)."""
        return 2 * np.pi * field_g / FLUX_QUANTUM_G_UM2 * self.area_um2


def flux_network(
    centroid_um: ArrayLike,
    contact_um: ArrayLike,
    grain_a: ArrayLike,
    grain_b: ArrayLike,
    coupling: ArrayLike,
    mass: ArrayLike,
) -> FluxNetwork:
    """Lay links from grain to grain through their contact points.

    A link runs centroid a → contact point c → centroid b. In the symmetric
    gauge A = B × r / 2 its phase 2π/Φ0 ∫ A·dl is 2π B s / Φ0 with

        s = ½ [cross(r_a, r_c) + cross(r_c, r_b)].

    Positions are counted from the mean centroid: another origin changes the
    gauge, not the result, and a far one would cost digits. Contacts of
    coupling 0 are left out.

    Parameters
    ----------
    centroid_um : array_like, shape (N, 2)
        Centroids y, x in µm; x, y would do too, and turn the sign of the field.
    contact_um : array_like, shape (E, 2)
        Contact points, in the same order.
    grain_a, grain_b : array_like of int, shape (E,)
        Rows of ``centroid_um`` that each contact joins, from 0.
    coupling : array_like, shape (E,)
        Strength of each contact, at least 0; any unit.
    mass : array_like, shape (N,)
        Weight of each grain, above 0; any unit.

    Returns
    -------
    FluxNetwork
        Links from a to b, in the order of the contacts.

    Raises
    ------
    ValueError
        As `FluxNetwork`.

    References
    ----------
    R. Peierls, Z. Phys. 80, 763 (1933); M. Tinkham, Introduction to
    Superconductivity, 2nd ed. (1996), section 6.4.

    Examples
    --------
    A triangle of legs 1 µm encloses ½ µm².

    >>> corner = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    >>> middle = (corner + np.roll(corner, -1, axis=0)) / 2
    >>> loop = flux_network(corner, middle, [0, 1, 2], [1, 2, 0], np.ones(3), np.ones(3))
    >>> abs(loop.area_um2.sum()).round(12)
    np.float64(0.5)
    """
    centre = np.asarray(centroid_um, np.float64).reshape(-1, 2)
    point = np.asarray(contact_um, np.float64).reshape(-1, 2)
    strength = np.asarray(coupling, np.float64)
    joined = strength != 0
    tail = np.asarray(grain_a, np.int64)[joined]
    head = np.asarray(grain_b, np.int64)[joined]
    origin = centre.mean(axis=0) if len(centre) else np.zeros(2)
    centre, point = centre - origin, point[joined] - origin
    area = (_cross(centre[tail], point) + _cross(point, centre[head])) / 2
    return FluxNetwork(np.asarray(mass, np.float64), tail, head, strength[joined], area)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
