"""Largest eigenvalue of the coupling matrix: how stiff a network is in a field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.flux_network.link_matrix import LinkMatrix

if TYPE_CHECKING:
    from scipy.sparse import csc_array

    from grainscope.laws.flux_network.network import FluxNetwork

#: Up to here the whole spectrum is found: as quick as iterating.
_DENSE_NODES = 100
#: The iteration stops where so many steps raise the value by no more than this share of it.
#: On patches of all lattices at weak and strong fields the value was then right to 1e-9.
_BLOCK, _RISE = 50, 1e-12
#: By then the expected error is below 3e-7 whatever the matrix; films need some hundred steps.
_MOST_STEPS = 30_000


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
    Rev. B 28, 6575 (1983). Iteration: C. C. Paige, PhD thesis, London (1971);
    J. Kuczyński & H. Woźniakowski, SIAM J. Matrix Anal. Appl. 13, 1094 (1992).

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
        """Return the largest eigenvalue in a field in G; NaN without nodes, 0 without links."""
        if not self._network.n_nodes:
            return np.nan
        if not self._network.n_links:
            return 0.0
        matrix = self._matrix.at(self._network.phase_rad(field_g))
        if self._network.n_nodes <= _DENSE_NODES:
            return float(np.linalg.eigvalsh(matrix.toarray())[-1])
        return _lanczos(matrix)


def _lanczos(matrix: csc_array) -> float:
    """Iterate from the same random vector each time until the value stops rising.

    Never from a neighbouring field's vector: it may be orthogonal to the one
    looked for and miss it by several per cent. The value is waited for, not a
    residual: in a weak field a Landau level holds many states, which no vector
    tells apart and no value needs to.
    """
    from scipy.linalg import eigvalsh_tridiagonal

    from grainscope.laws.flux_network.lanczos_kernel import lanczos_steps

    start = np.random.default_rng(0).standard_normal((2, matrix.shape[0]))
    now = start[0] + 1j * start[1]
    now /= np.sqrt((start**2).sum())
    before = np.zeros_like(now)
    alpha, beta = np.empty(0), np.empty(0)
    found, done = -np.inf, 0
    while done < _MOST_STEPS:
        alpha, beta = np.append(alpha, np.empty(_BLOCK)), np.append(beta, np.empty(_BLOCK))
        # Columns read as rows are the conjugate matrix, of the same eigenvalues.
        done = lanczos_steps(
            matrix.indptr, matrix.indices, matrix.data, before, now, alpha, beta, done
        )
        last = found
        found = eigvalsh_tridiagonal(
            alpha[:done], beta[: done - 1], select="i", select_range=(done - 1, done - 1)
        )[0]
        if done < len(alpha) or found - last <= _RISE * abs(found):
            break
    return float(found)
