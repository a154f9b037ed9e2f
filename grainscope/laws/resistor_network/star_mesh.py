"""Conductance between two electrodes by elimination without subtraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.elimination_order import elimination_rank
from grainscope.laws.resistor_network.network import checked_ln_g
from grainscope.laws.resistor_network.wide_numbers import (
    ZERO_EXPONENT,
    from_logarithm,
    logarithm_of,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from grainscope.laws.resistor_network.network import ResistorNetwork


class StarMesh:
    """Kirchhoff's laws of a network, solved at any span of its conductances.

    A node k and its links are replaced by links between its neighbours,

        g_ij → g_ij + g_ik g_jk / Σ_l g_kl,

    until the electrodes are left. All terms are positive: nothing cancels, and the
    error of ln G is that of its input, where LU in double precision is silently
    wrong (by 2 in ln G of 3500 grains at 433 decades). Numbers are m · 2^e with
    exponents of their own, so that no span is too wide. The order (minimum degree)
    and the links that will appear are found once; each set of conductances then takes
    sums and products only.

    Parameters
    ----------
    network : ResistorNetwork
        N nodes, E links, two electrodes.

    References
    ----------
    A. Rosen, J. IEE 62, 916 (1924), star to mesh; W. K. Grassmann, M. I. Taksar &
    D. P. Heyman, Oper. Res. 33, 1107 (1985), elimination without subtraction.

    Examples
    --------
    Two links of 1 and e^−1000 in series, a third of e^−1001 beside them.

    >>> from grainscope.laws.resistor_network import ResistorNetwork
    >>> node = np.arange(3)
    >>> ends = np.array([0, 1, 0]), np.array([1, 2, 2])
    >>> mesh = StarMesh(ResistorNetwork(*ends, node == 0, node == 2))
    >>> mesh.ln_conductance([0, -1000, -1001]) + 1000, np.log1p(np.exp(-1)).round(6)
    (0.313261..., np.float64(0.313262))
    >>> mesh.currents([0, -1000, -1001]).round(3)
    array([0.731, 0.731, 0.269])
    """

    def __init__(self, network: ResistorNetwork) -> None:
        from grainscope.laws.resistor_network.elimination_kernel import slot_of, slots

        self._network = network
        tail, head = network.shorted()
        #: Links that can carry a current: between the electrodes, and not within one.
        self._used = np.flatnonzero(_between(network.n_nodes, tail, head) & (tail != head))
        tail, head = tail[self._used], head[self._used]
        inside = np.unique(np.concatenate((tail, head)))
        inside = inside[inside < network.n_nodes]
        rank = np.empty(network.n_nodes + 2, np.int64)
        rank[inside] = np.arange(len(inside))
        both_inside = (tail < network.n_nodes) & (head < network.n_nodes)
        rank[inside] = elimination_rank(
            len(inside), rank[tail[both_inside]], rank[head[both_inside]]
        )
        rank[-2:] = len(inside), len(inside) + 1
        tail, head = rank[tail], rank[head]
        low, high = np.minimum(tail, head), np.maximum(tail, head)
        self._start, self._row = slots(len(inside) + 2, low, high)
        self._slot = slot_of(self._start, self._row, low, high)
        self._forward = tail < head

    @property
    def n_slots(self) -> int:
        """Number of pairs of nodes that are joined at some time: the memory it takes."""
        return len(self._row)

    def ln_conductance(self, ln_g: ArrayLike) -> float:
        """Return ln G between the electrodes.

        Parameters
        ----------
        ln_g : array_like, shape (E,)
            ln conductance of each link, −∞ for none; any unit.

        Returns
        -------
        float
            ln of the conductance in that unit; −∞ where nothing joins the electrodes.

        Raises
        ------
        ValueError
            Another shape, a NaN, +∞, or beyond 4e7 decades.
        """
        mantissa, exponent = self._eliminated(*self._links(ln_g))
        return logarithm_of(mantissa[-1], int(exponent[-1])) if len(mantissa) else -np.inf

    def currents(self, ln_g: ArrayLike) -> NDArray[np.float64]:
        """Return the share of the current from left to right that each link carries.

        Shares of what flows are handed down from mesh to star, and no difference of
        potentials is taken, so that links far better than the bottleneck have their
        current too. The error is a few 1e-15 of the whole current in any link, and at
        every node as much flows in as out. Times G the currents are those at 1 V.

        Parameters
        ----------
        ln_g : array_like, shape (E,)
            ln conductance of each link, −∞ for none.

        Returns
        -------
        ndarray of float64, shape (E,)
            −1…1, positive from tail to head; 0 where nothing joins the electrodes.

        Raises
        ------
        ValueError
            As `ln_conductance`.
        """
        from grainscope.laws.resistor_network.elimination_kernel import send_back

        link_mantissa, link_exponent = self._links(ln_g)
        mantissa, exponent = self._eliminated(link_mantissa, link_exponent)
        share = np.zeros(self._network.n_links)
        if len(mantissa) == 0 or mantissa[-1] == 0:
            return share
        current = np.zeros(self.n_slots)
        current[-1] = 1.0
        send_back(self._start, self._row, mantissa, exponent, current)
        joined = mantissa[self._slot] > 0
        whole = np.where(joined, mantissa[self._slot], 1.0)
        power = np.where(joined, link_exponent - exponent[self._slot], 0)
        part = np.ldexp(link_mantissa / whole, np.maximum(power, -2000).astype(np.int32))
        share[self._used] = np.where(self._forward, 1, -1) * part * current[self._slot]
        return share

    def _links(self, ln_g: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        return from_logarithm(checked_ln_g(self._network, ln_g)[self._used])

    def _eliminated(
        self, link_mantissa: NDArray[np.float64], link_exponent: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        from grainscope.laws.resistor_network.elimination_kernel import add_links, eliminate

        mantissa = np.zeros(self.n_slots)
        exponent = np.full(self.n_slots, ZERO_EXPONENT)
        add_links(self._slot, link_mantissa, link_exponent, mantissa, exponent)
        eliminate(self._start, self._row, mantissa, exponent)
        return mantissa, exponent


def _between(n_nodes: int, tail: NDArray[np.int64], head: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which links are in the component of both electrodes, nodes N and N + 1."""
    from grainscope.laws.union_find_kernel import connected

    component = connected(n_nodes + 2, tail.astype(np.int32), head.astype(np.int32))
    left, right = component[-2:]
    return np.asarray((component[tail] == left) & (left == right))


def ln_conductance_between(network: ResistorNetwork, ln_g: ArrayLike) -> float:
    """Return ln G between the electrodes of a network for one set of conductances.

    For many sets, as for many temperatures, make one `StarMesh` and ask it.

    Parameters
    ----------
    network : ResistorNetwork
        N nodes, E links, two electrodes.
    ln_g : array_like, shape (E,)
        ln conductance of each link, −∞ for none; any unit.

    Returns
    -------
    float
        ln of the conductance in that unit; −∞ where nothing joins the electrodes.

    Raises
    ------
    ValueError
        As `StarMesh.ln_conductance`.

    Examples
    --------
    A balanced Wheatstone bridge of unit links conducts 1, whatever its middle one.

    >>> from grainscope.laws.resistor_network import ResistorNetwork
    >>> node = np.arange(4)
    >>> ends = np.array([0, 0, 1, 2, 1]), np.array([1, 2, 3, 3, 2])
    >>> ln_conductance_between(ResistorNetwork(*ends, node == 0, node == 3), [0, 0, 0, 0, 7])
    0.0
    """
    return StarMesh(network).ln_conductance(ln_g)


def currents(network: ResistorNetwork, ln_g: ArrayLike) -> NDArray[np.float64]:
    """Return the share of the current that each link carries, as `StarMesh.currents`.

    Examples
    --------
    Half of it in each of two equal links.

    >>> from grainscope.laws.resistor_network import ResistorNetwork
    >>> ends = np.array([0, 1]), np.array([1, 0])
    >>> node = np.arange(2)
    >>> currents(ResistorNetwork(*ends, node == 0, node == 1), [0, 0])
    array([ 0.5, -0.5])
    """
    return StarMesh(network).currents(ln_g)
