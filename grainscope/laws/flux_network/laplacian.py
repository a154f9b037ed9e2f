"""Log-determinant of the magnetic Laplacian: how all loops of a network respond to a field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.elimination_order import ON_THE_DIAGONAL, elimination_rank
from grainscope.laws.flux_network.link_matrix import LinkMatrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.flux_network.network import FluxNetwork


class MagneticLaplacian:
    """Log-determinant of the magnetic Laplacian of a network, per loop.

    With J_ab = Σ J_e exp(iθ_e) and D the row sums of J_e,

        det(D − J) = Σ_F Π_{e ∈ F} J_e Π_{c ∈ F} (2 − 2 cos Φ_c)

    over all cycle-rooted spanning forests F: every component of F has exactly
    one cycle c, which encloses the flux Φ_c. Separate loops give
    Σ ln(2 − 2 cos Φ) + constant: minima at whole quanta.

    What hangs on a loop like a tree carries no flux. A leaf only multiplies the
    determinant by its weight, and a component without a loop has determinant 0
    in every field, so both are left out: the rows are those of the 2-core.

    As B → 0 the determinant goes to 0 and its logarithm to −∞. ε times the mean
    of D on the diagonal stops it: a connected core of V nodes then has
    ln det → ln(ε ⟨D⟩ V) + ln Σ_T Π J_e over its spanning trees T. Loops whose
    links are weaker than that do not show.

    Parameters
    ----------
    network : FluxNetwork
        N nodes, E links; masses play no role.
    regulariser : float
        ε, at least 0.

    Attributes
    ----------
    in_core : ndarray of bool, shape (E,)
        Which links are in the 2-core.
    n_nodes, n_links, n_loops : int
        V, E and L = E − V + C of the 2-core, C its number of components.

    References
    ----------
    R. Forman, Topology 32, 35 (1993); R. Kenyon, Ann. Probab. 39, 1983 (2011).

    Examples
    --------
    A ring with half a flux quantum: 2 − 2 cos π = 4.

    >>> from grainscope.constants import FLUX_QUANTUM_G_UM2
    >>> from grainscope.laws.flux_network import FluxNetwork
    >>> node = np.arange(3)
    >>> ring = FluxNetwork(np.ones(3), node, (node + 1) % 3, np.ones(3), np.full(3, 1 / 3))
    >>> response = MagneticLaplacian(ring)
    >>> response.n_loops, round(response.log_determinant(FLUX_QUANTUM_G_UM2 / 2), 6)
    (1, 1.386294)
    """

    def __init__(self, network: FluxNetwork, regulariser: float = 1e-12) -> None:
        from grainscope.laws.flux_network.two_core_kernel import in_two_core

        self._network = network
        self.in_core = in_two_core(network.n_nodes, network.tail, network.head)
        ends = np.stack((network.tail[self.in_core], network.head[self.in_core]))
        nodes, ends = np.unique(ends, return_inverse=True)
        self.n_nodes, self.n_links = len(nodes), int(self.in_core.sum())
        self.n_loops = self.n_links - self.n_nodes + _count_components(self.n_nodes, ends)
        if self.n_loops:
            coupling = network.coupling[self.in_core]
            rank = elimination_rank(self.n_nodes, *ends)[ends]
            row_sum = np.bincount(rank.ravel(), np.tile(coupling, 2), self.n_nodes)
            diagonal = row_sum + regulariser * row_sum.mean()
            self._matrix = LinkMatrix(rank[0], rank[1], -coupling, diagonal)

    def log_determinant(self, field_g: float) -> float:
        """Return ln det(D − J + ε⟨D⟩) / L in a field in G; L is the number of loops.

        NaN for a network without loops; −∞ where the determinant is 0 (only for ε = 0).
        """
        from scipy.sparse.linalg import splu

        if not self.n_loops:
            return np.nan
        matrix = self._matrix.at(self._network.phase_rad(field_g)[self.in_core])
        try:
            factors = splu(matrix, permc_spec="NATURAL", **ON_THE_DIAGONAL)
        except RuntimeError:  # exactly singular
            return -np.inf
        # |U_ii| are the pivots, the diagonal of L is 1.
        return float(np.log(np.abs(factors.U.diagonal())).sum()) / self.n_loops


def _count_components(n_nodes: int, ends: NDArray[np.int64]) -> int:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if n_nodes == 0:
        return 0
    links = coo_array((np.ones(ends.shape[1]), tuple(ends)), shape=(n_nodes, n_nodes))
    return int(connected_components(links, directed=False, return_labels=False))
