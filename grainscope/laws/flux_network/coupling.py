"""Largest eigenvalue of the coupling matrix: how stiff a network is in a field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.flux_network.link_matrix import LinkMatrix

if TYPE_CHECKING:
    from scipy.sparse import csc_array

    from grainscope.laws.flux_network.network import FluxNetwork

#: Up to here the whole spectrum is found: as quick as iterating, and always right.
_DENSE_NODES = 100
#: Beyond this a whole spectrum takes minutes and gigabytes.
_MOST_DENSE_NODES = 4000
#: Relative residual at which the iteration stops; the eigenvalue errs by far less.
_TOLERANCE = 1e-8


class MagneticCoupling:
    """Largest eigenvalue of M^−1/2 J M^−1/2, the stiffness of a network in a field.

    J_ab = Σ J_e exp(iθ_e) is Hermitian and M the masses of the nodes. The
    eigenvalue is that of the order parameter which appears first on cooling
    (mean field of a network of wires or junctions); it is largest at B = 0 and
    has maxima where the loops are commensurate.

    Parameters
    ----------
    network : FluxNetwork
        N nodes, E links.

    References
    ----------
    S. Alexander, Phys. Rev. B 27, 1541 (1983); W. Y. Shih & D. Stroud, Phys.
    Rev. B 28, 6575 (1983).

    Examples
    --------
    A ring of three with half a flux quantum: 2 cos(π/3) = 1.

    >>> from grainscope.constants import FLUX_QUANTUM_G_UM2
    >>> from grainscope.laws.flux_network import FluxNetwork
    >>> node = np.arange(3)
    >>> ring = FluxNetwork(np.ones(3), node, (node + 1) % 3, np.ones(3), np.full(3, 1 / 3))
    >>> stiffness = MagneticCoupling(ring).largest_eigenvalue
    >>> round(stiffness(0.0), 9), round(stiffness(FLUX_QUANTUM_G_UM2 / 2), 9)
    (2.0, 1.0)
    """

    def __init__(self, network: FluxNetwork) -> None:
        self._network = network
        root = 1 / np.sqrt(network.mass)
        weight = network.coupling * root[network.tail] * root[network.head]
        self._matrix = LinkMatrix(network.tail, network.head, weight, np.zeros(network.n_nodes))

    def largest_eigenvalue(self, field_g: float) -> float:
        """Return the largest eigenvalue in a field in G; NaN without nodes, 0 without links.

        Raises
        ------
        ValueError
            The iteration did not converge.
        """
        if not self._network.n_nodes:
            return np.nan
        if not self._network.n_links:
            return 0.0
        matrix = self._matrix.at(self._network.phase_rad(field_g))
        if self._network.n_nodes > _DENSE_NODES:
            found = _lanczos(matrix)
            if found is not None:
                return found
        if self._network.n_nodes > _MOST_DENSE_NODES:
            raise ValueError(f"the largest eigenvalue at {field_g:g} G was not found")
        return float(np.linalg.eigvalsh(matrix.toarray())[-1])


def _lanczos(matrix: csc_array) -> float | None:
    """Iterate from the same random vector each time; None where that does not converge.

    Never from a neighbouring field's vector: it may be orthogonal to the one
    looked for and miss it by several per cent.
    """
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh

    start = np.random.default_rng(0).standard_normal((2, matrix.shape[0]))
    try:
        # Read by rows it is its conjugate: as quick as can be, and of the same eigenvalues.
        found = eigsh(
            matrix.T, 1, which="LA", tol=_TOLERANCE,
            v0=start[0] + 1j * start[1], return_eigenvectors=False,
        )  # fmt: skip
    except ArpackNoConvergence:
        return None
    return float(found[0])
