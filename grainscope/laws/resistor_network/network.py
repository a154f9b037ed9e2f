"""Nodes, links and two electrodes: what a resistor network is before it has conductances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class ResistorNetwork:
    """A network of N nodes and E links between two electrodes.

    Conductances are no part of it: they change with temperature, the network
    does not. Two nodes may share several links.

    Attributes
    ----------
    tail, head : ndarray of int64, shape (E,)
        Nodes 0…N − 1 that each link joins.
    left, right : ndarray of bool, shape (N,)
        Nodes that each electrode shorts together; no node is in both.

    Raises
    ------
    ValueError
        Shapes differ, an end is no node, or a node is in both electrodes.

    Examples
    --------
    >>> pair = ResistorNetwork(
    ...     np.array([0]), np.array([1]), np.array([True, False]), np.array([False, True])
    ... )
    >>> pair.n_nodes, pair.n_links
    (2, 1)
    """

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    left: NDArray[np.bool_]
    right: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shapes = [array.shape for array in (self.tail, self.head, self.left, self.right)]
        if shapes != [(self.n_links,)] * 2 + [(self.n_nodes,)] * 2:
            raise ValueError(f"expected shapes (E,), (E,), (N,), (N,), got {shapes}")
        if self.left.dtype != bool or self.right.dtype != bool:
            raise ValueError(f"electrodes: got {self.left.dtype}, {self.right.dtype}, not bool")
        ends = np.concatenate((self.tail, self.head))
        if np.any((ends < 0) | (ends >= self.n_nodes)):
            raise ValueError(f"ends of links must be nodes 0…{self.n_nodes - 1}")
        both = np.flatnonzero(self.left & self.right)
        if len(both):
            raise ValueError(f"node {both[0]} is in both electrodes, expected one at most")

    @property
    def n_nodes(self) -> int:
        """Number of nodes N."""
        return len(self.left)

    @property
    def n_links(self) -> int:
        """Number of links E."""
        return len(self.tail)

    def shorted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return tail and head with all of ``left`` as node N and all of ``right`` as N + 1."""
        node = np.arange(self.n_nodes)
        node[self.left], node[self.right] = self.n_nodes, self.n_nodes + 1
        return node[self.tail], node[self.head]


def checked_ln_g(network: ResistorNetwork, ln_g: ArrayLike) -> NDArray[np.float64]:
    """Return ln conductances as an array of shape (E,).

    −∞, a link that does not conduct, is allowed.

    Raises
    ------
    ValueError
        Another shape, a NaN or +∞.

    Examples
    --------
    >>> wire = np.array([True, False]), np.array([False, True])
    >>> checked_ln_g(ResistorNetwork(np.array([0]), np.array([1]), *wire), [-1])
    array([-1.])
    """
    array = np.asarray(ln_g, np.float64)
    if array.shape != (network.n_links,):
        raise ValueError(f"ln_g: got shape {array.shape}, expected ({network.n_links},)")
    if np.any(np.isnan(array) | (array == np.inf)):
        raise ValueError("ln_g must be finite, or −inf where a link does not conduct")
    return array
